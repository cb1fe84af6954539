// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan

/// Keys and values of records.
///
/// Decoding gives the same again, whatever lies behind the record in memory and whichever columns are read; what was
/// decoded and is written comes back equal.
enum RecordFuzzing {
    private static let types: [DataType] = [
        .integer, .bigint, .double, .decimal(precision: 20, scale: 4), .varchar, .bytes, .boolean, .date, .time,
        .timestamp, .array(.structure([Field("A", .integer), Field("B", .array(.varchar))])),
        .map(key: .varchar, value: .double), .structure([Field("X", .map(key: .bigint, value: .boolean))]),
    ]
    private static let scalars: [DataType] = [
        .integer, .bigint, .double, .decimal(precision: 9, scale: 2), .varchar, .bytes, .boolean, .date, .time,
        .timestamp,
    ]

    static func runJSON(_ input: [UInt8]) throws {
        var bytes = InputBytes(input)
        let choice = bytes.choice(of: types.count + 1)
        let record = bytes.all()
        // All columns in an object, or one column bare.
        let source =
            choice == types.count
            ? source(types, FormatDefinition(.json))
            : source([types[choice]], FormatDefinition(.json, wrapsSingleValue: false))
        try check(source, value: record)
    }

    static func runDelimited(_ input: [UInt8]) throws {
        var bytes = InputBytes(input)
        let delimiters = Array(",\t |;$".utf8)
        let delimiter = delimiters[bytes.choice(of: delimiters.count)]
        let choice = bytes.choice(of: scalars.count + 1)
        let types = choice == scalars.count ? scalars : [.varchar, scalars[choice], .varchar]
        try check(source(types, FormatDefinition(.delimited, delimiter: delimiter)), value: bytes.all())
    }

    /// Keys in all formats, with and without a window behind them.
    static func runKeys(_ input: [UInt8]) throws {
        var bytes = InputBytes(input)
        let windows: [WindowedKey?] = [nil, .time(sizeMilliseconds: 10_000), .session]
        let window = windows[bytes.choice(of: windows.count)]
        let formats = [FormatDefinition(.kafka), FormatDefinition(.json), FormatDefinition(.delimited)]
        let format = formats[bytes.choice(of: formats.count)]
        let primitives: [DataType] = [.integer, .bigint, .double, .varchar, .bytes]
        let type =
            format.name == .kafka
            ? primitives[bytes.choice(of: primitives.count)] : scalars[bytes.choice(of: scalars.count)]
        var definition = source([.varchar], FormatDefinition(.kafka), windowedKey: window)
        definition.keyFormat = format
        definition.columns.insert(ColumnDefinition("K", type, .key), at: 0)
        try check(definition, key: bytes.all(), value: Array("v".utf8))
    }

    /// Records by the schema that ksqlDB makes of the columns: all of them, or one alone without a record.
    static func runAvro(_ input: [UInt8]) throws {
        var bytes = InputBytes(input)
        let choice = bytes.choice(of: types.count + 1)
        let source =
            choice == types.count
            ? source(types, FormatDefinition(.avro))
            : source([types[choice]], FormatDefinition(.avro, wrapsSingleValue: false))
        try check(source, value: [0, 0, 0, 0, 0] + bytes.all())
    }

    /// Any schema, its columns, and a record by it.
    static func runAvroSchema(_ input: [UInt8]) throws {
        var bytes = InputBytes(input)
        guard let schema = try? AvroSchema(String(decoding: bytes.field(), as: UTF8.self)) else { return }
        let text = schema.text
        try require((try? AvroSchema(text))?.text == text, "\(text) reads back as something else")
        guard let columns = try? schema.columns(.value), !columns.isEmpty else { return }
        var source = source([], FormatDefinition(.avro))
        source.columns = columns
        source.valueFormat.schema = FormatSchema(schema, id: 0)
        let record = [0, 0, 0, 0, 0] + bytes.all()
        let all = Array(columns.indices)
        let decoder = decoder(source, all)
        let first = try decode(decoder, nil, record)
        try require(try decode(decoder, nil, record, behind: "0000000000") == first, "what is behind it is read")
        if let row = first.row {
            let alone = try decode(Self.decoder(source, [0]), nil, record)
            try require(alone.row == [row[0]], "a column alone is read otherwise")
        }
    }

