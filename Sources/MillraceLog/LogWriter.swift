// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// Writes records to logs, idempotent or in transactions. Owned by one thread.
///
/// After a transaction in which `hadUncertainRequest` became true, call `rotate` before the next one. Each call of a
/// transaction throws an error whose flags say what to do next: call again (`isRetriable`), `abortTransaction`
/// (`requiresAbort`), or `rotate` (`isFatal`; also when no flag is set). Timeouts are in milliseconds; −1 waits as long
/// as it takes.
package protocol LogWriter: AnyObject {
    var isTransactional: Bool { get }
    /// Whether all records sent so far have been delivered or have failed. Serves delivery reports.
    var isIdle: Bool { get }
    /// Records that were not delivered, since the transaction began or the client was made.
    var failedDeliveries: Int { get }
    /// The first of these failures.
    var firstDeliveryError: KafkaError? { get }
    /// The last reason why a broker could not be reached; later success does not clear it.
    var lastConnectionFailure: ConnectionFailure? { get }
    /// What ended this writer for good, if something did: `rotate` makes a new one.
    var fatalError: KafkaError? { get }
    /// Whether a request of the transaction protocol may still be on its way although the client gave it up.
    var hadUncertainRequest: Bool { get }

    /// The handle of a topic, which should exist (see `LogAdmin`): brokers may otherwise create it their way.
    func topic(_ name: String) throws(KafkaError) -> TopicHandle
    /// Looks the topics up again at once, for partitions that they have been given just now.
    func refresh(_ topics: [String], timeoutMilliseconds: Int32) throws(KafkaError)
    /// Queues every row for its partition (`records.partitions`), with its timestamp (negative: now) and headers; bytes
    /// are copied. One partition comes after the other; within each the order of the rows stays. While the queue is
    /// full it waits, and calls `onBlocked` about every 20 ms so that the caller can keep its reader in the group.
    /// Throws when a record cannot be queued; those before it, partition by partition, stay queued.
    func send(_ records: RawRecords, to topic: TopicHandle, onBlocked: () -> Void) throws(KafkaError)
    /// Serves delivery reports and errors. Needed now and then while nothing is sent.
    func poll()
    /// Waits until everything queued is delivered or has failed. Retriable when the timeout passes first; throws the
    /// first delivery error since the transaction began or, without transactions, since the client was made: until
    /// `rotate` every flush does, so that none is overlooked.
    func flush(timeoutMilliseconds: Int32) throws(KafkaError)
    /// Replaces the client by a new one of the same configuration and, when transactional, takes over the transactional
    /// id under a new epoch: whatever the old one still has on its way is refused by the brokers, and its open
    /// transaction is aborted. Topic handles stay valid.
    func rotate(timeoutMilliseconds: Int32) throws(KafkaError)

    /// Takes over the transactional id: older writers with it are fenced, their open transaction is aborted.
    func initTransactions(timeoutMilliseconds: Int32) throws(KafkaError)
    func beginTransaction() throws(KafkaError)
    /// Adds input positions to the transaction. Refuses metadata of a reader that is no member of its group, because
    /// the coordinator would then not notice a member that has been replaced.
    func sendOffsets(
        _ offsets: [OffsetToCommit], group: any GroupMetadata, timeoutMilliseconds: Int32
    ) throws(KafkaError)
    /// Adds positions of a group to the transaction without being a member: its first ones, before anybody joins it.
    /// The coordinator does not check who commits them.
    func sendOffsets(
        _ offsets: [OffsetToCommit], ofGroupWithoutMembers group: String, timeoutMilliseconds: Int32
    ) throws(KafkaError)
    func commitTransaction(timeoutMilliseconds: Int32) throws(KafkaError)
    /// Waits for records under way, at most half of the transaction timeout.
    func abortTransaction(timeoutMilliseconds: Int32) throws(KafkaError)
}

extension LogWriter {
    /// Queues every row; a full queue is waited for.
    package func send(_ records: RawRecords, to topic: TopicHandle) throws(KafkaError) {
        try send(records, to: topic, onBlocked: {})
    }
}
