// SPDX-License-Identifier: Apache-2.0

internal import CSystemKafka
internal import MillraceCore
package import MillraceLog
internal import Synchronization

/// The calls of a transaction, in the order of use. Each throws an error whose flags say what to do next: call again
/// (`isRetriable`), `abort` (`requiresAbort`), or `rotate` (`isFatal`; also when no flag is set). Timeouts are in
/// milliseconds; −1 waits as long as it takes.
extension Producer {
    /// Takes over the transactional id: older producers with it are fenced, their open transaction is aborted.
    package func initTransactions(timeoutMilliseconds: Int32) throws(KafkaError) {
        try client.check(
            rd_kafka_init_transactions(client.handle, timeoutMilliseconds),
            "take over the transactional id \(options.transactionalID ?? "(none)")")
        // Requests of before the new epoch can do no harm any more.
        client.context.hadUncertainRequest.store(false, ordering: .releasing)
        forgetDeliveries()
    }

    package func beginTransaction() throws(KafkaError) {
        forgetDeliveries()
        try client.check(rd_kafka_begin_transaction(client.handle), "begin a transaction")
    }

    /// Adds input positions to the transaction. Refuses metadata of a consumer that is no member of its group, because
    /// the coordinator would then not notice a member that has been replaced.
    package func sendOffsets(
        _ offsets: [OffsetToCommit], group: any GroupMetadata, timeoutMilliseconds: Int32
    ) throws(KafkaError) {
        let operation = "add the input offsets to the transaction"
        guard group.generation >= 0 else {
            throw KafkaError(
                code: RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, operation: operation,
                message: "the consumer is not a member of its group now", requiresAbort: true)
        }
        try add(offsets, of: LibraryGroupMetadata.of(group), operation, timeoutMilliseconds)
    }

    /// Adds positions of a group to the transaction without being a member: its first ones, before anybody joins it.
    /// The coordinator does not check who commits them.
    package func sendOffsets(
        _ offsets: [OffsetToCommit], ofGroupWithoutMembers group: String, timeoutMilliseconds: Int32
    ) throws(KafkaError) {
        let operation = "add the first offsets of group \(group) to the transaction"
        guard let metadata = rd_kafka_consumer_group_metadata_new(group) else {
            throw .configuration("out of memory", operation: operation)
        }
        try add(offsets, of: LibraryGroupMetadata(owning: metadata), operation, timeoutMilliseconds)
    }

    /// librdkafka (at least to 2.14.2, its issue 5456) does not come back from this call while the group's coordinator
    /// is away, whatever the timeout: a thread of its own makes it. When it is late the client is given up:
    /// `fatalError` says so, and `rotate` makes a new one.
    private func add(
        _ offsets: [OffsetToCommit], of group: LibraryGroupMetadata, _ operation: String, _ timeoutMilliseconds: Int32
    ) throws(KafkaError) {
        guard !offsets.isEmpty else { return }
        let list = PartitionList()
        for entry in offsets { list.add(entry.partition, offset: entry.offset, metadata: entry.metadata) }
        guard let calls = offsetsCalls ?? CallThread() else {
            throw .configuration("the system has no thread left", operation: operation)
        }
        offsetsCalls = calls
        let outcome = calls.run(timeoutMilliseconds: timeoutMilliseconds +| 1000) { [client] in
            // Everything that the call uses lives as long as the call.
            rd_kafka_send_offsets_to_transaction(client.handle, list.list, group.handle, timeoutMilliseconds)
        }
        switch outcome {
        case .answered(let error): try client.check(error, operation)
        case .late:
            let late = KafkaError(
                code: RD_KAFKA_RESP_ERR__TIMED_OUT, operation: operation,
                message: "the coordinator of the group does not answer", isFatal: true
            ).explained(by: client.context.lastFailure?.error)
            giveUpClient(late)
            throw late
        }
    }

    package func commitTransaction(timeoutMilliseconds: Int32) throws(KafkaError) {
        try client.check(rd_kafka_commit_transaction(client.handle, timeoutMilliseconds), "commit the transaction")
    }

    /// Waits for records under way, at most half of the transaction timeout.
    package func abortTransaction(timeoutMilliseconds: Int32) throws(KafkaError) {
        try client.check(rd_kafka_abort_transaction(client.handle, timeoutMilliseconds), "abort the transaction")
    }
}
