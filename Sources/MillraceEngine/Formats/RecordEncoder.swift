// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillracePlan

/// Result columns to Kafka records: writes keys and values in place into the arena of the records.
///
/// Not thread-safe: one a compute thread.
package final class RecordEncoder {
    private let keys: ColumnMemories
    private let values: ColumnMemories
    private let keyShape: RecordShape
    private let valueShape: RecordShape
    private let windowedKey: WindowedKey?

    /// - Parameters:
    ///   - sink: its formats, its windowed key, and the names and types of its key and value columns; one that `check`
    ///     does not refuse.
    ///   - keySchema: the id that the registry has given to the schema of the keys, where they have one.
    ///   - valueSchema: likewise of the values.
    package init(sink: SourceDefinition, keySchema: Int32? = nil, valueSchema: Int32? = nil) {
        do throws(SourceError) {
            (keys, values) = try RecordEncoder.memories(sink, keySchema, valueSchema)
        } catch {
            preconditionFailure("an unchecked sink: \(error.message)")
        }
        keyShape = RecordShape(sink.keyFormat, isKey: true, columnCount: sink.keyColumns.count)
        valueShape = RecordShape(sink.valueFormat, isKey: false, columnCount: sink.valueColumns.count)
        windowedKey = sink.windowedKey
    }

    /// Throws where a sink's columns cannot be written by the schemas that its formats have.
    package static func check(_ sink: SourceDefinition) throws(SourceError) { _ = try memories(sink, nil, nil) }

    private static func memories(
        _ sink: SourceDefinition, _ keySchema: Int32?, _ valueSchema: Int32?
    ) throws(SourceError) -> (keys: ColumnMemories, values: ColumnMemories) {
        (
            try ColumnMemories(Array(sink.keyColumns), sink.keyFormat, isKey: true, schema: keySchema),
            try ColumnMemories(sink.valueColumns, sink.valueFormat, isKey: false, schema: valueSchema)
        )
    }

    /// Appends one record for each selected row. A record's partition is the one that Kafka gives to its key (without
    /// the window); a record without a key goes to `inputPartition` modulo `partitionCount`. Its offset is that of the
    /// record that it comes from, -1 where it comes from many.
    ///
    /// The batch's columns must be those of the sink, in its order.
    package func encode(
        _ batch: ResultBatch, partitionCount: Int, inputPartition: Int32, into output: RawRecords
    ) {
        keys.open(batch.keys)
        values.open(batch.values)
        let partitions = Int32(clamping: max(partitionCount, 1))
        let keyless = Int32(truncatingIfNeeded: Int64(inputPartition.magnitude) % Int64(partitions))
        let rows = batch.selection.count
        output.reserveRows(rows)
        let target = Target(output)
        var bytes = ByteOutput(output)
        let (keyShape, valueShape) = (keyShape, valueShape)
        let (keys, values) = (self.keys, self.values)
        // Several columns make an object, or a line, also where all of them are NULL; one alone is no key then.
        let hasSeveralKeys = keys.count > 1
        let indices = batch.selection.indices
        for position in 0..<rows {
            let row = Int(indices[position])
            let record = target.first + position
            let keyStart = bytes.count
            target.offsets[record] = batch.offsets?[row] ?? -1
            target.timestamps[record] = batch.timestamps[row]
            target.keyStarts[record] = keyStart
            if !(hasSeveralKeys && keys.areNull(row)), keyShape.append(keys, row: row, to: &bytes) {
                let key = UnsafeRawBufferPointer(start: bytes.base + keyStart, count: bytes.count - keyStart)
                target.partitions[record] = Murmur2.partition(ofKey: key, partitions: partitions)
                appendWindow(batch, row: row, to: &bytes)
                target.keyLengths[record] = Int32(truncatingIfNeeded: bytes.count - keyStart)
            } else {
                target.partitions[record] = keyless
                target.keyLengths[record] = -1
            }
            let valueStart = bytes.count
            let isTombstone = batch.flags?[row].contains(.tombstone) ?? false
            target.valueStarts[record] = valueStart
            if !isTombstone, valueShape.append(values, row: row, to: &bytes) {
                target.valueLengths[record] = Int32(truncatingIfNeeded: bytes.count - valueStart)
            } else {
                target.valueLengths[record] = -1
            }
        }
        bytes.finish()
        output.count = target.first + rows
    }

    /// Whether there are rows that the schemas to write by do not take.
    package var hasRequired: Bool { keys.hasRequired || values.hasRequired }

    /// What is null in a row of the batch that was encoded last, and the schemas to write by do not let be null; nil:
    /// the row can be written.
    package func missing(_ batch: ResultBatch, row: Int) -> String? {
        let hasKey = keys.base.map { keys.count == 1 ? !$0.pointee.isNull(row) : !keys.areNull(row) } ?? false
        if hasKey, let name = keys.missing(row) { return name }
        let isTombstone = batch.flags?[row].contains(.tombstone) ?? false
        return isTombstone ? nil : values.missing(row)
    }

    /// The parallel arrays of the records, after room has been made.
    private struct Target {
        let first: Int
        let offsets: UnsafeMutablePointer<Int64>
        let timestamps: UnsafeMutablePointer<Int64>
        let partitions: UnsafeMutablePointer<Int32>
        let keyStarts: UnsafeMutablePointer<Int>
        let keyLengths: UnsafeMutablePointer<Int32>
        let valueStarts: UnsafeMutablePointer<Int>
        let valueLengths: UnsafeMutablePointer<Int32>

        init(_ records: RawRecords) {
            first = records.count
            offsets = records.offsets
            timestamps = records.timestamps
            partitions = records.partitions
            keyStarts = records.keyStarts
            keyLengths = records.keyLengths
            valueStarts = records.valueStarts
            valueLengths = records.valueLengths
        }
    }

    private func appendWindow(_ batch: ResultBatch, row: Int, to bytes: inout ByteOutput) {
        guard let windowedKey, let starts = batch.windowStarts, let ends = batch.windowEnds else { return }
        if case .session = windowedKey { bytes.append(bigEndian: UInt64(bitPattern: ends[row])) }
        bytes.append(bigEndian: UInt64(bitPattern: starts[row]))
    }
}
