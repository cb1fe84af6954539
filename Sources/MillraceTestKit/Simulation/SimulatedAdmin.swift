// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog

/// Makes, deletes and looks at the topics and groups of a simulated cluster.
final class SimulatedAdmin: LogAdmin {
    private let cluster: SimulatedCluster

    init(_ cluster: SimulatedCluster) { self.cluster = cluster }

    var lastConnectionFailure: ConnectionFailure? { nil }

    func createTopics(
        _ topics: [NewTopic], onlyChecks: Bool, timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [String: TopicOutcome] {
        for topic in topics where !(-1...100_000).contains(topic.partitions) {
            throw SimulatedError.invalidArgument.during(
                "create topic \(topic.name)",
                "num_partitions out of expected range")
        }
        return try cluster.call { (state) throws(KafkaError) in
            var outcomes: [String: TopicOutcome] = [:]
            for topic in topics {
                if let error = SimulatedAdmin.refusal(topic) {
                    outcomes[topic.name] = .failed(error.during("create topic \(topic.name)"))
                } else if state.topics[topic.name] != nil {
                    outcomes[topic.name] = .alreadyExists
                } else {
                    outcomes[topic.name] = .done
                    guard !onlyChecks else { continue }
                    let partitions = topic.partitions < 0 ? 1 : topic.partitions
                    state.create(
                        topic.name, SimulatedTopic(partitions: partitions, configuration: topic.configuration))
                }
            }
            return outcomes
        }
    }

    private static func refusal(_ topic: NewTopic) -> SimulatedError? {
        let isName = topic.name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        if !isName || topic.name.isEmpty || topic.name.utf8.count > 249 || [".", ".."].contains(topic.name) {
            return .topicException
        }
        if topic.partitions == 0 { return .invalidPartitions }
        if let replicas = topic.replicas, replicas != -1, replicas != 1 { return .invalidReplicationFactor }
        let isKnown = topic.configuration.keys.allSatisfy { SimulatedTopic.defaults[$0] != nil }
        return isKnown ? nil : .invalidConfig
    }

    func addPartitions(
        to topic: String, total: Int32, timeoutMilliseconds: Int32
    ) throws(KafkaError) -> TopicOutcome {
        try cluster.call { (state) throws(KafkaError) in
            guard let found = state.topics[topic] else { return .missing }
            guard found.partitions.count < Int(total) else { return .alreadyExists }
            state.widen(topic, to: total)
            return .done
        }
    }

    func deleteTopics(_ names: [String], timeoutMilliseconds: Int32) throws(KafkaError) -> [String: TopicOutcome] {
        try cluster.call { (state) throws(KafkaError) in
            var outcomes: [String: TopicOutcome] = [:]
            for name in names {
                outcomes[name] = state.topics[name] == nil ? .missing : .done
                state.delete(name)
            }
            return outcomes
        }
    }

    func deleteRecords(
        before offsets: [TopicPartition: Int64], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        try cluster.call { (state) throws(KafkaError) in try state.deleteRecords(before: offsets) }
    }

    func settings(
        ofTopics topics: [String], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [String: [String: String]] {
        try cluster.call { (state) throws(KafkaError) in
            state.topics.filter { topics.contains($0.key) }.mapValues(\.settings)
        }
    }

    func settings(ofTopic topic: String, timeoutMilliseconds: Int32) throws(KafkaError) -> [String: String] {
        try cluster.call { (state) throws(KafkaError) in
            guard let found = state.topics[topic] else {
                throw SimulatedError.unknownTopicOrPart.during("look at the settings of topic \(topic)")
            }
            return found.settings
        }
    }

    func settings(ofBroker broker: Int32, timeoutMilliseconds: Int32) throws(KafkaError) -> [String: String] {
        [
            "auto.create.topics.enable": "true", "group.max.session.timeout.ms": "1800000",
            "group.min.session.timeout.ms": "6000", "message.max.bytes": "1048588",
            "offsets.retention.minutes": "10080",
            "transaction.max.timeout.ms": "\(SimulatedWriter.maximumTransactionTimeout)",
        ]
    }

    func partitionCounts(ofTopics topics: [String], timeoutMilliseconds: Int32) throws(KafkaError) -> [String: Int32] {
        try cluster.call { (state) throws(KafkaError) in state.partitionCounts(topics) }
    }

    func offsetRanges(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: OffsetRange] {
        try cluster.offsetRanges(partitions, .readUncommitted, timeoutMilliseconds)
    }

    func describeCluster(timeoutMilliseconds: Int32) throws(KafkaError) -> ClusterDescription {
        try cluster.call { (state) throws(KafkaError) in
            ClusterDescription(
                clusterID: SimulatedCluster.identifier,
                brokers: [ClusterDescription.Broker(id: 1, host: "simulated", port: 9092)],
                topics: state.topics.mapValues { topic in
                    topic.partitions.indices.map { number in
                        ClusterDescription.Partition(
                            number: Int32(number), leader: 1, replicas: 1, replicasInSync: 1)
                    }
                })
        }
    }

    func members(ofGroup group: String, timeoutMilliseconds: Int32) throws(KafkaError) -> [GroupMember] {
        try cluster.call { (state) throws(KafkaError) in state.describe(group).members }
    }

    func deleteGroup(_ group: String, timeoutMilliseconds: Int32) throws(KafkaError) {
        let operation = "delete the group \(group)"
        try cluster.call { (state) throws(KafkaError) in
            guard let found = state.groups[group], found.exists else {
                throw SimulatedError.groupIDNotFound.during(operation)
            }
            guard found.members.isEmpty else { throw SimulatedError.nonEmptyGroup.during(operation) }
            state.deleteGroup(group)
        }
    }
}
