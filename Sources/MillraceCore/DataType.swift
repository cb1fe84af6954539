// SPDX-License-Identifier: Apache-2.0

/// The SQL type of a column or an expression, with ksqlDB's names.
package indirect enum DataType: Hashable, Sendable {
    case boolean
    /// INT: 32 bits.
    case integer
    /// BIGINT: 64 bits.
    case bigint
    case double
    /// DECIMAL(precision, scale): 1 ≤ precision ≤ 38, 0 ≤ scale ≤ precision.
    case decimal(precision: Int, scale: Int)
    /// VARCHAR: UTF-8 bytes, compared as bytes.
    case varchar
    case bytes
    /// Days since 1970-01-01.
    case date
    /// Milliseconds since midnight.
    case time
    /// Milliseconds since 1970-01-01T00:00Z, no zone.
    case timestamp
    case array(DataType)
    case map(key: DataType, value: DataType)
    case structure([Field])

    /// BOOLEAN, numbers, VARCHAR, BYTES and the time types; no ARRAY, MAP or STRUCT.
    package var isScalar: Bool {
        switch self {
        case .array, .map, .structure: false
        default: true
        }
    }

    package var isNumeric: Bool {
        switch self {
        case .integer, .bigint, .double, .decimal: true
        default: false
        }
    }

    /// The type as it is written in SQL, for example `ARRAY<DECIMAL(10, 2)>`.
    package var sqlName: String {
        switch self {
        case .boolean: "BOOLEAN"
        case .integer: "INTEGER"
        case .bigint: "BIGINT"
        case .double: "DOUBLE"
        case .decimal(let precision, let scale): "DECIMAL(\(precision), \(scale))"
        case .varchar: "STRING"
        case .bytes: "BYTES"
        case .date: "DATE"
        case .time: "TIME"
        case .timestamp: "TIMESTAMP"
        case .array(let element): "ARRAY<\(element.sqlName)>"
        case .map(let key, let value): "MAP<\(key.sqlName), \(value.sqlName)>"
        case .structure(let fields):
            "STRUCT<\(fields.map { "\($0.name) \($0.type.sqlName)" }.joined(separator: ", "))>"
        }
    }
}

/// A named and typed place: a column of a schema or a field of a STRUCT.
package struct Field: Hashable, Sendable {
    /// As resolved: upper case unless it was quoted.
    package let name: String
    package let type: DataType

    package init(_ name: String, _ type: DataType) {
        self.name = name
        self.type = type
    }
}
