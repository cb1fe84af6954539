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
