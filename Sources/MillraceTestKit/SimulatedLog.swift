// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillracePlan

/// Topics as a test writes them down: partitions of records, each in the order of its offsets.
package struct SimulatedLog: Sendable, Equatable {
    /// One record; its place is given by where it lies in the log.
    package struct Record: Sendable, Equatable {
        /// Ascending within a partition; holes are allowed.
        package var offset: Int64
        /// Milliseconds since 1970; negative: none.
        package var timestamp: Int64
        /// Nil: a null key.
        package var key: [UInt8]?
        /// Nil: a null value.
        package var value: [UInt8]?
        package var headers: [RawRecords.Header]

        package init(
            offset: Int64, timestamp: Int64, key: [UInt8]?, value: [UInt8]?, headers: [RawRecords.Header] = []
        ) {
            self.offset = offset
            self.timestamp = timestamp
            self.key = key
            self.value = value
            self.headers = headers
        }
    }

    /// Partitions by topic; the index is the partition's number.
    package private(set) var topics: [String: [[Record]]] = [:]
    /// By which records in formats with a registry were written.
    package var schemas = SchemaTable()

    package init() {}

    /// The partitions of a topic; empty where there is no such topic.
    package func partitions(of topic: String) -> [[Record]] { topics[topic] ?? [] }

    /// The records of one partition.
    package func records(of place: TopicPartition) -> [Record] {
        let partitions = partitions(of: place.topic)
        return partitions.indices.contains(Int(place.partition)) ? partitions[Int(place.partition)] : []
    }

    /// The topics' partitions in order of topic and number.
    package var places: [TopicPartition] {
        topics.keys.sorted().flatMap { topic in
            partitions(of: topic).indices.map { TopicPartition(topic, Int32(truncatingIfNeeded: $0)) }
        }
    }

    /// Adds the topics of another log.
    package mutating func merge(_ other: SimulatedLog) { topics.merge(other.topics) { own, _ in own } }

    /// Makes sure that a topic has at least so many partitions.
    package mutating func create(_ topic: String, partitions: Int) {
        var existing = topics[topic] ?? []
        while existing.count < partitions { existing.append([]) }
        topics[topic] = existing
    }

    /// Appends a record; `offset` nil: the next one. False where the offset is not behind the last one.
    @discardableResult
    package mutating func append(
        _ topic: String, _ partition: Int, offset: Int64? = nil, timestamp: Int64, key: [UInt8]?, value: [UInt8]?,
        headers: [RawRecords.Header] = []
    ) -> Bool {
        create(topic, partitions: partition + 1)
        let next = nextOffset(TopicPartition(topic, Int32(truncatingIfNeeded: partition)))
        guard offset ?? next >= next else { return false }
        topics[topic]?[partition].append(
            Record(offset: offset ?? next, timestamp: timestamp, key: key, value: value, headers: headers))
        return true
    }

    /// The offset behind the last record.
    package func nextOffset(_ place: TopicPartition) -> Int64 {
        records(of: place).last.map { $0.offset + 1 } ?? 0
    }
}
