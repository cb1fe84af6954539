// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceReport
import MillraceRun
import MillraceSettings

/// The topics that a program writes: as wide as asked for, and keeping what is written.
extension DoctorCheck {
    static let outputs = [partitionCounts, replicas, retention, timestampLimits, outputTimestamps, tables, keys]

    /// The outputs that exist, with their topics.
    private static func existing(
        _ subject: DoctorSubject, _ snapshot: ClusterSnapshot
    ) -> [(output: DoctorSubject.Output, topic: ClusterSnapshot.Topic)] {
        subject.outputs.compactMap { output in snapshot.topics[output.topic].map { (output, $0) } }
    }

    private static let partitionCounts = DoctorCheck("output topics are as wide as the program says") {
        subject, snapshot in
        let existing = existing(subject, snapshot)
        guard !existing.isEmpty else { return nil }
        return existing.compactMap { output, topic in
            guard let wanted = output.sink.partitions, wanted != topic.partitions.count else { return nil }
            return .error(
                .wrongPartitionCount, output.topic,
                "the topic has \(topic.partitions.count) partitions, and \(output.sink.name) asks for \(wanted)")
        }
    }

    private static let replicas = DoctorCheck("enough replicas are in step") { subject, snapshot in
        let written = subject.outputs.map(\.topic) + subject.changelogs.map(\.topic)
        let topics = written.compactMap { name in snapshot.topics[name].map { (name, $0) } }
            .filter { $0.1.settings != nil }
        guard !topics.isEmpty else { return nil }
        return topics.flatMap { name, topic -> [Finding] in
            let needed = topic.number("min.insync.replicas") ?? 1
            return topic.partitions.filter { $0.hasLeader && Int64($0.replicasInSync) < needed }.map { partition in
                .error(
                    .tooFewReplicas, "\(name)/\(partition.number)",
                    "\(partition.replicasInSync) of \(partition.replicas) replicas are in step, and "
                        + "min.insync.replicas is \(needed)")
            }
        }
    }

    /// How old the oldest results will be, in ms; nil: that is not known.
    private static func age(_ subject: DoctorSubject, _ snapshot: ClusterSnapshot) -> Int64? {
        let oldest = subject.inputs.compactMap { snapshot.topics[$0.topic]?.oldest }.min()
        switch subject.options.from {
        case .earliest, .offsets: return oldest.map { snapshot.wallMilliseconds -| $0 }
        case .latest: return nil
        case .time(let time): return snapshot.wallMilliseconds -| max(time, oldest ?? time)
        case .ago(let milliseconds):
            let start = snapshot.wallMilliseconds -| milliseconds
            return snapshot.wallMilliseconds -| max(start, oldest ?? start)
        }
    }

    /// The outputs with what their topics are like, or would be: made by the program on this broker.
    private static func all(
        _ subject: DoctorSubject, _ snapshot: ClusterSnapshot
    ) -> [(output: DoctorSubject.Output, topic: ClusterSnapshot.Topic)] {
        subject.outputs.compactMap { output in
            if let topic = snapshot.topics[output.topic] { return topic.settings == nil ? nil : (output, topic) }
            guard let broker = snapshot.brokerSettings else { return nil }
            let planned = subject.written.first { $0.name == output.topic }?.settings ?? [:]
            let settings = ClusterSnapshot.topicDefaults(broker).merging(planned) { $1 }
            return (output, ClusterSnapshot.Topic(partitions: [], settings: settings))
        }
    }

    private static let retention = DoctorCheck("output topics keep what will be written") { subject, snapshot in
        let all = all(subject, snapshot)
        guard !all.isEmpty, let age = age(subject, snapshot) else { return nil }
        // What the input itself is about to lose is no surprise when the output loses it.
        let inputRetention = subject.inputs.compactMap { snapshot.topics[$0.topic] }
            .reduce(Int64(0)) { max($0, $1.retention ?? .max) }
        return all.compactMap { output, topic in
            guard let retention = topic.retention, age > retention, inputRetention > retention else { return nil }
            let exists = snapshot.topics[output.topic] != nil
            return .warning(
                .outputExpires, output.topic,
                "the oldest results are \(NumberDisplay.milliseconds(age)) old, and the topic "
                    + "\(exists ? "keeps" : "would keep") "
                    + "\(NumberDisplay.milliseconds(retention)): the broker deletes them soon after they are written",
                step: exists
                    ? "kafka-configs --alter --entity-type topics --entity-name \(output.topic) "
                        + "--add-config retention.ms=-1"
                    : "say how long the topic that is made keeps them: WITH (…, RETENTION_MS=\(age *| 2))")
        }
    }

