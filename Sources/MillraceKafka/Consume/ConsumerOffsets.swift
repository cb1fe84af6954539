// SPDX-License-Identifier: Apache-2.0

internal import CSystemKafka
package import MillraceCore

/// What a group has committed for a partition.
package struct CommittedOffset: Hashable, Sendable {
    package let offset: Int64
    /// The text that was committed with it; empty if there was none.
    package let metadata: String

    package init(offset: Int64, metadata: String) {
        self.offset = offset
        self.metadata = metadata
    }
}

/// What a partition's log holds: offsets from `low` up to (not including) `high`.
package struct OffsetRange: Hashable, Sendable {
    package let low: Int64
    package let high: Int64

    package init(low: Int64, high: Int64) {
        self.low = low
        self.high = high
    }
}

extension Consumer {
    /// What the group has committed; partitions for which it has not are left out. Waits for open transactions to end
    /// (the broker answers "unstable" meanwhile and librdkafka asks again).
    package func committed(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: CommittedOffset] {
        guard let group = options.group else {
            throw .configuration("the consumer has no group", operation: "ask for committed offsets")
        }
        let operation = "ask for the committed offsets of group \(group.groupID)"
        let list = PartitionList(partitions)
        try client.check(rd_kafka_committed(client.handle, list.list, timeoutMilliseconds), operation)
        var committed: [TopicPartition: CommittedOffset] = [:]
        for entry in list.entries {
            try client.check(entry.err, operation)
            guard entry.offset >= 0 else { continue }
            let metadata = UnsafeRawBufferPointer(start: entry.metadata, count: entry.metadata_size)
            committed[entry.topicPartition] = CommittedOffset(
                offset: entry.offset, metadata: String(decoding: metadata, as: UTF8.self))
        }
        return committed
    }

    /// The logs' bounds now. With `.readCommitted` `high` is the last stable offset: where the first open transaction
    /// begins, or the high watermark when none is open; markers of ended transactions are counted.
    package func offsetRanges(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: OffsetRange] {
        try client.offsetRanges(partitions, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// For each partition the first offset whose record is not older than the time (milliseconds since 1970); the end
    /// of the log (see `offsetRanges`) where there is none.
    package func offsetsForTimes(
        _ times: [TopicPartition: EventTime], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        let found = try client.listOffsets(times.mapValues { max($0, 0) }, timeoutMilliseconds: timeoutMilliseconds)
        let missing = times.keys.filter { (found[$0] ?? -1) < 0 }
        let ends = try offsetRanges(missing.sorted(), timeoutMilliseconds: timeoutMilliseconds)
        return found.merging(ends.mapValues(\.high)) { _, end in end }
    }

    /// How many partitions each topic has; topics that do not exist are left out.
    package func partitionCounts(
        ofTopics topics: [String], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [String: Int32] {
        try client.partitionCounts(ofTopics: topics, timeoutMilliseconds: timeoutMilliseconds)
    }
}