    /// Records by the message that ksqlDB makes of the columns, with or without an id before it.
    static func runProtobuf(_ input: [UInt8]) throws {
        var bytes = InputBytes(input)
        let formats: [FormatDefinition.Name] = [.protobuf, .protobufWithoutRegistry]
        let format = FormatDefinition(formats[bytes.choice(of: formats.count)])
        let record = bytes.all()
        try checkReading(source(types, format), (format.name == .protobuf ? [0, 0, 0, 0, 0, 0] : []) + record)
    }

    /// Any .proto file, its columns, and a record by it.
    static func runProtobufSchema(_ input: [UInt8]) throws {
        var bytes = InputBytes(input)
        guard let schema = try? ProtobufSchema(String(decoding: bytes.field(), as: UTF8.self)),
            let columns = try? schema.columns(.value), !columns.isEmpty
        else { return }
        var source = source([], FormatDefinition(.protobuf))
        source.columns = columns
        source.valueFormat.schema = FormatSchema(.protobuf(schema), id: 0)
        try checkReading(source, [0, 0, 0, 0, 0, 0] + bytes.all())
    }

    /// Any JSON Schema, and its columns.
    static func runJSONSchema(_ input: [UInt8]) throws {
        guard let schema = try? JSONSchema(String(decoding: input, as: UTF8.self)) else { return }
        let columns = try? schema.columns(.value)
        let again = try? JSONSchema(schema.text).columns(.value)
        try require(again == columns, "\(schema.text) has other columns")
    }

    /// What lies behind a record makes no difference, nor which columns are read.
    private static func checkReading(_ source: SourceDefinition, _ record: [UInt8]) throws {
        let decoder = decoder(source, Array(source.columns.indices))
        let first = try decode(decoder, nil, record)
        try require(try decode(decoder, nil, record, behind: "0000000000") == first, "what is behind it is read")
        guard let row = first.row, let column = source.columns.indices.last else { return }
        let alone = try decode(Self.decoder(source, [column]), nil, record)
        try require(alone.row == [row[column]], "a column alone is read otherwise")
    }

    /// By which records in Avro and Protobuf are written; id 0.
    private static func schemas(_ source: SourceDefinition) -> SchemaTable {
        if source.valueFormat.name == .protobuf {
            let made = try? ParsedSchema(of: source.columns, source.valueFormat, isKey: false)
            guard case .protobuf(let schema)? = source.valueFormat.schema?.parsed ?? made else { return SchemaTable() }
            return SchemaTable([0: .protobuf(schema)])
        }
        guard source.valueFormat.name == .avro else { return SchemaTable() }
        let isBare = source.columns.count == 1 && !source.valueFormat.wrapsSingleValue
        let made =
            isBare ? try? AvroSchemaBuilder.bare(source.columns[0]) : try? AvroSchemaBuilder.record(source.columns)
        guard let schema = source.valueFormat.schema?.avro ?? made else { return SchemaTable() }
        return SchemaTable([0: .avro(schema)])
    }

    private static func decoder(_ source: SourceDefinition, _ columns: [Int]) -> RecordDecoder {
        let decoder = RecordDecoder(source: source, columns: columns, strict: false)
        decoder.use(schemas(source))
        return decoder
    }

    private static func source(
        _ types: [DataType], _ format: FormatDefinition, windowedKey: WindowedKey? = nil
    ) -> SourceDefinition {
        SourceDefinition(
            name: "S", kind: .stream, topic: "t", keyFormat: FormatDefinition(.kafka), valueFormat: format,
            columns: types.enumerated().map { ColumnDefinition("C\($0)", $1, .value) }, windowedKey: windowedKey,
            location: SourceLocation(line: 1, column: 1))
    }

    // MARK: what must hold

