// SPDX-License-Identifier: Apache-2.0

internal import CSystemKafka
package import MillraceCore
package import MillraceLog

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

    /// Commits these positions for the group, outside of any transaction, under this member's generation (the
    /// coordinator refuses one that is over). Retriable when the timeout passes first: it may still be done then.
    package func commit(_ offsets: [OffsetToCommit], timeoutMilliseconds: Int32) throws(KafkaError) {
        let operation = "commit the input offsets"
        guard let group = ownGroupMetadata(), group.generation >= 0 else {
            throw KafkaError(
                code: RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, operation: operation,
                message: "the consumer is not a member of its group now", requiresAbort: true)
        }
        guard !offsets.isEmpty else { return }
        let list = PartitionList()
        for entry in offsets { list.add(entry.partition, offset: entry.offset, metadata: entry.metadata) }
        guard let queue = rd_kafka_queue_new(client.handle) else {
            throw .configuration("out of memory", operation: operation)
        }
        defer { rd_kafka_queue_destroy(queue) }
        try client.check(rd_kafka_commit_queue(client.handle, list.list, queue, nil, nil), operation)
        guard let event = rd_kafka_queue_poll(queue, timeoutMilliseconds) else {
            throw KafkaError(code: RD_KAFKA_RESP_ERR__TIMED_OUT, operation: operation, isRetriable: true)
                .explained(by: client.context.lastFailure?.error)
        }
        defer { rd_kafka_event_destroy(event) }
        var code = rd_kafka_event_error(event)
        for entry in PartitionList.entries(rd_kafka_event_topic_partition_list(event))
        where code == RD_KAFKA_RESP_ERR_NO_ERROR {
            code = entry.err
        }
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        let isRetriable = passingCommitErrors.contains(code.rawValue)
        throw KafkaError(
            code: code, operation: operation, isRetriable: isRetriable,
            requiresAbort: !isRetriable && lostMembershipErrors.contains(code.rawValue)
        ).explained(by: client.context.lastFailure?.error)
    }

    /// The logs' bounds now. With `.readCommitted` `high` is the last stable offset: where the first open transaction
    /// begins, or the high watermark when none is open; markers of ended transactions are counted.
    package func offsetRanges(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: OffsetRange] {
        try client.offsetRanges(partitions, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// Where the logs end now, as in `offsetRanges`: one request a leader.
    package func ends(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        try client.listOffsets(
            Dictionary(partitions.map { ($0, LogicalOffset.end) }) { first, _ in first },
            timeoutMilliseconds: timeoutMilliseconds)
    }

    /// The logs' ends (high watermarks), as the brokers said in their last answers to fetches: no request is made. A
    /// partition of which nothing has been heard is left out.
    package func knownEnds(_ partitions: [TopicPartition]) -> [TopicPartition: Int64] {
        var ends: [TopicPartition: Int64] = [:]
        for partition in partitions {
            var low: Int64 = -1
            var high: Int64 = -1
            let code = rd_kafka_get_watermark_offsets(
                client.handle, partition.topic, partition.partition, &low, &high)
            if code == RD_KAFKA_RESP_ERR_NO_ERROR, high >= 0 { ends[partition] = high }
        }
        return ends
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

    /// For each partition the first offset whose record is not older than the time (milliseconds since 1970); left out
    /// where there is none.
    package func firstOffsets(
        _ times: [TopicPartition: EventTime], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        try client.listOffsets(times, timeoutMilliseconds: timeoutMilliseconds).filter { $0.value >= 0 }
    }

    /// How many partitions each topic has; topics that do not exist are left out.
    package func partitionCounts(
        ofTopics topics: [String], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [String: Int32] {
        try client.partitionCounts(ofTopics: topics, timeoutMilliseconds: timeoutMilliseconds)
    }
}

/// Errors of a commit that pass: the same commit may be tried again.
private let passingCommitErrors = [
    RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, RD_KAFKA_RESP_ERR__TRANSPORT,
    RD_KAFKA_RESP_ERR__WAIT_COORD, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
    RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
    RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
].map(\.rawValue)

/// Errors of a commit that say that the group has gone on: what was done since the last commit is to be done again.
private let lostMembershipErrors = [
    RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
    RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, RD_KAFKA_RESP_ERR__STATE,
].map(\.rawValue)
