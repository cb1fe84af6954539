// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import Synchronization

/// One of several processes that share a simulated cluster. It can be killed or made to stand still from one of its
/// calls to the next, and what it asks of the brokers can get lost.
package final class SimulatedProcess: Sendable {
    private struct State {
        var isKilled = false
        /// It does nothing until then, in ns.
        var standsStillUntil: UInt64 = 0
        var harm: SimulatedHarm
        var random: SplitMix64
        /// Of its readers, with their groups.
        var readers: [(number: Int, group: String)] = []
    }

    let runner: Int
    let turns: SimulatedTurns
    private let brokers: SimulatedBrokers
    private let state: Mutex<State>

    init(_ brokers: SimulatedBrokers, _ turns: SimulatedTurns, runner: Int, harm: SimulatedHarm, seed: UInt64) {
        self.brokers = brokers
        self.turns = turns
        self.runner = runner
        state = Mutex(State(harm: harm, random: SplitMix64(seed: seed)))
    }

    package var isKilled: Bool { state.withLock { $0.isKilled } }

    /// Ends it as kill -9 does: nothing that it asks for is done from now on.
    package func kill() {
        let readers = state.withLock { state in
            state.isKilled = true
            return state.readers
        }
        brokers.kill(readers)
    }

    /// Stops it as SIGSTOP does.
    package func standStill(milliseconds: Int64) {
        let end = brokers.time.monotonicNanoseconds() +| UInt64(clamping: milliseconds) *| 1_000_000
        state.withLock { $0.standsStillUntil = end }
    }

    package func set(_ harm: SimulatedHarm) { state.withLock { $0.harm = harm } }

    func note(reader: Int, group: String) { state.withLock { $0.readers.append((reader, group)) } }

    // MARK: calls

    /// Before a call: others may run.
    func enter() throws(KafkaError) {
        turns.call(runner)
        let until = state.withLock { $0.standsStillUntil }
        if until > brokers.time.monotonicNanoseconds() {
            brokers.tally.count(.stop)
            turns.pass(runner, until: until, waitsForChange: false)
        }
        if isKilled {
            // Whatever asks again and again sees time pass.
            sleep(milliseconds: 100)
            throw SimulatedError.destroyed.during("call a broker", "the process was killed", isFatal: true)
        }
        let awayUntil = brokers.awayUntil
        guard awayUntil > brokers.time.monotonicNanoseconds() else { return }
        sleep(milliseconds: 500)
        throw SimulatedError.transport.during("call a broker", "the broker is away", isRetriable: true)
    }

    func sleep(milliseconds: Int64) {
        let end = brokers.time.monotonicNanoseconds() +| UInt64(clamping: milliseconds) *| 1_000_000
        turns.pass(runner, until: end, waitsForChange: false)
    }

    /// Until this moment, in ms, or until something changes.
    func await(untilMilliseconds moment: Int64) {
        turns.pass(runner, until: UInt64(clamping: moment) *| 1_000_000, waitsForChange: true)
    }

    /// What becomes of the next request.
    func fate() -> SimulatedFate {
        state.withLock { state in
            let harm = state.harm
            var number = state.random.below(1000)
            func isNext(_ share: Int) -> Bool {
                number -= share
                return number < 0
            }
            if isNext(harm.lost) { return .lost }
            if isNext(harm.unanswered) { return .unanswered }
            let delay = Int64(state.random.below(state.random.pick([30, 300, 3000])))
            if isNext(harm.late) { return .late(delay) }
            if isNext(harm.twice) { return .twice }
            return .done
        }
    }

    /// Whether the next batch of records is given up, and when it arrives all the same, in ms; −1: never.
    func undelivered() -> Int64? {
        state.withLock { state in
            guard state.random.below(1000) < state.harm.undelivered else { return nil }
            return state.random.chance(50) ? -1 : Int64(state.random.below(state.random.pick([30, 300, 3000])))
        }
    }
}
