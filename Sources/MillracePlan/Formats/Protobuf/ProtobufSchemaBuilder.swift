// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// How a column that may be NULL stands in a message: PROTOBUF_NULLABLE_REPRESENTATION.
package enum ProtobufNullables: String, Hashable, Sendable, CaseIterable {
    /// NULL is what Protobuf has for a value that is not there: zero, false, no bytes.
    case none = "NONE"
    case optional = "OPTIONAL"
    /// In messages of their own, such as google.protobuf.StringValue.
    case wrapper = "WRAPPER"
}

/// Makes the .proto file that ksqlDB registers for columns:
///
///     syntax = "proto3";
///
///     message ConnectDefault1 {
///       int64 AMOUNT = 1;
///       repeated ConnectDefault2Entry TAGS = 2;
///
///       message ConnectDefault2Entry {
///         string key = 1;
///         int32 value = 2;
///       }
///     }
///
/// A STRUCT and the entries of a MAP are messages in the one that they are fields of, named in the order of the fields.
package struct ProtobufSchemaBuilder {
    private static let unnamed = "ConnectDefault"

    private let nullables: ProtobufNullables
    private var imports: Set<String> = []
    private var names = 0

    /// The schema of a message of the columns.
    /// - Parameter fullName: of the message; nil: ksqlDB's own.
    /// - Throws: where a name is none in Protobuf, and for arrays of arrays and of maps.
    package static func message(
        _ columns: [ColumnDefinition], fullName: String? = nil, nullables: ProtobufNullables = .none
    ) throws(SourceError) -> ProtobufSchema {
        var builder = ProtobufSchemaBuilder(nullables: nullables)
        let full = fullName.map { AvroName(full: $0) }
        let name = full?.simple ?? builder.nextName()
        let body = try builder.message(name, columns.map { Field($0.name, $0.type) }, indent: "")
        var head = ["syntax = \"proto3\";"]
        if let space = full?.namespace, !space.isEmpty { head.append("package \(space);") }
        var blocks = [head.joined(separator: "\n")]
        if !builder.imports.isEmpty {
            blocks.append(builder.imports.sorted().map { "import \"\($0)\";" }.joined(separator: "\n"))
        }
        blocks.append(body)
        return try ProtobufSchema(blocks.joined(separator: "\n\n") + "\n")
    }

    private init(nullables: ProtobufNullables) { self.nullables = nullables }

    private mutating func nextName() -> String {
        names += 1
        return "\(Self.unnamed)\(names)"
    }

    private mutating func message(
        _ name: String, _ fields: [Field], indent: String
    ) throws(SourceError) -> String {
        var lines: [String] = []
        var nested: [String] = []
        for (index, field) in fields.enumerated() {
            guard AvroName.isValid(field.name) else {
                throw SourceError(
                    "\"\(field.name)\" is no name in Protobuf", at: nil,
                    hint: "names there are of ASCII letters, digits and _: give the column another one by AS")
            }
            let line = try self.field(field, number: index + 1, indent: indent + "  ", &nested)
            lines.append("\(indent)  \(line)")
        }
        var text = "\(indent)message \(name) {\n" + lines.map { $0 + "\n" }.joined()
        for block in nested { text += "\n" + block + "\n" }
        return text + "\(indent)}"
    }

    private mutating func field(
        _ field: Field, number: Int, indent: String, _ nested: inout [String]
    ) throws(SourceError) -> String {
        var (label, type) = ("", field.type)
        if case .array(let element) = type {
            switch element {
            case .array, .map:
                throw SourceError(
                    "\(field.name): an array of \(element.sqlName.prefix { $0 != "<" }) has no place in Protobuf",
                    at: nil, hint: "put the inner one into a STRUCT")
            default: (label, type) = ("repeated ", element)
            }
        }
        var options = ""
        let name: String
        switch type {
        case .structure(let members):
            name = nextName()
            nested.append(try message(name, members, indent: indent))
        case .map(let key, let value):
            name = nextName() + "Entry"
            label = "repeated "
            nested.append(try message(name, [Field("key", key), Field("value", value)], indent: indent))
        case .decimal(let precision, let scale):
            name = known("confluent.type.Decimal", "confluent/type/decimal.proto")
            imports.insert("confluent/meta.proto")
            options = """
                 [(confluent.field_meta) = {
                \(indent)  params: [
                \(indent)    { key: "precision", value: "\(precision)" },
                \(indent)    { key: "scale", value: "\(scale)" }
                \(indent)  ]
                \(indent)}]
                """
        case .date: name = known("google.type.Date", "google/type/date.proto")
        case .time: name = known("google.type.TimeOfDay", "google/type/timeofday.proto")
        case .timestamp: name = known("google.protobuf.Timestamp", "google/protobuf/timestamp.proto")
        default:
            name = scalar(type)
            if nullables == .optional, label.isEmpty { label = "optional " }
        }
        return "\(label)\(name) \(field.name) = \(number)\(options);"
    }

    private mutating func known(_ name: String, _ file: String) -> String {
        imports.insert(file)
        return name
    }

    private mutating func scalar(_ type: DataType) -> String {
        let (plain, wrapper) =
            switch type {
            case .boolean: ("bool", "BoolValue")
            case .integer: ("int32", "Int32Value")
            case .bigint: ("int64", "Int64Value")
            case .double: ("double", "DoubleValue")
            case .bytes: ("bytes", "BytesValue")
            default: ("string", "StringValue")
            }
        guard nullables == .wrapper else { return plain }
        return known("google.protobuf.\(wrapper)", "google/protobuf/wrappers.proto")
    }
}
