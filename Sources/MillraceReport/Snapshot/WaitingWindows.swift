// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// Windows of EMIT FINAL that are open: only a later record makes them final.
package struct WaitingWindows: Hashable, Sendable {
    package var windows: Int
    package var groups: Int
    /// A record later than this closes the first of them; nil: not known (sessions).
    package var closing: EventTime?

    package init?(_ open: OpenWindows?, groups: Int, emitsFinal: Bool) {
        guard let open, open.count > 0, emitsFinal else { return nil }
        windows = open.count
        self.groups = groups
        closing = open.next.first?.closing
    }

    /// `1 window, 16 groups, waits for a record later than 2024-01-01 01:41:00`
    package var text: String {
        let what =
            "\(NumberDisplay.count(Int64(windows))) \(windows == 1 ? "window" : "windows"), "
            + "\(NumberDisplay.count(Int64(groups))) \(groups == 1 ? "group" : "groups")"
        let verb = windows == 1 ? "waits" : "wait"
        return "\(what), \(verb) for a record later than " + (closing.map(TimeDisplay.short) ?? "the last one's gap")
    }
}
