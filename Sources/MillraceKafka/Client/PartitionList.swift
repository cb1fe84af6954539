// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif
internal import CSystemKafka
internal import MillraceCore

/// Owner of a `rd_kafka_topic_partition_list_t`.
struct PartitionList: ~Copyable {
    let list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    init(_ partitions: [TopicPartition] = []) {
        list = rd_kafka_topic_partition_list_new(Int32(clamping: partitions.count))
        for partition in partitions { add(partition) }
    }

    /// In the order of topic and partition, so that runs are alike.
    init(_ positions: [TopicPartition: Int64]) {
        list = rd_kafka_topic_partition_list_new(Int32(clamping: positions.count))
        for (partition, offset) in positions.sorted(by: { $0.key < $1.key }) { add(partition, offset: offset) }
    }

    deinit { rd_kafka_topic_partition_list_destroy(list) }

    /// Adds an entry; `metadata` is the text that goes with a committed offset.
    func add(_ partition: TopicPartition, offset: Int64? = nil, metadata: String? = nil) {
        guard let entry = rd_kafka_topic_partition_list_add(list, partition.topic, partition.partition) else { return }
        if let offset { entry.pointee.offset = offset }
        guard let metadata, !metadata.isEmpty else { return }
        // librdkafka frees it with the list.
        entry.pointee.metadata = UnsafeMutableRawPointer(strdup(metadata))
        entry.pointee.metadata_size = metadata.utf8.count
    }

    var entries: UnsafeBufferPointer<rd_kafka_topic_partition_t> { PartitionList.entries(list) }

    static func entries(
        _ list: UnsafePointer<rd_kafka_topic_partition_list_t>?
    ) -> UnsafeBufferPointer<rd_kafka_topic_partition_t> {
        guard let list else { return UnsafeBufferPointer(start: nil, count: 0) }
        return UnsafeBufferPointer(start: list.pointee.elems, count: Int(list.pointee.cnt))
    }

    static func partitions(_ list: UnsafePointer<rd_kafka_topic_partition_list_t>?) -> [TopicPartition] {
        entries(list).map(\.topicPartition)
    }
}

extension rd_kafka_topic_partition_t {
    var topicPartition: TopicPartition { TopicPartition(String(cString: topic), partition) }
}
