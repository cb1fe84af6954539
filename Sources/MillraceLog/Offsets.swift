// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// Positions that are no offsets.
package enum LogicalOffset {
    package static let beginning: Int64 = -2
    package static let end: Int64 = -1
}

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

/// One input position that goes into a transaction.
package struct OffsetToCommit: Hashable, Sendable {
    package let partition: TopicPartition
    /// The next offset to be read.
    package let offset: Int64
    /// Short printable text that comes back with the committed offset (no zero bytes: old libraries misread them).
    package let metadata: String

    package init(partition: TopicPartition, offset: Int64, metadata: String = "") {
        self.partition = partition
        self.offset = offset
        self.metadata = metadata
    }
}
