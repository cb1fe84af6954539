// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog

/// What this process has committed for the partitions that it still has, as long as it is sure of it.
///
/// It spares asking, and there are times when the broker has no answer: Kafka 4.3.1 was seen to lose the marker of a
/// commit that it had acknowledged before a `kill -9`, and tells nobody those partitions' offsets any more until the
/// same producer commits again. Whoever goes on from here does that.
struct KnownCommits {
    private(set) var offsets: [TopicPartition: CommittedOffset] = [:]

    mutating func note(_ committed: [OffsetToCommit]) {
        for entry in committed {
            offsets[entry.partition] = CommittedOffset(offset: entry.offset, metadata: entry.metadata)
        }
    }

    /// They belong to somebody else now.
    mutating func forget(_ partitions: [TopicPartition]) {
        for partition in partitions { offsets[partition] = nil }
    }

    /// - Parameter isUncertain: a commit was asked for and it is not known what became of it.
    mutating func note(_ error: KafkaError, isUncertain: Bool) {
        // Any other trouble may mean that somebody else has the partitions, and has committed.
        if isUncertain || error.category != .unreachable { offsets = [:] }
    }
}
