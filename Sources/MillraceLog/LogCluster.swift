// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// A cluster of logs: makes what reads, writes and administers them. What runs knows Kafka by this alone.
package protocol LogCluster: Sendable {
    /// The client properties that everything is made with.
    var properties: KafkaProperties { get }
    /// The time in which it lives.
    var time: any Timekeeper { get }
    /// What speaks to the brokers.
    var library: ClientLibrary { get }

    func reader(_ options: ReaderOptions) throws(KafkaError) -> any GroupReader
    func writer(_ options: WriterOptions) throws(KafkaError) -> any LogWriter
    func admin() throws(KafkaError) -> any LogAdmin
    func writeProbe(timeoutMilliseconds: Int32) throws(KafkaError) -> any TopicWriteProbe
}

/// The library that speaks to the brokers, and what it can do.
package struct ClientLibrary: Hashable, Sendable {
    /// E.g. `2.0.2`.
    package var version: String
    /// What it was built with: `ssl`, `sasl_scram`, `zstd`, …
    package var features: [String]

    package init(version: String, features: [String]) {
        self.version = version
        self.features = features
    }
}

/// Finds out whether topics may be written, without writing to them.
package protocol TopicWriteProbe: AnyObject {
    /// Asks for one partition, which stands for its topic.
    func ask(_ partition: TopicPartition) throws(KafkaError) -> WriteAnswer
}

/// What a broker says of writing to a topic.
package enum WriteAnswer: Hashable, Sendable {
    case allowed
    /// It may not be written, or something else is in the way.
    case failed(KafkaError)
}
