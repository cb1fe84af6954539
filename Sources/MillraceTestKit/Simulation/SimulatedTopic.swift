// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog

/// A topic of a simulated cluster: its partitions and its settings.
package struct SimulatedTopic: Sendable, Equatable {
    package private(set) var partitions: [SimulatedPartition]
    /// What was set; the defaults are not among them.
    package private(set) var configuration: [String: String]

    package init(partitions: Int32, configuration: [String: String] = [:]) {
        self.partitions = Array(repeating: SimulatedPartition(), count: Int(partitions))
        self.configuration = configuration
    }

    package subscript(partition: Int32) -> SimulatedPartition? {
        get { partitions.indices.contains(Int(partition)) ? partitions[Int(partition)] : nil }
        set {
            if let newValue, partitions.indices.contains(Int(partition)) { partitions[Int(partition)] = newValue }
        }
    }

    package mutating func widen(to total: Int32) {
        while partitions.count < Int(total) { partitions.append(SimulatedPartition()) }
    }

    /// All settings, defaults included.
    package var settings: [String: String] { SimulatedTopic.defaults.merging(configuration) { $1 } }

    /// Why a record is not taken; nil: it is.
    func refusal(timestamp: EventTime, key: [UInt8]?, value: [UInt8]?, headers: [RawRecords.Header], now: Int64)
        -> SimulatedError?
    {
        let settings = settings
        let limit = settings["max.message.bytes"].flatMap { Int($0) }
        let topicLimit = RecordLimit(KafkaProperties(), topic: limit)
        if !topicLimit.allows(key: key?.count ?? 0, value: value?.count ?? 0, headers: headers) {
            return .messageTooLarge
        }
        if key == nil, settings["cleanup.policy"]?.contains("compact") == true { return .invalidRecord }
        let future = settings["message.timestamp.after.max.ms"].flatMap { Int64($0) } ?? .max
        let past = settings["message.timestamp.before.max.ms"].flatMap { Int64($0) } ?? .max
        return timestamp > now +| future || timestamp < now -| past ? .invalidTimestamp : nil
    }

    /// Kafka 4's.
    static let defaults = [
        "cleanup.policy": "delete", "compression.type": "producer", "delete.retention.ms": "86400000",
        "file.delete.delay.ms": "60000", "flush.messages": "9223372036854775807", "flush.ms": "9223372036854775807",
        "index.interval.bytes": "4096", "max.compaction.lag.ms": "9223372036854775807",
        "max.message.bytes": "1048588", "message.timestamp.after.max.ms": "3600000",
        "message.timestamp.before.max.ms": "9223372036854775807", "message.timestamp.type": "CreateTime",
        "min.cleanable.dirty.ratio": "0.5", "min.compaction.lag.ms": "0", "min.insync.replicas": "1",
        "preallocate": "false", "retention.bytes": "-1", "retention.ms": "604800000",
        "segment.bytes": "1073741824", "segment.index.bytes": "10485760", "segment.jitter.ms": "0",
        "segment.ms": "604800000", "unclean.leader.election.enable": "false",
    ]
}