    private static let timestampLimits = DoctorCheck("output topics take the results' timestamps") {
        subject, snapshot in
        let all = all(subject, snapshot)
        guard !all.isEmpty, let age = age(subject, snapshot) else { return nil }
        return all.flatMap { output, topic -> [Finding] in
            guard !topic.replacesTimestamps else { return [] }
            return [tooOld(output, topic, age), tooFarAhead(subject, snapshot, output, topic)].compactMap { $0 }
        }
    }

    private static func tooOld(
        _ output: DoctorSubject.Output, _ topic: ClusterSnapshot.Topic, _ age: Int64
    ) -> Finding? {
        let names = ["message.timestamp.before.max.ms", "message.timestamp.difference.max.ms"]
        guard let name = names.first(where: { topic.number($0).map { $0 < age } ?? false }) else { return nil }
        return .error(
            .outputRefusesOldRecords, output.topic,
            "the oldest results are \(NumberDisplay.milliseconds(age)) old, and the topic refuses what is older "
                + "than its \(name)=\(topic.number(name) ?? 0)",
            step: "kafka-configs --alter --entity-type topics --entity-name \(output.topic) "
                + "--add-config \(name)=9223372036854775807")
    }

    /// A record of the input that lies ahead has results that do, too.
    private static func tooFarAhead(
        _ subject: DoctorSubject, _ snapshot: ClusterSnapshot, _ output: DoctorSubject.Output,
        _ topic: ClusterSnapshot.Topic
    ) -> Finding? {
        let name = "message.timestamp.after.max.ms"
        guard let limit = topic.number(name) else { return nil }
        let (last, isOver) = snapshot.wallMilliseconds.addingReportingOverflow(limit)
        guard !isOver else { return nil }
        for input in subject.inputs where !input.hasTimestampColumn {
            for partition in snapshot.topics[input.topic]?.partitions ?? [] {
                guard let record = partition.future, let time = record.timestamp, time > last else { continue }
                return .error(
                    .resultTimeRefused, output.topic,
                    "the results of \(input.topic)/\(partition.number)@\(record.offset) "
                        + "(\(TimeDisplay.timestamp(time))) lie further ahead than the topic's \(name)=\(limit)")
            }
        }
        return nil
    }

    private static let outputTimestamps = DoctorCheck("output topics keep the results' timestamps") {
        subject, snapshot in
        let existing = existing(subject, snapshot).filter { $0.topic.settings != nil }
        guard !existing.isEmpty else { return nil }
        return existing.filter { $0.topic.replacesTimestamps }.map { output, _ in
            .warning(
                .replacedTimestamps, output.topic,
                "the broker replaces the results' event times by the time of writing (LogAppendTime)",
                step: "kafka-configs --alter --entity-type topics --entity-name \(output.topic) "
                    + "--add-config message.timestamp.type=CreateTime")
        }
    }

    private static let tables = DoctorCheck("tables keep their rows") { subject, snapshot in
        let tables = existing(subject, snapshot).filter { output, topic in
            output.sink.kind == .table && output.sink.windowedKey == nil && topic.settings != nil
        }
        guard !tables.isEmpty else { return nil }
        return tables.compactMap { output, topic in
            guard let retention = topic.retention, !topic.policies.contains("compact") else { return nil }
            return .warning(
                .outputForgetsRows, output.topic,
                "a row that does not change disappears after \(NumberDisplay.milliseconds(retention)) "
                    + "(cleanup.policy=delete)",
                step: "kafka-configs --alter --entity-type topics --entity-name \(output.topic) "
                    + "--add-config cleanup.policy=compact")
        }
    }

    private static let keys = DoctorCheck("output topics take the results' keys") { subject, snapshot in
        let existing = existing(subject, snapshot).filter { $0.topic.settings != nil }
        guard !existing.isEmpty else { return nil }
        return existing.filter { output, topic in
            topic.policies.contains("compact") && output.sink.keyColumns.isEmpty
        }.map { output, _ in
            .error(
                .outputRefusesKeylessRecords, output.topic,
                "the topic is compacted and \(output.sink.name) has no key: the broker refuses its records")
        }
    }
}
