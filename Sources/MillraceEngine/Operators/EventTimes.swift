// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The event time of each row: the record's timestamp, or the column that `WITH (TIMESTAMP = …)` names.
final class EventTimes {
    /// A time behind this (in the year 73 million) is no time: window arithmetic must not overflow.
    static let latest: Int64 = 1 << 61
    /// Kafka takes no time before 1970.
    static let usable: ClosedRange<Int64> = 0...latest

    private let reader: TimeReader?
    /// Whether the column has milliseconds as they are.
    private let isPlain: Bool

    private let futureLimit: Int64

    init(_ source: SourceDefinition, futureLimit: Int64? = nil) {
        self.futureLimit = futureLimit ?? .max
        reader = source.timestamp.map { TimeReader($0) }
        isPlain = reader?.isPlain ?? false
    }

    /// The column, or the field of it, that has the times. Of the others it is nil.
    func field(of column: Column?) -> Column? { column.flatMap { reader?.field(of: $0) } }

    /// The time of a record; nil where it has none that can be used.
    /// - Parameter column: as `field(of:)` gives it.
    @inline(__always)
    func time(recordTimestamp: Int64, column: Column?, row: Int) -> EventTime? {
        let time: Int64
        if let column {
            guard let value = milliseconds(column, row) else { return nil }
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
        guard let column, let value = milliseconds(column, row) else { return false }
        return isTooFarAhead(recordTimestamp, value)
    }

    @inline(__always)
    private func milliseconds(_ column: Column, _ row: Int) -> Int64? {
        guard isPlain else { return converted(column, row) }
        return column.isNull(row) ? nil : column.int64s[row]
    }

    /// A call of its own: what a pattern and a time zone own is not retained in the loop over numbers.
    @inline(never)
    private func converted(_ column: Column, _ row: Int) -> Int64? { reader?.milliseconds(column, row) }

    /// A record whose timestamp is 0 or less has none to compare with.
    @inline(__always)
    private func isTooFarAhead(_ recordTimestamp: Int64, _ value: Int64) -> Bool {
        recordTimestamp > 0 && value > recordTimestamp && value -| recordTimestamp > futureLimit
    }
}
