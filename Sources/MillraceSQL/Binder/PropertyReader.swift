// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// A WITH clause: names checked, values by type.
struct PropertyReader {
    enum Clause {
        /// CREATE STREAM or TABLE with columns.
        case source
        /// CREATE … AS SELECT.
        case sink
        case insertInto

        fileprivate var known: [String] {
            let shared = [
                "KAFKA_TOPIC", "FORMAT", "KEY_FORMAT", "VALUE_FORMAT", "KEY_DELIMITER", "VALUE_DELIMITER", "PARTITIONS",
                "REPLICAS", "RETENTION_MS", "CLEANUP_POLICY", "TIMESTAMP", "TIMESTAMP_FORMAT", "WRAP_SINGLE_VALUE",
                "KEY_SCHEMA_ID", "VALUE_SCHEMA_ID", "KEY_SCHEMA_FULL_NAME", "VALUE_SCHEMA_FULL_NAME",
                "VALUE_AVRO_SCHEMA_FULL_NAME",
                "KEY_PROTOBUF_NULLABLE_REPRESENTATION", "VALUE_PROTOBUF_NULLABLE_REPRESENTATION",
            ]
            switch self {
            case .source: return shared + ["WINDOW_TYPE", "WINDOW_SIZE", "VERSIONS"]
            case .sink: return shared
            case .insertInto: return ["QUERY_ID"]
            }
        }
    }

    /// ksqlDB's properties that are not here.
    private static let refused: Set<String> = [
        "SOURCED_BY_CONNECTOR", "SOURCE_CONNECTOR",
    ]

    private var properties: [String: PropertySyntax] = [:]

    init(_ syntax: [PropertySyntax], _ clause: Clause) throws(SourceError) {
        for property in syntax {
            let name = property.name.text
            guard clause.known.contains(name) else { throw Self.unknown(property.name, clause) }
            guard properties.updateValue(property, forKey: name) == nil else {
                throw SourceError("\(name) is given twice", at: property.name.location)
            }
        }
        if let format = properties["FORMAT"], let other = properties["KEY_FORMAT"] ?? properties["VALUE_FORMAT"] {
            throw SourceError(
                "FORMAT and \(other.name.text) exclude each other", at: format.name.location,
                hint: "FORMAT stands for both KEY_FORMAT and VALUE_FORMAT")
        }
    }

    private static func unknown(_ name: NameSyntax, _ clause: Clause) -> SourceError {
        if refused.contains(name.text) {
            return SourceError("the property \(name.text) is not supported yet", at: name.location)
        }
        let elsewhere = Clause.source.known + Clause.insertInto.known
        if elsewhere.contains(name.text) {
            return SourceError("the property \(name.text) is not allowed here", at: name.location)
        }
        return SourceError(
            "unknown property \(Suggestion.shortened(name.text))", at: name.location,
            hint: Suggestion.hint(
                for: name.text, in: clause.known, otherwise: "known are \(clause.known.joined(separator: ", "))"))
    }

    subscript(_ name: String) -> PropertySyntax? { properties[name] }

    /// A text that is not empty.
    func text(_ name: String) throws(SourceError) -> String? {
        guard let property = properties[name] else { return nil }
        guard case .string(let text) = property.value, !text.isEmpty else {
            throw SourceError("\(name) must be a text in single quotes", at: property.valueLocation)
        }
        return text
    }

