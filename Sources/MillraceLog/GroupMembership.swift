// SPDX-License-Identifier: Apache-2.0

/// Membership in a consumer group.
package struct GroupMembership: Hashable, Sendable {
    package var groupID: String
    /// The name of this member over restarts; nil: a new member each time, which costs a session timeout a restart.
    package var instanceID: String?
    /// How long a dead member keeps its partitions, in milliseconds.
    package var sessionTimeoutMilliseconds: Int32
    /// How long the owner may go without polling before the group takes its partitions, in milliseconds.
    package var maximumPollIntervalMilliseconds: Int32
    /// `cooperative-sticky`; `range` and `roundrobin` are the way out of faults of the former in old libraries.
    package var assignor: String

    package static let defaultSessionTimeout: Int32 = 30_000

    package init(
        groupID: String, instanceID: String? = nil,
        sessionTimeoutMilliseconds: Int32 = GroupMembership.defaultSessionTimeout,
        maximumPollIntervalMilliseconds: Int32 = 300_000, assignor: String = "cooperative-sticky"
    ) {
        self.groupID = groupID
        self.instanceID = instanceID
        self.sessionTimeoutMilliseconds = sessionTimeoutMilliseconds
        self.maximumPollIntervalMilliseconds = maximumPollIntervalMilliseconds
        self.assignor = assignor
    }
}
