// SPDX-License-Identifier: Apache-2.0
package import MillraceEngine
package import MillraceRun

/// Every permission that `run` needs for a program, none of which includes another: what `explain` prints, `doctor`
/// tries and docs/operations.md lists.
package struct PermissionPlan: Sendable {
    package let permissions: [Permission]

    package init(_ graph: QueryGraph, _ options: RunOptions) {
        let application = options.application
        var permissions = graph.topics.flatMap { PermissionPlan.permissions(TopicRole.input, $0) }
        let changelogs = ChangelogPlan(graph, options)
        let widened = Set(changelogs.queries.filter(changelogs.isPartitionAffine).map(changelogs.topic))
        permissions += PlannedTopic.all(graph, options).flatMap { topic in
            PermissionPlan.permissions(topic.role, topic.name).filter {
                $0.operation != .alter || widened.contains(topic.name)
            }
        }
        permissions.append(PermissionPlan.group(application))
        if changelogs.usesTransactions(options.guarantee) {
            permissions.append(PermissionPlan.transactions(application))
        }
        // A topic may have two roles.
        var seen: Set<Permission.Key> = []
        self.permissions = permissions.filter { seen.insert($0.key).inserted }
    }

    private static func permissions(_ role: TopicRole, _ topic: String) -> [Permission] {
        role.uses.map { Permission(resource: .topic(topic), operation: $0.operation, purpose: $0.purpose) }
    }

    static func group(_ application: String) -> Permission {
        Permission(resource: .group(application), operation: .read, purpose: "membership, committed offsets")
    }

    /// Not needed with `at_least_once` where no changelog is kept.
    static func transactions(_ application: String) -> Permission {
        Permission(
            resource: .transactionalIDs(prefix: "\(application)-"), operation: .write,
            purpose: "transactions of results and changelogs")
    }

    /// The permissions resource by resource, in order.
    var byResource: [(resource: Permission.Resource, permissions: [Permission])] {
        var order: [Permission.Resource] = []
        for permission in permissions where !order.contains(permission.resource) { order.append(permission.resource) }
        return order.map { resource in (resource, permissions.filter { $0.resource == resource }) }
    }
}

extension Permission {
    /// What makes two of them the same.
    struct Key: Hashable, Sendable {
        var resource: Resource
        var operation: Operation
    }

    var key: Key { Key(resource: resource, operation: operation) }
}
