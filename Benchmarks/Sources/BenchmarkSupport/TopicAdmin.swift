// SPDX-License-Identifier: Apache-2.0
internal import CSystemKafka

/// Makes and removes the topics of the benchmarks.
package final class TopicAdmin {
    private let client: KafkaHandle

    package init(bootstrap: String) throws {
        // A producer's question whether a topic exists would make it.
        client = try KafkaHandle(
            RD_KAFKA_CONSUMER, bootstrap: bootstrap,
            [("group.id", "benchmark-admin"), ("allow.auto.create.topics", "false")])
    }

    /// How many partitions the topic has; 0: there is no such topic.
    package func partitionCount(_ topic: String) throws -> Int32 { try client.partitionCount(topic) }

    /// The lowest and the next offset of each partition.
    package func watermarks(_ topic: String) throws -> [(low: Int64, high: Int64)] {
        try (0..<partitionCount(topic)).map { try client.watermarks(topic, $0) }
    }

    /// Makes a topic that keeps its records however old they say they are. Returns when the broker tells of it, which
    /// is a little after it says that it has made it.
    package func create(_ topic: String, partitions: Int32) throws {
        var text = [CChar](repeating: 0, count: 512)
        guard let wanted = rd_kafka_NewTopic_new(topic, partitions, 1, &text, text.count) else {
            throw Failure("cannot make the topic \(topic)")
        }
        defer { rd_kafka_NewTopic_destroy(wanted) }
        for (name, value) in [("retention.ms", "-1"), ("cleanup.policy", "delete")] {
            try KafkaHandle.check(rd_kafka_NewTopic_set_config(wanted, name, value), "make the topic \(topic)")
        }
        let event = try perform("make the topic \(topic)") { queue in
            var topics: [OpaquePointer?] = [wanted]
            rd_kafka_CreateTopics(client.handle, &topics, 1, nil, queue)
        }
        defer { rd_kafka_event_destroy(event) }
        var count = 0
        let results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
        guard count == 1, let result = results?[0] else { throw Failure("no answer about \(topic)") }
        try KafkaHandle.check(rd_kafka_topic_result_error(result), "make the topic \(topic)")
        for _ in 0..<500 {
            if (try? partitionCount(topic)) == partitions { return }
            MonotonicClock.sleep(until: MonotonicClock.nanoseconds() + 20_000_000)
        }
        throw Failure("the broker made \(topic), but does not tell of it")
    }

    /// Removes these topics; those that do not exist are passed over.
    package func delete(_ topics: [String]) throws {
        guard !topics.isEmpty else { return }
        var list: [OpaquePointer?] = topics.map { rd_kafka_DeleteTopic_new($0) }
        defer { for topic in list { rd_kafka_DeleteTopic_destroy(topic) } }
        let event = try perform("delete \(topics)") { queue in
            rd_kafka_DeleteTopics(client.handle, &list, list.count, nil, queue)
        }
        rd_kafka_event_destroy(event)
    }

    private func perform(_ action: String, _ body: (OpaquePointer) -> Void) throws -> OpaquePointer {
        guard let queue = rd_kafka_queue_new(client.handle) else { throw Failure("out of memory") }
        defer { rd_kafka_queue_destroy(queue) }
        body(queue)
        guard let event = rd_kafka_queue_poll(queue, 30_000) else { throw Failure("\(action): no answer") }
        let code = rd_kafka_event_error(event)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            rd_kafka_event_destroy(event)
            throw Failure("\(action): \(String(cString: rd_kafka_err2str(code)))")
        }
        return event
    }
}
