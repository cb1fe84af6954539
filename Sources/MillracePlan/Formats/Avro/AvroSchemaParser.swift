// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Makes an `AvroSchema` of its JSON text, by the rules of Avro's specification.
struct AvroSchemaParser {
    /// More are refused.
    static let mostTypes = 50_000

    private var types: [AvroType] = []
    /// By full name.
    private var named: [String: Int] = [:]
    /// By primitive type without attributes.
    private var primitives: [AvroType.Kind: Int] = [:]

    static func parse(_ text: String, references: [String]) throws(SourceError) -> AvroSchema {
        var parser = AvroSchemaParser()
        for (index, reference) in references.enumerated() {
            do throws(SourceError) {
                _ = try parser.type(try SchemaText.parse(reference), in: "")
            } catch {
                let place = error.location.map { " (line \($0.line), column \($0.column))" } ?? ""
                throw SourceError("reference \(index + 1) of the schema: \(error.message)\(place)", at: nil)
            }
        }
        let root = try parser.type(try SchemaText.parse(text), in: "")
        return AvroSchema(types: parser.types, root: root)
    }

    private typealias Node = SchemaText.Node

    private mutating func add(_ type: AvroType, at node: Node) throws(SourceError) -> Int {
        guard types.count < AvroSchemaParser.mostTypes else {
            throw SourceError("the schema has more than \(AvroSchemaParser.mostTypes) types", at: node.location)
        }
        types.append(type)
        return types.count - 1
    }

    /// The index of the type that a node stands for; names without dots are in `namespace`.
    private mutating func type(_ node: Node, in namespace: String) throws(SourceError) -> Int {
        switch node.content {
        case .string(let name): return try reference(name, node, in: namespace)
        case .array(let branches): return try union(branches, node, in: namespace)
        case .object: return try object(node, in: namespace)
        case .null, .boolean, .number:
            throw SourceError("a type is a name, an object or, for a union, an array", at: node.location)
        }
    }

    // MARK: Names

    private static func primitive(_ name: String) -> AvroType.Kind? {
        switch name {
        case "null": .null
        case "boolean": .boolean
        case "int": .int
        case "long": .long
        case "float": .float
        case "double": .double
        case "bytes": .bytes
        case "string": .string
        default: nil
        }
    }

    private mutating func reference(_ name: String, _ node: Node, in namespace: String) throws(SourceError) -> Int {
        if let kind = AvroSchemaParser.primitive(name) {
            if let known = primitives[kind] { return known }
            let index = try add(AvroType(kind), at: node)
            primitives[kind] = index
            return index
        }
        // A name without dots that its namespace has not may be one without a namespace.
        let full = name.contains(".") || namespace.isEmpty ? name : "\(namespace).\(name)"
        if let index = named[full] ?? named[name] { return index }
        throw SourceError(
            "unknown type '\(name.prefix(100))'", at: node.location,
            hint: "types are the primitive ones and names that are defined before they are used")
    }

    private func name(_ node: Node, in namespace: String) throws(SourceError) -> AvroName {
        guard let written = node["name"], let text = written.string else {
            throw SourceError("a \(node["type"]?.string ?? "type") needs a name", at: node.location)
        }
        var result = AvroName(full: text)
        if result.namespace.isEmpty, !text.hasPrefix(".") { result.namespace = node["namespace"]?.string ?? namespace }
        guard AvroName.isValid(result.simple), AvroSchemaParser.isNamespace(result.namespace) else {
            throw SourceError("'\(text.prefix(100))' is no name in Avro", at: written.location)
        }
        return result
    }

    private static func isNamespace(_ text: String) -> Bool {
        text.isEmpty || text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { AvroName.isValid($0) }
    }

    private static func aliases(_ node: Node, of namespace: String?) -> [String] {
        (node["aliases"]?.elements ?? []).compactMap(\.string).map { alias in
            guard let namespace, !namespace.isEmpty, !alias.contains(".") else { return alias }
            return "\(namespace).\(alias)"
        }
    }

    /// Adds a type with a name before its parts are known, because they may name it.
    private mutating func define(_ type: AvroType, _ node: Node) throws(SourceError) -> Int {
        let index = try add(type, at: node)
        guard let name = type.name else { return index }
        guard AvroSchemaParser.primitive(name.full) == nil, named[name.full] == nil else {
            throw SourceError("the type \(name.full) is defined twice", at: node["name"]?.location ?? node.location)
        }
        named[name.full] = index
        return index
    }

    // MARK: Types with attributes

    private mutating func object(_ node: Node, in namespace: String) throws(SourceError) -> Int {
        guard let written = node["type"] else { throw SourceError("the type is missing", at: node.location) }
        guard let name = written.string else { return try type(written, in: namespace) }
        switch name {
        case "record", "error": return try record(node, in: namespace)
        case "enum": return try enumeration(node, in: namespace)
        case "fixed": return try fixed(node, in: namespace)
        case "array":
            guard let items = node["items"] else { throw SourceError("an array needs items", at: node.location) }
            let part = try type(items, in: namespace)
            return try add(
                AvroType(.array(items: part), isMapEntry: AvroSchemaParser.isMapEntry(node)), at: node)
        case "map":
            guard let values = node["values"] else { throw SourceError("a map needs values", at: node.location) }
            let part = try type(values, in: namespace)
            return try add(AvroType(.map(values: part)), at: node)
        default:
            guard let kind = AvroSchemaParser.primitive(name),
                let logical = AvroSchemaParser.logicalType(node, kind)
            else { return try reference(name, written, in: namespace) }
            return try add(AvroType(kind, logicalType: logical), at: node)
        }
    }