    private static func check(_ source: SourceDefinition, key: [UInt8]? = nil, value: [UInt8]) throws {
        let all = Array(source.columns.indices)
        let decoder = decoder(source, all)
        let first = try decode(decoder, key, value)
        // What could be its rest must not become part of it; and what the decoder has seen before makes no difference.
        for behind in ["\"}]},1234567890", "0000000000"] {
            try require(try decode(decoder, key, value, behind: behind) == first, "\(behind) behind it is read")
        }
        guard let row = first.row else { return }
        if let column = all.last {
            // Fewer columns: more records are good, and the good ones are the same.
            let alone = try decode(Self.decoder(source, [column]), key, value)
            try require(alone.row == [row[column]], "column \(column) alone is read as something else")
        }
        let (newKey, newValue) = encode(source, row, window: first.window)
        let again = try decode(decoder, key == nil ? nil : newKey, newValue)
        // A row of nothing but NULL may be written as no value at all.
        guard newValue != nil, key == nil || newKey != nil else { return }
        func normal(_ row: [Value]) -> [Value] {
            zip(source.columns, row).map { written($1, $0.role == .key ? source.keyFormat : source.valueFormat) }
        }
        try require(
            again.row.map(normal) == normal(row),
            "\(row) is written as \(String(decoding: newValue ?? [], as: UTF8.self)) and read as \(again)")
    }

    private struct Outcome: Equatable {
        /// Nil: the record is bad.
        var row: [Value]?
        var window: (start: Int64, end: Int64)?

        static func == (left: Outcome, right: Outcome) -> Bool {
            left.row == right.row && left.window?.start == right.window?.start && left.window?.end == right.window?.end
        }
    }

    /// DELIMITED has no text that is empty: it is NULL.
    private static func written(_ value: Value, _ format: FormatDefinition) -> Value {
        value == .varchar([]) || value == .bytes([]) ? (format.name == .delimited ? .null : value) : value
    }

    private static func decode(
        _ decoder: RecordDecoder, _ key: [UInt8]?, _ value: [UInt8]?, behind: String = ""
    ) throws -> Outcome {
        let records = RawRecords(capacity: 1, byteCapacity: 64)
        records.append(key: key, value: value, timestamp: 0)
        if !behind.isEmpty { records.append(key: Array(behind.utf8), value: nil, timestamp: 0) }
        let batch = decoder.makeBatch()
        decoder.decode(records, from: 0, to: 1, into: batch)
        try require(batch.columns.allSatisfy { $0.count == 1 }, "a column without its row")
        let row = batch.columns.map { $0.value(0) }
        if batch.status[0] == .bad {
            try require(row.allSatisfy(\.isNull) && batch.badRows.count == 1, "a bad record with a value")
            _ = batch.badRows[0].reason.text
            return Outcome()
        }
        let window = batch.windowStarts.flatMap { starts in batch.windowEnds.map { (starts[0], $0[0]) } }
        return Outcome(row: row, window: window)
    }

    private static func encode(
        _ sink: SourceDefinition, _ row: [Value], window: (start: Int64, end: Int64)?
    ) -> (key: [UInt8]?, value: [UInt8]?) {
        let columns = zip(sink.columns, row).map { definition, value in
            let column = Column(definition.type)
            column.append(value)
            return column
        }
        let keyCount = sink.keyColumns.count
        let selection = Selection()
        selection.selectAll(rows: 1)
        let output = RawRecords(capacity: 1, byteCapacity: 64)
        let numbers: [Int64] = [77, window?.start ?? 0, window?.end ?? 0]
        numbers.withUnsafeBufferPointer { numbers in
            guard let base = numbers.baseAddress else { return }
            let batch = ResultBatch(
                rows: 1, selection: selection, keys: Array(columns[..<keyCount]), values: Array(columns[keyCount...]),
                timestamps: base, windowStarts: window == nil ? nil : base + 1,
                windowEnds: window == nil ? nil : base + 2)
            RecordEncoder(sink: sink).encode(batch, partitionCount: 8, inputPartition: 0, into: output)
        }
        return withExtendedLifetime(output) { (output.key(0).map(Array.init), output.value(0).map(Array.init)) }
    }
}
