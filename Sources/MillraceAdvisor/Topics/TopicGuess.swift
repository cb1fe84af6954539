// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceReport
package import MillraceRun
package import MillraceSQL
import MillraceSettings

/// What the records of a topic seem to be, from a sample of them.
package struct TopicGuess: Equatable {
    let topic: String
    let sampleCount: Int
    private(set) var key: EncodingGuess
    private(set) var value: EncodingGuess
    /// What lies behind the keys.
    let window: WindowedKeyGuess?
    /// The columns of the value.
    private(set) var columns: DeclaredColumns
    /// What is known of the schemas of the records; nil: nothing.
    let schemas: TopicSchemas?
    /// The records by the columns of schemas; nil: none is known.
    private(set) var decoded: DecodedSample?
    /// In byte order, each once.
    let headers: [String]
    private let times: EventTimePlausibility
    /// How many have a key.
    private let keyCount: Int

    /// - Parameter catalogue: what knows the schemas of records; nil: nothing.
    package init(topic: String, _ sample: [SampledRecord], catalogue: (any Catalogue)? = nil) {
        self.topic = topic
        sampleCount = sample.count
        let keyed = sample.compactMap { record in record.key.map { (record, $0) } }
        keyCount = keyed.count
        let window = WindowedKeyGuess(keyed.map { (key: $1, timestamp: $0.timestamp) })
        self.window = window
        let keys = keyed.map { EncodingGuess.Sample(bytes: window?.ownBytes($1) ?? $1, place: $0.place) }
        let values = sample.compactMap { record in
            record.value.map { EncodingGuess.Sample(bytes: $0, place: record.place) }
        }
        key = EncodingGuess(keys: keys)
        value = EncodingGuess(values: values)
        let numbers = [
            SchemaSubject.Part.key: EncodingGuess.numbers(keys), .value: EncodingGuess.numbers(values),
        ]
        schemas = catalogue.map { TopicSchemas(topic, numbers, from: $0) }
        if let schemas {
            key.adopt(.key, of: topic, numbers[.key] ?? [], schemas)
            value.adopt(.value, of: topic, numbers[.value] ?? [], schemas)
        }
        columns = TopicGuess.columns(value.encoding)
        headers = Set(sample.flatMap { $0.headers.map(\.name) }).sorted()
        times = EventTimePlausibility(sample.compactMap(\.timestamp))
        decode(sample)
    }

    /// Reads the sample by its schemas: what the columns hold says more than their types.
    private mutating func decode(_ sample: [SampledRecord]) {
        guard let schemas, key.hasSchema || value.hasSchema else { return }
        do throws(SourceError) {
            let decoded = try DecodedSample(statement(), stream: streamName, sample, schemas)
            self.decoded = decoded
            guard case .schema(let format) = value.encoding else { return }
            let shapes = sample.compactMap { decoded.rows[$0.place].flatMap { ValueShape(json: $0.value) } }
            let shape = shapes.reduce(into: ValueShape()) { $0.merge($1) }
            columns = DeclaredColumns(registered: format.columns, shape)
        } catch {
            if key.hasSchema { key.refuse(.key, error) }
            if value.hasSchema { value.refuse(.value, error) }
            columns = TopicGuess.columns(value.encoding)
        }
    }

    private static func columns(_ encoding: EncodingGuess.Encoding) -> DeclaredColumns {
        switch encoding {
        case .json(let shape): return DeclaredColumns(fieldsOf: shape)
        case .bareJSON(let shape): return DeclaredColumns([("content", shape)])
        case .delimited(_, let columns):
            return DeclaredColumns(columns.enumerated().map { ("column_\($0 + 1)", $1) })
        case .text(let shape): return DeclaredColumns(name: "content", .varchar, shape)
        case .integer: return DeclaredColumns(name: "content", .integer)
        case .bigint: return DeclaredColumns(name: "content", .bigint)
        case .double: return DeclaredColumns(name: "content", .double)
        case .schema(let format): return DeclaredColumns(registered: format.columns, ValueShape())
        case .bytes, .none, .registry: return DeclaredColumns(name: "content", .bytes)
        }
    }

    /// Why no statement can be proposed; nil: one can.
    package var obstacle: String? {
        if sampleCount == 0 { return "the topic has no records to guess from" }
        return value.encoding == .none ? "every value is null" : nil
    }

    // MARK: The statement

    /// The key as a column; nil: there is none.
    var keyColumn: DeclaredColumns.Column? {
        let type: DataType
        switch key.encoding {
        case .none: return nil
        case .text, .bareJSON: type = .varchar
        case .integer: type = .integer
        case .bigint: type = .bigint
        case .double: type = .double
        case .json(let shape): type = DeclaredColumns.type(of: shape, depth: 0)
        case .schema(let format):
            guard let column = format.columns.first else { return nil }
            if takesKeyFromSchema {
                return DeclaredColumns.Column(name: column.name, type: column.type, shape: .init())
            }
            type = column.type
        case .delimited, .registry, .bytes: type = .bytes
        }
        let name = freeName(of: ["key", "record_key", "kafka_key", "millrace_key"])
        return DeclaredColumns.Column(name: name, type: type, shape: ValueShape())
    }

    /// Whether the statement leaves the key's column to its schema: no column of the value has its name.
    private var takesKeyFromSchema: Bool {
        guard case .schema(let format) = key.encoding, let name = format.columns.first?.name else { return false }
        return freeName(of: [name]) == name
    }

    /// The first of these names that no column has.
    func freeName(of candidates: [String]) -> String {
        let taken = Set(columns.columns.map { ValueShape.folded($0.name.filter { $0 != "`" }) })
        return candidates.first { !taken.contains(ValueShape.folded($0)) } ?? "millrace_\(taken.count)"
    }

    /// `CREATE STREAM …`; nil where there is an obstacle.
    package var statement: String? { obstacle == nil ? statement() : nil }

    /// The same for a stream of another name; nil where there is an obstacle.
    /// - Parameter name: as it is written in SQL.
    package func statement(named name: String) -> String? { obstacle == nil ? statement(named: name, time: nil) : nil }

    /// - Parameters:
    ///   - name: of the stream, as it is written in SQL; nil: the topic's.
    ///   - time: where the event time is; nil: in the Kafka timestamp.
    ///   - isPlain: the value is one column of bytes, which every record can give.
    func statement(named name: String? = nil, time: EventTimeGuess? = nil, isPlain: Bool = false) -> String {
        let plain = isPlain ? DeclaredColumns(name: "content", .bytes).columns : columns.columns
        let value = isPlain || !self.value.hasSchema ? plain : []
        var keys = keyColumn.map { ["  \($0.name) \(DeclaredColumns.sql($0.type)) KEY"] } ?? []
        var properties = ["KAFKA_TOPIC='\(topic)'"]
        switch key.encoding {
        case .json, .bareJSON: properties.append("KEY_FORMAT='JSON'")
        case .schema(let format):
            properties.append("KEY_FORMAT='\(format.name.rawValue)'")
            if takesKeyFromSchema {
                keys = []
                properties += format.properties
            }
        default: break
        }
        properties += isPlain ? ["VALUE_FORMAT='KAFKA'"] : valueProperties
        properties += window?.properties ?? []
        if let time { properties.append(time.properties) }
        let elements = keys + value.map { "  \($0.declaration)" }
        let list = elements.isEmpty ? "" : "(\n\(elements.joined(separator: ",\n"))\n) "
        return "CREATE STREAM \(name ?? streamName) \(list)WITH (\(properties.joined(separator: ", ")));"
    }

    private var valueProperties: [String] {
        switch value.encoding {
        case .json: return ["VALUE_FORMAT='JSON'"]
        case .bareJSON: return ["VALUE_FORMAT='JSON'", "WRAP_SINGLE_VALUE=false"]
        case .delimited(let delimiter, _):
            let name = delimiter == "\t" ? "TAB" : "\(delimiter)"
            return ["VALUE_FORMAT='DELIMITED'"] + (delimiter == "," ? [] : ["VALUE_DELIMITER='\(name)'"])
        case .schema(let format): return ["VALUE_FORMAT='\(format.name.rawValue)'"] + format.properties
        default: return ["VALUE_FORMAT='KAFKA'"]
        }
    }

    /// The topic's name with only what a plain SQL name may have.
    package var streamName: String { SQL.identifier(plainName) }

    /// Of a stream or table over it.
    func name(ending: String) -> String { SQL.identifier(plainName + ending) }

    /// Of a topic beside it: as long as Kafka allows.
    func topicName(ending: String) -> String { "\(topic.prefix(KafkaName.maximumLength - ending.count))\(ending)" }

    private var plainName: String {
        let name = String(topic.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
        return name.first?.isLetter ?? false ? name : "t_\(name)"
    }

    // MARK: For people

    /// One line.
    package var summary: String {
        let keyWords = key.words + (window.map { ", with a \($0 == .session ? "session" : "window") behind it" } ?? "")
        let records = "\(sampleCount) \(sampleCount == 1 ? "record" : "records")"
        return "key: \(keyWords), value: \(value.words) (from \(records))"
    }

    /// What has to be known about the statement, line by line.
    package var notes: [String] {
        var notes = value.notes + key.notes + (schemas?.notes ?? [])
        if let decoded, let first = decoded.problems.first {
            let count = decoded.problems.count
            notes.append(
                "\(count) of \(sampleCount) records cannot be read so (\(first.place): \(first.reason)): bad records.")
        }
        if keyCount > 0, keyCount < sampleCount {
            let missing = sampleCount - keyCount
            notes.append("\(missing) of \(sampleCount) records \(missing == 1 ? "has" : "have") no key.")
        }
        if let note = window?.note { notes.append(note) }
        notes += columns.notes.prefix(6)
        if columns.notes.count > 6 { notes.append("\(columns.notes.count - 6) more columns or fields are not clear.") }
        if let first = headers.first {
            let names = headers.prefix(8).joined(separator: ", ") + (headers.count > 8 ? ", …" : "")
            let column = freeName(of: ["header", "record_header", "kafka_header"])
            notes.append(
                "The records have headers (\(names)). A column like  "
                    + "\(column) BYTES HEADER(\(EventTimeGuess.literal(first)))  reads one.")
        }
        return [notes, eventTimeNotes].joined().map { VisibleText.of($0) }
    }

    /// The likeliest first.
    var eventTimes: [EventTimeGuess] {
        // What a schema says to be no time is none.
        EventTimeGuess.all(in: columns.columns.filter { !value.hasSchema || $0.canBeTime })
    }

    private var eventTimeNotes: [String] {
        let warning = times.warning.map { ["Kafka timestamps: \($0)."] } ?? []
        let candidates = eventTimes
        guard let first = candidates.first else { return warning }
        let start = "Event time is the Kafka timestamp. If \(first.path) is it (\(first.words)), "
        if first.isDirect {
            let others = candidates.dropFirst().prefix(2).filter(\.isDirect)
            return warning + ["\(start)add  \(first.properties)  to WITH."]
                + others.map { "Or, if \($0.path) is it (\($0.words)), add  \($0.properties)." }
        }
        let why =
            first.isColumn
            ? "do not add TIMESTAMP='\(first.path)', which takes milliseconds."
            : "TIMESTAMP cannot name it, because it is no column."
        return warning + [
            start + why, "Compute it in a program of its own, and let another one read what that writes:",
        ] + timedStream(first).split(separator: "\n").map { "  \($0)" }
    }

    /// A query that gives records the time of a column that WITH cannot name.
    func timedStream(_ time: EventTimeGuess) -> String {
        let column = freeName(of: ["event_time", "record_time", "millrace_time"])
        return """
            CREATE STREAM \(name(ending: "_timed")) WITH (KAFKA_TOPIC='\(topicName(ending: "-timed"))', \
            TIMESTAMP='\(column)') AS
              SELECT *, \(time.expression) AS \(column) FROM \(streamName);
            """
    }
}
