// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Lets the processes of a simulated cluster take turns: one thread runs at a time, from one of its calls to the next,
/// and the one whose call comes first in simulated time is the next to run. So one seed decides all.
///
///     process 1   ── call ┐                 ┌ answer ── call ┐
///     process 2           └ answer ── call ─┤                └ answer …
///     time            1 ms          2 ms    3 ms            4 ms
package final class SimulatedTurns: Sendable {
    private struct Runner {
        var gate: TurnGate
        /// When its call is answered, in ns.
        var due: UInt64
        /// It waits for something to happen: a change of the cluster's state lets it go on sooner.
        var waitsForChange = false
    }

    private struct State {
        var runners: [Int: Runner] = [:]
        var nextRunner = 0
        var random: SplitMix64
    }

    /// A call takes at most so long, in ns, where nothing is wrong.
    private static let latency = 1_000_000

    private let time: SimulatedTime
    private let state: Mutex<State>

    init(_ time: SimulatedTime, seed: UInt64) {
        self.time = time
        state = Mutex(State(random: SplitMix64(seed: seed)))
    }

    /// Makes a runner; the first one is the caller, whose turn it is.
    package func register() -> Int {
        let now = time.monotonicNanoseconds()
        return state.withLock { state in
            state.nextRunner += 1
            state.runners[state.nextRunner] = Runner(gate: TurnGate(), due: now)
            return state.nextRunner
        }
    }

    /// Starts a thread that runs when its turn comes.
    /// - Returns: false: the system has no thread left.
    package func start(_ runner: Int, _ body: @escaping @Sendable () -> Void) -> Bool {
        guard let gate = state.withLock({ $0.runners[runner]?.gate }) else { return false }
        let thread = startThread { [self] in
            gate.wait()
            body()
            leave(runner)
        }
        guard let thread else { return false }
        pthread_detach(thread)
        return true
    }

    /// A call to the cluster: its answer takes a moment, in which others may run.
    func call(_ runner: Int) {
        let now = time.monotonicNanoseconds()
        let latency = state.withLock { UInt64(20_000 + $0.random.below(Self.latency)) }
        pass(runner, until: now +| latency, waitsForChange: false)
    }

    /// Lets others run until this moment.
    /// - Parameter waitsForChange: or until the cluster's state changes.
    package func pass(_ runner: Int, until due: UInt64, waitsForChange: Bool) {
        let (own, next) = state.withLock { state -> (TurnGate?, TurnGate?) in
            state.runners[runner]?.due = due
            state.runners[runner]?.waitsForChange = waitsForChange
            let first = choose(&state)
            return (state.runners[runner]?.gate, first == runner ? nil : first.flatMap { state.runners[$0]?.gate })
        }
        guard let next else { return }
        next.open()
        own?.wait()
    }

    /// The cluster's state has changed: what waits for that goes on.
    func noteChange() {
        let now = time.monotonicNanoseconds()
        state.withLock { state in
            for number in state.runners.keys.sorted() where state.runners[number]?.waitsForChange == true {
                let soon = now +| UInt64(20_000 + state.random.below(Self.latency))
                let due = state.runners[number]?.due ?? soon
                state.runners[number]?.due = min(due, soon)
            }
        }
    }

    /// The runner is done.
    package func leave(_ runner: Int) {
        let next = state.withLock { state -> TurnGate? in
            state.runners[runner] = nil
            return choose(&state).flatMap { state.runners[$0]?.gate }
        }
        next?.open()
    }

    /// Whose call is answered first; time goes on to that moment.
    private func choose(_ state: inout State) -> Int? {
        let first = state.runners.min { ($0.value.due, $0.key) < ($1.value.due, $1.key) }
        guard let first else { return nil }
        time.advance(toNanoseconds: first.value.due)
        state.runners[first.key]?.waitsForChange = false
        return first.key
    }
}
