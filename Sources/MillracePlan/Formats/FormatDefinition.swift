// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// A serialisation format with its parameters.
package struct FormatDefinition: Hashable, Sendable {
    package enum Name: String, Hashable, Sendable, CaseIterable {
        case json = "JSON"
        /// JSON behind a byte 0 and the id of its schema in four bytes, with the schema in a registry.
        case jsonSchema = "JSON_SR"
        case delimited = "DELIMITED"
        /// Kafka's own primitives: big-endian INT, BIGINT, DOUBLE; UTF-8 text; raw bytes. One column.
        case kafka = "KAFKA"
        /// Apache Avro with the registry's wire format: a byte 0, the id of the schema in four bytes, the value.
        case avro = "AVRO"
        /// Protocol Buffers with the registry's wire format: a byte 0, the id of the schema in four bytes, the place of
        /// the message in its file, the message.
        case protobuf = "PROTOBUF"
        /// The message alone, by the schema that is made of the declared columns.
        case protobufWithoutRegistry = "PROTOBUF_NOSR"
        /// No bytes at all: a key that is not there.
        case none = "NONE"

        /// What the format can do.
        package var traits: FormatTraits {
            switch self {
            case .json: .json
            case .jsonSchema: .jsonSchema
            case .delimited: .delimited
            case .kafka: .kafka
            case .avro: .avro
            case .protobuf: .protobuf
            case .protobufWithoutRegistry: .protobufWithoutRegistry
            case .none: .none
            }
        }
    }

    package var name: Name
    /// DELIMITED: the byte between columns.
    package var delimiter: UInt8
    /// Whether a single column is written as an object with one field (true) or bare (false). Keys are bare.
    package var wrapsSingleValue: Bool
    /// Formats with a registry: of a source, the schema that its columns were made from, nil where they are declared;
    /// of a sink, the one that it is written by, nil: the one that ksqlDB would make of its columns.
    package var schema: FormatSchema?
    /// Of a sink that is to be written by a schema of the registry's: that schema, as the registry has it.
    package var registered: RegisteredSchema?
    /// PROTOBUF: how columns that may be NULL are written, and read where they come from a schema.
    package var nullables = ProtobufNullables.none

    package init(_ name: Name, delimiter: UInt8 = UInt8(ascii: ","), wrapsSingleValue: Bool = true) {
        self.name = name
        self.delimiter = delimiter
        self.wrapsSingleValue = wrapsSingleValue
    }

    /// Whether a key or a value of so many columns is that of the only one, with nothing around it.
    package func isBare(_ columns: Int, isKey: Bool) -> Bool {
        columns == 1 && !name.traits.alwaysWraps && (isKey || !wrapsSingleValue)
    }
}

/// What a format is used for and what it can hold: its entry in the list of formats, but for the loops that read and
/// write it (`MillraceEngine/Formats`).
package struct FormatTraits: Sendable {
    /// Why a format cannot hold a column.
    package enum Refusal: Hashable, Sendable {
        /// No values of its type.
        case type
        /// Only maps with STRING for keys.
        case mapKeys
        /// Only one column.
        case several
    }

    /// Whether values may have it; keys may have any.
    package var isForValues = true
    /// Whether KEY_DELIMITER and VALUE_DELIMITER are for it.
    package var hasDelimiter = false
    /// Whether a single column may have a record around it (WRAP_SINGLE_VALUE) or stand alone; else it stands alone.
    package var wrapsSingleValues = false
    /// Whether a single column always has a record around it, in keys, too.
    package var alwaysWraps = false
    /// Whether columns are found by name; else their places count.
    package var namesColumns = false
    /// Whether the text of a record shows the names of its fields.
    package var showsNames = false
    /// Whether records name the schema that they were written by, which is in a registry.
    package var hasSchemas = false
    /// Whether they cannot be read without that schema.
    package var needsWriterSchemas = false
    /// Whether what is written has the form that a schema says.
    package var isWrittenBySchema = false
    /// Why a column cannot be held; nil: it can. The columns are all those of the key or the value.
    private var refusal: @Sendable (_ column: Int, _ columns: [DataType]) -> Refusal?

    private init(refusal: @escaping @Sendable (_ column: Int, _ columns: [DataType]) -> Refusal?) {
        self.refusal = refusal
    }

    /// The first column of a key or a value that cannot be held, by its index, and why.
    package func refusal(_ types: [DataType]) -> (column: Int, reason: Refusal)? {
        for column in types.indices {
            if let reason = refusal(column, types) { return (column, reason) }
        }
        return nil
    }

    // MARK: The formats

    package static let json: FormatTraits = {
        var traits = FormatTraits { column, columns in hasTextKeys(columns[column]) ? nil : .mapKeys }
        traits.wrapsSingleValues = true
        traits.namesColumns = true
        traits.showsNames = true
        return traits
    }()

    package static let jsonSchema: FormatTraits = {
        var traits = json
        traits.hasSchemas = true
        return traits
    }()

    package static let delimited: FormatTraits = {
        var traits = FormatTraits { column, columns in columns[column].isScalar ? nil : .type }
        traits.hasDelimiter = true
        return traits
    }()

    package static let kafka = FormatTraits { column, columns in
        if columns.count > 1 { return .several }
        switch columns[column] {
        case .integer, .bigint, .double, .varchar, .bytes: return nil
        default: return .type
        }
    }

    package static let avro: FormatTraits = {
        var traits = FormatTraits { _, _ in nil }
        traits.wrapsSingleValues = true
        traits.namesColumns = true
        traits.hasSchemas = true
        traits.needsWriterSchemas = true
        traits.isWrittenBySchema = true
        return traits
    }()

    package static let protobuf: FormatTraits = {
        var traits = protobufWithoutRegistry
        traits.namesColumns = true
        traits.hasSchemas = true
        traits.needsWriterSchemas = true
        return traits
    }()

    package static let protobufWithoutRegistry: FormatTraits = {
        var traits = FormatTraits { column, columns in isMessage(columns[column]) ? nil : .type }
        traits.wrapsSingleValues = true
        traits.alwaysWraps = true
        traits.isWrittenBySchema = true
        return traits
    }()

    package static let none: FormatTraits = {
        var traits = FormatTraits { _, _ in nil }
        traits.isForValues = false
        return traits
    }()

    /// Whether a message can have it: what is repeated cannot be repeated again.
    private static func isMessage(_ type: DataType) -> Bool {
        switch type {
        case .array(.array), .array(.map): false
        case .array(let element): isMessage(element)
        case .map(let key, let value): isMessage(key) && isMessage(value)
        case .structure(let fields): fields.allSatisfy { isMessage($0.type) }
        default: true
        }
    }

    private static func hasTextKeys(_ type: DataType) -> Bool {
        switch type {
        case .array(let element): hasTextKeys(element)
        case .map(let key, let value): key == .varchar && hasTextKeys(value)
        case .structure(let fields): fields.allSatisfy { hasTextKeys($0.type) }
        default: true
        }
    }
}
