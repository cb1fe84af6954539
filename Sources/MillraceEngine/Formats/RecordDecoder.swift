// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillracePlan

/// Kafka records to columns: decodes the columns of a source that are read, straight from the records' bytes.
///
/// Not thread-safe: one a compute thread. Batches come from `makeBatch` and may be reused.
package final class RecordDecoder {
    let source: SourceDefinition
    private let columns: [Int]
    /// Columns that are only converted to see whether they can be (`strict`).
    private let checked: [Int]
    private let checkedColumns: [Column]
    /// First those of `columns` that lie in key or value, each at its index; then those of `checked`.
    private let nodes: UnsafeMutableBufferPointer<ColumnMemory>
    let key: RecordPart
    let value: RecordPart
    private var readers: FormatReaders
    private let conversion = TextConversion()

    /// `columns`: indexes into the source's columns, in the order in which the batches have them. `strict`: the other
    /// columns of key and value are converted too, so that a record with a bad one is bad.
    package init(source: SourceDefinition, columns: [Int], strict: Bool) {
        self.source = source
        self.columns = columns
        func isInRecord(_ column: Int) -> Bool {
            source.columns[column].role == .key || source.columns[column].role == .value
        }
        checked = strict ? source.columns.indices.filter { isInRecord($0) && !columns.contains($0) } : []
        checkedColumns = checked.map { Column(source.columns[$0].type) }
        let all = columns + checked
        nodes = .allocate(capacity: all.count)
        for (index, column) in all.enumerated() {
            let definition = source.columns[column]
            nodes.initializeElement(
                at: index, to: ColumnMemory(definition.type, name: definition.name, columnIndex: column))
        }
        let nodes = nodes
        func part(_ format: FormatDefinition, _ role: ColumnDefinition.Role) -> RecordPart {
            let members = source.columns.indices.filter { source.columns[$0].role == role }
            return RecordPart(
                format, isKey: role == .key, columns: members.map { source.columns[$0] },
                nodes: members.map { member in
                    all.firstIndex(of: member).flatMap { index in nodes.baseAddress.map { $0 + index } }
                })
        }
        key = part(source.keyFormat, .key)
        value = part(source.valueFormat, .value)
        readers = FormatReaders(conversion: conversion)
    }

    deinit {
        key.destroy()
        value.destroy()
        for node in nodes { node.destroy() }
        nodes.deallocate()
        readers.destroy()
        conversion.destroy()
    }

    /// An empty batch with the requested columns.
    package func makeBatch() -> DecodedBatch {
        DecodedBatch(types: columns.map { source.columns[$0].type }, isWindowed: source.windowedKey != nil)
    }

    /// From now on the ids of schemas in records mean what a look-up says. For formats with a registry only.
    package func use(_ schemas: any SchemaLookup) {
        key.plans?.use(schemas)
        value.plans?.use(schemas)
    }

    /// Decodes the records `from ..< to`, which become rows 0 ..< to − from of the batch; what it held is forgotten.
    package func decode(_ records: RawRecords, from: Int, to: Int, into batch: DecodedBatch) {
        let rows = max(to - from, 0)
        batch.reset(rows: rows)
        for column in checkedColumns {
            column.removeAll()
            column.reserve(rows)
        }
        open(batch)
        decodeRows(records, from: from, batch)
        close()
        noteUnknownSchemas(batch)
        for (index, column) in columns.enumerated() {
            switch source.columns[column].role {
            case .key, .value: break
            case .headers: appendHeaders(records, from: from, batch, to: batch.columns[index])
            case .header(let name): appendHeader(name, records, from: from, batch, to: batch.columns[index])
            }
        }
    }

    /// Whether it is a column, not a part of one.
    func isColumn(_ node: ColumnNode) -> Bool {
        nodes.baseAddress.map { $0 <= node && node < $0 + nodes.count } ?? false
    }

    private func isInRecord(_ index: Int) -> Bool {
        let role = source.columns[columns[index]].role
        return role == .key || role == .value
    }

    private func open(_ batch: DecodedBatch) {
        for index in columns.indices where isInRecord(index) { nodes[index].open(batch.columns[index]) }
        for (index, column) in checkedColumns.enumerated() { nodes[columns.count + index].open(column) }
    }

    private func close() {
        for index in nodes.indices where index >= columns.count || isInRecord(index) { nodes[index].close() }
    }

    private func decodeRows(_ records: RawRecords, from: Int, _ batch: DecodedBatch) {
        switch value.shape {
        case .jsonObject: decodeRows(records, from: from, batch, as: ObjectValue.self)
        case .avro: decodeRows(records, from: from, batch, as: AvroValue.self)
        case .protobuf(isFramed: true): decodeRows(records, from: from, batch, as: ProtobufValue.self)
        default: decodeRows(records, from: from, batch, as: AnyValue.self)
        }
    }

    /// The row loop, made once for each format that is decoded in it. Everything it touches is a local or plain memory.
    private func decodeRows<Value: ValueDecoder>(
        _ records: RawRecords, from: Int, _ batch: DecodedBatch, as: Value.Type
    ) {
        var readers = readers
        let (key, value) = (key, value)
        let bytes = UnsafePointer(records.bytes.assumingMemoryBound(to: UInt8.self))
        let keyStarts = records.keyStarts + from
        let keyLengths = records.keyLengths + from
        let valueStarts = records.valueStarts + from
        let valueLengths = records.valueLengths + from
        let status = batch.status
        let windows = KeyWindows(source.windowedKey, batch)
        let readsKey = key.isRead || windows.suffixLength > 0
        var nullValues = 0
        for row in 0..<batch.rows {
            var result = RowStatus.ok
            var isKeyBad = false
            var hasWindow = true
            if readsKey {
                let start = bytes + keyStarts[row]
                let length = Int(keyLengths[row]) &- windows.suffixLength
                if windows.suffixLength > 0 { hasWindow = windows.take(start, length: length, row: row) }
                isKeyBad = !hasWindow
                if hasWindow, key.isRead {
                    if length < 0 {
                        key.appendNulls()
                    } else {
                        isKeyBad = key.decode(start, count: length, row: row, readers: &readers) == .bad
                    }
                }
            }
            if isKeyBad {
                result = .bad
            } else if valueLengths[row] < 0 {
                value.appendNulls()
                result = .nullValue
            } else {
                let start = bytes + valueStarts[row]
                result = Value.decode(value, start, count: Int(valueLengths[row]), row: row, readers: &readers)
            }
            status[row] = result
            if result == .ok { continue }
            if result == .nullValue {
                nullValues += 1
                continue
            }
            noteBad(records, from, row, isKey: isKeyBad, hasWindow: hasWindow, &readers, batch)
            windows.clear(row)
        }
        batch.nullValues = nullValues
        self.readers = readers
    }
}
