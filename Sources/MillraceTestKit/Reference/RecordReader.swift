// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Why a record has no row.
struct BadRecord: Error {}

/// Turns one record of a source's topic into the values of the columns that a query reads, one record at a time.
struct RecordReader {
    let source: SourceDefinition
    /// Indexes of the source's columns that the query reads.
    let needed: Set<Int>
    let schemas: SchemaTable

    struct Row {
        /// By the source's columns; NULL where the query does not read one.
        var values: [Value]
        var isNullValue: Bool
        var isNullKey: Bool
        var window: ResultWindow?
        var time: Int64
    }

    /// - Parameter columns: indexes of those that are read, beside that of the time.
    init(source: SourceDefinition, columns: [Int], schemas: SchemaTable) {
        self.source = source
        self.schemas = schemas
        var needed = Set(columns)
        if let timestamp = source.timestamp { needed.insert(timestamp.column) }
        self.needed = needed
    }

    func read(_ record: SimulatedLog.Record) throws -> Row {
        var values = [Value](repeating: .null, count: source.columns.count)
        let keys = source.columns.indices.filter { source.columns[$0].role == .key }
        let others = source.columns.indices.filter { source.columns[$0].role == .value }
        let (key, window) = try splitKey(record.key)
        if keys.contains(where: needed.contains) {
            try fill(&values, keys, key, source.keyFormat, wraps: keys.count > 1)
        }
        let wraps = source.valueFormat.wrapsSingleValue || others.count != 1
        let isNullRow = try fill(&values, others, record.value, source.valueFormat, wraps: wraps)
        for (index, column) in source.columns.enumerated() where needed.contains(index) {
            if let value = headers(record.headers, column.role) { values[index] = value }
        }
        let time = try eventTime(record, values)
        return Row(
            values: values, isNullValue: isNullRow, isNullKey: record.key == nil, window: window, time: time)
    }

    private func eventTime(_ record: SimulatedLog.Record, _ values: [Value]) throws -> Int64 {
        var time: Int64? = record.timestamp
        if let definition = source.timestamp { time = OutputTime.milliseconds(values[definition.column], definition) }
        guard let time, OutputTime.isUsable(time) else { throw BadRecord() }
        return time
    }

    /// Takes the window off the key's end.
    private func splitKey(_ key: [UInt8]?) throws -> ([UInt8]?, ResultWindow?) {
        guard let windowed = source.windowedKey else { return (key, nil) }
        guard let key else { throw BadRecord() }
        func number(_ bytes: ArraySlice<UInt8>) -> Int64 {
            bytes.reduce(0) { $0 << 8 | Int64($1) }
        }
        switch windowed {
        case .time(let size):
            guard key.count >= 8 else { throw BadRecord() }
            let start = number(key.suffix(8))
            let (end, overflow) = start.addingReportingOverflow(size)
            guard !overflow else { throw BadRecord() }
            return (Array(key.dropLast(8)), ResultWindow(start: start, end: end))
        case .session:
            guard key.count >= 16 else { throw BadRecord() }
            let window = ResultWindow(start: number(key.suffix(8)), end: number(key.suffix(16).prefix(8)))
            return (Array(key.dropLast(16)), window)
        }
    }

    private func headers(_ headers: [RawRecords.Header], _ role: ColumnDefinition.Role) -> Value? {
        switch role {
        case .headers:
            return .array(
                headers.map { .structure([.text($0.name), $0.value.map { .bytes($0) } ?? .null]) })
        case .header(let name):
            return headers.last { $0.name == name }?.value.map { .bytes($0) } ?? .null
        case .key, .value: return nil
        }
    }

    /// Sets the columns from the bytes of a key or a value; true where there is no row in them.
    @discardableResult
    private func fill(
        _ values: inout [Value], _ columns: [Int], _ bytes: [UInt8]?, _ format: FormatDefinition, wraps: Bool
    ) throws -> Bool {
        guard let bytes else { return true }
        switch format.name {
        case .none: return false
        case .kafka:
            guard let column = columns.first, needed.contains(column) else { return false }
            values[column] = try PrimitiveText.kafka(bytes, source.columns[column].type)
        case .delimited:
            if bytes.isEmpty, columns.count == 1 { return true }
            let cells = try PrimitiveText.cells(bytes, delimiter: format.delimiter)
            guard cells.count == columns.count else { throw BadRecord() }
            for (cell, column) in zip(cells, columns) where needed.contains(column) {
                values[column] = try PrimitiveText.delimited(cell, source.columns[column].type)
            }
        case .protobuf:
            guard bytes.count >= 5, bytes[0] == 0,
                case .protobuf(let writer)? = schemas[bytes[1..<5].reduce(0) { $0 << 8 | Int32($1) }]
            else { throw BadRecord() }
            let (path, rest) = try Self.messagePath(Array(bytes.dropFirst(5)))
            guard let message = writer.message(at: path) else { throw BadRecord() }
            try fillProtobuf(&values, columns, rest, writer, message)
        case .protobufWithoutRegistry:
            let definitions = columns.map { source.columns[$0] }
            let writer = try ProtobufSchemaBuilder.message(definitions, nullables: format.nullables)
            try fillProtobuf(&values, columns, bytes, writer, 0)
        case .jsonSchema:
            guard bytes.count >= 5, bytes[0] == 0 else { throw BadRecord() }
            return try fillJSON(&values, columns, Array(bytes.dropFirst(5)), wraps: wraps)
        case .json: return try fillJSON(&values, columns, bytes, wraps: wraps)
        case .avro: return try fillAvro(&values, columns, bytes, format.schema?.avro, wraps: wraps)
        }
        return false
    }

