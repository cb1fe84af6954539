// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport
import MillraceRun

/// What the user may do, as far as it was tried or can be seen.
extension DoctorCheck {
    static let permissions = [reading, group, transactionalIDs, writing, upkeep, creating]

    /// The permissions that are needed and refused, with the command that gives each.
    private static func refused(
        _ subject: DoctorSubject, _ snapshot: ClusterSnapshot, _ isMeant: (Permission) -> Bool,
        _ finding: (Permission, String) -> Finding
    ) -> [Finding]? {
        let needed = subject.permissions.filter(isMeant)
        guard !needed.isEmpty else { return nil }
        let command = AccessCommand(subject.options.properties)
        return needed.filter { snapshot.refuses($0.operation, $0.resource) }.map { permission in
            finding(permission, command.text(permission.resource, [permission.operation]))
        }
    }

    private static let reading = DoctorCheck("may read the topics") { subject, snapshot in
        refused(subject, snapshot) {
            $0.operation == .read && $0.isOnTopic
        } _: { permission, step in
            .error(.readForbidden, permission.resource.name, "the topic may not be read", step: step)
        }
    }

    private static let group = DoctorCheck("may use the consumer group") { subject, snapshot in
        refused(subject, snapshot) {
            $0.resource.kind == "group"
        } _: { permission, step in
            .error(.groupForbidden, permission.resource.name, "the group may not be used", step: step)
        }
    }

    private static let transactionalIDs = DoctorCheck("may write in transactions") { subject, snapshot in
        guard subject.transactionTimeout != nil else { return nil }
        for case .noTransactions(let reason) in snapshot.refusals {
            return [.error(.noTransactions, nil, "the brokers cannot run transactions: \(reason)")]
        }
        return refused(subject, snapshot) {
            $0.resource.isPrefix
        } _: { permission, step in
            .error(
                .transactionForbidden, permission.resource.name, "transactional ids that begin so may not be used",
                step: step)
        }
    }

    private static let writing = DoctorCheck("may write the topics") { subject, snapshot in
        let isMeant: (Permission) -> Bool = { permission in
            permission.operation == .write && permission.isOnTopic
                && (snapshot.topics[permission.resource.name] != nil
                    || snapshot.refuses(permission.operation, permission.resource))
        }
        let findings = refused(subject, snapshot, isMeant) { permission, step in
            .error(.writeForbidden, permission.resource.name, "the topic may not be written", step: step)
        }
        let unseen = snapshot.unseenWrites.sorted { $0.key < $1.key }.map { topic, reason in
            Finding.unseen("could not find out whether \(topic) may be written: \(reason)")
        }
        return findings.map { $0 + unseen }
    }

    private static let upkeep = DoctorCheck("may look after the topics") { subject, snapshot in
        guard snapshot.isWholeKafka else { return nil }
        let isMeant: (Permission) -> Bool = { permission in
            permission.isForUpkeep && snapshot.topics[permission.resource.name] != nil
        }
        return refused(subject, snapshot, isMeant) { permission, step in
            .warning(
                .upkeepForbidden, permission.resource.name,
                "\(permission.operation.rawValue) is missing (\(permission.purpose))", step: step)
        }
    }

    private static let creating = DoctorCheck("the topics that are missing can be made") { subject, snapshot in
        let missing = subject.written.map(\.name).filter { snapshot.topics[$0] == nil }
        guard !missing.isEmpty else { return nil }
        let refused = refused(subject, snapshot) {
            $0.operation == .create && missing.contains($0.resource.name)
        } _: {
            .error(
                .createForbidden, $0.resource.name, "the topic does not exist and may not be made",
                step: "make it by hand, or \($1)")
        }
        let impossible: [Finding] = snapshot.refusals.compactMap { refusal in
            guard case .impossibleTopic(let topic, let reason) = refusal else { return nil }
            return .error(.cannotCreateTopic, topic, "the topic does not exist and cannot be made: \(reason)")
        }
        let findings = (refused ?? []) + impossible
        guard findings.isEmpty else { return findings }
        // What may not be written may not be seen either: it may be there.
        let seen = missing.filter { !snapshot.refuses(.write, .topic($0)) }
        return seen.isEmpty ? nil : [.sound("can make \(seen.sorted().joined(separator: ", "))")]
    }
}

extension Permission {
    fileprivate var isOnTopic: Bool {
        if case .topic = resource { return true }
        return false
    }
}
