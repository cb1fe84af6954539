// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Cells of columns as text and as bytes: what encoders and printed results share.
extension ByteOutput {
    /// A cell as JSON: NULL, NaN and the infinities as null; dates and times as numbers; bytes as Base64.
    mutating func appendJSON(_ column: ColumnNode, row: Int) {
        if column.pointee.isNull(row) { return append("null") }
        switch column.pointee.kind {
        case .boolean, .integer, .date, .time, .bigint, .timestamp, .double, .varchar:
            let target = reserve(FlatCell.room(column, row: row))
            advance(FlatCell.write(column, row: row, to: target) - target)
        case .bytes:
            append(UInt8(ascii: "\""))
            append(base64: column.pointee.bytes(row))
            append(UInt8(ascii: "\""))
        case .array:
            append(UInt8(ascii: "["))
            let first = Int(column.pointee.offsets[row])
            for element in first..<Int(column.pointee.offsets[row + 1]) {
                if element > first { append(UInt8(ascii: ",")) }
                appendJSON(column.pointee.children, row: element)
            }
            append(UInt8(ascii: "]"))
        case .map:
            append(UInt8(ascii: "{"))
            let first = Int(column.pointee.offsets[row])
            for entry in first..<Int(column.pointee.offsets[row + 1]) {
                if entry > first { append(UInt8(ascii: ",")) }
                appendKey(column.pointee.children, row: entry)
                append(UInt8(ascii: ":"))
                appendJSON(column.pointee.children + 1, row: entry)
            }
            append(UInt8(ascii: "}"))
        case .structure:
            appendObject(column.pointee.children, count: column.pointee.childCount, row: row)
        case .decimal: appendText(column, row: row)
        }
    }

    /// Columns, or the fields of a STRUCT, as an object.
    mutating func appendObject(_ columns: ColumnNode, count: Int, row: Int) {
        if count == 0 { return append("{}") }
        for index in 0..<count {
            let column = columns + index
            if let label = column.pointee.label.baseAddress { append(label, count: column.pointee.label.count) }
            if index == 0 { base[self.count - column.pointee.label.count] = UInt8(ascii: "{") }
            appendJSON(column, row: row)
        }
        append(UInt8(ascii: "}"))
    }

    /// The columns of a row as an object.
    @inline(__always)
    mutating func appendObject(_ columns: ColumnMemories, row: Int) {
        guard columns.isFlat, let first = columns.base else {
            return columns.base.map { appendObject($0, count: columns.count, row: row) } ?? append("{}")
        }
        let start = reserve(columns.room(row: row))
        var target = start
        for index in 0..<columns.count {
            target = (first + index).pointee.writeLabel(to: target)
            target = FlatCell.write(first + index, row: row, to: target)
        }
        start.pointee = UInt8(ascii: "{")
        target.pointee = UInt8(ascii: "}")
        advance(target - start + 1)
    }

    /// A map's key: JSON has only texts.
    mutating func appendKey(_ column: ColumnNode, row: Int) {
        let kind = column.pointee.kind
        if kind == .varchar || kind == .bytes || column.pointee.isNull(row) {
            return column.pointee.isNull(row) ? append("\"null\"") : appendJSON(column, row: row)
        }
        append(UInt8(ascii: "\""))
        appendText(column, row: row)
        append(UInt8(ascii: "\""))
    }

    /// A cell that is not NULL as plain text, as DELIMITED has it.
    mutating func appendText(_ column: ColumnNode, row: Int) {
        switch column.pointee.kind {
        case .boolean: append(column.pointee.boolean(row) ? "true" : "false")
        case .double: append(double: column.pointee.data.assumingMemoryBound(to: Double.self)[row])
        case .decimal:
            append(
                decimal: column.pointee.data.assumingMemoryBound(to: Int128.self)[row], scale: column.pointee.scale)
        case .varchar:
            let text = column.pointee.bytes(row)
            if let start = text.baseAddress { append(start, count: text.count) }
        case .bytes: append(base64: column.pointee.bytes(row))
        case .integer, .date, .time, .bigint, .timestamp, .array, .map, .structure: appendJSON(column, row: row)
        }
    }

    /// A cell that is not NULL as Kafka's own serialisers write it. Types that Kafka has none for are text.
    mutating func appendPrimitive(_ column: ColumnNode, row: Int) {
        let data = column.pointee.data
        switch column.pointee.kind {
        case .integer: append(bigEndian: UInt32(bitPattern: data.assumingMemoryBound(to: Int32.self)[row]))
        case .bigint, .double: append(bigEndian: data.assumingMemoryBound(to: UInt64.self)[row])
        case .bytes:
            let bytes = column.pointee.bytes(row)
            if let start = bytes.baseAddress { append(start, count: bytes.count) }
        default: appendText(column, row: row)
        }
    }

    /// A cell as a field of a line. Quotes stand around it only where it could be misread without them; NULL is empty.
    mutating func appendField(_ column: ColumnNode, row: Int, delimiter: UInt8, isFirst: Bool) {
        if column.pointee.isNull(row) { return }
        let start = count
        appendText(column, row: row)
        let length = count - start
        guard ByteOutput.needsQuotes(base + start, count: length, delimiter: delimiter, isFirst: isFirst) else {
            return
        }
        // Written over from its end on, so that nothing is overwritten before it is read.
        let quotes = UnsafeBufferPointer(start: UnsafePointer(base + start), count: length)
            .reduce(0) { $0 + ($1 == UInt8(ascii: "\"") ? 1 : 0) }
        let text = reserve(quotes + 2) - length
        var target = text + length + quotes + 1
        target.pointee = UInt8(ascii: "\"")
        for index in stride(from: length - 1, through: 0, by: -1) {
            let byte = text[index]
            target -= 1
            target.pointee = byte
            if byte == UInt8(ascii: "\"") {
                target -= 1
                target.pointee = byte
            }
        }
        text.pointee = UInt8(ascii: "\"")
        advance(quotes + 2)
    }

    /// The rules of Commons CSV 1.4's MINIMAL mode, which ksqlDB writes with: quotes where the field holds what could
    /// be misread, begins with anything up to `#` or ends with anything up to a blank; and around the first field of a
    /// line if it does not begin with an ASCII letter or digit (so `-1` has them), or is empty.
    private static func needsQuotes(
        _ text: UnsafePointer<UInt8>, count: Int, delimiter: UInt8, isFirst: Bool
    ) -> Bool {
        guard count > 0 else { return isFirst }
        if text[0] <= UInt8(ascii: "#") || text[count - 1] <= 0x20 { return true }
        if isFirst, text[0] &- UInt8(ascii: "0") > 9, (text[0] | 0x20) &- UInt8(ascii: "a") >= 26 { return true }
        return UnsafeBufferPointer(start: text, count: count).contains {
            $0 == delimiter || $0 == UInt8(ascii: "\"") || $0 == 0x0A || $0 == 0x0D
        }
    }
}