    private static func isMapEntry(_ node: Node) -> Bool { node["connect.internal.type"]?.string == "MapEntry" }

    private mutating func record(_ node: Node, in namespace: String) throws(SourceError) -> Int {
        let name = try name(node, in: namespace)
        var type = AvroType(.record([]), name: name, isMapEntry: AvroSchemaParser.isMapEntry(node))
        type.aliases = AvroSchemaParser.aliases(node, of: name.namespace)
        let index = try define(type, node)
        guard let written = node["fields"]?.elements else {
            throw SourceError("the record \(name.full) needs an array of fields", at: node.location)
        }
        var fields: [AvroField] = []
        var names: Set<String> = []
        for field in written {
            guard let fieldName = field["name"]?.string, let fieldType = field["type"] else {
                throw SourceError("a field of \(name.full) needs a name and a type", at: field.location)
            }
            guard AvroName.isValid(fieldName) else {
                throw SourceError("'\(fieldName.prefix(100))' is no name in Avro", at: field["name"]?.location)
            }
            guard names.insert(fieldName).inserted else {
                throw SourceError("\(name.full) has two fields \(fieldName)", at: field["name"]?.location)
            }
            fields.append(
                AvroField(
                    name: fieldName, aliases: AvroSchemaParser.aliases(field, of: nil),
                    type: try self.type(fieldType, in: name.namespace), fallback: field["default"]?.value))
        }
        types[index].kind = .record(fields)
        return index
    }

    private mutating func enumeration(_ node: Node, in namespace: String) throws(SourceError) -> Int {
        let name = try name(node, in: namespace)
        guard let written = node["symbols"]?.elements else {
            throw SourceError("the enum \(name.full) needs an array of symbols", at: node.location)
        }
        var symbols: [String] = []
        var known: Set<String> = []
        for symbol in written {
            guard let text = symbol.string, AvroName.isValid(text), known.insert(text).inserted else {
                throw SourceError("a symbol of \(name.full) is no name, or stands twice", at: symbol.location)
            }
            symbols.append(text)
        }
        let fallback = node["default"]?.string.flatMap { known.contains($0) ? $0 : nil }
        var type = AvroType(.enumeration(symbols: symbols, fallback: fallback), name: name)
        type.aliases = AvroSchemaParser.aliases(node, of: name.namespace)
        return try define(type, node)
    }

    private mutating func fixed(_ node: Node, in namespace: String) throws(SourceError) -> Int {
        let name = try name(node, in: namespace)
        guard let size = node["size"]?.integer, size >= 0, size <= Int(Int32.max) else {
            throw SourceError("the fixed \(name.full) needs a size", at: node["size"]?.location ?? node.location)
        }
        var type = AvroType(.fixed(size: size), name: name)
        type.logicalType = AvroSchemaParser.logicalType(node, type.kind)
        type.aliases = AvroSchemaParser.aliases(node, of: name.namespace)
        return try define(type, node)
    }

    private mutating func union(_ branches: [Node], _ node: Node, in namespace: String) throws(SourceError) -> Int {
        var indices: [Int] = []
        var seen: Set<String> = []
        for branch in branches {
            let index = try type(branch, in: namespace)
            if case .union = types[index].kind {
                throw SourceError("a union stands in a union", at: branch.location)
            }
            guard seen.insert(types[index].title).inserted else {
                throw SourceError("the union has two types \(types[index].title)", at: branch.location)
            }
            indices.append(index)
        }
        guard !indices.isEmpty else { throw SourceError("the union has no types", at: node.location) }
        return try add(AvroType(.union(indices)), at: node)
    }

    // MARK: Logical types

    /// Nil also where it is not valid for the type: then Avro knows the type only.
    private static func logicalType(_ node: Node, _ kind: AvroType.Kind) -> AvroLogicalType? {
        switch (node["logicalType"]?.string, kind) {
        case ("decimal", .bytes): decimal(node, mostDigits: Int.max)
        case ("decimal", .fixed(let size)): decimal(node, mostDigits: mostDigits(ofBytes: size))
        case ("uuid", .string): .uuid
        case ("date", .int): .date
        case ("time-millis", .int): .timeMilliseconds
        case ("time-micros", .long): .timeMicroseconds
        case ("timestamp-millis", .long): .timestampMilliseconds
        case ("timestamp-micros", .long): .timestampMicroseconds
        case ("local-timestamp-millis", .long): .localTimestampMilliseconds
        case ("local-timestamp-micros", .long): .localTimestampMicroseconds
        default: nil
        }
    }

    private static func decimal(_ node: Node, mostDigits: Int) -> AvroLogicalType? {
        guard let precision = node["precision"]?.integer, precision > 0, precision <= mostDigits else { return nil }
        let scale: Int
        if let written = node["scale"] {
            guard let value = written.integer else { return nil }
            scale = value
        } else {
            scale = 0
        }
        guard scale >= 0, scale <= precision else { return nil }
        return .decimal(precision: precision, scale: scale)
    }

    /// How many decimal digits always fit into so many bytes of two's complement.
    private static func mostDigits(ofBytes size: Int) -> Int {
        size <= 0 ? 0 : size > 1_000_000 ? Int.max : (size * 8 - 1) * 30_103 / 100_000
    }
}
