// SPDX-License-Identifier: Apache-2.0
package import MillraceLog
import MillraceReport

/// Kafka's own commands that give permissions, ready to be pasted.
package struct AccessCommand: Sendable {
    private let brokers: String
    private let principal: String

    /// - Parameters:
    ///   - brokers: `bootstrap.servers`.
    ///   - user: who logs in; nil: known to the brokers alone (a certificate, a token).
    init(brokers: String, user: String?) {
        self.brokers = brokers
        principal = "User:\(user ?? "NAME")"
    }

    /// For the cluster and the user that a client's properties name.
    package init(_ properties: KafkaProperties) {
        self.init(brokers: properties["bootstrap.servers"] ?? "localhost:9092", user: properties["sasl.username"])
    }

    /// Gives some operations on one resource.
    func text(_ resource: Permission.Resource, _ operations: [Permission.Operation]) -> String {
        var words = ["kafka-acls.sh", "--bootstrap-server", brokers, "--add", "--allow-principal", principal]
        for operation in operations { words += ["--operation", operation.rawValue] }
        words += ["--\(resource.kind)", resource.name]
        if resource.isPrefix { words += ["--resource-pattern-type", "prefixed"] }
        return words.map { ShellWord.quoted($0) }.joined(separator: " ")
    }

    /// Gives all permissions of a plan, one command a resource.
    func texts(_ plan: PermissionPlan) -> [String] {
        plan.byResource.map { text($0.resource, $0.permissions.map(\.operation)) }
    }
}
