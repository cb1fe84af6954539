// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillracePlan

/// Result rows as printed lines, one JSON object each:
///
///     {"topic":"revenue","timestamp":1700000009999,"key":"u1","window":{"start":…,"end":…},"value":{"N":2}}
///
/// The key is a plain scalar for one key column and an object for several; a tombstone's value is null. Cells are the
/// same bytes as `RecordEncoder` writes. Not thread-safe: one a compute thread.
package final class JSONLineEncoder {
    private let keys: ColumnMemories
    private let values: ColumnMemories
    /// `{"topic":"…","timestamp":`
    private let prefix: [UInt8]

    package init(sink: SourceDefinition) {
        keys = ColumnMemories(Array(sink.keyColumns))
        values = ColumnMemories(sink.valueColumns)
        let arena = RawRecords(capacity: 1, byteCapacity: 256)
        var start = ByteOutput(arena)
        start.append("{\"topic\":")
        Array(sink.topic.utf8).withUnsafeBufferPointer { start.appendJSONString($0.baseAddress, count: $0.count) }
        start.append(",\"timestamp\":")
        prefix = Array(UnsafeBufferPointer(start: start.base, count: start.count))
    }

    /// Appends a line for each selected row to the arena of `lines`; its rows are not touched.
    package func encode(_ batch: ResultBatch, into lines: RawRecords) {
        keys.open(batch.keys)
        values.open(batch.values)
        var bytes = ByteOutput(lines)
        prefix.withUnsafeBufferPointer { prefix in
            guard let start = prefix.baseAddress else { return }
            for position in 0..<batch.selection.count {
                bytes.append(start, count: prefix.count)
                append(batch, row: Int(batch.selection.indices[position]), to: &bytes)
            }
        }
        bytes.finish()
    }

    @inline(__always)
    private func append(_ batch: ResultBatch, row: Int, to bytes: inout ByteOutput) {
        let flags = batch.flags?[row] ?? []
        bytes.append(integer: batch.timestamps[row])
        bytes.append(",\"key\":")
        if let first = keys.base {
            if keys.count == 1 {
                bytes.appendJSON(first, row: row)
            } else if keys.areNull(row) {
                bytes.append("null")
            } else {
                bytes.appendObject(keys, row: row)
            }
        } else {
            bytes.append("null")
        }
        if let starts = batch.windowStarts, let ends = batch.windowEnds {
            bytes.append(",\"window\":{\"start\":")
            bytes.append(integer: starts[row])
            bytes.append(",\"end\":")
            bytes.append(integer: ends[row])
            bytes.append(UInt8(ascii: "}"))
        }
        if flags.contains(.open) { bytes.append(",\"open\":true") }
        if flags.contains(.partial) { bytes.append(",\"partial\":true") }
        bytes.append(",\"value\":")
        if flags.contains(.tombstone) {
            bytes.append("null")
        } else {
            bytes.appendObject(values, row: row)
        }
        bytes.append("}\n")
    }
}
