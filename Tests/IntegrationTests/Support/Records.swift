// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceKafka
import MillraceLog

/// A record to be written.
struct InputRecord {
    var key: String?
    var value: String?
    var timestamp: Int64
    var partition: Int32

    static func raw(_ records: [InputRecord]) -> RawRecords {
        let raw = RawRecords()
        for record in records {
            raw.append(
                key: record.key.map { Array($0.utf8) }, value: record.value.map { Array($0.utf8) },
                timestamp: record.timestamp, partition: record.partition)
        }
        return raw
    }
}

/// A record as it was read.
struct OutputRecord {
    var partition: Int32
    var offset: Int64
    var timestamp: Int64
    var key: [UInt8]?
    var value: String?
    var headers: [String: String]

    var keyText: String { key.map { String(decoding: $0, as: UTF8.self) } ?? "null" }

    /// The key without the window's start behind it, and that start.
    var windowedKey: (key: String, start: Int64) {
        let bytes = key ?? []
        guard bytes.count >= 8 else { return (keyText, -1) }
        let start = bytes.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return (String(decoding: bytes.dropLast(8), as: UTF8.self), Int64(bitPattern: start))
    }

    /// The record as `--format json` prints it.
    func printed(_ topic: String, windowSize: Int64? = nil) -> String {
        var line = "{\"topic\":\"\(topic)\",\"timestamp\":\(timestamp),\"key\":"
        if let windowSize {
            let (key, start) = windowedKey
            line += "\"\(key)\",\"window\":{\"start\":\(start),\"end\":\(start + windowSize)}"
        } else {
            line += "\"\(keyText)\""
        }
        return line + ",\"value\":\(value ?? "null")}"
    }
}

/// Reads topics to their ends.
///
/// A transaction's commit is answered before its markers are in the partitions, so a reader at `read_committed` may see
/// a partition end before the records that were just committed. Hence the reader asks for the logs' ends first, open
/// transactions counted, and waits a while for those that are just being closed.
struct TopicReader {
    /// How long to wait for the markers. A transaction that a killed process left open stays open for longer.
    static let markerPatience = 10.0

    let workspace: Workspace

    func read(_ topic: String, seconds: Double) throws -> [OutputRecord] {
        var options = ConsumerOptions(properties: workspace.properties, profile: .backfill)
        options.keepsHeaders = true
        let consumer = try Consumer(options)
        defer { consumer.close(timeoutMilliseconds: 1000) }
        guard let count = try consumer.partitionCounts(ofTopics: [topic], timeoutMilliseconds: 20_000)[topic] else {
            throw Unexpected("there is no topic \(topic)")
        }
        let ends = try workspace.ends(topic, partitions: count)
        let partitions = (0..<count).map { TopicPartition(topic, $0) }
        try consumer.assign(
            positions: Dictionary(uniqueKeysWithValues: partitions.map { ($0, LogicalOffset.beginning) }))
        var found: [OutputRecord] = []
        let deadline = Deadline(seconds: seconds)
        let patience = Deadline(seconds: TopicReader.markerPatience)
        while true {
            for event in consumer.poll() {
                if case .partitionError(let partition, let error) = event { throw Unexpected("\(partition): \(error)") }
            }
            _ = try consumer.drain(timeoutMilliseconds: 50, maximumRecords: 100_000)
            consumer.forEachNonEmptyBatch { _, partition, records in
                for row in 0..<records.count { found.append(record(records, row, partition)) }
                records.removeAll()
            }
            let isDone = consumer.assignment.allSatisfy {
                guard let end = consumer.slot(of: $0).flatMap(consumer.endOfPartitionReached) else { return false }
                return end >= ends[Int($0.partition)] || patience.hasPassed
            }
            if isDone { return found.sorted { ($0.partition, $0.offset) < ($1.partition, $1.offset) } }
            if deadline.hasPassed { throw Unexpected("\(topic) has no end") }
        }
    }

    private func record(_ records: RawRecords, _ row: Int, _ partition: TopicPartition) -> OutputRecord {
        var headers: [String: String] = [:]
        if row < records.headers.count {
            for header in records.headers[row] {
                headers[header.name] = header.value.map { String(decoding: $0, as: UTF8.self) }
            }
        }
        return OutputRecord(
            partition: partition.partition, offset: records.offsets[row], timestamp: records.timestamps[row],
            key: records.key(row).map { Array($0) },
            value: records.value(row).map { String(decoding: $0, as: UTF8.self) },
            headers: headers)
    }
}
