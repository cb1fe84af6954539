// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceReport
import MillraceRun

/// Whether the keys of the input lie where queries that group by them expect them.
extension DoctorCheck {
    static let keyPartitions = DoctorCheck("each key lies in one partition (of the records looked at)") {
        subject, snapshot in
        let topics = subject.keyedInputs.filter { topic in
            let partitions = snapshot.topics[topic]?.partitions ?? []
            return partitions.count > 1 && partitions.contains { $0.keys != nil }
        }
        guard !topics.isEmpty else { return nil }
        return topics.compactMap { topic in
            let partitions = snapshot.topics[topic]?.partitions ?? []
            let count = Int32(clamping: partitions.count)
            var placeOf: [[UInt8]: Int32] = [:]
            var misplaced: [(key: [UInt8], partition: Int32, home: Int32)] = []
            for partition in partitions.sorted(by: { $0.number < $1.number }) {
                for key in (partition.keys ?? []).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
                    if let other = placeOf.updateValue(partition.number, forKey: key) {
                        return inTwo(subject, topic, key, other, partition.number)
                    }
                    let home = key.withUnsafeBytes { Murmur2.partition(ofKey: $0, partitions: count) }
                    if home != partition.number { misplaced.append((key, partition.number, home)) }
                }
            }
            guard let first = misplaced.first else { return nil }
            return .warning(
                .misplacedKeys, topic,
                "\(misplaced.count) of the \(placeOf.count) keys looked at are not where murmur2 puts them, for "
                    + "example \(KeyReport.display(first.key)) in partition \(first.partition), not \(first.home)",
                step: "if the topic has been widened, or several partitioners write it, set keys.partitioning to any; "
                    + "one producer with another partitioner (as librdkafka's default) does no harm")
        }
    }

    private static func inTwo(
        _ subject: DoctorSubject, _ topic: String, _ key: [UInt8], _ first: Int32, _ second: Int32
    ) -> Finding {
        let text = "the key \(KeyReport.display(key)) lies in partitions \(first) and \(second)"
        if subject.options.keyPartitioning == .trusted {
            return .warning(
                .keyInTwoPartitions, topic, "\(text): each publishes its own part (keys.partitioning: trusted)")
        }
        return .error(
            .keyInTwoPartitions, topic, "\(text): a run that finds such a key stops before it publishes parts",
            step: "SET 'keys.partitioning' = 'any' before the query makes it regroup")
    }
}

extension DoctorSubject {
    /// The input topics whose keys have to lie in one partition each: queries group by the record key.
    var keyedInputs: [String] {
        guard let graph else { return [] }
        let queries = graph.program.queries.indices.filter { query in
            guard case .aggregate(let aggregation) = graph.program.queries[query].operation else { return false }
            return aggregation.isPartitionAffine
        }
        let topics = Set(queries.flatMap { graph.topics(feeding: $0) })
        return inputs.map(\.topic).filter(topics.contains)
    }
}
