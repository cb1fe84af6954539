// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillraceEngine
package import MillraceLog
import MillracePlan
import MillraceReport

/// The topics of a program: finds those that it reads, makes those that it writes.
package struct TopicDirectory {
    private static let timeout: Int32 = 15_000

    private let admin: any LogAdmin
    private let graph: QueryGraph
    private let properties: KafkaProperties
    private let registry: (any SchemaRegistry)?
    private let time: any Timekeeper

    package init(_ graph: QueryGraph, options: RunOptions) throws {
        self.graph = graph
        properties = options.properties
        registry = options.schemaRegistry
        time = options.cluster.time
        admin = try options.cluster.admin()
    }

    /// All partitions of the root topics, in order.
    package func inputPartitions() throws -> [TopicPartition] {
        let counts = try admin.partitionCounts(ofTopics: graph.topics, timeoutMilliseconds: TopicDirectory.timeout)
        var partitions: [TopicPartition] = []
        for topic in graph.topics {
            guard let count = counts[topic] else {
                throw RunFailure(
                    .inputMissing, .missingTopic, "the topic \(topic) does not exist",
                    hint: "create it, or check KAFKA_TOPIC in the program")
            }
            for partition in 0..<count { partitions.append(TopicPartition(topic, partition)) }
        }
        return partitions
    }

    /// A topic of the program, as it is, or as it would be made.
    package struct Found {
        package var topic: PlannedTopic
        package var partitions: Int
        package var exists: Bool
    }

    /// Looks topics up; makes none.
    package func look(for topics: [PlannedTopic], inputPartitions: [TopicPartition]) throws -> [Found] {
        let existing = try admin.partitionCounts(
            ofTopics: topics.map(\.name), timeoutMilliseconds: TopicDirectory.timeout)
        return topics.map { topic in
            let count = existing[topic.name].map { Int($0) }
            return Found(topic: topic, partitions: count ?? topic.width(inputPartitions), exists: count != nil)
        }
    }

    /// Registers the schemas of results, makes the sinks' topics that do not exist (and the dead-letter topic), and
    /// tells what they are like.
    func prepareOutputs(
        deadLetterTopic: String?, inputPartitions: [TopicPartition], log: (LogLine) -> Void
    ) throws -> OutputPlan {
        let outputs = try look(
            for: PlannedTopic.outputs(graph, deadLetterTopic: deadLetterTopic), inputPartitions: inputPartitions)
        try checkPartitions(Dictionary(uniqueKeysWithValues: outputs.map { ($0.topic.name, $0.partitions) }))
        // What is refused is refused before any topic is made.
        try registry.check(graph)
        let schemas = try SinkRegistration(graph.program, registry)?.register(log: log) ?? [:]
        let counts = try makeOutputs(outputs, inputPartitions: inputPartitions, log: log)
        let limits = recordLimits(ofTopics: counts.keys.sorted())
        try checkKeys(limits)
        return OutputPlan(
            partitionCounts: counts, limits: limits, deadLetterTopic: deadLetterTopic, schemaNumbers: schemas)
    }

    /// - Returns: how many partitions each has, by topic name.
    private func makeOutputs(
        _ outputs: [Found], inputPartitions: [TopicPartition], log: (LogLine) -> Void
    ) throws -> [String: Int] {
        var counts = Dictionary(uniqueKeysWithValues: outputs.map { ($0.topic.name, $0.partitions) })
        let missing = outputs.filter { !$0.exists }.map { $0.topic.newTopic(inputPartitions) }
        guard !missing.isEmpty else { return counts }
        // Somebody else has made it at the same time: it is as they made it.
        for name in try create(missing, log) { counts[name] = try partitions(ofNewTopic: name) }
        try checkPartitions(counts)
        return counts
    }

    /// Where the settings of topics cannot be read, the producer's limit is all that is known.
    private func recordLimits(ofTopics names: [String]) -> RecordLimits {
        RecordLimits(
            properties, (try? admin.settings(ofTopics: names, timeoutMilliseconds: TopicDirectory.timeout)) ?? [:])
    }

    /// A compacted topic takes no record without a key.
    private func checkKeys(_ limits: RecordLimits) throws {
        for query in graph.program.queries
        where query.sink.keyColumns.isEmpty && limits[query.sink.topic].refusesKeyless {
            throw RunFailure(
                .configuration, .outputRefusesKeylessRecords,
                "the topic \(query.sink.topic) is compacted and \(query.sink.name) has no key: the broker would refuse "
                    + "its records",
                hint: ErrorCode.outputRefusesKeylessRecords.explanation.step)
        }
    }

    /// How many partitions a topic has that exists, though the broker that answers may not know it yet.
    private func partitions(ofNewTopic name: String, atLeast least: Int = 1) throws -> Int {
        for _ in 0..<100 {
            let found = try admin.partitionCounts(ofTopics: [name], timeoutMilliseconds: TopicDirectory.timeout)
            if let count = found[name], count >= least { return Int(count) }
            time.sleep(milliseconds: 100)
        }
        throw RunFailure(.tryAgain, .topicNotVisible, "the topic \(name) was made just now and cannot be seen yet")
    }

    /// Makes the changelogs that do not exist, as wide as the input, and widens those that have a partition for each of
    /// the input's.
    /// - Returns: those that were widened.
    @discardableResult
    func prepareChangelogs(
        _ plan: ChangelogPlan, inputPartitions: [TopicPartition], log: (LogLine) -> Void
    ) throws -> [String] {
        let wanted = plan.topics.map { $0.newTopic(inputPartitions) }
        guard !wanted.isEmpty else { return [] }
        let existing = try admin.partitionCounts(
            ofTopics: wanted.map(\.name), timeoutMilliseconds: TopicDirectory.timeout)
        let missing = wanted.filter { existing[$0.name] == nil }
        if !missing.isEmpty { try create(missing, log) }
        // Where groups are spread by their keys, another number of partitions would spread them differently.
        let narrow = zip(plan.queries, wanted).filter { query, topic in
            plan.isPartitionAffine(query) && existing[topic.name].map { $0 < topic.partitions } ?? false
        }.map { $0.1 }
        for topic in narrow { try widen(topic, log) }
        // The broker that answers may not know them yet.
        for topic in missing + narrow { _ = try partitions(ofNewTopic: topic.name, atLeast: Int(topic.partitions)) }
        return narrow.map(\.name)
    }

    /// Makes the exchanges that do not exist.
    /// - Returns: how many partitions each has, by name.
    func prepareExchanges(
        _ plan: ExchangePlan, inputPartitions: [TopicPartition], log: (LogLine) -> Void
    ) throws -> [String: Int32] {
        guard !plan.queries.isEmpty else { return [:] }
        let topics = plan.topics
        var counts = try admin.partitionCounts(
            ofTopics: topics.map(\.name), timeoutMilliseconds: TopicDirectory.timeout)
        let missing = topics.filter { counts[$0.name] == nil }.map { $0.newTopic(inputPartitions) }
        if !missing.isEmpty { try create(missing, log) }
        // The broker that answers may not know them yet; and somebody else may have made them.
        for topic in missing { counts[topic.name] = Int32(try partitions(ofNewTopic: topic.name)) }
        return counts
    }

    /// What would become of topics that are missing if they were made now; makes nothing.
    /// - Returns: by topic name.
    package func rehearse(_ topics: [PlannedTopic], inputPartitions: [TopicPartition]) throws -> [String: TopicOutcome]
    {
        let missing = try look(for: topics, inputPartitions: inputPartitions).filter { !$0.exists }
        guard !missing.isEmpty else { return [:] }
        return try admin.createTopics(
            missing.map { $0.topic.newTopic(inputPartitions) }, onlyChecks: true,
            timeoutMilliseconds: TopicDirectory.timeout)
    }

    private func widen(_ topic: NewTopic, _ log: (LogLine) -> Void) throws {
        let outcome = try admin.addPartitions(
            to: topic.name, total: topic.partitions, timeoutMilliseconds: TopicDirectory.timeout)
        guard case .failed(let error) = outcome else {
            return log(
                LogLine(
                    .info, "\(topic.name) has \(topic.partitions) partitions now, as the input has",
                    topic: topic.name))
        }
        throw RunFailure(
            error.category == .authorization ? .permission : .cannotCreate,
            error.category == .authorization ? .alterForbidden : .changelogPartitionCount, error.description,
            hint: "give it as many by hand (kafka-topics --alter --topic \(topic.name) "
                + "--partitions \(topic.partitions)), or grant Alter on it")
    }

    /// - Returns: the names of those that somebody else has made meanwhile.
    @discardableResult
    private func create(_ topics: [NewTopic], _ log: (LogLine) -> Void) throws -> [String] {
        var raced: [String] = []
        for (name, outcome) in try admin.createTopics(topics, timeoutMilliseconds: TopicDirectory.timeout) {
            switch outcome {
            case .done:
                let partitions = topics.first { $0.name == name }?.partitions ?? 0
                log(LogLine(.info, "created topic \(name) with \(partitions) partitions", topic: name))
            case .alreadyExists, .missing: raced.append(name)
            case .failed(let error):
                throw RunFailure(
                    error.category == .authorization ? .permission : .cannotCreate,
                    error.category == .authorization ? .createForbidden : .cannotCreateTopic, error.description,
                    hint: "create the topic \(name) by hand, or grant Create on it")
            }
        }
        return raced
    }

    /// - Parameter counts: by topic name.
    private func checkPartitions(_ counts: [String: Int]) throws {
        for query in graph.program.queries {
            let sink = query.sink
            guard let wanted = sink.partitions, let found = counts[sink.topic], found != wanted else { continue }
            throw RunFailure(
                .cannotCreate, .wrongPartitionCount,
                "the topic \(sink.topic) has \(found) partitions, not the \(wanted) that \(sink.name) asks for",
                hint: "leave PARTITIONS out to take the topic as it is")
        }
    }
}
