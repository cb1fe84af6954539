// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceKafka
import MillracePlan

/// The topics of a program: finds those that it reads, makes those that it writes.
struct TopicDirectory {
    private static let timeout: Int32 = 15_000

    private let admin: Admin
    private let graph: QueryGraph

    init(_ graph: QueryGraph, properties: KafkaProperties) throws {
        self.graph = graph
        admin = try Admin(properties)
    }

    /// All partitions of the root topics, in order.
    func inputPartitions() throws -> [TopicPartition] {
        let counts = try admin.partitionCounts(ofTopics: graph.topics, timeoutMilliseconds: TopicDirectory.timeout)
        var partitions: [TopicPartition] = []
        for topic in graph.topics {
            guard let count = counts[topic] else {
                throw RunFailure(
                    .inputMissing, "the topic \(topic) does not exist",
                    hint: "create it, or check KAFKA_TOPIC in the program")
            }
            for partition in 0..<count { partitions.append(TopicPartition(topic, partition)) }
        }
        return partitions
    }

    /// Makes the sinks' topics that do not exist (and the dead-letter topic), and tells how many partitions each has.
    /// - Returns: by topic name.
    func prepareOutputs(
        deadLetterTopic: String?, inputPartitions: [TopicPartition], note: (String) -> Void
    ) throws -> [String: Int] {
        let sinks = graph.program.queries.map(\.sink)
        let names = Set(sinks.map(\.topic) + (deadLetterTopic.map { [$0] } ?? [])).sorted()
        let existing = try admin.partitionCounts(ofTopics: names, timeoutMilliseconds: TopicDirectory.timeout)
        var counts = existing.mapValues { Int($0) }
        var missing: [NewTopic] = []
        for name in names where existing[name] == nil {
            let sink = sinks.first { $0.topic == name }
            let widest = Dictionary(grouping: inputPartitions, by: \.topic).values.map(\.count).max() ?? 1
            let partitions = sink?.partitions ?? (sink == nil ? 1 : widest)
            var configuration: [String: String] = [:]
            if let retention = sink?.retentionMilliseconds { configuration["retention.ms"] = String(retention) }
            if let policy = sink?.cleanupPolicy { configuration["cleanup.policy"] = policy }
            missing.append(
                NewTopic(
                    name: name, partitions: Int32(partitions), replicas: sink?.replicas.map { Int32($0) },
                    configuration: configuration))
            counts[name] = partitions
        }
        for sink in sinks {
            guard let wanted = sink.partitions, let found = existing[sink.topic], Int(found) != wanted else { continue }
            throw RunFailure(
                .cannotCreate, "the topic \(sink.topic) has \(found) partitions, not the \(wanted) that \(sink.name) asks for",
                hint: "leave PARTITIONS out to take the topic as it is")
        }
        guard !missing.isEmpty else { return counts }
        for (name, outcome) in try admin.createTopics(missing, timeoutMilliseconds: TopicDirectory.timeout) {
            switch outcome {
            case .done: note("created topic \(name) with \(counts[name] ?? 0) partitions")
            case .alreadyExists, .missing: break
            case .failed(let error):
                throw RunFailure(
                    error.category == .authorization ? .permission : .cannotCreate, error.description,
                    hint: "create the topic \(name) by hand, or grant Create on it")
            }
        }
        return counts
    }
}
