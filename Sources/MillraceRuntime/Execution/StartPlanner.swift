// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceKafka

/// Decides where each partition of a continuous run starts: where the group has committed, or, the first time, where
/// the user said. Everything that would skip or repeat a record silently is an error here.
struct StartPlanner {
    /// Short, because neither the group nor a wish to stop is heard meanwhile; whoever asks tries again. The committed
    /// offsets are not told while a transaction that holds some is open.
    private static let timeout: Int32 = 4000

    let consumer: Consumer
    let graph: QueryGraph
    let options: RunOptions
    let clock: any Clock
    let known: KnownCommits

    func starts(_ partitions: [TopicPartition]) throws -> [Assignment.Start] {
        let committed = try committed(partitions)
        let bounds = try consumer.offsetRanges(partitions, timeoutMilliseconds: StartPlanner.timeout)
        let fresh = partitions.filter { committed[$0] == nil }
        let resolver = SliceResolver(consumer, graph, clock: clock, margin: options.marginMilliseconds)
        let slice = try resolver.resolve(from: options.from, to: .latest, partitions: fresh)
        let firstOffsets = Dictionary(uniqueKeysWithValues: slice.ranges.map { ($0.partition, $0.from) })
        return try partitions.map { partition in
            let range = bounds[partition] ?? OffsetRange(low: 0, high: 0)
            guard let commit = committed[partition] else {
                let offset = firstOffsets[partition] ?? range.low
                return Assignment.Start(
                    partition: partition, metadata: nil, read: offset, next: offset, cut: range.high)
            }
            return try resume(partition, commit, range)
        }
    }

    private func committed(_ partitions: [TopicPartition]) throws -> [TopicPartition: CommittedOffset] {
        let unknown = partitions.filter { known.offsets[$0] == nil }
        if unknown.isEmpty { return known.offsets }
        let told = try consumer.committed(unknown, timeoutMilliseconds: StartPlanner.timeout)
        return known.offsets.merging(told) { known, _ in known }
    }

    private func resume(
        _ partition: TopicPartition, _ commit: CommittedOffset, _ range: OffsetRange
    ) throws -> Assignment.Start {
        guard let metadata = CommitMetadata(commit.metadata),
            metadata.watermarks.count == graph.roots(ofTopic: partition.topic).count,
            metadata.flush.map({ $0.watermarks.count == metadata.watermarks.count }) ?? true
        else {
            throw RunFailure(
                .data,
                "the group \(options.application) has committed \(partition)@\(commit.offset), but not by this program",
                hint: "choose another name with --application, or delete the group's offsets")
        }
        guard commit.offset <= range.high else {
            throw RunFailure(
                .data,
                "\(partition) ends at \(range.high), before the committed offset \(commit.offset): "
                    + "the log was truncated or made again",
                hint: "start over under another name (--application), or reset the consumer group's offsets")
        }
        guard metadata.restoreOffset >= range.low else {
            throw RunFailure(
                .data,
                "\(partition) begins at \(range.low), but the state needs the records from \(metadata.restoreOffset): "
                    + "retention has removed them",
                hint:
                    "start over under another name (--application); give the topic a longer retention than the windows "
                    + "and their grace"
            )
        }
        // The last record processed is read again, to see that it is the same log.
        var read = metadata.restoreOffset
        if let last = metadata.lastRecord, last.offset >= range.low { read = min(read, last.offset) }
        return Assignment.Start(
            partition: partition, metadata: metadata, read: read, next: commit.offset, cut: range.high)
    }
}
