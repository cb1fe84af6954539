// SPDX-License-Identifier: Apache-2.0
import BenchmarkSupport
import CSystemKafka

/// Sends records to the partitions that Kafka's own clients would choose for their keys.
struct Loader {
    private let client: KafkaHandle
    private let topic: OpaquePointer
    private let partitions: Int32

    init(bootstrap: String, topic name: String, partitions: Int32) throws {
        client = try KafkaHandle(
            RD_KAFKA_PRODUCER, bootstrap: bootstrap,
            [
                ("enable.idempotence", "true"), ("linger.ms", "20"), ("batch.num.messages", "10000"),
                ("queue.buffering.max.messages", "400000"), ("queue.buffering.max.kbytes", "262144"),
                ("delivery.report.only.error", "true"), ("socket.nagle.disable", "true"),
            ])
        guard let topic = rd_kafka_topic_new(client.handle, name, nil) else { throw Failure("no topic \(name)") }
        self.topic = topic
        self.partitions = partitions
    }

    /// Makes the records `0 ..< to` and sends those from `from` on.
    func load(_ writer: inout RecordWriter, from: Int, to: Int) throws {
        var arguments = [rd_kafka_vu_t](repeating: rd_kafka_vu_t(), count: 6)
        let kinds = [
            RD_KAFKA_VTYPE_RKT, RD_KAFKA_VTYPE_PARTITION, RD_KAFKA_VTYPE_MSGFLAGS, RD_KAFKA_VTYPE_KEY,
            RD_KAFKA_VTYPE_VALUE, RD_KAFKA_VTYPE_TIMESTAMP,
        ]
        for (index, kind) in kinds.enumerated() { arguments[index].vtype = kind }
        arguments[0].u.rkt = topic
        arguments[2].u.i = RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK
        for number in 0..<to {
            writer.write(number)
            guard number >= from else { continue }
            let partition = rd_kafka_msg_partitioner_murmur2(
                topic, writer.key, writer.keyLength, partitions, nil, nil)
            arguments[1].u.i32 = partition
            arguments[3].u.mem.ptr = writer.key
            arguments[3].u.mem.size = writer.keyLength
            arguments[4].u.mem.ptr = writer.value
            arguments[4].u.mem.size = writer.valueLength
            arguments[5].u.i64 = writer.timestamp
            if let error = rd_kafka_produceva(client.handle, arguments, arguments.count) {
                defer { rd_kafka_error_destroy(error) }
                throw Failure("record \(number): \(String(cString: rd_kafka_error_string(error)))")
            }
            if number % 10_000 == 0 { rd_kafka_poll(client.handle, 0) }
        }
        try KafkaHandle.check(rd_kafka_flush(client.handle, 300_000), "send the records")
    }
}
