// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceTestKit
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Many trials, some at a time, and what has come of them.
final class Campaign: Sendable {
    private struct State {
        /// Index of the next seed.
        var next = 0
        var problems: [String] = []
        /// By the trial's seed: when it began, in s.
        var running: [UInt64: Int] = [:]
        var done = 0
    }

    /// A trial that takes longer hangs without asking anything of its cluster, in s.
    private static let limit = 120

    private let seeds: [UInt64]
    private let tally = SimulatedTally()
    private let state: Mutex<State>

    /// - Parameter seeds: one a trial.
    init(seeds: [UInt64]) {
        self.seeds = seeds
        state = Mutex(State())
    }

    /// - Parameter jobs: how many trials at a time.
    /// - Returns: how many went wrong.
    func run(jobs: Int) -> Int {
        let began = time(nil)
        let threads = (0..<jobs).compactMap { _ in startThread { [self] in work() } }
        while !isDone {
            usleep(200_000)
            if let seed = hanging() {
                say("seed \(seed): hangs")
                exit(1)
            }
        }
        for thread in threads { pthread_join(thread, nil) }
        let (done, problems) = state.withLock { ($0.done, $0.problems) }
        say("\(done) seeds, \(problems.count) wrong, \(time(nil) -| began) s")
        for event in SimulatedTally.Event.allCases { say("  \(event.rawValue): \(tally[event])") }
        return problems.count
    }

    private var isDone: Bool { state.withLock { $0.next >= seeds.count && $0.running.isEmpty } }

    private func hanging() -> UInt64? {
        let now = Int(clamping: time(nil))
        return state.withLock { $0.running.first { now -| $0.value > Self.limit }?.key }
    }

    private func work() {
        while let seed = take() {
            var trial = Trial(seed: seed)
            let problem = trial.run(tally)
            state.withLock { state in
                state.running[seed] = nil
                state.done += 1
                if let problem { state.problems.append(problem) }
            }
            if let problem { say(problem) }
        }
    }

    private func take() -> UInt64? {
        state.withLock { state in
            guard state.next < seeds.count else { return nil }
            defer { state.next += 1 }
            state.running[seeds[state.next]] = Int(clamping: time(nil))
            return seeds[state.next]
        }
    }
}

/// At once, so that a campaign can be watched.
func say(_ text: String) {
    var line = text + "\n"
    _ = line.withUTF8 { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
}
