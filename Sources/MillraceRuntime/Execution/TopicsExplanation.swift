// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillraceEngine
import MillraceKafka
import MillracePlan

/// What a program would read and make on this cluster, as text for `explain`. Changes nothing there.
package struct TopicsExplanation {
    private let graph: QueryGraph
    private let options: RunOptions
    private let clock: any Clock

    package init(_ graph: QueryGraph, options: RunOptions, clock: any Clock) {
        self.graph = graph
        self.options = options
        self.clock = clock
    }

    package func text() throws -> String {
        let directory = try TopicDirectory(graph, options: options)
        let partitions = try directory.inputPartitions()
        let consumer = try Consumer(ConsumerOptions(properties: options.properties, profile: .backfill))
        defer { consumer.close(timeoutMilliseconds: 2000) }
        let slice = try SliceResolver(consumer, graph, clock: clock, margin: options.marginMilliseconds)
            .resolve(from: options.from, to: options.to, partitions: partitions)
        var lines = ["slices"]
        for range in slice.ranges {
            lines.append(
                "  \(range.partition)  offsets \(range.from) to \(range.to)  at most \(range.to - range.from) records")
        }
        lines.append("topics written")
        for (topic, partitionCount) in try directory.outputs(inputPartitions: partitions) {
            lines.append(
                "  \(topic)  " + (partitionCount.exists ? "exists" : "to be created")
                    + ", \(partitionCount.partitions) partitions")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
