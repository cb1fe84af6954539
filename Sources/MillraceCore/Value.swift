// SPDX-License-Identifier: Apache-2.0

/// One SQL value outside a column: a literal, an argument of a row-at-a-time function, a cell of a printed result.
///
/// Hot loops work on columns; `Value` is for everything that is not hot. Its type is implied by the column or the
/// expression it belongs to. Texts are UTF-8 bytes, because SQL texts compare as bytes (no Unicode normalisation).
package indirect enum Value: Sendable, Hashable {
    case null
    case boolean(Bool)
    case integer(Int32)
    case bigint(Int64)
    /// Compared by bits after canonicalisation: `-0.0` is stored as `0.0`, every NaN as one NaN.
    case double(Double)
    case decimal(Decimal128)
    case varchar([UInt8])
    case bytes([UInt8])
    /// Days since 1970-01-01.
    case date(Int32)
    /// Milliseconds since midnight.
    case time(Int32)
    /// Milliseconds since 1970-01-01T00:00Z.
    case timestamp(Int64)
    case array([Value])
    /// Entries in the order of the source; keys are unique.
    case map([MapEntry])
    /// Field values in the order of the STRUCT type's fields.
    case structure([Value])

    package struct MapEntry: Sendable, Hashable {
        package var key: Value
        package var value: Value

        package init(key: Value, value: Value) {
            self.key = key
            self.value = value
        }
    }

    /// One NaN equals another, as everywhere in the dialect: sets of values hold it once.
    package static func == (left: Value, right: Value) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.boolean(let left), .boolean(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.bigint(let left), .bigint(let right)): left == right
        case (.double(let left), .double(let right)): left == right || left.isNaN && right.isNaN
        case (.decimal(let left), .decimal(let right)): left == right
        case (.varchar(let left), .varchar(let right)), (.bytes(let left), .bytes(let right)): left == right
        case (.date(let left), .date(let right)), (.time(let left), .time(let right)): left == right
        case (.timestamp(let left), .timestamp(let right)): left == right
        case (.array(let left), .array(let right)), (.structure(let left), .structure(let right)): left == right
        case (.map(let left), .map(let right)): left == right
        default: false
        }
    }

    /// The kind of value is not in it: values that meet are of one type.
    package func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0 as UInt8)
        case .boolean(let value): hasher.combine(value)
        case .integer(let value), .date(let value), .time(let value): hasher.combine(value)
        case .bigint(let value), .timestamp(let value): hasher.combine(value)
        case .double(let value): hasher.combine(value.isNaN ? .nan : value)
        case .decimal(let value): hasher.combine(value)
        case .varchar(let value), .bytes(let value): value.withUnsafeBytes { hasher.combine(bytes: $0) }
        case .array(let values), .structure(let values): hasher.combine(values)
        case .map(let entries): hasher.combine(entries)
        }
    }

    /// A VARCHAR value from a Swift string.
    package static func text(_ string: String) -> Value { .varchar(Array(string.utf8)) }

    package var isNull: Bool {
        if case .null = self { return true }
        return false
    }

    /// Bytes of memory that it takes, about: each case with something in it is a box of its own.
    package var heldBytes: Int {
        let (box, array) = (32, 32)
        switch self {
        case .null: return 0
        case .varchar(let bytes), .bytes(let bytes):
            return bytes.isEmpty ? box : box + (array + bytes.capacity + 15) & ~15
        case .array(let values), .structure(let values):
            return values.reduce(box + array + values.capacity * 8) { $0 + $1.heldBytes }
        case .map(let entries):
            return entries.reduce(box + array + entries.capacity * 16) { $0 + $1.key.heldBytes + $1.value.heldBytes }
        case .decimal: return box + 16
        default: return box
        }
    }

    /// The text of a VARCHAR, repaired where it is not UTF-8; nil for other values.
    package var string: String? {
        if case .varchar(let bytes) = self { return String(decoding: bytes, as: UTF8.self) }
        return nil
    }
}
