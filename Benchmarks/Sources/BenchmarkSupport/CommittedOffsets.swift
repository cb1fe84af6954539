// SPDX-License-Identifier: Apache-2.0
internal import CSystemKafka

/// Carries what one consumer group has committed over to another one, offsets and metadata.
package enum CommittedOffsets {
    /// - Parameter partitions: of the topic.
    package static func copy(
        bootstrap: String, topic: String, partitions: Int32, from source: String, to target: String
    ) throws {
        guard let list = rd_kafka_topic_partition_list_new(partitions) else { throw Failure("out of memory") }
        defer { rd_kafka_topic_partition_list_destroy(list) }
        for partition in 0..<partitions { rd_kafka_topic_partition_list_add(list, topic, partition) }
        let reader = try member(bootstrap, of: source)
        try KafkaHandle.check(rd_kafka_committed(reader.handle, list, 10_000), "offsets of the group \(source)")
        for index in 0..<Int(list.pointee.cnt) where list.pointee.elems[index].offset < 0 {
            throw Failure("the group \(source) has committed nothing for \(topic)/\(index)")
        }
        let writer = try member(bootstrap, of: target)
        try KafkaHandle.check(rd_kafka_commit(writer.handle, list, 0), "commit for the group \(target)")
    }

    private static func member(_ bootstrap: String, of group: String) throws -> KafkaHandle {
        try KafkaHandle(
            RD_KAFKA_CONSUMER, bootstrap: bootstrap, [("group.id", group), ("enable.auto.commit", "false")])
    }
}
