// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceReport
import MillraceRun
import MillraceSettings

/// The topics that a program reads: there, whole, and with times that make sense.
extension DoctorCheck {
    static let inputs = [
        present, leaders, openTransactions, range, compaction, joinedTables, future, timestampType, keyPartitions,
    ]

    private static let present = DoctorCheck("the input topics exist") { subject, snapshot in
        guard !subject.inputs.isEmpty else { return nil }
        let missing = subject.inputs.filter { input in
            snapshot.topics[input.topic] == nil && !snapshot.refuses(.read, .topic(input.topic))
        }
        guard missing.isEmpty else {
            return missing.map { input in
                .error(.missingTopic, input.topic, "the input topic does not exist, or this user may not see it")
            }
        }
        return subject.inputs.compactMap { input in
            guard let topic = snapshot.topics[input.topic] else { return nil }
            let records = topic.partitions.reduce(0) { $0 + Int64($1.range?.count ?? 0) }
            let since = topic.oldest.map { ", oldest \(TimeDisplay.timestamp($0))" } ?? ""
            return .sound(
                "topic \(input.topic): \(topic.partitions.count) partitions, at most "
                    + "\(NumberDisplay.count(records)) records\(since)")
        }
    }

    private static let leaders = DoctorCheck("every partition has a leader") { subject, snapshot in
        let topics = snapshot.topics.sorted { $0.key < $1.key }
        guard !topics.isEmpty else { return nil }
        return topics.flatMap { name, topic in
            topic.partitions.filter { !$0.hasLeader }.map { partition in
                .error(.noLeader, "\(name)/\(partition.number)", "the partition has no leader")
            }
        }
    }

    private static let openTransactions = DoctorCheck("no transaction was left open") { subject, snapshot in
        let topics = snapshot.topics.sorted { $0.key < $1.key }
        guard !topics.isEmpty else { return nil }
        return topics.flatMap { name, topic in
            topic.partitions.compactMap { partition in
                guard let open = partition.openTransaction else { return nil }
                return .warning(
                    .openTransaction, "\(name)/\(partition.number)",
                    "a transaction has been open for more than 5 s: whoever reads at read_committed waits behind "
                        + "offset \(open.lowerBound), and the log ends at \(open.upperBound)")
            }
        }
    }

    private static let range = DoctorCheck("the log holds the whole range") { subject, snapshot in
        guard let graph = subject.graph else { return nil }
        switch subject.options.from {
        case .latest: return nil
        case .earliest:
            return uncommitted(subject, snapshot).compactMap { topic, partition in
                guard let range = partition.range, range.lowerBound > 0 else { return nil }
                return .warning(
                    .rangeNotHeld, "\(topic)/\(partition.number)",
                    "the log begins at offset \(range.lowerBound): what was before is gone, and the results are those "
                        + "of what is left",
                    step: "restore the records, or give the topic a longer retention.ms for the next time")
            }
        case .offsets(let offsets):
            return uncommitted(subject, snapshot).compactMap { topic, partition in
                let asked = offsets.first { entry in
                    entry.partition == partition.number && (entry.topic == nil || entry.topic == topic)
                }
                guard let asked, let range = partition.range,
                    !(range.lowerBound...range.upperBound).contains(asked.offset)
                else { return nil }
                return .error(
                    .rangeNotHeld, "\(topic)/\(partition.number)",
                    "the log holds offsets \(range.lowerBound) to \(range.upperBound), and the range begins at "
                        + "\(asked.offset)")
            }
        case .time, .ago:
            let margin = subject.options.marginMilliseconds
            let start = subject.options.from.readStart(
                graph, wallMilliseconds: snapshot.wallMilliseconds, margin: margin)
            return uncommitted(subject, snapshot).compactMap { topic, partition in
                // A log that was never cut holds all there was.
                guard let start, let range = partition.range, range.lowerBound > 0, let oldest = partition.oldest,
                    oldest > start
                else { return nil }
                return .error(
                    .rangeNotHeld, "\(topic)/\(partition.number)",
                    "its oldest record is of \(TimeDisplay.timestamp(oldest)), and the range begins at "
                        + TimeDisplay.timestamp(start))
            }
        }
    }

    /// The input partitions that a run would begin where the options say.
    private static func uncommitted(
        _ subject: DoctorSubject, _ snapshot: ClusterSnapshot
    ) -> [(String, ClusterSnapshot.Partition)] {
        subject.inputs.flatMap { input in
            (snapshot.topics[input.topic]?.partitions ?? []).filter { partition in
                snapshot.committed[TopicPartition(input.topic, partition.number)] == nil
            }.map { (input.topic, $0) }
        }
    }

    private static let compaction = DoctorCheck("streams keep every record") { subject, snapshot in
        let streams = subject.inputs.filter { input in input.sources.contains { $0.kind == .stream } }
        guard streams.contains(where: { snapshot.topics[$0.topic]?.settings != nil }) else { return nil }
        return streams.compactMap { input in
            guard snapshot.topics[input.topic]?.policies.contains("compact") ?? false else { return nil }
            return .warning(
                .compactedStream, input.topic,
                "the topic is compacted: older records of a key disappear, and \(input.sources[0].name) counts what "
                    + "is left")
        }
    }

    private static let joinedTables = DoctorCheck("tables of joins keep every key") { subject, snapshot in
        guard let graph = subject.graph, graph.hasJoins else { return nil }
        let tables = subject.inputs.filter {
            graph.isJoinedTable($0.topic) && snapshot.topics[$0.topic]?.settings != nil
        }
        guard !tables.isEmpty else { return nil }
        return tables.compactMap { input in
            let policies = snapshot.topics[input.topic]?.policies ?? []
            guard policies.contains("delete") || !policies.contains("compact") else { return nil }
            return .warning(
                .joinedTableExpires, input.topic,
                "retention deletes records of the topic: \(input.sources[0].name), which rows are looked up in, loses "
                    + "keys that have not changed for so long")
        }
    }

    private static let future = DoctorCheck("no record comes from the future") { subject, snapshot in
        guard !subject.inputs.isEmpty else { return nil }
        return subject.inputs.flatMap { input -> [Finding] in
            guard let topic = snapshot.topics[input.topic] else { return [] }
            return topic.partitions.compactMap { partition in
                guard let record = partition.future else { return nil }
                let place = "\(input.topic)/\(partition.number)@\(record.offset)"
                let time = record.timestamp.map { " (\(TimeDisplay.timestamp($0)))" } ?? ""
                if topic.replacesTimestamps {
                    return .warning(
                        .clockSkew, place, "the broker's clock wrote a time that is still to come here\(time)")
                }
                // Where a column is the event time, the Kafka timestamp decides nothing.
                guard !input.hasTimestampColumn else { return nil }
                return .error(
                    .futureTimestamps, place,
                    "the record's timestamp lies more than an hour ahead\(time): it closes the windows of its "
                        + "partition")
            }
        }
    }

    private static let timestampType = DoctorCheck("records carry their own times") { subject, snapshot in
        let inputs = subject.inputs.filter { !$0.hasTimestampColumn && snapshot.topics[$0.topic]?.settings != nil }
        guard subject.outputs.contains(where: \.hasWindow), !inputs.isEmpty else { return nil }
        return inputs.compactMap { input in
            guard snapshot.topics[input.topic]?.replacesTimestamps ?? false else { return nil }
            return .warning(
                .replacedTimestamps, input.topic,
                "windows go by the time at which the broker wrote the record (LogAppendTime)",
                step: "name the column with the event time: WITH (…, TIMESTAMP='…')")
        }
    }
}
