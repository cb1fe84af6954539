// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport
import MillraceRun

/// What a restart rests on: changelogs, the input behind open windows, committed offsets.
extension DoctorCheck {
    static let state = [changelogPolicies, changelogWidths, rereads, commits]

    private static func existing(
        _ subject: DoctorSubject, _ snapshot: ClusterSnapshot
    ) -> [(changelog: DoctorSubject.Changelog, topic: ClusterSnapshot.Topic)] {
        subject.changelogs.compactMap { changelog in snapshot.topics[changelog.topic].map { (changelog, $0) } }
    }

    private static let changelogPolicies = DoctorCheck("changelogs are compacted") { subject, snapshot in
        let existing = existing(subject, snapshot).filter { $0.topic.settings != nil }
        guard !existing.isEmpty else { return nil }
        return existing.filter { $0.topic.policies != ["compact"] }.map { changelog, topic in
            .error(
                .changelogNotCompacted, changelog.topic,
                "its cleanup.policy is \(topic.policies.sorted().joined(separator: ","))",
                step: "kafka-configs --alter --entity-type topics --entity-name \(changelog.topic) "
                    + "--add-config cleanup.policy=compact")
        }
    }

    private static let changelogWidths = DoctorCheck("changelogs are as wide as the input") { subject, snapshot in
        let existing = existing(subject, snapshot)
        guard !existing.isEmpty else { return nil }
        return existing.compactMap { changelog, topic in
            let wanted = changelog.inputs.compactMap { snapshot.topics[$0]?.partitions.count }.max() ?? 0
            guard wanted > 0, wanted != topic.partitions.count else { return nil }
            return .error(
                .changelogPartitionCount, changelog.topic,
                "it has \(topic.partitions.count) partitions, and the input has \(wanted)")
        }
    }

    private static let rereads = DoctorCheck("the input is kept for as long as windows are open") {
        subject, snapshot in
        guard let longest = subject.longestReread else { return nil }
        let topics = subject.inputs.compactMap { input in snapshot.topics[input.topic].map { (input.topic, $0) } }
            .filter { $0.1.settings != nil }
        guard !topics.isEmpty else { return nil }
        return topics.compactMap { name, topic in
            guard let retention = topic.retention, retention < longest else { return nil }
            return .warning(
                .stateOutlivesInput, name,
                "windows are open for \(NumberDisplay.milliseconds(longest)), and the topic keeps "
                    + NumberDisplay.milliseconds(retention))
        }
    }

    private static let commits = DoctorCheck("the log holds what comes behind the last commit") { subject, snapshot in
        guard !snapshot.committed.isEmpty else { return nil }
        return snapshot.committed.sorted { $0.key < $1.key }.compactMap { place, offset in
            let partition = snapshot.topics[place.topic]?.partitions.first { $0.number == place.partition }
            guard let range = partition?.range, !(range.lowerBound...range.upperBound).contains(offset) else {
                return nil
            }
            return .error(
                .committedOffsetLost, "\(place)",
                "\(subject.options.application) has committed offset \(offset), and the log holds "
                    + "\(range.lowerBound) to \(range.upperBound)")
        }
    }
}
