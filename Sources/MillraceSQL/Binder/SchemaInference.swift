// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Columns of a declared stream or table that come from a schema, by ksqlDB's rules:
///
///     part    taken from a schema where                      columns
///     key     no key column is declared, and the key's       one, ROWKEY, of the schema's type; in Protobuf, whose
///             format has schemas                              keys are messages, the fields of the message
///     value   no value column is declared, and the value's   the fields of the record, in upper case; with
///             format has schemas                              WRAP_SINGLE_VALUE = false one, ROWVAL
///
/// The schema is the newest of the subject TOPIC-key or TOPIC-value, or that of KEY_SCHEMA_ID or VALUE_SCHEMA_ID, whose
/// names keep their case.
struct SchemaInference {
    let head: CreateHeadSyntax
    let properties: PropertyReader
    let defaults: FormatDefaults
    let catalogue: any Catalogue
    /// Whether the statement has no column list.
    let isBare: Bool
    /// What a query of this program writes to the topic: its columns are known without a schema.
    let sink: SourceDefinition?

    /// Columns with the schema that they were made from; nil: of a query's sink.
    private typealias Inferred = (columns: [LocatedColumn], schema: FormatSchema?)

    /// The declared columns with those that the statement leaves to schemas, keys first, and these schemas.
    func completed(
        _ declared: [LocatedColumn], topic: String
    ) throws(SourceError) -> ([LocatedColumn], [SchemaSubject.Part: FormatSchema]) {
        let keys = declared.filter { $0.definition.role == .key }
        let values = declared.filter { $0.definition.role == .value }
        let others = declared.filter { $0.definition.role != .key && $0.definition.role != .value }
        let key = try inferred(.key, topic, declared: keys)
        let value = try inferred(.value, topic, declared: values)
        if key == nil, value == nil { return (declared, [:]) }
        let found = (key?.columns ?? keys) + (value?.columns ?? values)
        var names = Set(others.map(\.definition.name))
        for column in found where !names.insert(column.definition.name).inserted {
            throw SourceError(
                "the schemas of \(topic) have the column \(column.definition.name) that is there already",
                at: column.location,
                hint: "give the key's column another name in the statement, or write all columns")
        }
        var schemas: [SchemaSubject.Part: FormatSchema] = [:]
        schemas[.key] = key?.schema
        schemas[.value] = value?.schema
        return (found + others, schemas)
    }

    /// Nil: nothing of it comes from a schema.
    private func inferred(
        _ part: SchemaSubject.Part, _ topic: String, declared: [LocatedColumn]
    ) throws(SourceError) -> Inferred? {
        let format = try format(part)
        let id = try identity(part, format, declared)
        guard declared.isEmpty else { return nil }
        guard let format, let language = format.schemaLanguage else {
            if part == .value, isBare { throw noColumns(format) }
            return nil
        }
        if id == nil, let sink { return (columns(of: sink, part, format), nil) }
        let subject = SchemaSubject.name(topic, part)
        let location = id?.location ?? head.name.location
        let schema: RegisteredSchema
        do throws(CatalogueError) {
            if let id {
                schema = try catalogue.schema(id: id.number)
            } else {
                schema = try catalogue.schema(ofSubject: subject)
            }
        } catch {
            throw SourceError(
                "no columns for the \(part.rawValue)s of \(head.name.text): \(error.message)", at: location,
                hint: error.hint, code: error.code)
        }
        guard schema.language == language else {
            throw SourceError(
                "\(schema.title) is a schema of \(schema.language.rawValue), and the \(part.rawValue) format of "
                    + "\(head.name.text) is \(format.rawValue)", at: location,
                hint: "name the format that the topic has", code: .unusableSchema)
        }
        return try columns(schema, part, format, keepsCase: id != nil, location)
    }

    private func columns(
        of sink: SourceDefinition, _ part: SchemaSubject.Part, _ format: FormatDefinition.Name
    ) -> [LocatedColumn] {
        var columns = part == .key ? Array(sink.keyColumns) : sink.valueColumns
        // What stands alone has no name in a schema.
        if part == .key, columns.count == 1, !format.traits.alwaysWraps { columns[0].name = "ROWKEY" }
        if part == .value, sink.hasBareValue, columns.count == 1 { columns[0].name = "ROWVAL" }
        return columns.map { LocatedColumn(definition: $0, location: head.name.location) }
    }

