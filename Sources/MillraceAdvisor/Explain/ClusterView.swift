// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillraceEngine
import MillraceLog
package import MillraceRun

/// What a program finds on its cluster: slices, topics, and how much the input holds. For `explain`; changes nothing.
package struct ClusterView {
    let slices: [Slice.Range]
    let topics: [TopicDirectory.Found]
    /// By input topic.
    let extents: [String: LogExtent]

    /// - Throws: `RunFailure` or `KafkaError` where the input is missing or no broker answers.
    package init(_ graph: QueryGraph, options: RunOptions) throws {
        let directory = try TopicDirectory(graph, options: options)
        let partitions = try directory.inputPartitions()
        let consumerOptions = ReaderOptions(profile: .glance)
        let consumer = try options.cluster.reader(consumerOptions)
        defer { consumer.close(timeoutMilliseconds: 2000) }
        slices = try SliceResolver(consumer, graph, clock: options.cluster.time, margin: options.marginMilliseconds)
            .resolve(from: options.from, to: options.to, partitions: partitions).ranges
        topics = try directory.look(for: PlannedTopic.all(graph, options), inputPartitions: partitions)
        let ranges = try consumer.offsetRanges(partitions, timeoutMilliseconds: 30_000)
        let looked = try LogExtents(RecordSampler(options.cluster))
            .look(at: ranges)
        extents = looked.reduce(into: [:]) { extents, entry in
            extents[entry.key.topic] = extents[entry.key.topic, default: LogExtent()].merged(entry.value)
        }
    }
}
