// SPDX-License-Identifier: Apache-2.0

/// One thing that the user who runs a program has to be allowed on the cluster: an entry of Kafka's access control
/// lists.
package struct Permission: Hashable, Sendable {
    package enum Resource: Hashable, Sendable {
        case topic(String)
        case group(String)
        /// All that begin so.
        case transactionalIDs(prefix: String)
    }

    /// By Kafka's names. Read, Write, Delete and Alter include Describe, which is why that is not among them.
    package enum Operation: String, Hashable, Sendable {
        case read = "Read"
        case write = "Write"
        case create = "Create"
        case delete = "Delete"
        case alter = "Alter"
        case describeConfigs = "DescribeConfigs"
    }

    package let resource: Resource
    package let operation: Operation
    /// What it is needed for.
    package let purpose: String

    /// Whether a run goes on without it, with less care for its topics.
    var isForUpkeep: Bool {
        switch operation {
        case .delete, .alter, .describeConfigs: true
        case .read, .write, .create: false
        }
    }
}

extension Permission.Resource {
    /// What Kafka calls such a thing.
    var kind: String {
        switch self {
        case .topic: "topic"
        case .group: "group"
        case .transactionalIDs: "transactional-id"
        }
    }

    var name: String {
        switch self {
        case .topic(let name), .group(let name), .transactionalIDs(let name): name
        }
    }

    /// Whether it stands for all names that begin so.
    var isPrefix: Bool {
        if case .transactionalIDs = self { return true }
        return false
    }
}
