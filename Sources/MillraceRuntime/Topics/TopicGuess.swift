// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceSQL

/// What the records of a topic seem to be, from a sample of them.
package struct TopicGuess: Equatable {
    /// How keys or values are written.
    enum Encoding: Equatable {
        /// No record has any.
        case none
        case json([JSONShape.Member])
        /// One value that is no object, bare.
        case bareJSON(JSONShape)
        case delimited(columns: Int, delimiter: Character)
        case text
        case integer
        case bigint
        /// A format with a schema registry, which Millrace cannot read yet; the schema's id.
        case registry(Int)
        case bytes
    }

    let topic: String
    let sampleCount: Int
    let key: Encoding
    let value: Encoding

    package init(topic: String, _ sample: [SampledRecord]) {
        self.topic = topic
        sampleCount = sample.count
        key = TopicGuess.keyEncoding(sample.compactMap(\.key))
        value = TopicGuess.valueEncoding(sample.compactMap(\.value))
    }

    // MARK: Guessing

    private static func keyEncoding(_ keys: [[UInt8]]) -> Encoding {
        if keys.isEmpty { return .none }
        if let id = registrySchema(keys) { return .registry(id) }
        if let members = objectMembers(keys) { return .json(members) }
        if keys.allSatisfy(isText) { return .text }
        if keys.allSatisfy({ $0.count == 8 }) { return .bigint }
        if keys.allSatisfy({ $0.count == 4 }) { return .integer }
        return .bytes
    }

    private static func valueEncoding(_ values: [[UInt8]]) -> Encoding {
        if values.isEmpty { return .none }
        if let id = registrySchema(values) { return .registry(id) }
        if let members = objectMembers(values) { return .json(members) }
        if values.allSatisfy(isText) {
            for delimiter in [",", "\t", "|", ";"] as [Character] {
                let counts = Set(values.map { fields($0, delimiter) })
                if counts.count == 1, let count = counts.first, count > 1 {
                    return .delimited(columns: count, delimiter: delimiter)
                }
            }
            let shapes = values.map { JSONShape($0) }
            if let first = shapes.first, let first, shapes.allSatisfy({ $0 != nil }) {
                return .bareJSON(shapes.compactMap { $0 }.reduce(first) { $0.merged($1) })
            }
            return .text
        }
        if values.allSatisfy({ $0.count == 8 }) { return .bigint }
        if values.allSatisfy({ $0.count == 4 }) { return .integer }
        return .bytes
    }

    /// The members of all of them together; nil unless nearly all (four of five) are JSON objects: a few bad records
    /// are no other format.
    private static func objectMembers(_ texts: [[UInt8]]) -> [JSONShape.Member]? {
        var merged = JSONShape.unknown
        var count = 0
        for text in texts {
            guard let shape = JSONShape(text), case .object = shape else { continue }
            merged = merged.merged(shape)
            count += 1
        }
        guard count * 5 >= texts.count * 4 else { return nil }
        guard case .object(let members) = merged else { return nil }
        return members
    }

    /// Confluent's wire format: a zero byte and the schema's number, big-endian.
    private static func registrySchema(_ values: [[UInt8]]) -> Int? {
        guard let first = values.first, values.allSatisfy({ $0.count > 5 && $0.count != 8 && $0[0] == 0 && $0[1] == 0 })
        else { return nil }
        return first[1..<5].reduce(0) { $0 << 8 | Int($1) }
    }

    private static func isText(_ bytes: [UInt8]) -> Bool {
        guard let text = String(validating: bytes, as: UTF8.self) else { return false }
        return text.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\t" || $0 == "\n" || $0 == "\r" }
    }

    private static func fields(_ bytes: [UInt8], _ delimiter: Character) -> Int {
        String(decoding: bytes, as: UTF8.self).split(separator: delimiter, omittingEmptySubsequences: false).count
    }

    // MARK: The statement

    /// Why no statement can be proposed; nil: one can.
    package var obstacle: String? {
        if sampleCount == 0 { return "the topic has no records to guess from" }
        switch value {
        case .registry(let id):
            return "the values have schema \(id) of a schema registry, which Millrace does not read yet"
        case .none: return "every value is null"
        default: return nil
        }
    }

    /// The columns of a value, as they are declared.
    private var valueColumns: [(name: String, type: String)] {
        switch value {
        case .json(let members): members.map { (SQL.identifier($0.name), TopicGuess.sql($0.shape.type)) }
        case .bareJSON(let shape): [("content", TopicGuess.sql(shape.type))]
        case .delimited(let columns, _): (1...columns).map { ("column_\($0)", "VARCHAR") }
        case .text: [("content", "VARCHAR")]
        case .integer: [("content", "INT")]
        case .bigint: [("content", "BIGINT")]
        case .bytes, .none, .registry: [("content", "BYTES")]
        }
    }

    private var keyColumn: (name: String, type: String)? {
        let taken = Set(valueColumns.map { $0.name.uppercased() })
        let name = ["key", "record_key", "kafka_key"].first { !taken.contains($0.uppercased()) } ?? "millrace_key"
        switch key {
        case .none: return nil
        case .text: return (name, "VARCHAR")
        case .integer: return (name, "INT")
        case .bigint: return (name, "BIGINT")
        case .json(let members): return (name, TopicGuess.sql(JSONShape.object(members).type))
        case .bareJSON, .delimited, .registry, .bytes: return (name, "BYTES")
        }
    }

    /// `CREATE STREAM …`; nil where there is an obstacle.
    package var statement: String? {
        guard obstacle == nil else { return nil }
        var columns = valueColumns.map { "  \($0.name) \($0.type)" }
        if let key = keyColumn { columns.insert("  \(key.name) \(key.type) KEY", at: 0) }
        var properties = ["KAFKA_TOPIC='\(topic)'"]
        if case .json = key { properties.append("KEY_FORMAT='JSON'") }
        switch value {
        case .json: properties.append("VALUE_FORMAT='JSON'")
        case .bareJSON: properties += ["VALUE_FORMAT='JSON'", "WRAP_SINGLE_VALUE=false"]
        case .delimited(_, let delimiter):
            properties.append("VALUE_FORMAT='DELIMITED'")
            if delimiter != "," { properties.append("VALUE_DELIMITER='\(delimiter == "\t" ? "TAB" : "\(delimiter)")'") }
        case .text, .integer, .bigint, .bytes, .none, .registry: properties.append("VALUE_FORMAT='KAFKA'")
        }
        return """
            CREATE STREAM \(streamName) (
            \(columns.joined(separator: ",\n"))
            ) WITH (\(properties.joined(separator: ", ")));
            """
    }

    /// The topic's name with only what a plain SQL name may have.
    package var streamName: String { SQL.identifier(plainName) }

    /// Of a table over it.
    package func tableName(ending: String) -> String { SQL.identifier(plainName + ending) }

    private var plainName: String {
        let name = String(topic.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
        return name.first?.isLetter ?? false ? name : "t_\(name)"
    }

    /// What to group by for a first look: the key where there is one, else the first column of text, else the first.
    package var groupColumn: String? {
        if let key = keyColumn, key.type != "BYTES", !key.type.hasPrefix("STRUCT") { return key.name }
        return (valueColumns.first { $0.type == "VARCHAR" } ?? valueColumns.first)?.name
    }

    /// The first column that a time in milliseconds could be in, by its name; nil: none.
    package var timestampColumn: String? {
        guard case .json(let members) = value else { return nil }
        let names: Set = ["ts", "timestamp", "time", "event_time", "eventtime", "created_at", "createdat", "event_ts"]
        return members.first { names.contains($0.name.lowercased()) && $0.shape == .whole }.map {
            SQL.identifier($0.name)
        }
    }

    /// One line for people.
    package var summary: String {
        "key: \(TopicGuess.words(key)), value: \(TopicGuess.words(value)) (from \(sampleCount) records)"
    }

    private static func words(_ encoding: Encoding) -> String {
        switch encoding {
        case .none: "none"
        case .json, .bareJSON: "JSON"
        case .delimited(let columns, let delimiter):
            "DELIMITED, \(columns) columns by '\(delimiter == "\t" ? "TAB" : "\(delimiter)")'"
        case .text: "KAFKA text"
        case .integer: "KAFKA INT"
        case .bigint: "KAFKA BIGINT (or DOUBLE)"
        case .registry(let id): "schema \(id) of a schema registry"
        case .bytes: "bytes"
        }
    }

    private static func sql(_ type: DataType) -> String {
        switch type {
        case .structure(let fields):
            "STRUCT<\(fields.map { "\(SQL.identifier($0.name)) \(sql($0.type))" }.joined(separator: ", "))>"
        case .array(let element): "ARRAY<\(sql(element))>"
        case .varchar: "VARCHAR"
        default: type.sqlName
        }
    }
}
