// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceKafka
import MillraceLog
import MillraceReport
import MillraceRun

/// Writes the demo's records.
final class DemoProducer {
    struct Order {
        var key: String
        var value: String
        var timestamp: Int64

        init(key: String, value: String, timestamp: Int) {
            self.key = key
            self.value = value
            self.timestamp = Int64(timestamp)
        }
    }

    private let producer: Producer
    private let topic: TopicHandle
    private let records = RawRecords()

    init(_ properties: KafkaProperties, topic: String) throws {
        producer = try Producer(ProducerOptions(properties: properties, profile: .throughput))
        self.topic = try producer.topic(topic)
    }

    func send(_ orders: [Order], _ partitionOf: (String) -> Int32) throws {
        records.removeAll()
        for order in orders {
            records.append(
                key: Array(order.key.utf8), value: Array(order.value.utf8), timestamp: order.timestamp,
                partition: partitionOf(order.key))
        }
        try producer.send(records, to: topic)
        try producer.flush(timeoutMilliseconds: 30_000)
    }
}

/// Reads a whole topic of the demo.
struct DemoReader {
    private let properties: KafkaProperties

    init(_ properties: KafkaProperties) { self.properties = properties }

    func read(_ topic: String, partitions: Int32) throws -> [(key: [UInt8], value: [UInt8])] {
        let consumer = try Consumer(ConsumerOptions(properties: properties, profile: .backfill))
        defer { consumer.close(timeoutMilliseconds: 1000) }
        let all = (0..<partitions).map { TopicPartition(topic, $0) }
        let ends = try consumer.offsetRanges(all, timeoutMilliseconds: 10_000)
        try consumer.assign(positions: Dictionary(uniqueKeysWithValues: all.map { ($0, 0) }))
        var results: [(key: [UInt8], value: [UInt8])] = []
        var open = Set(all.filter { (ends[$0]?.high ?? 0) > 0 })
        let clock = SystemClock()
        let deadline = clock.monotonicNanoseconds() +| 60_000_000_000
        while !open.isEmpty {
            _ = try consumer.drain(timeoutMilliseconds: 100, maximumRecords: 50_000)
            consumer.forEachNonEmptyBatch { (_, _, records) in
                for row in 0..<records.count {
                    results.append(
                        (
                            Array(records.key(row) ?? .init(start: nil, count: 0)),
                            Array(records.value(row) ?? .init(start: nil, count: 0))
                        ))
                }
                records.removeAll()
            }
            open = open.filter { partition in
                consumer.slot(of: partition).flatMap { consumer.position(slot: $0) }.map {
                    $0 < ends[partition]?.high ?? 0
                } ?? true
            }
            _ = consumer.poll(timeoutMilliseconds: 0)
            guard clock.monotonicNanoseconds() < deadline else {
                throw RunFailure(.tryAgain, .kafkaFailure, "the topic \(topic) could not be read in a minute")
            }
        }
        return results
    }
}
