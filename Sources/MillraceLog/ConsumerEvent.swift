// SPDX-License-Identifier: Apache-2.0

package import MillraceCore

/// What happened to a consumer other than records.
package enum ConsumerEvent: Hashable, Sendable {
    /// The group gives these partitions in addition: answer with `incrementalAssign`, also for an empty list.
    case assigned([TopicPartition])
    /// The group takes these partitions: commit or abort, then answer with `incrementalUnassign`.
    case revoked([TopicPartition])
    /// The partitions are gone already, others may own them: abort, then answer with `incrementalUnassign`.
    case lost([TopicPartition])
    /// One partition cannot be read on, e.g. because its offset is no longer in the log (`_AUTO_OFFSET_RESET`).
    case partitionError(TopicPartition, KafkaError)
    /// Something about the client as a whole; only fatal ones end it. Lost connections are not told, they mend.
    case error(KafkaError)
}
