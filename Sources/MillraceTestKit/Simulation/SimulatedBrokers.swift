// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import Synchronization

/// The brokers of a simulated cluster: what they hold, and the time that it is there.
final class SimulatedBrokers: Sendable {
    let time = SimulatedTime()
    let tally = SimulatedTally()
    private let state: Mutex<SimulatedState>
    private let away = Mutex<UInt64>(0)
    /// Nil: one process has the cluster for itself.
    private let turns = Mutex<SimulatedTurns?>(nil)

    init(seed: UInt64) { state = Mutex(SimulatedState(seed: seed)) }

    var snapshot: SimulatedState { state.withLock { $0 } }

    /// Lets several processes take turns.
    func begin(_ turns: SimulatedTurns) { self.turns.withLock { $0 = turns } }

    /// Until when nothing is answered, in ns.
    var awayUntil: UInt64 { away.withLock { $0 } }

    func goAway(milliseconds: Int64) {
        let end = time.monotonicNanoseconds() +| UInt64(clamping: milliseconds) *| 1_000_000
        away.withLock { $0 = end }
        tally.count(.away)
    }

    /// What is asked of the brokers at this moment.
    func call<Result: Sendable>(
        _ body: (inout SimulatedState) throws(KafkaError) -> Result
    ) throws(KafkaError) -> Result {
        time.advance(nanoseconds: SimulatedTime.callNanoseconds)
        let (now, wall) = (time.milliseconds, time.wallMilliseconds())
        let before = state.withLock { $0.changes }
        defer { if state.withLock({ $0.changes }) != before { turns.withLock { $0 }?.noteChange() } }
        return try state.withLock { (state) throws(KafkaError) in
            state.advance(to: now, wall: wall)
            return try body(&state)
        }
    }

    /// As `call`, where nothing is refused.
    func change(_ body: (inout SimulatedState) -> Void) {
        // Typed throws: a body that throws nothing cannot fail.
        try? call { (state) throws(KafkaError) in body(&state) }
    }

    /// Without letting time pass.
    func read<Result: Sendable>(_ body: (inout SimulatedState) -> Result) -> Result { state.withLock { body(&$0) } }

    func kill(_ readers: [(number: Int, group: String)]) {
        tally.count(.kill)
        change { state in
            for reader in readers {
                _ = state.changeGroup(reader.group) { $0.close(reader.number, isKilled: true, now: $1) }
            }
        }
    }
}
