// SPDX-License-Identifier: Apache-2.0
import MillracePlan

/// How a key or a value is laid out: the formats with what decides over their loops.
enum RecordShape {
    case jsonObject
    /// One column without an object around it.
    case jsonBare
    case delimited(UInt8)
    case kafka
    case none

    init(_ format: FormatDefinition, isKey: Bool, columnCount: Int) {
        switch format.name {
        case .json: self = columnCount == 1 && (isKey || !format.wrapsSingleValue) ? .jsonBare : .jsonObject
        case .delimited: self = .delimited(format.delimiter)
        case .kafka: self = .kafka
        case .none: self = .none
        }
    }

    /// Appends the key or value of a row; false, with nothing appended, where it is null.
    @inline(__always)
    func append(_ columns: ColumnMemories, row: Int, to bytes: inout ByteOutput) -> Bool {
        guard let first = columns.base else {
            if case .jsonObject = self {
                bytes.append("{}")
                return true
            }
            return false
        }
        switch self {
        case .jsonObject:
            bytes.appendObject(columns, row: row)
        case .jsonBare:
            if first.pointee.isNull(row) { return false }
            bytes.appendJSON(first, row: row)
        case .delimited(let delimiter):
            if columns.count == 1, first.pointee.isNull(row) { return false }
            for index in 0..<columns.count {
                if index > 0 { bytes.append(delimiter) }
                bytes.appendField(first + index, row: row, delimiter: delimiter, isFirst: index == 0)
            }
        case .kafka:
            if first.pointee.isNull(row) { return false }
            bytes.appendPrimitive(first, row: row)
        case .none:
            return false
        }
        return true
    }
}
