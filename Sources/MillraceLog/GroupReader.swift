// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// A reader that can be a member of a consumer group: what it reads is what the group gives it.
///
/// The calls need a `ReaderOptions.group`.
package protocol GroupReader: LogReader {
    /// Joins the group for these topics. What is to be read comes as events.
    func subscribe(topics: [String]) throws(KafkaError)
    /// Leaves the group at once, a static member too, so that it shares out its partitions again. What was assigned
    /// comes back as `.revoked`; after that `subscribe` joins again.
    func unsubscribe() throws(KafkaError)
    /// The answer to `.assigned`: reads these partitions too, from these offsets on.
    func incrementalAssign(positions: [TopicPartition: Int64]) throws(KafkaError)
    /// The answer to `.revoked` and `.lost`. Their slots, and records in them that were not taken, are gone.
    func incrementalUnassign(_ partitions: [TopicPartition]) throws(KafkaError)
    /// Reads kept partitions again from other offsets (after an aborted transaction): their batches are emptied, and
    /// none of them is paused afterwards. With an assignor that is not cooperative all assigned partitions must be
    /// given.
    func rewind(positions: [TopicPartition: Int64]) throws(KafkaError)
    /// Who this reader is in its group now. Take it after each poll; nil without a group.
    func groupMetadata() -> (any GroupMetadata)?
    /// The group that this reader is in.
    func describeGroup(timeoutMilliseconds: Int32) throws(KafkaError) -> GroupDescription
    /// What the group has committed; partitions for which it has not are left out. Waits for open transactions to end.
    func committed(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: CommittedOffset]
    /// Commits these positions for the group, outside of any transaction, under this member's generation (the
    /// coordinator refuses one that is over). Retriable when the timeout passes first: it may still be done then.
    func commit(_ offsets: [OffsetToCommit], timeoutMilliseconds: Int32) throws(KafkaError)
}

/// Who a reader is in its group at one moment: goes with offsets into a transaction, so that the coordinator can
/// refuse those of a member that has been replaced. Only writers of the same cluster understand it.
package protocol GroupMetadata: AnyObject {
    /// The group's generation; −1 = not a member (the coordinator would not check anything then).
    var generation: Int32 { get }
}
