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

/// How a producer is to be made.
package struct ProducerOptions: Sendable {
    package var properties: KafkaProperties
    package var profile: ProduceProfile
    /// nil: idempotent, without transactions.
    package var transactionalID: String?
    /// After this time the broker aborts an open transaction by itself, in milliseconds. Records that could not be
    /// delivered after half of it fail, so that an abort does not wait for them longer.
    package var transactionTimeoutMilliseconds: Int32 = 10_000
    /// The least `max.message.bytes` of the topics that it writes to, where that is known: no batch is larger, but for
    /// one of a single record.
    package var leastTopicLimit: Int?
    /// The memory that the process may take for its state, in bytes: what waits to be sent is a small part of that;
    /// nil: no limit is known.
    package var memoryBudget: Int64?
    package var onLog: KafkaLogHandler?
    /// Whether it asks brokers for what they refuse; see `WriteProbe`.
    var isProbe = false

    package init(properties: KafkaProperties, profile: ProduceProfile = .throughput, transactionalID: String? = nil) {
        self.properties = properties
        self.profile = profile
        self.transactionalID = transactionalID
    }

    /// - Parameter properties: the user's.
    package init(_ options: WriterOptions, _ properties: KafkaProperties, onLog: KafkaLogHandler?) {
        self.init(properties: properties, profile: options.profile, transactionalID: options.transactionalID)
        transactionTimeoutMilliseconds = options.transactionTimeoutMilliseconds
        leastTopicLimit = options.leastTopicLimit
        memoryBudget = options.memoryBudget
        if options.isSilent {
            self.onLog = { _ in }
        } else {
            self.onLog = onLog
        }
    }

    var configuration: ClientConfiguration {
        // librdkafka would wait for a socket longer than for the transaction.
        let messageTimeout = max(1000, transactionTimeoutMilliseconds / 2)
        var required = [
            ("enable.idempotence", isProbe ? "false" : "true"), ("request.required.acks", isProbe ? "2" : "-1"),
            // Without a report a flush does not see the last record arrive: it looks every 10 ms only.
            ("delivery.report.only.error", profile == .throughput ? "true" : "false"),
            ("message.timeout.ms", "\(messageTimeout)"),
        ]
        if let transactionalID {
            required.append(("transactional.id", transactionalID))
            required.append(("transaction.timeout.ms", "\(max(1000, transactionTimeoutMilliseconds))"))
        }
        var defaults = profile.settings
        // A record that is larger than the queue would never get into it: whoever has raised that limit has the memory.
        if let share = MemoryShare(budget: memoryBudget, below: ProduceProfile.queuedKilobytes),
            properties["message.max.bytes"] == nil
        {
            defaults.append(("queue.buffering.max.kbytes", "\(share.kilobytes)"))
        }
        // Brokers judge batches: many small records together must not be too large for a topic that takes each of them.
        if let leastTopicLimit, leastTopicLimit < 1_000_000 { defaults.append(("batch.size", "\(leastTopicLimit)")) }
        return ClientConfiguration(
            kind: .producer, defaults: defaults, properties: properties, required: required)
    }
}
