// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// The columns that ksqlDB gives a stream or a table over a JSON Schema.
extension JSONSchema {
    package func columns(
        _ role: ColumnDefinition.Role, bareName: String? = nil, keepsCase: Bool = false
    ) throws(SourceError) -> [ColumnDefinition] {
        var reader = JSONSchemaColumns(schema: self, keepsCase: keepsCase)
        let type = try reader.type(root, [], JSONSchemaColumns.Context(document: root))
        if let bareName { return [ColumnDefinition(bareName, type, role)] }
        guard case .structure(let fields) = type else {
            throw SourceError(
                "the schema is no object, but \(type.sqlName)", at: nil,
                hint: "a value without an object around it is one column, with WRAP_SINGLE_VALUE = false")
        }
        return fields.map { ColumnDefinition($0.name, $0.type, role) }
    }
}

/// Walks over a JSON Schema and makes SQL types of it.
private struct JSONSchemaColumns {
    /// What a schema stands in.
    struct Context {
        var document: JSONValue
        /// The references that were followed to come here.
        var under: [String] = []
        var depth = 0
    }

    private static let mostTypes = 20_000
    private static let deepest = 100
    private static let otherwise = "name the columns that are needed in the statement, without this one"

    let schema: JSONSchema
    let keepsCase: Bool
    private var count = 0

    init(schema: JSONSchema, keepsCase: Bool) {
        self.schema = schema
        self.keepsCase = keepsCase
    }

    private func failure(_ path: [String], _ message: String) -> SourceError {
        let place = path.isEmpty ? "the schema" : path.joined(separator: ".")
        return SourceError("\(place) \(message)", at: nil, hint: JSONSchemaColumns.otherwise)
    }

    mutating func type(
        _ value: JSONValue, _ path: [String], _ context: Context
    ) throws(SourceError) -> DataType {
        count += 1
        guard count < JSONSchemaColumns.mostTypes, context.depth < JSONSchemaColumns.deepest else {
            throw SourceError(
                "the schema has too many types in types", at: nil, hint: JSONSchemaColumns.otherwise)
        }
        var inner = context
        inner.depth += 1
        if let reference = value["$ref"]?.string { return try referred(reference, path, inner) }
        if let branches = value["oneOf"]?.elements ?? value["anyOf"]?.elements {
            return try branch(branches, path, inner)
        }
        if let parts = value["allOf"]?.elements { return try all(parts, value, path, inner) }
        if case .array(let names)? = value["type"] {
            let others = names.compactMap(\.string).filter { $0 != "null" }
            guard others.count == 1, let only = others.first else { throw failure(path, "has several types") }
            return try plain(only, value, path, inner)
        }
        if let name = value["type"]?.string { return try plain(name, value, path, inner) }
        return try untyped(value, path, inner)
    }

    private mutating func referred(
        _ reference: String, _ path: [String], _ context: Context
    ) throws(SourceError) -> DataType {
        guard let (target, document) = schema.target(reference, in: context.document) else {
            throw failure(path, "refers to \(reference), which is not there")
        }
        var inner = context
        // The same words in another document are another reference.
        let mark = document == context.document ? reference : "\(reference) \(context.under.count)"
        guard !context.under.contains(mark) else {
            throw failure(path, "refers to \(reference), which contains itself, which no type of SQL can")
        }
        inner.under.append(mark)
        inner.document = document
        return try type(target, path, inner)
    }

    /// One of several: null and another is the other.
    private mutating func branch(
        _ branches: [JSONValue], _ path: [String], _ context: Context
    ) throws(SourceError) -> DataType {
        let others = branches.filter { $0["type"]?.string != "null" }
        guard others.count == 1, let only = others.first else { throw failure(path, "has several types") }
        return try type(only, path, context)
    }

    /// All of several: the properties of all objects; else the one that has a type.
    private mutating func all(
        _ parts: [JSONValue], _ whole: JSONValue, _ path: [String], _ context: Context
    ) throws(SourceError) -> DataType {
        var own = whole.members ?? []
        own.removeAll { $0.name == "allOf" }
        var fields: [Field] = []
        var others: [DataType] = []
        for part in parts + (whole["properties"] == nil && whole["type"] == nil ? [] : [.object(own)]) {
            guard part["type"] != nil || part["properties"] != nil || part["$ref"] != nil || part["allOf"] != nil else {
                continue
            }
            if case .structure(let members) = try type(part, path, context) {
                for member in members where !fields.contains(where: { $0.name == member.name }) {
                    fields.append(member)
                }
            } else {
                others.append(try type(part, path, context))
            }
        }
        if others.isEmpty, !fields.isEmpty { return .structure(fields) }
        guard let first = others.first, fields.isEmpty, others.allSatisfy({ $0 == first }) else {
            throw failure(path, "has several types")
        }
        return first
    }

