// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// The WINDOW clause. All times in milliseconds.
package struct Window: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// [n·size, (n+1)·size), aligned to the epoch.
        case tumbling(size: Int64)
        /// [n·advance, n·advance + size), aligned to the epoch; 0 < advance ≤ size.
        case hopping(size: Int64, advance: Int64)
        /// Records of one key at most `gap` apart; first and last record's time, both inclusive.
        case session(gap: Int64)
    }

    package var kind: Kind
    package var grace: Int64
    /// Whether the query left out GRACE PERIOD (`explain` says so).
    package var graceIsDefault: Bool
    /// RETENTION, checked to be at least the window and its grace; it keeps nothing longer here.
    package var retention: Int64?

    package init(_ kind: Kind, grace: Int64, graceIsDefault: Bool = false, retention: Int64? = nil) {
        self.kind = kind
        self.grace = grace
        self.graceIsDefault = graceIsDefault
        self.retention = retention
    }

    /// The last place at or before a time at which a window of this kind may start; sessions may start anywhere.
    package func edge(atOrBefore time: Int64) -> Int64 {
        switch kind {
        case .tumbling(let step), .hopping(_, let step): time -| (time % step + step) % step
        case .session: time
        }
    }
}
