// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// KEY_SCHEMA_ID and VALUE_SCHEMA_ID of CREATE … AS SELECT: the rows are written by that schema of the registry, and it
/// is registered under the result's own subject. It has to have a field for every column; what else it has must not be
/// needed. In AVRO a field that may not be null takes no NULL: such rows are refused while it runs.
struct SinkSchemaReader {
    let properties: PropertyReader
    let catalogue: any Catalogue

    /// A sink as these properties have it.
    func adopted(_ sink: SourceDefinition) throws(SourceError) -> SourceDefinition {
        var sink = sink
        sink.keyFormat = try format(.key, sink.keyFormat, hasColumns: !sink.keyColumns.isEmpty)
        sink.valueFormat = try format(.value, sink.valueFormat, hasColumns: !sink.valueColumns.isEmpty)
        return sink
    }

    private func format(
        _ part: SchemaSubject.Part, _ format: FormatDefinition, hasColumns: Bool
    ) throws(SourceError) -> FormatDefinition {
        let name = part == .key ? "KEY_SCHEMA_ID" : "VALUE_SCHEMA_ID"
        guard let property = properties[name],
            let number = try properties.integer(name, in: 1...Int64(Int32.max))
        else { return format }
        guard let language = format.name.schemaLanguage else {
            throw SourceError(
                "\(name) is for formats with a schema registry, not \(format.name.rawValue)",
                at: property.name.location, hint: "write \(part == .key ? "KEY" : "VALUE")_FORMAT = 'AVRO'")
        }
        guard hasColumns else {
            throw SourceError(
                "\(name): the result has no \(part.rawValue) columns", at: property.name.location,
                hint: "leave \(name) out")
        }
        if try properties.schemaName(part, format) != nil {
            throw SourceError(
                "\(name) says what the schema is called, and \(name.dropLast(3))_FULL_NAME says it, too",
                at: property.name.location, hint: "leave out one of them")
        }
        let schema: RegisteredSchema
        do throws(CatalogueError) {
            schema = try catalogue.schema(id: Int32(clamping: number))
        } catch {
            throw SourceError(
                "\(name): \(error.message)", at: property.valueLocation, hint: error.hint, code: error.code)
        }
        guard schema.language == language else {
            throw SourceError(
                "\(schema.title) is a schema of \(schema.language.rawValue), and the \(part.rawValue) format of the "
                    + "result is \(format.name.rawValue)", at: property.valueLocation,
                hint: "name the format that the schema is for", code: .unusableSchema)
        }
        var format = format
        do throws(SourceError) {
            format.schema = FormatSchema(try ParsedSchema(schema), id: schema.id)
        } catch {
            throw SourceError(
                "\(schema.title): \(error.message)", at: property.valueLocation, hint: error.hint,
                code: .unusableSchema)
        }
        format.registered = schema
        return format
    }
}
