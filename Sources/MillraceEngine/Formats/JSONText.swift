// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Cells as JSON, for printed results: the same bytes as `RecordEncoder` writes.
package struct JSONText {
    private let arena = RawRecords(capacity: 1, byteCapacity: 256)

    package init() {}

    /// Appends a cell of a column. Not for hot loops: it looks at the column's type anew each time.
    package func append(_ column: Column, row: Int, to bytes: inout [UInt8]) {
        var node = ColumnMemory(column.type, name: "", columnIndex: 0)
        defer { node.destroy() }
        node.open(column)
        arena.removeAll()
        var output = ByteOutput(arena)
        output.appendJSON(&node, row: row)
        bytes.append(contentsOf: UnsafeBufferPointer(start: output.base, count: output.count))
    }

    /// Appends a cell of a column; of one that is longer than `limit` the beginning, a little more than that, and it
    /// may end anywhere. What is cut off costs nothing.
    package func append(_ column: Column, row: Int, limit: Int, to bytes: inout [UInt8]) {
        var node = ColumnMemory(column.type, name: "", columnIndex: 0)
        defer { node.destroy() }
        node.open(column)
        arena.removeAll()
        var output = ByteOutput(arena)
        output.appendExcerpt(&node, row: row, limit: limit)
        bytes.append(contentsOf: UnsafeBufferPointer(start: output.base, count: min(output.count, limit + 4)))
    }

    /// Appends a text as a JSON string, for names of columns.
    package func append(string: String, to bytes: inout [UInt8]) {
        arena.removeAll()
        var output = ByteOutput(arena)
        Array(string.utf8).withUnsafeBufferPointer { output.appendJSONString($0.baseAddress, count: $0.count) }
        bytes.append(contentsOf: UnsafeBufferPointer(start: output.base, count: output.count))
    }
}
