// SPDX-License-Identifier: Apache-2.0
package import CSystemKafka

/// A client of librdkafka, nothing around it.
package final class KafkaHandle {
    package let handle: OpaquePointer

    /// Makes the client; it connects in the background.
    package init(_ type: rd_kafka_type_t, bootstrap: String, _ settings: [(String, String)]) throws {
        guard let configuration = rd_kafka_conf_new() else { throw Failure("out of memory") }
        var text = [CChar](repeating: 0, count: 512)
        for (name, value) in [("bootstrap.servers", bootstrap), ("log_level", "3")] + settings {
            guard rd_kafka_conf_set(configuration, name, value, &text, text.count) == RD_KAFKA_CONF_OK else {
                rd_kafka_conf_destroy(configuration)
                throw Failure("\(name)=\(value): \(KafkaHandle.string(text))")
            }
        }
        guard let handle = rd_kafka_new(type, configuration, &text, text.count) else {
            rd_kafka_conf_destroy(configuration)
            throw Failure("no client: \(KafkaHandle.string(text))")
        }
        self.handle = handle
    }

    deinit { rd_kafka_destroy(handle) }

    /// Whether this librdkafka can be told not to pause for a second when its queue is full.
    package static var hasFetchQueueBackoff: Bool { rd_kafka_version() >= 0x0202_0000 }

    /// Throws what `code` says, if it is an error.
    package static func check(_ code: rd_kafka_resp_err_t, _ action: String) throws {
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw Failure("\(action): \(String(cString: rd_kafka_err2str(code)))")
        }
    }

    /// How many partitions the topic has; 0: there is no such topic.
    package func partitionCount(_ topic: String) throws -> Int32 {
        guard let object = rd_kafka_topic_new(handle, topic, nil) else { throw Failure("no topic \(topic)") }
        defer { rd_kafka_topic_destroy(object) }
        var metadata: UnsafePointer<rd_kafka_metadata>?
        try KafkaHandle.check(rd_kafka_metadata(handle, 0, object, &metadata, 10_000), "metadata of \(topic)")
        guard let metadata else { return 0 }
        defer { rd_kafka_metadata_destroy(metadata) }
        guard metadata.pointee.topic_cnt == 1, metadata.pointee.topics[0].err == RD_KAFKA_RESP_ERR_NO_ERROR else {
            return 0
        }
        return metadata.pointee.topics[0].partition_cnt
    }

    /// The lowest and the next offset of a partition. The latter counts open transactions too.
    package func watermarks(_ topic: String, _ partition: Int32) throws -> (low: Int64, high: Int64) {
        var low: Int64 = 0
        var high: Int64 = 0
        try KafkaHandle.check(
            rd_kafka_query_watermark_offsets(handle, topic, partition, &low, &high, 10_000),
            "offsets of \(topic)/\(partition)")
        return (low, high)
    }

    private static func string(_ text: [CChar]) -> String {
        String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