    /// The format of a part; nil: the statement names none, which is said elsewhere.
    private func format(_ part: SchemaSubject.Part) throws(SourceError) -> FormatDefinition.Name? {
        let property = properties[part == .key ? "KEY_FORMAT" : "VALUE_FORMAT"] ?? properties["FORMAT"]
        if let property { return try FormatReader.format(named: property.value.text, at: property.valueLocation) }
        return part == .key ? defaults.key : defaults.value
    }

    private func identity(
        _ part: SchemaSubject.Part, _ format: FormatDefinition.Name?, _ declared: [LocatedColumn]
    ) throws(SourceError) -> (number: Int32, location: SourceLocation)? {
        let name = part == .key ? "KEY_SCHEMA_ID" : "VALUE_SCHEMA_ID"
        guard let property = properties[name],
            let number = try properties.integer(name, in: 1...Int64(Int32.max))
        else { return nil }
        if let column = declared.first {
            throw SourceError(
                "\(name) says what the \(part.rawValue) columns are, and \(column.definition.name) is declared",
                at: property.name.location, hint: "leave out one of them")
        }
        if format?.schemaLanguage == nil {
            throw SourceError(
                "\(name) is for formats with a schema registry" + (format.map { ", not \($0.rawValue)" } ?? ""),
                at: property.name.location, hint: "write \(part == .key ? "KEY" : "VALUE")_FORMAT = 'AVRO'")
        }
        return (Int32(clamping: number), property.valueLocation)
    }

    private func noColumns(_ format: FormatDefinition.Name?) -> SourceError {
        SourceError(
            "\(head.name.text) has no column list", at: head.name.location,
            hint: "write its columns: CREATE \(head.kind.rawValue) \(head.name.text) (name type, …) WITH (…)"
                + (format.map { "; \($0.rawValue) has no schemas to take them from" } ?? ""))
    }

    private func columns(
        _ schema: RegisteredSchema, _ part: SchemaSubject.Part, _ format: FormatDefinition.Name, keepsCase: Bool,
        _ location: SourceLocation
    ) throws(SourceError) -> Inferred {
        // Keys are never wrapped, unless they always are.
        let wraps = try properties.boolean("WRAP_SINGLE_VALUE")
        let isBare = !format.traits.alwaysWraps && (part == .key || wraps == false)
        let name = try properties.schemaName(part, FormatDefinition(format))
        let nullables = try properties.nullables(part == .key ? "KEY" : "VALUE")
        let definitions: [ColumnDefinition]
        let parsed: ParsedSchema
        do throws(SourceError) {
            parsed = try ParsedSchema(schema)
            definitions = try parsed.columns(
                part == .key ? .key : .value, bareName: isBare ? (part == .key ? "ROWKEY" : "ROWVAL") : nil,
                keepsCase: keepsCase, message: name, unwraps: nullables == .wrapper)
        } catch {
            let place = error.location.map { " (line \($0.line), column \($0.column))" } ?? ""
            throw SourceError(
                "\(schema.title): \(error.message)\(place)", at: location, hint: error.hint, code: .unusableSchema)
        }
        guard !definitions.isEmpty else {
            throw SourceError("\(schema.title) has no fields", at: location, code: .unusableSchema)
        }
        if let column = definitions.first(where: { Names.pseudoColumns.contains($0.name) }) {
            throw SourceError(
                "\(schema.title) has a field \(column.name), which is the name of a pseudo column", at: location,
                hint: "write the columns that are wanted into the statement", code: .unusableSchema)
        }
        let isMap = definitions.contains { if case .map = $0.type { true } else { false } }
        if part == .key, isMap {
            throw SourceError("\(schema.title): a MAP cannot be a key", at: location, code: .unusableSchema)
        }
        let columns = definitions.map { LocatedColumn(definition: $0, location: location) }
        return (columns, FormatSchema(parsed, id: schema.id))
    }
}
