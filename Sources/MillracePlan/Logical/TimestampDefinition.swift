// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// Where the time of a source's records is, and how it is written: `WITH (TIMESTAMP = …, TIMESTAMP_FORMAT = …)`.
package struct TimestampDefinition: Hashable, Sendable {
    /// What a number counts since 1970-01-01T00:00Z.
    package enum Unit: String, Hashable, Sendable, CaseIterable {
        case seconds
        case milliseconds = "millis"
        case microseconds = "micros"
        case nanoseconds = "nanos"

        /// Milliseconds in a value; nil: more than there are.
        package func milliseconds(_ value: Int64) -> Int64? {
            switch self {
            case .seconds:
                let (product, isOver) = value.multipliedReportingOverflow(by: 1000)
                return isOver ? nil : product
            case .milliseconds: return value
            case .microseconds: return Self.floor(value, 1000)
            case .nanoseconds: return Self.floor(value, 1_000_000)
            }
        }

        /// A time before 1970 lies in the millisecond before, too.
        private static func floor(_ value: Int64, _ divisor: Int64) -> Int64 {
            let quotient = value / divisor
            return value % divisor < 0 ? quotient - 1 : quotient
        }
    }

    /// Index into the source's columns.
    package var column: Int
    /// From a STRUCT to a field of it, and so on: by their indexes.
    package var path: [Int]
    /// What the field is: INTEGER or BIGINT (in a unit), TIMESTAMP, or VARCHAR with a format.
    package var type: DataType
    /// Of a number.
    package var unit: Unit
    /// Of a VARCHAR: a Java DateTimeFormatter pattern.
    package var format: String?

    package init(
        column: Int, path: [Int] = [], type: DataType, unit: Unit = .milliseconds, format: String? = nil
    ) {
        self.column = column
        self.path = path
        self.type = type
        self.unit = unit
        self.format = format
    }

    /// As it is written: `PAYLOAD->TS_MS`.
    package func title(in columns: [ColumnDefinition]) -> String {
        var (names, type) = ([columns[column].name], columns[column].type)
        for index in path {
            guard case .structure(let fields) = type else { break }
            names.append(fields[index].name)
            type = fields[index].type
        }
        return names.joined(separator: "->")
    }

    /// What it says beside the column, for fingerprints: nothing where it is no more than the column.
    package var details: String {
        let unit = unit == .milliseconds ? "" : " \(unit.rawValue)"
        return (path.isEmpty ? "" : " \(path)") + unit
    }
}