    /// KEY_SCHEMA_FULL_NAME or VALUE_SCHEMA_FULL_NAME (which is VALUE_AVRO_SCHEMA_FULL_NAME, too), for a format with
    /// schemas.
    func schemaName(_ part: SchemaSubject.Part, _ format: FormatDefinition) throws(SourceError) -> String? {
        let names =
            part == .key ? ["KEY_SCHEMA_FULL_NAME"] : ["VALUE_SCHEMA_FULL_NAME", "VALUE_AVRO_SCHEMA_FULL_NAME"]
        let given = names.filter { properties[$0] != nil }
        guard let name = given.first, let property = properties[name], let text = try text(name) else { return nil }
        guard given.count == 1 else {
            throw SourceError("\(given[0]) and \(given[1]) say the same", at: property.name.location)
        }
        guard format.name.schemaLanguage != nil else {
            throw SourceError(
                "\(name) is for formats with a schema registry, not \(format.name.rawValue)",
                at: property.name.location)
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ AvroName.isValid($0) }) else {
            throw SourceError(
                "\(name): '\(Suggestion.shortened(text))' is no name in Avro", at: property.valueLocation,
                hint: "for example 'com.example.Order'")
        }
        return text
    }

    /// KEY_PROTOBUF_NULLABLE_REPRESENTATION or VALUE_PROTOBUF_NULLABLE_REPRESENTATION; nil: it is not given.
    func nullables(_ part: String) throws(SourceError) -> ProtobufNullables? {
        guard let property = properties["\(part)_PROTOBUF_NULLABLE_REPRESENTATION"] else { return nil }
        guard let known = ProtobufNullables(rawValue: Names.upperCased(property.value.text)), known != .none else {
            throw SourceError(
                "\(property.name.text) must be 'OPTIONAL' or 'WRAPPER'", at: property.valueLocation,
                hint: "without it NULL is written as zero, false or an empty text")
        }
        return known
    }

    /// A whole number in the range, with or without quotes.
    func integer(_ name: String, in range: ClosedRange<Int64>) throws(SourceError) -> Int64? {
        guard let property = properties[name] else { return nil }
        guard let number = Int64(property.value.text), range.contains(number) else {
            throw SourceError(
                "\(name) must be a whole number from \(range.lowerBound)"
                    + (range.upperBound < .max ? " to \(range.upperBound)" : " on"),
                at: property.valueLocation)
        }
        return number
    }

    /// True or false, with or without quotes.
    func boolean(_ name: String) throws(SourceError) -> Bool? {
        guard let property = properties[name] else { return nil }
        switch Names.upperCased(property.value.text) {
        case "TRUE": return true
        case "FALSE": return false
        default: throw SourceError("\(name) must be true or false", at: property.valueLocation)
        }
    }

    /// KAFKA_TOPIC, a legal name of a topic.
    func topic() throws(SourceError) -> String? {
        guard let name = try text("KAFKA_TOPIC") else { return nil }
        guard Self.isTopicName(name) else {
            throw SourceError(
                "'\(Suggestion.shortened(name))' is no name of a Kafka topic",
                at: properties["KAFKA_TOPIC"]?.valueLocation,
                hint: "a topic's name has up to 249 letters A to Z, digits, dots, underscores and hyphens")
        }
        return name
    }

    static func isTopicName(_ name: String) -> Bool {
        name != "." && name != ".." && 1...249 ~= name.utf8.count
            && name.utf8.allSatisfy { byte in
                0x30...0x39 ~= byte || 0x41...0x5A ~= byte || 0x61...0x7A ~= byte || byte == 0x2E || byte == 0x5F
                    || byte == 0x2D
            }
    }

    /// CLEANUP_POLICY as Kafka spells it.
    func cleanupPolicy() throws(SourceError) -> String? {
        guard let property = properties["CLEANUP_POLICY"] else { return nil }
        switch Names.upperCased(property.value.text.filter { $0 != " " }) {
        case "COMPACT": return "compact"
        case "DELETE": return "delete"
        case "COMPACT,DELETE", "DELETE,COMPACT": return "compact,delete"
        default:
            throw SourceError(
                "CLEANUP_POLICY must be 'compact', 'delete' or 'compact,delete'", at: property.valueLocation)
        }
    }

    /// VERSIONS, of a table.
    func versions(_ kind: SourceDefinition.Kind) throws(SourceError) -> SourceDefinition.Versions {
        guard let property = properties["VERSIONS"] else { return .event }
        guard kind == .table else {
            throw SourceError(
                "VERSIONS is only for tables", at: property.name.location,
                hint: "it says which version of a table a row of a stream is joined with")
        }
        switch Names.upperCased(property.value.text) {
        case "EVENT": return .event
        case "START": return .start
        default: throw SourceError("VERSIONS must be 'event' or 'start'", at: property.valueLocation)
        }
    }

    /// KEY_DELIMITER or VALUE_DELIMITER: one ASCII character, SPACE or TAB.
    func delimiter(_ name: String) throws(SourceError) -> UInt8? {
        guard let property = properties[name] else { return nil }
        switch Names.upperCased(property.value.text) {
        case "SPACE": return UInt8(ascii: " ")
        case "TAB": return UInt8(ascii: "\t")
        default:
            let bytes = Array(property.value.text.utf8)
            guard bytes.count == 1, bytes[0] < 0x80, bytes[0] != 0x22, bytes[0] != 0x0A, bytes[0] != 0x0D else {
                throw SourceError(
                    "\(name) must be one ASCII character, SPACE or TAB", at: property.valueLocation,
                    hint: "the double quote and the ends of lines cannot be delimiters")
            }
            return bytes[0]
        }
    }

    /// WINDOW_TYPE and WINDOW_SIZE of a declared source.
    func windowedKey() throws(SourceError) -> WindowedKey? {
        let size = properties["WINDOW_SIZE"]
        guard let type = properties["WINDOW_TYPE"] else {
            guard let size else { return nil }
            throw SourceError("WINDOW_SIZE needs WINDOW_TYPE", at: size.name.location)
        }
        switch Names.upperCased(type.value.text) {
        case "SESSION":
            guard let size else { return .session }
            throw SourceError("a SESSION window has no WINDOW_SIZE", at: size.name.location)
        case "TUMBLING", "HOPPING":
            guard let size else {
                throw SourceError(
                    "WINDOW_TYPE '\(type.value.text)' needs WINDOW_SIZE", at: type.name.location,
                    hint: "for example WINDOW_SIZE = '30 SECONDS'")
            }
            return .time(sizeMilliseconds: try Self.duration(size))
        default:
            throw SourceError(
                "WINDOW_TYPE must be 'TUMBLING', 'HOPPING' or 'SESSION'", at: type.valueLocation,
                hint: Suggestion.hint(for: type.value.text, in: ["TUMBLING", "HOPPING", "SESSION"]))
        }
    }

    private static func duration(_ property: PropertySyntax) throws(SourceError) -> Int64 {
        let words = property.value.text.split(separator: " ").map(String.init)
        guard words.count == 2, let factor = TimeUnit.milliseconds(in: Names.upperCased(words[1])),
            let milliseconds = TimeUnit.product(words[0], factor), milliseconds > 0
        else {
            throw SourceError(
                "\(property.name.text) must be a number and a unit", at: property.valueLocation,
                hint: "for example '30 SECONDS'")
        }
        return milliseconds
    }
}
