// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan

/// Decodes and encodes single records, for tables of cases.
enum FormatFixture {
    enum Outcome: Hashable {
        case row([Value])
        case null([Value])
        case bad(BadReason)
    }

    static func source(
        _ columns: [ColumnDefinition], key: FormatDefinition = FormatDefinition(.kafka),
        value: FormatDefinition = FormatDefinition(.json), windowedKey: WindowedKey? = nil
    ) -> SourceDefinition {
        SourceDefinition(
            name: "S", kind: .stream, topic: "t", keyFormat: key, valueFormat: value, columns: columns,
            windowedKey: windowedKey, location: SourceLocation(line: 1, column: 1))
    }

    static func values(_ types: [DataType]) -> [ColumnDefinition] {
        types.enumerated().map { ColumnDefinition("C\($0)", $1, .value) }
    }

    /// Decodes one record; `padding` lies behind it in the arena, as the next record would.
    static func decode(
        _ source: SourceDefinition, key: [UInt8]? = nil, value: [UInt8]?, columns: [Int]? = nil, strict: Bool = false,
        headers: [RawRecords.Header] = [], padding: String = ""
    ) -> Outcome {
        let records = RawRecords(capacity: 1, byteCapacity: 64)
        records.append(key: key, value: value, timestamp: 0, headers: headers)
        if !padding.isEmpty { records.append(key: Array(padding.utf8), value: nil, timestamp: 0) }
        let decoder = RecordDecoder(
            source: source, columns: columns ?? Array(source.columns.indices), strict: strict)
        let batch = decoder.makeBatch()
        decoder.decode(records, from: 0, to: 1, into: batch)
        precondition(batch.columns.allSatisfy { $0.count == 1 }, "each column has a row for each record")
        let row = batch.columns.map { $0.value(0) }
        switch batch.status[0] {
        case .ok: return .row(row)
        case .nullValue: return .null(row)
        case .bad:
            precondition(row.allSatisfy(\.isNull) && batch.badRows.count == 1)
            return .bad(batch.badRows[0].reason)
        }
    }

    /// One JSON value for a column `C0` of this type: the text stands in `{"c0":…}`.
    static func json(_ type: DataType, _ text: String) -> Outcome {
        decode(source(values([type])), value: Array("{\"c0\":\(text)}".utf8))
    }

    /// One row of columns.
    static func columns(_ types: [DataType], _ row: [Value]) -> [Column] {
        zip(types, row).map { type, value in
            let column = Column(type)
            column.append(value)
            return column
        }
    }

    static func encode(
        _ sink: SourceDefinition, keys: [Value] = [], values: [Value], flags: ResultBatch.Flags = [],
        window: (start: Int64, end: Int64)? = nil, partitions: Int = 8, inputPartition: Int32 = 0,
        then: (RecordEncoder, ResultBatch) -> Void = { _, _ in }
    ) -> RawRecords {
        let selection = Selection()
        selection.selectAll(rows: 1)
        let output = RawRecords(capacity: 1, byteCapacity: 64)
        let timestamps: [Int64] = [77]
        let starts = [window?.start ?? 0]
        let ends = [window?.end ?? 0]
        timestamps.withUnsafeBufferPointer { timestamps in
            starts.withUnsafeBufferPointer { starts in
                ends.withUnsafeBufferPointer { ends in
                    [flags].withUnsafeBufferPointer { flags in
                        guard let timestamps = timestamps.baseAddress else { return }
                        let batch = ResultBatch(
                            rows: 1, selection: selection, keys: columns(sink.keyColumns.map(\.type), keys),
                            values: columns(sink.valueColumns.map(\.type), values), timestamps: timestamps,
                            windowStarts: window == nil ? nil : starts.baseAddress,
                            windowEnds: window == nil ? nil : ends.baseAddress, flags: flags.baseAddress)
                        let encoder = RecordEncoder(sink: sink)
                        encoder.encode(
                            batch, partitionCount: partitions, inputPartition: inputPartition, into: output)
                        then(encoder, batch)
                    }
                }
            }
        }
        return output
    }

    /// The key of a row; the records live until it is copied.
    static func key(_ records: RawRecords, _ row: Int = 0) -> [UInt8]? {
        withExtendedLifetime(records) { records.key(row).map(Array.init) }
    }

    static func value(_ records: RawRecords, _ row: Int = 0) -> [UInt8]? {
        withExtendedLifetime(records) { records.value(row).map(Array.init) }
    }

    static func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
}
