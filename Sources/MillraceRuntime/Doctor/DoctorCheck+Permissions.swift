// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// What the user may do, as far as it was tried or can be seen.
extension DoctorCheck {
    static let permissions = [reading, group, transactionalIDs, creating]

    private static let reading = DoctorCheck("may read the input topics") { subject, snapshot in
        guard !subject.inputs.isEmpty else { return nil }
        return snapshot.refusals.compactMap { refusal in
            guard case .reading(let topic) = refusal else { return nil }
            return .error(
                .readForbidden, topic, "the topic may not be read",
                step: "kafka-acls --add --allow-principal User:NAME --operation Read --operation Describe "
                    + "--topic \(topic)")
        }
    }

    private static let group = DoctorCheck("may use the consumer group") { subject, snapshot in
        guard subject.graph != nil else { return nil }
        guard snapshot.refusals.contains(.group) else { return [] }
        let name = subject.options.application
        return [
            .error(
                .groupForbidden, name, "the group may not be used",
                step: "kafka-acls --add --allow-principal User:NAME --operation Read --group \(name)")
        ]
    }

    private static let transactionalIDs = DoctorCheck("may write in transactions") { subject, snapshot in
        guard subject.transactionTimeout != nil else { return nil }
        for case .noTransactions(let reason) in snapshot.refusals {
            return [.error(.noTransactions, nil, "the brokers cannot run transactions: \(reason)")]
        }
        guard snapshot.refusals.contains(.transactions) else { return [] }
        let prefix = "\(subject.options.application)-"
        return [
            .error(
                .transactionForbidden, prefix, "transactional ids that begin so may not be used",
                step: "kafka-acls --add --allow-principal User:NAME --operation Write --operation Describe "
                    + "--transactional-id \(prefix) --resource-pattern-type prefixed")
        ]
    }

    private static let creating = DoctorCheck("the topics that are missing can be made") { subject, snapshot in
        let missing = (subject.outputs.map(\.topic) + subject.changelogs.map(\.topic))
            .filter { snapshot.topics[$0] == nil }
        guard !missing.isEmpty else { return nil }
        let findings: [Finding] = snapshot.refusals.compactMap { refusal in
            switch refusal {
            case .creating(let topic):
                .error(
                    .createForbidden, topic, "the topic does not exist and may not be made",
                    step: "make it by hand, or kafka-acls --add --allow-principal User:NAME --operation Create "
                        + "--topic \(topic)")
            case .impossibleTopic(let topic, let reason):
                .error(.cannotCreateTopic, topic, "the topic does not exist and cannot be made: \(reason)")
            case .reading, .group, .transactions, .transactionTimeout, .noTransactions: nil
            }
        }
        return findings.isEmpty ? [.sound("can make \(missing.sorted().joined(separator: ", "))")] : findings
    }
}
