// SPDX-License-Identifier: Apache-2.0
import MillraceCore
@testable import MillraceRun

/// A topic as people have them: its records, and what `topics peek` and `init` make of them.
struct StarterTopic: Sendable, CustomStringConvertible {
    struct Record: Sendable {
        var key: [UInt8]?
        var value: [UInt8]?
        var timestamp: EventTime?
        var headers: [RawRecords.Header] = []
    }

    var name: String
    var records: [Record]
    /// Parts of the CREATE STREAM.
    var declares: [String] = []
    /// Parts of summary and notes.
    var says: [String] = []
    /// Nothing of this is in statement, summary and notes.
    var saysNot: [String] = []
    /// What the starter program groups by.
    var groups: String?
    /// How many of the records it cannot read.
    var bad = 0
    /// The event time of the first record, where one is proposed.
    var time: EventTime?

    var description: String { name }

    static let now: EventTime = 1_700_000_000_000

    /// Texts; `~` is null.
    static func texts(_ values: [String], key: String? = nil) -> [Record] {
        values.enumerated().map { index, value in
            Record(
                key: key.map { Array($0.utf8) }, value: value == "~" ? nil : Array(value.utf8),
                timestamp: now + EventTime(index) * 1000)
        }
    }

    static func keyed(_ pairs: [(key: String?, value: String?)]) -> [Record] {
        pairs.enumerated().map { index, pair in
            Record(
                key: pair.key.map { Array($0.utf8) }, value: pair.value.map { Array($0.utf8) },
                timestamp: now + EventTime(index) * 1000)
        }
    }

    static func bytes(_ values: [[UInt8]], key: [UInt8]? = nil) -> [Record] {
        values.enumerated().map { index, value in
            Record(key: key, value: value, timestamp: now + EventTime(index) * 1000)
        }
    }

    static func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }

    static func windowed(_ key: [UInt8], start: EventTime, end: EventTime? = nil) -> [UInt8] {
        key + (end.map { bigEndian($0) } ?? []) + bigEndian(start)
    }

    var sample: [SampledRecord] {
        records.enumerated().map { index, record in
            SampledRecord(
                partition: TopicPartition(topic, 0), offset: Int64(index), timestamp: record.timestamp,
                key: record.key, value: record.value, headers: record.headers)
        }
    }

    /// The topic's name in Kafka.
    var topic: String { String(name.map { $0.isLetter || $0.isNumber || "._-".contains($0) ? $0 : "-" }) }
}
