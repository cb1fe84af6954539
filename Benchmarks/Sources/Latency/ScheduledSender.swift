// SPDX-License-Identifier: Apache-2.0
import BenchmarkSupport
import CSystemKafka

/// Sends records when the schedule says, or as soon after as it can.
struct ScheduledSender {
    private let client: KafkaHandle
    private let topic: OpaquePointer

    init(bootstrap: String, topic name: String) throws {
        client = try KafkaHandle(
            RD_KAFKA_PRODUCER, bootstrap: bootstrap,
            [
                // With 0 each record is a request and a batch of its own, and the broker's work for those is what is
                // measured: at 10,000 a second it falls behind by seconds on two cores.
                ("linger.ms", "1"), ("acks", "1"), ("socket.nagle.disable", "true"),
                ("delivery.report.only.error", "true"), ("queue.buffering.max.messages", "500000"),
            ])
        guard try client.partitionCount(name) > 0, let topic = rd_kafka_topic_new(client.handle, name, nil) else {
            throw Failure("there is no topic \(name)")
        }
        self.topic = topic
    }

    /// Sends all of it; returns by how much it was behind at worst, in nanoseconds.
    func send(_ schedule: Schedule, from began: Int64) throws -> Int64 {
        var worst: Int64 = 0
        for number in 0..<schedule.count {
            let intended = began + schedule.nanoseconds(number)
            var now = MonotonicClock.nanoseconds()
            if now < intended {
                MonotonicClock.sleep(until: intended)
                now = MonotonicClock.nanoseconds()
            }
            worst = max(worst, now - intended)
            var key = Array("u\(number % 10_000)".utf8)
            let amount = number % 2 == 0 ? 750 : 250
            var value = Array("{\"id\":\(number),\"amount\":\(amount),\"sent\":\(intended)}".utf8)
            let flags = RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK
            guard
                rd_kafka_produce(
                    topic, RD_KAFKA_PARTITION_UA, flags, &value, value.count, &key, key.count, nil) == 0
            else { throw Failure("record \(number): \(String(cString: rd_kafka_err2str(rd_kafka_last_error())))") }
            if number % 1000 == 0 { rd_kafka_poll(client.handle, 0) }
        }
        try KafkaHandle.check(rd_kafka_flush(client.handle, 30_000), "send the records")
        return worst
    }
}
