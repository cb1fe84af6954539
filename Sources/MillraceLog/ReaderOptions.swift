// SPDX-License-Identifier: Apache-2.0

/// What a fetch is tuned for.
package enum FetchProfile: String, Sendable, CaseIterable {
    /// Reading what is there, as fast as it goes.
    case backfill
    /// Waiting for what comes: low latency, little memory, next to no work when nothing comes.
    case live
    /// Looking at a record here and there: little more is fetched than that.
    case glance
}

/// Which records of transactions a consumer sees.
package enum Isolation: String, Sendable {
    case readCommitted = "read_committed"
    case readUncommitted = "read_uncommitted"
}

/// How a reader is to be made.
package struct ReaderOptions: Sendable {
    package var profile: FetchProfile
    /// Needed for `subscribe` and `committed`; nil: it only reads what it is assigned.
    package var group: GroupMembership?
    package var isolation: Isolation = .readCommitted
    /// Whether record headers are wanted; they cost allocations for each record that has some.
    package var keepsHeaders = false
    /// What brokers know it by, where the user has not said; nil: as the client library has it.
    package var clientID: String?
    /// The memory that the process may take for its state, in bytes: what lies in queues is a small part of that; nil:
    /// no limit is known.
    package var memoryBudget: Int64?

    package init(profile: FetchProfile, group: GroupMembership? = nil) {
        self.profile = profile
        self.group = group
    }
}
