// SPDX-License-Identifier: Apache-2.0

extension ByteOutput {
    /// The beginning of a cell as JSON. Not more is written than `limit` bytes and what one short value takes: whoever
    /// shows it to people cuts it there.
    mutating func appendExcerpt(_ column: ColumnNode, row: Int, limit: Int) {
        guard count < limit else { return }
        if column.pointee.isNull(row) { return append("null") }
        switch column.pointee.kind {
        case .boolean, .integer, .date, .time, .bigint, .timestamp, .double, .decimal: appendJSON(column, row: row)
        case .varchar, .bytes:
            let length = column.pointee.bytes(row).count
            guard length > limit else { return appendJSON(column, row: row) }
            let start = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(column.pointee.bytes(row))[..<limit])
            if column.pointee.kind == .bytes {
                append(UInt8(ascii: "\""))
                append(base64: UnsafeBufferPointer(start: start.bindMemory(to: UInt8.self).baseAddress, count: limit))
            } else {
                appendJSONString(start.bindMemory(to: UInt8.self).baseAddress, count: limit)
            }
        case .array:
            append(UInt8(ascii: "["))
            appendElements(column, row: row, limit: limit) { output, element in
                output.appendExcerpt(column.pointee.children, row: element, limit: limit)
            }
            append(UInt8(ascii: "]"))
        case .map:
            append(UInt8(ascii: "{"))
            appendElements(column, row: row, limit: limit) { output, entry in
                let key = column.pointee.children
                if key.pointee.kind == .varchar || key.pointee.kind == .bytes, !key.pointee.isNull(entry) {
                    output.appendExcerpt(key, row: entry, limit: limit)
                } else {
                    output.appendKey(key, row: entry)
                }
                output.append(UInt8(ascii: ":"))
                output.appendExcerpt(column.pointee.children + 1, row: entry, limit: limit)
            }
            append(UInt8(ascii: "}"))
        case .structure:
            append(UInt8(ascii: "{"))
            for index in 0..<column.pointee.childCount where count < limit {
                let field = column.pointee.children + index
                // Labels begin with a comma.
                let label = field.pointee.label
                if let base = label.baseAddress, label.count > 1 {
                    append(index == 0 ? base + 1 : base, count: index == 0 ? label.count - 1 : label.count)
                }
                appendExcerpt(field, row: row, limit: limit)
            }
            append(UInt8(ascii: "}"))
        }
    }

    private mutating func appendElements(
        _ column: ColumnNode, row: Int, limit: Int, _ body: (inout ByteOutput, _ element: Int) -> Void
    ) {
        let first = Int(column.pointee.offsets[row])
        for element in first..<Int(column.pointee.offsets[row + 1]) {
            guard count < limit else { return }
            if element > first { append(UInt8(ascii: ",")) }
            body(&self, element)
        }
    }
}