    /// A schema that does not say its type.
    private mutating func untyped(
        _ value: JSONValue, _ path: [String], _ context: Context
    ) throws(SourceError) -> DataType {
        if value["properties"] != nil { return try object(value, path, context) }
        if value["items"] != nil { return try plain("array", value, path, context) }
        let values = value["enum"]?.elements ?? value["const"].map { [$0] } ?? []
        let others = values.filter { $0 != .null }
        if !others.isEmpty, others.allSatisfy({ $0.string != nil }) { return .varchar }
        throw failure(path, "may be of any type")
    }

    private mutating func plain(
        _ name: String, _ value: JSONValue, _ path: [String], _ context: Context
    ) throws(SourceError) -> DataType {
        let connect = value["connect.type"]?.string
        switch name {
        case "boolean": return .boolean
        case "string": return connect == "bytes" ? .bytes : .varchar
        case "integer", "number": return try number(name, connect, value, path)
        case "array":
            guard let items = value["items"], items.elements == nil else {
                throw failure(path, "is an array that does not say of what type its items are")
            }
            return .array(try type(items, path, context))
        case "object": return try object(value, path, context)
        case "null": throw failure(path, "can only be null, which no type of SQL is")
        default: throw failure(path, "is of an unknown type, \(name)")
        }
    }

    private func number(
        _ name: String, _ connect: String?, _ value: JSONValue, _ path: [String]
    ) throws(SourceError) -> DataType {
        let title = value["title"]?.string
        switch connect {
        case "int8", "int16": return .integer
        case "int32":
            switch title {
            case JSONSchemaBuilder.date: return .date
            case JSONSchemaBuilder.time: return .time
            default: return .integer
            }
        case "int64": return title == JSONSchemaBuilder.timestamp ? .timestamp : .bigint
        case "float32", "float64": return .double
        case "bytes":
            let parameters = value["connect.parameters"]
            let precision = parameters?[JSONSchemaBuilder.precision]?.integer ?? 38
            let scale = parameters?["scale"]?.integer ?? 0
            guard 1...38 ~= precision, 0...precision ~= scale else {
                throw failure(
                    path,
                    "is a decimal of \(precision) digits, \(scale) of them behind the point; "
                        + "DECIMAL has 38 at most")
            }
            return .decimal(precision: precision, scale: scale)
        default: return name == "integer" ? .bigint : .double
        }
    }

    private mutating func object(
        _ value: JSONValue, _ path: [String], _ context: Context
    ) throws(SourceError) -> DataType {
        let properties = value["properties"]?.members ?? []
        if value["connect.type"]?.string == "map" || properties.isEmpty,
            let values = value["additionalProperties"], values.members != nil
        {
            return .map(key: .varchar, value: try type(values, path, context))
        }
        guard !properties.isEmpty else { throw failure(path, "is an object without properties") }
        var fields: [Field] = []
        for property in JSONSchemaColumns.ordered(properties) {
            let name = keepsCase ? property.name : property.name.uppercased()
            guard !fields.contains(where: { $0.name == name }) else {
                throw SourceError(
                    "two properties of the schema are \((path + [property.name]).joined(separator: ".")) "
                        + "but for the case of letters", at: nil,
                    hint: "name the columns in the statement, in quotes where their case counts")
            }
            fields.append(Field(name, try type(property.value, path + [property.name], context)))
        }
        return .structure(fields)
    }

    /// By `connect.index`, where there is one; else as they stand.
    private static func ordered(_ properties: [JSONValue.Member]) -> [JSONValue.Member] {
        properties.enumerated()
            .sorted { left, right in
                let keys = [left, right].map { ($0.element.value["connect.index"]?.integer ?? $0.offset, $0.offset) }
                return keys[0] < keys[1]
            }
            .map(\.element)
    }
}
