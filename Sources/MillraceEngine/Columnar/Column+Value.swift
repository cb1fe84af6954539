// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// One row at a time: for printing, tests, rare functions and boxed aggregates, not for hot loops.
extension Column {
    /// The row as a value of the column's type.
    package func value(_ row: Int) -> Value {
        if isNull(row) { return .null }
        switch type {
        case .boolean: return .boolean(boolean(row))
        case .integer: return .integer(int32s[row])
        case .date: return .date(int32s[row])
        case .time: return .time(int32s[row])
        case .bigint: return .bigint(int64s[row])
        case .timestamp: return .timestamp(int64s[row])
        case .double: return .double(doubles[row])
        case .decimal(_, let scale): return .decimal(Decimal128(unscaled: decimals[row], scale: scale))
        case .varchar: return .varchar(Array(bytes(row)))
        case .bytes: return .bytes(Array(bytes(row)))
        case .array:
            return .array((Int(offsets[row])..<Int(offsets[row + 1])).map { children[0].value($0) })
        case .map:
            return .map(
                (Int(offsets[row])..<Int(offsets[row + 1])).map {
                    Value.MapEntry(key: children[0].value($0), value: children[1].value($0))
                })
        case .structure:
            return .structure(children.map { $0.value(row) })
        }
    }

    /// Appends a value of the column's type; a value of another type is a programmer error and traps.
    package func append(_ value: Value) {
        switch (value, type) {
        case (.null, _): appendNull()
        case (.boolean(let value), .boolean): append(boolean: value)
        case (.integer(let value), .integer), (.date(let value), .date), (.time(let value), .time):
            append(int32: value)
        case (.bigint(let value), .bigint), (.timestamp(let value), .timestamp): append(int64: value)
        case (.double(let value), .double): append(double: value)
        case (.decimal(let value), .decimal(let precision, let scale)):
            if let same = value.rescaled(to: scale, precision: precision) {
                append(decimal: same.unscaled)
            } else {
                appendNull()
            }
        case (.varchar(let value), .varchar), (.bytes(let value), .bytes):
            value.withUnsafeBytes { append(bytes: $0.baseAddress, count: $0.count) }
        case (.array(let values), .array):
            for value in values { children[0].append(value) }
            appendList()
        case (.map(let entries), .map):
            for entry in entries {
                children[0].append(entry.key)
                children[1].append(entry.value)
            }
            appendList()
        case (.structure(let values), .structure):
            for (child, value) in zip(children, values) { child.append(value) }
            appendStructure()
        default:
            preconditionFailure("a \(value) does not fit a column of \(type.sqlName)")
        }
    }

    /// Appends one row of another column of the same type.
    package func append(from other: Column, row: Int) {
        if other.isNull(row) { return appendNull() }
        switch layout {
        case .bits: append(boolean: other.boolean(row))
        case .fixed(4): append(int32: other.int32s[row])
        case .fixed(8): append(int64: other.int64s[row])
        case .fixed: append(decimal: other.decimals[row])
        case .variable:
            let source = other.bytes(row)
            append(bytes: source.baseAddress, count: source.count)
        case .list:
            for element in Int(other.offsets[row])..<Int(other.offsets[row + 1]) {
                for (child, source) in zip(children, other.children) { child.append(from: source, row: element) }
            }
            appendList()
        case .structure:
            for (child, source) in zip(children, other.children) { child.append(from: source, row: row) }
            appendStructure()
        }
    }
}
