// SPDX-License-Identifier: Apache-2.0

/// What a continuous run is about, in one word.
///
///     starting ─► joining ─► restoring ─► backfill ─► live ─► stopping
///                   │  ▲                     ▲ │        ▲ │
///                   ▼  └ rebalance           │ └─ draining (on request: to the log's end, then stopping)
///                standby                   paused (on request)
package enum RunState: String, Hashable, Sendable, CaseIterable {
    /// Topics and producers are being prepared.
    case starting
    /// In the group, or on the way there, and no partitions yet.
    case joining
    /// In the group, which has no partition for this process.
    case standby
    /// Reads silently what the state is made of.
    case restoring
    /// The batch stage: history up to the cut.
    case backfill
    /// The stream stage.
    case live
    /// Asked to hold.
    case paused
    /// Asked to read to the end of the log as it was then, and to end.
    case draining
    /// Asked to end: the last commit is on its way.
    case stopping
}

/// What the poll thread does at this moment, where that may take long.
package enum RunActivity: Hashable, Sendable {
    /// Reads, computes, serves the group.
    case working
    /// A commit is under way.
    case committing
    /// A broker does not answer; why.
    case waitingForBroker(String)
}

/// What a person with the admin token has asked of the run.
package enum RunRequest: String, Hashable, Sendable, CaseIterable {
    case pause, resume, drain
}
