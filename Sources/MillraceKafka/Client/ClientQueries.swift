// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif
internal import CSystemKafka
internal import MillraceCore
internal import MillraceLog

extension KafkaClient {
    /// The logs' bounds, one request a leader and bound.
    func offsetRanges(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: OffsetRange] {
        // The times −1 and −2 mean the end and the beginning to ListOffsets.
        func all(at time: Int64) -> [TopicPartition: Int64] {
            Dictionary(partitions.map { ($0, time) }) { first, _ in first }
        }
        let high = try listOffsets(all(at: LogicalOffset.end), timeoutMilliseconds: timeoutMilliseconds)
        let low = try listOffsets(all(at: LogicalOffset.beginning), timeoutMilliseconds: timeoutMilliseconds)
        var ranges: [TopicPartition: OffsetRange] = [:]
        for partition in partitions {
            guard let low = low[partition], let high = high[partition] else { continue }
            ranges[partition] = OffsetRange(low: low, high: high)
        }
        return ranges
    }

    /// Kafka's ListOffsets: the first offset at or after each time; −1 where there is none. While leaders change it
    /// asks again.
    func listOffsets(
        _ times: [TopicPartition: Int64], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        guard !times.isEmpty else { return [:] }
        return try repeating(while: leaderChanges, timeoutMilliseconds: timeoutMilliseconds) { () throws(KafkaError) in
            try listOffsetsOnce(times, timeoutMilliseconds: timeoutMilliseconds)
        }
    }

    /// Asks again and again while the broker answers with one of these codes, which pass by themselves; when the time
    /// is over its last answer counts.
    func repeating<Result>(
        while codes: [Int32], timeoutMilliseconds: Int32, _ ask: () throws(KafkaError) -> Result
    ) throws(KafkaError) -> Result {
        let deadline = monotonicMilliseconds() +| Int64(timeoutMilliseconds)
        while true {
            do {
                return try ask()
            } catch {
                guard codes.contains(error.code), monotonicMilliseconds() < deadline else { throw error }
                usleep(100_000)
            }
        }
    }

    private func listOffsetsOnce(
        _ times: [TopicPartition: Int64], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        let list = PartitionList(times)
        try check(rd_kafka_offsets_for_times(handle, list.list, timeoutMilliseconds), "ask for offsets")
        var offsets: [TopicPartition: Int64] = [:]
        for entry in list.entries {
            try check(entry.err, "ask for the offsets of \(entry.topicPartition)")
            offsets[entry.topicPartition] = entry.offset
        }
        return offsets
    }

    func partitionCounts(
        ofTopics topics: [String], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [String: Int32] {
        var counts: [String: Int32] = [:]
        for name in topics {
            let operation = "look up topic \(name)"
            guard let topic = rd_kafka_topic_new(handle, name, nil) else {
                throw failure(rd_kafka_last_error(), operation)
            }
            defer { rd_kafka_topic_destroy(topic) }
            var answer: UnsafePointer<rd_kafka_metadata>?
            try check(rd_kafka_metadata(handle, 0, topic, &answer, timeoutMilliseconds), operation)
            guard let answer else { continue }
            defer { rd_kafka_metadata_destroy(answer) }
            for index in 0..<Int(answer.pointee.topic_cnt) {
                let found = answer.pointee.topics[index]
                switch found.err {
                case RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
                    counts[String(cString: found.topic)] = found.partition_cnt
                case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: continue
                default: throw failure(found.err, operation)
                }
            }
        }
        return counts
    }
}

/// A partition's leader moves or is not known yet, as for a moment after a topic was made or widened.
private let leaderChanges = [
    // No broker has told librdkafka about the partition yet.
    RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION,
    RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
    RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH, RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH,
    RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
    RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
].map(\.rawValue)
