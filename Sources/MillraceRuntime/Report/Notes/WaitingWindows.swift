// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan

/// Windows of EMIT FINAL that are open: only a later record makes them final.
struct WaitingWindows: Hashable, Sendable {
    var windows: Int
    var groups: Int
    /// A record later than this closes the first of them; nil: not known (sessions).
    var closing: EventTime?

    init?(_ open: OpenWindows?, groups: Int, emitsFinal: Bool) {
        guard let open, open.count > 0, emitsFinal else { return nil }
        windows = open.count
        self.groups = groups
        closing = open.next.first?.closing
    }

    /// `1 window, 16 groups, waits for a record later than 2024-01-01 01:41:00`
    var text: String {
        let what =
            "\(NumberDisplay.count(Int64(windows))) \(windows == 1 ? "window" : "windows"), "
            + "\(NumberDisplay.count(Int64(groups))) \(groups == 1 ? "group" : "groups")"
        let verb = windows == 1 ? "waits" : "wait"
        return "\(what), \(verb) for a record later than " + (closing.map(TimeDisplay.short) ?? "the last one's gap")
    }
}

extension WaitingWindows {
    /// By query.
    static func all(_ pipeline: Pipeline) -> [String: WaitingWindows] {
        var all: [String: WaitingWindows] = [:]
        for (index, query) in pipeline.graph.program.queries.enumerated() {
            all[query.name] = WaitingWindows(
                pipeline.openWindows(index, limit: 1), groups: pipeline.groupCount(index),
                emitsFinal: query.emit == .final)
        }
        return all
    }
}
