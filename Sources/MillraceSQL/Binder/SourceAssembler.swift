// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Columns and a WITH clause to a `SourceDefinition`, the same way for declared sources and for sinks.
struct SourceAssembler {
    let name: NameSyntax
    let kind: SourceDefinition.Kind
    let properties: PropertyReader
    /// Of the query's input; nil for a declared source.
    let input: SourceDefinition?
    let location: SourceLocation
    /// For a declared source.
    var defaults = FormatDefaults()
    /// CREATE SOURCE.
    var isReadOnly = false
    /// What the columns of a declared source were made from, where that was a schema.
    var schemas: [SchemaSubject.Part: FormatSchema] = [:]

    /// `columns`: keys first.
    func assembled(
        _ columns: [LocatedColumn], topic: String, windowedKey: WindowedKey?
    ) throws(SourceError) -> SourceDefinition {
        let formats = FormatReader(properties: properties, name: name, input: input, defaults: defaults)
        let keys = columns.filter { $0.definition.role == .key }
        let values = columns.filter { $0.definition.role == .value }
        let definitions = columns.map(\.definition)
        var (keyFormat, valueFormat) = (try formats.key(keys), try formats.value(values))
        keyFormat.schema = try schema(.key, keys, keyFormat)
        valueFormat.schema = try schema(.value, values, valueFormat)
        return SourceDefinition(
            name: name.text, kind: kind, topic: topic, keyFormat: keyFormat,
            keylessFormat: keys.isEmpty ? try formats.keyless() : nil, valueFormat: valueFormat,
            columns: definitions, timestamp: try timestamp(definitions),
            windowedKey: windowedKey,
            partitions: try properties.integer("PARTITIONS", in: 1...1_000_000).map { Int($0) },
            replicas: try properties.integer("REPLICAS", in: 1...32767).map { Int($0) },
            retentionMilliseconds: try properties.integer("RETENTION_MS", in: -1...Int64.max),
            cleanupPolicy: try properties.cleanupPolicy(), isReadOnly: isReadOnly,
            versions: try properties.versions(kind), location: location)
    }

    /// What the columns were made from; for a name that is given, the schema of that name that is made of them.
    private func schema(
        _ part: SchemaSubject.Part, _ columns: [LocatedColumn], _ format: FormatDefinition
    ) throws(SourceError) -> FormatSchema? {
        guard let fullName = try properties.schemaName(part, format) else { return schemas[part] }
        guard schemas[part] == nil, !columns.isEmpty else { return schemas[part] }
        do throws(SourceError) {
            return FormatSchema(
                try ParsedSchema(of: columns.map(\.definition), format, isKey: part == .key, fullName: fullName))
        } catch {
            throw SourceError(error.message, at: location, hint: error.hint, code: .unusableSchema)
        }
    }

    private func timestamp(_ columns: [ColumnDefinition]) throws(SourceError) -> TimestampDefinition? {
        let format = try properties.text("TIMESTAMP_FORMAT")
        guard let text = try properties.text("TIMESTAMP"), let property = properties["TIMESTAMP"] else {
            guard let property = properties["TIMESTAMP_FORMAT"] else { return nil }
            throw SourceError("TIMESTAMP_FORMAT needs TIMESTAMP", at: property.name.location)
        }
        return try TimestampBinder(columns, name.text, properties, format: format).bound(
            text, at: property.valueLocation)
    }
}
