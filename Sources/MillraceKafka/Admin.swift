// SPDX-License-Identifier: Apache-2.0

internal import CSystemKafka
package import MillraceCore
package import MillraceLog

/// Makes, deletes and looks at topics. Thread-safe calls, each of which waits for its answer.
package final class Admin: LogAdmin {
    let client: KafkaClient

    package init(_ properties: KafkaProperties, onLog: KafkaLogHandler? = nil) throws(KafkaError) {
        let configuration = ClientConfiguration(
            kind: .admin, defaults: [("reconnect.backoff.max.ms", "1000"), ("socket.nagle.disable", "true")],
            properties: properties,
            required: [("allow.auto.create.topics", "false"), ("isolation.level", "read_uncommitted")])
        client = try KafkaClient(configuration, log: onLog)
    }

    /// The last reason why a broker could not be reached; later success does not clear it.
    package var lastConnectionFailure: ConnectionFailure? { client.context.lastFailure }

    /// Makes topics; returns once the brokers know them. Each topic has its own outcome.
    /// - Parameter onlyChecks: makes nothing: the outcomes tell what would become of it.
    package func createTopics(
        _ topics: [NewTopic], onlyChecks: Bool = false, timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [String: TopicOutcome] {
        var objects: [OpaquePointer?] = []
        defer { for object in objects { rd_kafka_NewTopic_destroy(object) } }
        for topic in topics {
            var object: OpaquePointer?
            let problem = withErrorText { text, size in
                object = rd_kafka_NewTopic_new(topic.name, topic.partitions, topic.replicas ?? -1, text, size)
                return object != nil
            }
            if let problem { throw .configuration(problem, operation: "create topic \(topic.name)") }
            objects.append(object)
            for (name, value) in topic.configuration.sorted(by: { $0.key < $1.key }) {
                try client.check(
                    rd_kafka_NewTopic_set_config(object, name, value), "set \(name) of topic \(topic.name)")
            }
        }
        return try client.request("create topics", RD_KAFKA_ADMIN_OP_CREATETOPICS, timeoutMilliseconds) {
            options, queue in
            // Refused only for requests of another kind.
            rd_kafka_AdminOptions_set_validate_only(options, onlyChecks ? 1 : 0, nil, 0)
            rd_kafka_CreateTopics(client.handle, &objects, objects.count, options, queue)
        } result: { event in
            var count = 0
            let results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
            return Admin.outcomes(results, count, "create")
        }
    }

    /// Gives a topic more partitions. `alreadyExists`: it has as many, or more.
    package func addPartitions(
        to topic: String, total: Int32, timeoutMilliseconds: Int32
    ) throws(KafkaError) -> TopicOutcome {
        var object: OpaquePointer?
        let operation = "add partitions to topic \(topic)"
        let problem = withErrorText { text, size in
            object = rd_kafka_NewPartitions_new(topic, Int(total), text, size)
            return object != nil
        }
        if let problem { throw .configuration(problem, operation: operation) }
        defer { rd_kafka_NewPartitions_destroy(object) }
        let outcomes = try client.request(operation, RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, timeoutMilliseconds) {
            options, queue in
            rd_kafka_CreatePartitions(client.handle, &object, 1, options, queue)
        } result: { event in
            var count = 0
            let results = rd_kafka_CreatePartitions_result_topics(
                rd_kafka_event_CreatePartitions_result(event), &count)
            return Admin.outcomes(results, count, "add partitions to")
        }
        if case .failed(let error)? = outcomes[topic], error.code == RD_KAFKA_RESP_ERR_INVALID_PARTITIONS.rawValue {
            return .alreadyExists
        }
        return outcomes[topic] ?? .missing
    }

    /// Deletes topics. Each topic has its own outcome.
    package func deleteTopics(
        _ names: [String], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [String: TopicOutcome] {
        var objects: [OpaquePointer?] = names.map { rd_kafka_DeleteTopic_new($0) }
        defer { for object in objects { rd_kafka_DeleteTopic_destroy(object) } }
        return try client.request("delete topics", RD_KAFKA_ADMIN_OP_DELETETOPICS, timeoutMilliseconds) {
            options, queue in
            rd_kafka_DeleteTopics(client.handle, &objects, objects.count, options, queue)
        } result: { event in
            var count = 0
            let results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count)
            return Admin.outcomes(results, count, "delete")
        }
    }

    /// Deletes the records before these offsets; returns where each log begins now.
    package func deleteRecords(
        before offsets: [TopicPartition: Int64], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        try client.deleteRecords(before: offsets, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// All settings of each topic, brokers' defaults included. Topics that do not exist, and those whose settings may
    /// not be read, are left out.
    package func settings(
        ofTopics topics: [String], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [String: [String: String]] {
        guard !topics.isEmpty else { return [:] }
        var objects: [OpaquePointer?] = topics.map { rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, $0) }
        defer { for object in objects { rd_kafka_ConfigResource_destroy(object) } }
        return try client.request(
            "look up the settings of topics", RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeoutMilliseconds
        ) { options, queue in
            rd_kafka_DescribeConfigs(client.handle, &objects, objects.count, options, queue)
        } result: { event in
            var found: [String: [String: String]] = [:]
            var count = 0
            let resources = rd_kafka_DescribeConfigs_result_resources(
                rd_kafka_event_DescribeConfigs_result(event), &count)
            for index in 0..<count {
                guard let resource = resources?[index], let topic = rd_kafka_ConfigResource_name(resource),
                    rd_kafka_ConfigResource_error(resource) == RD_KAFKA_RESP_ERR_NO_ERROR
                else { continue }
                found[String(cString: topic)] = Admin.settings(in: resource)
            }
            return found
        }
    }

    private static func settings(in resource: OpaquePointer) -> [String: String] {
        var settings: [String: String] = [:]
        var count = 0
        let entries = rd_kafka_ConfigResource_configs(resource, &count)
        for index in 0..<count {
            guard let entry = entries?[index], let name = rd_kafka_ConfigEntry_name(entry),
                let value = rd_kafka_ConfigEntry_value(entry)
            else { continue }
            settings[String(cString: name)] = String(cString: value)
        }
        return settings
    }

    /// How many partitions each topic has; topics that do not exist are left out.
    package func partitionCounts(
        ofTopics topics: [String], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [String: Int32] {
        try client.partitionCounts(ofTopics: topics, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// The logs' bounds now; `high` is the high watermark: what is in open transactions counts, unlike with a consumer
    /// at `.readCommitted`.
    package func offsetRanges(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: OffsetRange] {
        try client.offsetRanges(partitions, timeoutMilliseconds: timeoutMilliseconds)
    }

    private static func outcomes(
        _ results: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int, _ verb: String
    ) -> [String: TopicOutcome] {
        var outcomes: [String: TopicOutcome] = [:]
        for index in 0..<count {
            guard let result = results?[index], let name = rd_kafka_topic_result_name(result) else { continue }
            let topic = String(cString: name)
            let code = rd_kafka_topic_result_error(result)
            switch code {
            case RD_KAFKA_RESP_ERR_NO_ERROR: outcomes[topic] = .done
            case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS: outcomes[topic] = .alreadyExists
            case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: outcomes[topic] = .missing
            default:
                let text = rd_kafka_topic_result_error_string(result).map { String(cString: $0) }
                outcomes[topic] = .failed(
                    KafkaError(code: code, operation: "\(verb) topic \(topic)", message: text))
            }
        }
        return outcomes
    }
}
