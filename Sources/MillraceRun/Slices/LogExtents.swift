// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillraceLog

/// What a log holds, as far as one can see without reading it: offsets, and the times of its ends.
package struct LogExtent: Hashable, Sendable {
    /// Markers of transactions and holes of compaction count.
    package var records: Int64 = 0
    /// The Kafka timestamps of the first and the last record; nil: there is none, or it was not to be had in time.
    package var oldest: EventTime?
    package var newest: EventTime?

    package init(records: Int64 = 0, oldest: EventTime? = nil, newest: EventTime? = nil) {
        self.records = records
        self.oldest = oldest
        self.newest = newest
    }

    /// Both together; the times are known where those of both are, or one is empty.
    package func merged(_ other: LogExtent) -> LogExtent {
        if records == 0 { return other }
        if other.records == 0 { return self }
        func both(_ left: EventTime?, _ right: EventTime?, _ pick: (EventTime, EventTime) -> EventTime) -> EventTime? {
            guard let left, let right else { return nil }
            return pick(left, right)
        }
        return LogExtent(
            records: records + other.records, oldest: both(oldest, other.oldest, min),
            newest: both(newest, other.newest, max))
    }
}

/// Looks at both ends of logs. Changes nothing.
package struct LogExtents {
    private static let timeout: Int64 = 10_000
    /// A log may end with markers of transactions, which nobody can read.
    private static let tail: Int64 = 20

    private let sampler: RecordSampler

    package init(_ sampler: RecordSampler) { self.sampler = sampler }

    /// Reads the first and the last record of each partition.
    package func look(at ranges: [TopicPartition: OffsetRange]) throws -> [TopicPartition: LogExtent] {
        let filled = ranges.filter { $0.value.low < $0.value.high }
        var extents = ranges.mapValues { LogExtent(records: max($0.high -| $0.low, 0)) }
        guard !filled.isEmpty else { return extents }
        for record in try sampler.read(filled.mapValues(\.low), limit: 1, timeoutMilliseconds: Self.timeout).records {
            extents[record.partition]?.oldest = record.timestamp
        }
        let tails = filled.mapValues { max($0.low, $0.high -| Self.tail) }
        // In the order of their offsets: the last one stays.
        for record in try sampler.read(tails, limit: Int(Self.tail), timeoutMilliseconds: Self.timeout).records {
            extents[record.partition]?.newest = record.timestamp
        }
        return extents
    }
}
