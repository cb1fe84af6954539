// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// The schema that the columns of a key or a value are of: of a source, whose columns were made from it; of a sink, by
/// which it is written.
package struct FormatSchema: Hashable, Sendable {
    package var parsed: ParsedSchema
    /// Its id in the registry; nil: it has none yet.
    package var id: Int32?

    package init(_ parsed: ParsedSchema, id: Int32? = nil) {
        self.parsed = parsed
        self.id = id
    }

    package init(_ avro: AvroSchema, id: Int32? = nil) { self.init(.avro(avro), id: id) }

    /// Of AVRO.
    package var avro: AvroSchema? {
        guard case .avro(let schema) = parsed else { return nil }
        return schema
    }
}

/// What the ids of schemas in records mean. Decoders ask for each id once, when they first meet it, and do no I/O: what
/// is not there yet is fetched by others, before the records are decoded.
package protocol SchemaLookup: Sendable {
    /// Nil: nothing is known of the id yet.
    func entry(_ id: Int32) -> SchemaTable.Entry?
}

/// Schemas by id, as a value.
///
///     decoder.use(table); decoder.decode(…, into: batch)
///     batch.unknownSchemas        ids that the table does not have: get them, add them, decode again
package struct SchemaTable: SchemaLookup, Hashable {
    package enum Entry: Hashable, Sendable {
        case avro(AvroSchema)
        case protobuf(ProtobufSchema)
        /// There is none that can be used, and why, as the end of a sentence: `is not in the registry`.
        case unusable(String)

        /// A schema of Avro, which is JSON, or a .proto file.
        package init(text: String) throws(SourceError) {
            let isJSON = text.first { !$0.isWhitespace }.map { "{[\"".contains($0) } ?? false
            self = isJSON ? .avro(try AvroSchema(text)) : .protobuf(try ProtobufSchema(text))
        }

        /// The language that it is written in; empty: there is none.
        package var language: String {
            switch self {
            case .avro: RegisteredSchema.Language.avro.rawValue
            case .protobuf: RegisteredSchema.Language.protobuf.rawValue
            case .unusable: ""
            }
        }
    }

    private var entries: [Int32: Entry] = [:]

    package init() {}

    package init(_ entries: [Int32: Entry]) { self.entries = entries }

    package subscript(id: Int32) -> Entry? {
        get { entries[id] }
        set { entries[id] = newValue }
    }

    package func entry(_ id: Int32) -> Entry? { entries[id] }
}
