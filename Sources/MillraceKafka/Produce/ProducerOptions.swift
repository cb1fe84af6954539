// SPDX-License-Identifier: Apache-2.0

package import MillraceLog

extension ProduceProfile {
    /// KiB of records that may wait to be sent.
    static let queuedKilobytes = 65_536

    var settings: [(name: String, value: String)] {
        [
            ("linger.ms", self == .throughput ? "20" : "0"),
            // Five requests of 10,000 small records are all that a connection takes; more only costs memory.
            ("queue.buffering.max.messages", "50000"),
            ("queue.buffering.max.kbytes", "\(ProduceProfile.queuedKilobytes)"),
            ("reconnect.backoff.max.ms", "1000"),
            ("socket.nagle.disable", "true"),
        ]
    }
}

/// How a producer is to be made: what its user wants of it, and what librdkafka needs besides.
@dynamicMemberLookup
package struct ProducerOptions: Sendable {
    package var writer: WriterOptions
    package var properties: KafkaProperties
    package var onLog: KafkaLogHandler?
    /// Whether it asks brokers for what they refuse; see `WriteProbe`.
    var isProbe = false

    /// - Parameter properties: the user's.
    package init(_ writer: WriterOptions, _ properties: KafkaProperties, onLog: KafkaLogHandler? = nil) {
        self.writer = writer
        self.properties = properties
        self.onLog = onLog
    }

    package init(properties: KafkaProperties, profile: ProduceProfile = .throughput, transactionalID: String? = nil) {
        self.init(WriterOptions(profile: profile, transactionalID: transactionalID), properties)
    }

    package subscript<Value>(dynamicMember path: WritableKeyPath<WriterOptions, Value>) -> Value {
        get { writer[keyPath: path] }
        set { writer[keyPath: path] = newValue }
    }

    var configuration: ClientConfiguration {
        // librdkafka would wait for a socket longer than for the transaction.
        let messageTimeout = max(1000, writer.transactionTimeoutMilliseconds / 2)
        var required = [
            ("enable.idempotence", isProbe ? "false" : "true"), ("request.required.acks", isProbe ? "2" : "-1"),
            // Without a report a flush does not see the last record arrive: it looks every 10 ms only.
            ("delivery.report.only.error", writer.profile == .throughput ? "true" : "false"),
            ("message.timeout.ms", "\(messageTimeout)"),
        ]
        if let transactionalID = writer.transactionalID {
            required.append(("transactional.id", transactionalID))
            required.append(("transaction.timeout.ms", "\(max(1000, writer.transactionTimeoutMilliseconds))"))
        }
        var defaults = writer.profile.settings
        // A record that is larger than the queue would never get into it: whoever has raised that limit has the memory.
        if let share = MemoryShare(budget: writer.memoryBudget, below: ProduceProfile.queuedKilobytes),
            properties["message.max.bytes"] == nil
        {
            defaults.append(("queue.buffering.max.kbytes", "\(share.kilobytes)"))
        }
        // Brokers judge batches: many small records together must not be too large for a topic that takes each of them.
        if let leastTopicLimit = writer.leastTopicLimit, leastTopicLimit < 1_000_000 {
            defaults.append(("batch.size", "\(leastTopicLimit)"))
        }
        return ClientConfiguration(
            kind: .producer, defaults: defaults, properties: properties, required: required)
    }
}
