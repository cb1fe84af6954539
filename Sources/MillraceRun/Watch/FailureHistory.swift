// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Decides when a run that goes back to its last commit again and again gives up: when it fails without getting any
/// further, or when it is fenced so often that there must be another instance of its name.
///
///     fail, fail, commit, fail, fail, fail, …   five in a row within a minute are borne, a commit ends the row
///     fenced, commit, fenced, commit, …         five within a minute are borne, commits or not
///
/// Of two of one name only one is to end. They take the name from each other in turn; what each then hears of it, from
/// several clients within `incident`, counts once, and whoever has lost it twice waits before it takes it back: so one
/// of them comes to the limit first, while the other one has the name.
struct FailureHistory {
    private static let limit = 5
    private static let window: UInt64 = 60_000_000_000

    private static let incident: UInt64 = 2_500_000_000
    /// In ms.
    private static let pause: Int64 = 3000

    private var sinceCommit: [UInt64] = []
    private var fencings: [UInt64] = []

    /// A transaction was given up.
    /// - Parameter now: in ns, never going back.
    /// - Returns: whether to try again.
    mutating func note(isFenced: Bool, now: UInt64) -> Bool {
        func isRecent(_ time: UInt64) -> Bool { now -| time < FailureHistory.window }
        sinceCommit = sinceCommit.filter(isRecent)
        fencings = fencings.filter(isRecent)
        if isFenced {
            if let last = fencings.last, now -| last < FailureHistory.incident { return true }
            fencings.append(now)
        }
        sinceCommit.append(now)
        return max(sinceCommit.count, fencings.count) <= FailureHistory.limit
    }

    /// How long to leave the name to who has taken it, in ms.
    var pauseBeforeReturn: Int64 { fencings.count > 1 ? FailureHistory.pause : 0 }

    /// A commit has succeeded: what was in its way is past.
    mutating func noteCommit() { sinceCommit.removeAll() }
}
