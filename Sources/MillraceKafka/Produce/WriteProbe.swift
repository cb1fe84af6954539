// SPDX-License-Identifier: Apache-2.0

internal import CSystemKafka
package import MillraceCore
package import MillraceLog

/// Finds out whether topics may be written, without writing to them: it sends a record under `acks=2`, which no Kafka
/// since 0.9 takes. Brokers judge the permission first and the `acks` behind it, before the log is touched.
package final class WriteProbe: TopicWriteProbe {
    private let producer: Producer

    package init(
        _ properties: KafkaProperties, timeoutMilliseconds: Int32, onLog: KafkaLogHandler?
    ) throws(KafkaError) {
        var options = ProducerOptions(properties: properties, profile: .latency)
        options.transactionTimeoutMilliseconds = 2 *| timeoutMilliseconds
        options.onLog = onLog
        options.isProbe = true
        producer = try Producer(options)
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    private let timeoutMilliseconds: Int32

    /// Asks for one partition, which stands for its topic.
    package func ask(_ partition: TopicPartition) throws(KafkaError) -> WriteAnswer {
        producer.forgetDeliveries()
        let record = RawRecords()
        record.append(key: nil, value: nil, timestamp: -1, partition: partition.partition)
        try producer.send(record, to: producer.topic(partition.topic))
        do throws(KafkaError) {
            try producer.flush(timeoutMilliseconds: timeoutMilliseconds)
        } catch {
            if error.code == RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS.rawValue { return .allowed }
            return .failed(error)
        }
        throw .configuration(
            "the broker has taken a record under acks=2", operation: "ask whether \(partition.topic) may be written")
    }
}
