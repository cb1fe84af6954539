// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// A schema that has been understood, in one of the languages of registries.
package enum ParsedSchema: Hashable, Sendable {
    case avro(AvroSchema)
    case json(JSONSchema)
    case protobuf(ProtobufSchema)

    /// - Throws: what is wrong with its text, with line and column.
    package init(_ schema: RegisteredSchema) throws(SourceError) {
        switch schema.language {
        case .avro: self = .avro(try AvroSchema(schema.text, references: schema.referenced.map(\.text)))
        case .json: self = .json(try JSONSchema(schema))
        case .protobuf:
            try ParsedSchema.refuseDescriptor(schema.text)
            let imports = schema.namedReferences.map { ($0.name, $0.schema.text) }
            self = .protobuf(
                try ProtobufSchema(schema.text, imports: Dictionary(imports, uniquingKeysWith: { first, _ in first })))
        }
    }

    /// Some registries keep a file descriptor in base64, as a client has registered it, where others make text of it.
    private static func refuseDescriptor(_ text: String) throws(SourceError) {
        // Its first field is the name of a file: `0A`, a length and a path.
        guard let bytes = Base64.decode(Array(text.utf8)), bytes.count > 2, bytes[0] == 0x0A,
            bytes.dropFirst(2).prefix(Int(bytes[1])).suffix(6).elementsEqual(".proto".utf8)
        else { return }
        throw SourceError(
            "the schema is a file descriptor in base64, not the text of a .proto file", at: nil,
            hint: "register the text; or put the file into `schemas: DIR`, as SUBJECT.proto")
    }

    /// The schema that ksqlDB makes of a sink's columns.
    /// - Parameter fullName: what the schema is called; nil: as ksqlDB calls it.
    /// - Throws: where a column has no place in a schema of the format.
    package init(
        of columns: [ColumnDefinition], _ format: FormatDefinition, isKey: Bool, fullName: String? = nil
    ) throws(SourceError) {
        let bare = format.isBare(columns.count, isKey: isKey) ? columns.first : nil
        switch format.name {
        case .protobuf, .protobufWithoutRegistry:
            self = .protobuf(
                try ProtobufSchemaBuilder.message(columns, fullName: fullName, nullables: format.nullables))
        case .jsonSchema, .json:
            self = .json(
                bare.map { JSONSchemaBuilder.bare($0, title: fullName) }
                    ?? JSONSchemaBuilder.record(columns, title: fullName))
        case .avro, .delimited, .kafka, .none:
            let name = fullName ?? AvroSchemaBuilder.defaultName
            if let bare {
                self = .avro(try AvroSchemaBuilder.bare(bare, fullName: name))
            } else {
                self = .avro(try AvroSchemaBuilder.record(columns, fullName: name))
            }
        }
    }

    /// What a text in a language calls other schemas that it refers to; none where it is not understood.
    package static func names(in text: String, _ language: RegisteredSchema.Language) -> [String] {
        switch language {
        case .avro: []
        case .protobuf: (try? ProtobufParser.parse(text))?.imports.map(\.path) ?? []
        case .json: (try? JSONSchema(text))?.referencedNames ?? []
        }
    }

    /// As it is registered.
    package var text: String {
        switch self {
        case .avro(let schema): schema.text
        case .json(let schema): schema.text
        case .protobuf(let schema): schema.text
        }
    }

    /// The columns that ksqlDB gives a stream or a table over it, in the order of the schema.
    ///
    /// - Parameters:
    ///   - bareName: the name of the only column, where the schema stands for that: `ROWKEY` or `ROWVAL`. Nil: the
    ///     schema has to be a record.
    ///   - keepsCase: names stay as they are; else they are in upper case.
    ///   - message: Protobuf: the full name of the message; nil: the first one.
    ///   - unwraps: Protobuf: messages around one value are that value.
    /// - Throws: for types that SQL has none for, with the path to them.
    package func columns(
        _ role: ColumnDefinition.Role, bareName: String? = nil, keepsCase: Bool = false, message: String? = nil,
        unwraps: Bool = false
    ) throws(SourceError) -> [ColumnDefinition] {
        switch self {
        case .avro(let schema): try schema.columns(role, bareName: bareName, keepsCase: keepsCase)
        case .json(let schema): try schema.columns(role, bareName: bareName, keepsCase: keepsCase)
        case .protobuf(let schema):
            try schema.columns(role, message: message, keepsCase: keepsCase, unwraps: unwraps)
        }
    }
}
