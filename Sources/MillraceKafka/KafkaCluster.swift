// SPDX-License-Identifier: Apache-2.0

package import MillraceLog

/// A Kafka cluster, by librdkafka.
package struct KafkaCluster: LogCluster {
    package let properties: KafkaProperties
    private let onLog: KafkaLogHandler?

    /// - Parameters:
    ///   - properties: the user's, with `bootstrap.servers`.
    ///   - onLog: takes the lines that librdkafka logs; called on its threads. nil: they are dropped.
    package init(_ properties: KafkaProperties, onLog: KafkaLogHandler? = nil) {
        self.properties = properties
        self.onLog = onLog
    }

    package var time: any Timekeeper { SystemClock() }

    package var library: ClientLibrary {
        ClientLibrary(version: LibraryVersion.text, features: LibraryVersion.features)
    }

    package func reader(_ options: ReaderOptions) throws(KafkaError) -> any GroupReader {
        try Consumer(ConsumerOptions(options, properties, onLog: onLog))
    }

    package func writer(_ options: WriterOptions) throws(KafkaError) -> any LogWriter {
        try Producer(ProducerOptions(options, properties, onLog: options.isSilent ? nil : onLog))
    }

    package func admin() throws(KafkaError) -> any LogAdmin { try Admin(properties, onLog: onLog) }

    package func writeProbe(timeoutMilliseconds: Int32) throws(KafkaError) -> any TopicWriteProbe {
        try WriteProbe(properties, timeoutMilliseconds: timeoutMilliseconds, onLog: onLog)
    }
}