    /// The place of a message in its file, and the message: one byte 0, or a number of numbers, all as varints that
    /// alternate between the signs.
    private static func messagePath(_ bytes: [UInt8]) throws -> ([Int], [UInt8]) {
        if bytes.first == 0 { return ([0], Array(bytes.dropFirst())) }
        var rest = bytes[...]
        func next() throws -> Int {
            guard let end = rest.prefix(8).firstIndex(where: { $0 < 128 }) else { throw BadRecord() }
            let number = try ProtobufTree.varints(Array(rest[...end]))[0]
            rest = rest[(end + 1)...]
            return number % 2 == 0 ? Int(number / 2) : -1
        }
        let count = try next()
        guard 1...8 ~= count else { throw BadRecord() }
        let path = try (0..<count).map { _ in try next() }
        guard bytes.count - rest.count <= 8 else { throw BadRecord() }
        return (path, Array(rest))
    }

    private func fillProtobuf(
        _ values: inout [Value], _ columns: [Int], _ bytes: [UInt8], _ writer: ProtobufSchema, _ message: Int
    ) throws {
        let tree = try ProtobufTree(bytes)
        let conversion = ProtobufConversion(schema: writer)
        for column in columns where needed.contains(column) {
            let definition = source.columns[column]
            values[column] = try conversion.member(tree, message, definition.name, definition.type)
        }
    }

    private func fillAvro(
        _ values: inout [Value], _ columns: [Int], _ bytes: [UInt8], _ reader: AvroSchema?, wraps: Bool
    ) throws -> Bool {
        guard bytes.count >= 5, bytes[0] == 0,
            case .avro(let writer)? = schemas[bytes[1..<5].reduce(0) { $0 << 8 | Int32($1) }]
        else { throw BadRecord() }
        let tree = try AvroTree(Array(bytes.dropFirst(5)), writer.root, writer)
        let conversion = AvroConversion(writer: writer, reader: reader)
        guard wraps else {
            if let column = columns.first, needed.contains(column) {
                values[column] = try conversion.value(tree, source.columns[column].type, reader?.root)
            }
            return tree.isNull
        }
        guard case .record(let fields) = writer[writer.withoutNull(writer.root).index].kind else { throw BadRecord() }
        guard case .record(let members) = tree.inner.content else { return true }
        for column in columns where needed.contains(column) {
            let definition = source.columns[column]
            values[column] = try conversion.member(
                members, fields, conversion.readerFields(reader?.root), definition.name, definition.type)
        }
        return false
    }

    private func fillJSON(_ values: inout [Value], _ columns: [Int], _ bytes: [UInt8], wraps: Bool) throws -> Bool {
        let isMarked = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        // What serialisers with a schema registry write has a byte 0 and an id before it.
        let prefix = isMarked ? 3 : bytes.first == 0 && bytes.count >= 5 ? 5 : 0
        guard let tree = try? JSONTree(Array(bytes.dropFirst(prefix))) else { throw BadRecord() }
        if case .null = tree { return true }
        guard wraps else {
            guard let column = columns.first, needed.contains(column) else { return false }
            values[column] = try JSONConversion.value(tree, source.columns[column].type)
            return false
        }
        guard case .object(let members) = tree else { throw BadRecord() }
        for column in columns where needed.contains(column) {
            let definition = source.columns[column]
            values[column] = try JSONConversion.member(members, definition.name, definition.type)
        }
        return false
    }
}

/// What a TIMESTAMP property makes of a column.
enum OutputTime {
    /// Not before 1970, and not where sums of times overflow.
    static func isUsable(_ time: Int64) -> Bool { time >= 0 && time <= 1 << 61 }

    /// Nil where the value is no time that can be used.
    static func milliseconds(_ value: Value, _ definition: TimestampDefinition) -> Int64? {
        var field = value
        for index in definition.path {
            guard case .structure(let fields) = field else { return nil }
            field = fields[index]
        }
        return anyMilliseconds(field, definition).flatMap { isUsable($0) ? $0 : nil }
    }

    private static func anyMilliseconds(_ value: Value, _ definition: TimestampDefinition) -> Int64? {
        switch value {
        case .timestamp(let time): return time
        case .bigint(let count): return inUnit(Int128(count), definition.unit)
        case .integer(let count): return inUnit(Int128(count), definition.unit)
        case .varchar(let bytes):
            guard let format = definition.format, let pattern = try? DateTimePattern(format) else { return nil }
            return bytes.withUnsafeBytes { pattern.parse($0) }
        default: return nil
        }
    }

    private static func inUnit(_ count: Int128, _ unit: TimestampDefinition.Unit) -> Int64? {
        let nanoseconds: [TimestampDefinition.Unit: Int128] = [
            .seconds: 1_000_000_000, .milliseconds: 1_000_000, .microseconds: 1000, .nanoseconds: 1,
        ]
        let total = count * (nanoseconds[unit] ?? 1)
        return Int64(exactly: total < 0 ? (total - 999_999) / 1_000_000 : total / 1_000_000)
    }
}
