// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// A source over a topic that a query of the program writes: its columns against those of the records that are written
/// there. What the topic's bytes would be read as is computed without them, so that it is refused where that is not
/// plain.
struct TopicEdgeBinder {
    /// The sink.
    let writer: SourceDefinition
    /// The source over its topic that is read.
    let reader: SourceDefinition

    func bound() throws(SourceError) -> TopicEdge {
        try checkFormat(writer.valueFormat, reader.valueFormat, "VALUE_FORMAT")
        guard writer.hasBareValue == reader.hasBareValue else {
            throw refused(
                "the value of \(writer.name) is \(writer.hasBareValue ? "the only column alone" : "a record")",
                hint: "give both the same WRAP_SINGLE_VALUE")
        }
        try checkKey()
        try checkTime()
        var columns: [Expression] = []
        for (place, column) in reader.columns.enumerated() { columns.append(try expression(column, place)) }
        return TopicEdge(writer: writer.name, reader: reader.name, columns: columns)
    }

    private func refused(_ text: String, hint: String?) -> SourceError {
        SourceError(
            "\(reader.name) cannot read what this program writes to its topic \(Suggestion.shortened(reader.topic)): "
                + text,
            at: reader.location, hint: hint)
    }

    private func checkFormat(
        _ written: FormatDefinition, _ read: FormatDefinition, _ property: String
    ) throws(SourceError) {
        // JSON reads records behind the id of a schema, too.
        let isReadable = written.name == read.name || (written.name == .jsonSchema && read.name == .json)
        guard isReadable, written.delimiter == read.delimiter else {
            throw refused(
                "\(writer.name) (line \(writer.location.line)) writes it as \(written.name.rawValue)"
                    + (written.name == read.name ? " with another delimiter" : ", not as \(read.name.rawValue)"),
                hint: "name one \(property) in both")
        }
    }

    private func checkKey() throws(SourceError) {
        // Who names no key sees none.
        guard !reader.keyColumns.isEmpty else { return }
        guard !writer.keyColumns.isEmpty else {
            if reader.kind == .stream { return }
            throw refused(
                "\(writer.name) writes records without a key", hint: "give it one: … PARTITION BY column")
        }
        try checkFormat(writer.keyFormat, reader.keyFormat, "KEY_FORMAT")
        guard writer.keyColumns.count == reader.keyColumns.count else {
            throw refused(
                "\(writer.name) has \(writer.keyColumns.count) key columns, it has \(reader.keyColumns.count)",
                hint: "its key is \(Suggestion.list(writer.keyColumns.map(\.name)))")
        }
        guard writer.windowedKey == reader.windowedKey else {
            throw refused("their keys differ in the window behind them", hint: windowHint)
        }
    }

    /// Rows that go from query to query keep their time and their order.
    private func checkTime() throws(SourceError) {
        if let timestamp = reader.timestamp {
            throw refused(
                "its rows have the time of \(writer.name)'s, not that of \(timestamp.title(in: reader.columns))",
                hint: "leave TIMESTAMP out, and name it where the stream is declared that is read from Kafka")
        }
        if reader.versions == .start {
            throw refused(
                "VERSIONS='start' is of a topic that is there at the start", hint: "leave VERSIONS out")
        }
    }

    private var windowHint: String {
        switch writer.windowedKey {
        case .time(let size)?:
            "declare it WITH (WINDOW_TYPE = 'TUMBLING', WINDOW_SIZE = '\(size) MILLISECONDS'), or leave the key out"
        case .session?: "declare it WITH (WINDOW_TYPE = 'SESSION'), or leave the key out"
        case nil: "leave WINDOW_TYPE out"
        }
    }

    /// What the record has for a column.
    private func expression(_ column: ColumnDefinition, _ place: Int) throws(SourceError) -> Expression {
        let found: Int?
        switch column.role {
        case .key: found = try key(column, place)
        case .value: found = try value(column, place - reader.keyColumns.count)
        case .headers, .header:
            throw refused("\(column.name) is a header, and \(writer.name) writes none", hint: nil)
        }
        guard let found else { return .literal(.null, column.type) }
        let written = writer.columns[found]
        let isReadable = written.type == column.type || (column.role == .value && isWidened(written.type))
        guard isReadable, let expression = Coercion.widened(.column(found, written.type), to: column.type) else {
            throw refused(
                "its column \(column.name) is \(column.type.sqlName), and \(writer.name) writes "
                    + written.type.sqlName,
                hint: "declare it as \(written.type.sqlName)")
        }
        return expression
    }

    /// Whether the bytes of a number can be read as those of a wider type.
    private func isWidened(_ type: DataType) -> Bool {
        switch writer.valueFormat.name {
        case .json, .jsonSchema, .delimited: return true
        case .avro: if case .decimal = type { return false } else { return true }
        case .kafka, .protobuf, .protobufWithoutRegistry, .none: return false
        }
    }

    private func key(_ column: ColumnDefinition, _ place: Int) throws(SourceError) -> Int? {
        let keys = writer.keyColumns
        guard !keys.isEmpty else { return nil }
        // One column has no name in the record's key, and DELIMITED has none at all.
        guard keys.count > 1, writer.keyFormat.name.traits.namesColumns else { return place }
        if let found = index(of: column.name, among: Array(keys)) { return found }
        throw refused(
            "the key of \(writer.name) has no column \(column.name)",
            hint: "it has \(Suggestion.list(keys.map(\.name)))")
    }

    /// Nil: the records have no such column, and it is NULL.
    private func value(_ column: ColumnDefinition, _ place: Int) throws(SourceError) -> Int? {
        let values = writer.valueColumns
        let first = writer.keyColumns.count
        let isNamed = writer.valueFormat.name.traits.namesColumns && !writer.hasBareValue
        if isNamed { return index(of: column.name, among: values).map { first + $0 } }
        guard values.count == reader.valueColumns.count else {
            throw refused(
                "\(writer.name) writes \(values.count) columns of \(writer.valueFormat.name.rawValue), "
                    + "it has \(reader.valueColumns.count)",
                hint: "declare \(Suggestion.list(values.map { "\($0.name) \($0.type.sqlName)" }))")
        }
        return first + place
    }

    /// By name, as the formats find fields: that of this name, or else one that the name in upper case is.
    private func index(of name: String, among columns: [ColumnDefinition]) -> Int? {
        columns.firstIndex { $0.name == name } ?? columns.lastIndex { Names.upperCased($0.name) == name }
    }
}
