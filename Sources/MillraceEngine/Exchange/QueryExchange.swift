// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// The topic through which several processes compute one query that groups by something else than the record key.
///
///     source partitions ─► partial results ──► exchange partition = murmur2 of the group's key ──► merged results
///     (each process its own)        at every commit                        (each process its own)
package struct QueryExchange: Hashable, Sendable {
    package let topic: String
    package let partitions: Int32
    /// The partitions of all topics that feed the query, whoever has them, in order.
    package let sources: [TopicPartition]
    /// The topics among them, in order.
    let topics: [String]

    package init(topic: String, partitions: Int32, sources: [TopicPartition]) {
        self.topic = topic
        self.partitions = partitions
        self.sources = sources.sorted()
        topics = Set(sources.map(\.topic)).sorted()
    }

    /// A source partition's name in the exchange; nil: it does not feed the query.
    func ordinal(_ source: TopicPartition) -> SourceOrdinal? {
        topics.firstIndex(of: source.topic).map {
            SourceOrdinal(topic: Int32(truncatingIfNeeded: $0), partition: source.partition)
        }
    }

    func source(_ ordinal: SourceOrdinal) -> TopicPartition? {
        topics.indices.contains(Int(ordinal.topic))
            ? TopicPartition(topics[Int(ordinal.topic)], ordinal.partition) : nil
    }
}
