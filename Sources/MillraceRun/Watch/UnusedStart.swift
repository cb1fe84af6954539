// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport
import MillraceSettings

/// A run was told where to begin, but its group has committed offsets: it goes on there.
enum UnusedStart {
    /// - Parameter starts: of the input. Nil: there is nothing to say.
    static func note(_ options: RunOptions, _ starts: [Assignment.Start]) -> LogLine? {
        // A job that is started again is told its slice again.
        guard options.isFromGiven, !options.isJob else { return nil }
        let committed = starts.filter { $0.metadata != nil }
        guard let first = committed.first else { return nil }
        let which =
            committed.count == starts.count ? "the input" : "\(committed.count) of \(starts.count) partitions"
        return LogLine(
            .info,
            "from \(options.from.text) is not used: the group \(options.application) has committed \(which) and goes "
                + "on there (\(first.partition)@\(first.next)); to begin there after all, run as another "
                + "--application, or look at that range with replay")
    }
}
