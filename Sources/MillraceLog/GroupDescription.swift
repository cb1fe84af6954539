// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// One member of a consumer group, as its coordinator describes it.
package struct GroupMember: Hashable, Sendable {
    package let clientID: String
    package let host: String
    /// What the group's leader has given it; nil where that cannot be read.
    package let partitions: [TopicPartition]?

    package init(clientID: String, host: String, partitions: [TopicPartition]?) {
        self.clientID = clientID
        self.host = host
        self.partitions = partitions
    }
}

/// A consumer group at one moment.
package struct GroupDescription: Hashable, Sendable {
    package let members: [GroupMember]
    /// Nobody is joining: every member has its assignment.
    package let isStable: Bool

    package init(members: [GroupMember], isStable: Bool) {
        self.members = members
        self.isStable = isStable
    }
}
