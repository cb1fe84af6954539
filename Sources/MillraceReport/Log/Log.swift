// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
import Synchronization

/// Where everything goes that is said to people or machines beside the results: lines of the levels asked for, in the
/// format asked for, without endless repeats. From any thread.
package final class Log: Sendable {
    private struct State {
        var settings = LogSettings()
        var context: [LogLine.Field] = []
        var repeats = RepeatLimit()
    }

    private let state = Mutex(State())
    private let clock: any Clock
    private let output: @Sendable (String) -> Void

    /// - Parameter output: takes a line without its end; never two at a time.
    package init(clock: any Clock, output: @escaping @Sendable (String) -> Void) {
        self.clock = clock
        self.output = output
    }

    package var settings: LogSettings {
        get { state.withLock { $0.settings } }
        set { state.withLock { $0.settings = newValue } }
    }

    /// Names the application in all lines from now on.
    package func begin(application: String) {
        state.withLock { $0.context = [LogLine.Field("application", .text(application))] }
    }

    package func write(_ line: LogLine) {
        state.withLock { state in
            // Asked for in here: of two threads the later one has the later time.
            let now = clock.monotonicNanoseconds()
            guard line.level <= state.settings.level else { return }
            for summary in state.repeats.takeSummaries(now: now) { put(summary.summary, state) }
            guard !line.isLimited || state.repeats.admits(line, now: now) else { return }
            put(line, state)
        }
    }

    /// Says what is still held back.
    package func finish() {
        state.withLock { state in
            let now = clock.monotonicNanoseconds()
            for summary in state.repeats.takeAll(now: now) { put(summary.summary, state) }
        }
    }

    private func put(_ line: LogLine, _ state: State) {
        switch state.settings.format {
        case .text: output(line.plain)
        case .json: output(line.json(at: clock.wallMilliseconds(), context: state.context))
        }
    }
}
