// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The event time of each row: the record's timestamp, or the column that `WITH (TIMESTAMP = …)` names.
final class EventTimes {
    /// A time behind this (in the year 73 million) is no time: window arithmetic must not overflow.
    static let latest: Int64 = 1 << 61
    /// Kafka takes no time before 1970.
    static let usable: ClosedRange<Int64> = 0...latest

    private let pattern: DateTimePattern?

    private let futureLimit: Int64

    init(_ source: SourceDefinition, futureLimit: Int64? = nil) {
        self.futureLimit = futureLimit ?? .max
        pattern = source.timestamp?.format.flatMap { try? DateTimePattern($0) }
    }

    /// The time of a record; nil where it has none that can be used.
    @inline(__always)
    func time(recordTimestamp: Int64, column: Column?, row: Int) -> EventTime? {
        let time: Int64
        if let column {
            guard let value = EventTimes.value(column, row, pattern: pattern) else { return nil }
            // A time so far ahead of the record's own is a broken clock's.
            if isTooFarAhead(recordTimestamp, value) { return nil }
            time = value
        } else {
            time = recordTimestamp
        }
        return EventTimes.usable.contains(time) ? time : nil
    }

    /// Whether a record without a usable time would have one but for the limit on how far ahead it may be.
    func isTooFarAhead(_ recordTimestamp: Int64, _ column: Column?, _ row: Int) -> Bool {
        guard let column, let value = EventTimes.value(column, row, pattern: pattern) else { return false }
        return isTooFarAhead(recordTimestamp, value)
    }

    /// A record whose timestamp is 0 or less has none to compare with.
    @inline(__always)
    private func isTooFarAhead(_ recordTimestamp: Int64, _ value: Int64) -> Bool {
        recordTimestamp > 0 && value > recordTimestamp && value -| recordTimestamp > futureLimit
    }

    /// A BIGINT, a TIMESTAMP, or a text in a pattern as milliseconds; nil for NULL and for what is none of these.
    static func value(_ column: Column, _ row: Int, pattern: DateTimePattern?) -> Int64? {
        if column.isNull(row) { return nil }
        switch column.type {
        case .bigint, .timestamp: return column.int64s[row]
        case .varchar: return text(column, row, pattern)
        default: return nil
        }
    }

    /// A call of its own: what a pattern and a time zone own is not retained in the loop over numbers.
    @inline(never)
    private static func text(_ column: Column, _ row: Int, _ pattern: DateTimePattern?) -> Int64? {
        pattern?.parse(column.bytes(row))
    }
}
