// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Reads times out of the column that TIMESTAMP names.
struct TimeReader {
    private let path: [Int]
    private let unit: TimestampDefinition.Unit
    private let pattern: DateTimePattern?
    /// Whether the field has milliseconds as they are, in 64 bits.
    let isPlain: Bool

    init(_ definition: TimestampDefinition) {
        path = definition.path
        unit = definition.unit
        pattern = definition.format.flatMap { try? DateTimePattern($0) }
        isPlain = definition.type == .timestamp || (definition.type == .bigint && unit == .milliseconds)
    }

    /// The column of the field that has the times, as many rows as the column; NULL where a STRUCT is.
    func field(of column: Column) -> Column { path.reduce(column) { $0.children[$1] } }

    /// Milliseconds since 1970; nil for NULL and for what is no time.
    /// - Parameter field: as `field(of:)` gives it.
    func milliseconds(_ field: Column, _ row: Int) -> Int64? {
        if field.isNull(row) { return nil }
        switch field.type {
        case .timestamp: return field.int64s[row]
        case .bigint: return unit.milliseconds(field.int64s[row])
        case .integer: return unit.milliseconds(Int64(field.int32s[row]))
        case .varchar: return pattern?.parse(field.bytes(row))
        default: return nil
        }
    }
}
