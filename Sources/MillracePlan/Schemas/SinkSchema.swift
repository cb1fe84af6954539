// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// A schema that a program's results have, and the subject that it has to be registered under before they are written.
package struct SinkSchema: Hashable, Sendable {
    package var topic: String
    package var part: SchemaSubject.Part
    package var schema: RegisteredSchema
    /// The stream or table that is written.
    package var sink: String

    package var subject: String { SchemaSubject.name(topic, part) }
}

extension SourceDefinition {
    /// The schema of the keys or the values that are written for it; nil: their format has none.
    /// - Throws: at the statement's place, where the columns have no schema.
    package func sinkSchema(_ part: SchemaSubject.Part) throws(SourceError) -> SinkSchema? {
        let format = part == .key ? keyFormat : valueFormat
        if var registered = format.registered {
            // The same text again: the registry knows it by its number already.
            registered.id = nil
            registered.subject = SchemaSubject.name(topic, part)
            registered.version = nil
            return SinkSchema(topic: topic, part: part, schema: registered, sink: name)
        }
        // What was taken from a registry is there.
        guard let language = format.name.schemaLanguage, format.schema?.id == nil else { return nil }
        let columns = part == .key ? Array(keyColumns) : valueColumns
        guard !columns.isEmpty else { return nil }
        do throws(SourceError) {
            let fullName = part == .key && language == .avro ? AvroSchemaBuilder.keyName(name) : nil
            let schema =
                if let given = format.schema {
                    given.parsed
                } else {
                    try ParsedSchema(of: columns, format, isKey: part == .key, fullName: fullName)
                }
            let subject = SchemaSubject.name(topic, part)
            let registered = RegisteredSchema(id: nil, subject: subject, language: language, text: schema.text)
            return SinkSchema(topic: topic, part: part, schema: registered, sink: name)
        } catch {
            throw SourceError("\(name): \(error.message)", at: location, hint: error.hint, code: .unusableSchema)
        }
    }
}

extension ProgramPlan {
    /// The schemas of all results, each subject once, in the order of the queries.
    package func sinkSchemas() throws(SourceError) -> [SinkSchema] {
        var schemas: [SinkSchema] = []
        for query in queries {
            for part in [SchemaSubject.Part.key, .value] {
                guard let schema = try query.sink.sinkSchema(part),
                    !schemas.contains(where: { $0.subject == schema.subject })
                else { continue }
                schemas.append(schema)
            }
        }
        return schemas
    }
}
