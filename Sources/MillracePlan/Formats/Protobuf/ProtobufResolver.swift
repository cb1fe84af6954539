// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Makes a schema of a .proto file and of those that it imports: finds what the names of types mean.
struct ProtobufResolver {
    private enum Definition {
        case message(Int), enumeration(Int)
    }

    private static let mostFiles = 500

    private let imports: [String: String]
    private var schema: ProtobufSchema
    private var names: [String: Definition] = [:]
    private var done: Set<String> = []

    static func schema(_ text: String, imports: [String: String]) throws(SourceError) -> ProtobufSchema {
        let file = try ProtobufParser.parse(text)
        var resolver = ProtobufResolver(imports: imports, schema: ProtobufSchema(text: text))
        try resolver.load(file.imports)
        resolver.schema.space = file.space
        resolver.schema.top = try resolver.add(file)
        return resolver.schema
    }

    private init(imports: [String: String], schema: ProtobufSchema) {
        self.imports = imports
        self.schema = schema
    }

    /// Adds files with what they import themselves, those first that others need.
    private mutating func load(
        _ paths: [(path: String, isPublic: Bool, location: SourceLocation)]
    ) throws(SourceError) {
        for (path, _, location) in paths where done.insert(path).inserted {
            guard done.count <= ProtobufResolver.mostFiles else {
                throw SourceError("more than \(ProtobufResolver.mostFiles) files import each other", at: location)
            }
            guard let text = imports[path] ?? ProtobufWellKnownFiles.texts[path] else {
                throw SourceError(
                    "it imports \"\(path.prefix(200))\", which is not there", at: location,
                    hint: "the registry has it as a reference of the schema; a file lies in the directory of schemas, "
                        + "under this name")
            }
            do throws(SourceError) {
                let file = try ProtobufParser.parse(text)
                try load(file.imports)
                _ = try add(file)
            } catch {
                guard let place = error.location else { throw error }
                // Places are in the file itself.
                throw SourceError(
                    "\(path): \(error.message) (line \(place.line), column \(place.column))", at: nil, hint: error.hint)
            }
        }
    }

    // MARK: Definitions

    private mutating func add(_ file: ProtobufFile) throws(SourceError) -> [Int] {
        for enumeration in file.enumerations { try add(enumeration, in: file.space, file.syntax) }
        var indexes: [Int] = []
        for message in file.messages { indexes.append(try declare(message, in: file.space, file.syntax)) }
        for (message, index) in zip(file.messages, indexes) { try define(message, index, file.syntax) }
        return indexes
    }

    private mutating func add(
        _ enumeration: ProtobufFile.Enumeration, in space: String, _ syntax: ProtobufFile.Syntax
    ) throws(SourceError) {
        let name = space.isEmpty ? enumeration.name : "\(space).\(enumeration.name)"
        guard let first = enumeration.symbols.first else {
            throw SourceError("the enum \(name) has no symbols", at: enumeration.location)
        }
        _ = first
        try claim(name, .enumeration(schema.enumerations.count), enumeration.location)
        schema.enumerations.append(
            ProtobufEnumeration(name: name, symbols: enumeration.symbols, isOpen: syntax != .proto2))
    }

    private mutating func claim(
        _ name: String, _ definition: Definition, _ location: SourceLocation
    ) throws(SourceError) {
        guard names.updateValue(definition, forKey: name) == nil else {
            throw SourceError("\(name) is defined twice", at: location)
        }
    }

    /// Makes a message and those in it known, without their fields.
    private mutating func declare(
        _ message: ProtobufFile.Message, in space: String, _ syntax: ProtobufFile.Syntax
    ) throws(SourceError) -> Int {
        let name = space.isEmpty ? message.name : "\(space).\(message.name)"
        let index = schema.messages.count
        try claim(name, .message(index), message.location)
        var result = ProtobufMessage(name: name, oneofs: message.oneofs)
        result.isMapEntry = message.isMapEntry
        schema.messages.append(result)
        for enumeration in message.enumerations { try add(enumeration, in: name, syntax) }
        for inner in message.messages { schema.messages[index].nested.append(try declare(inner, in: name, syntax)) }
        return index
    }

    private mutating func define(
        _ message: ProtobufFile.Message, _ index: Int, _ syntax: ProtobufFile.Syntax
    ) throws(SourceError) {
        for (inner, place) in zip(message.messages, schema.messages[index].nested) { try define(inner, place, syntax) }
        var (numbers, known): (Set<Int32>, Set<String>) = ([], [])
        for field in message.fields {
            guard numbers.insert(field.number).inserted else {
                throw SourceError(
                    "\(schema.messages[index].name) has two fields with the number \(field.number)", at: field.location)
            }
            guard known.insert(field.name).inserted else {
                throw SourceError("\(schema.messages[index].name) has two fields \(field.name)", at: field.location)
            }
            let result = try self.field(field, in: index, syntax)
            schema.messages[index].fields.append(result)
        }
    }

    // MARK: Fields

    private mutating func field(
        _ field: ProtobufFile.Field, in message: Int, _ syntax: ProtobufFile.Syntax
    ) throws(SourceError) -> ProtobufField {
        let scope = schema.messages[message].name
        var kind = try self.kind(field.type, in: scope, field.location)
        if let key = field.mapKey { kind = .message(try mapEntry(field, key, kind, scope)) }
        if field.isGroup, case .message(let index) = kind { kind = .group(index) }
        var result = ProtobufField(name: field.name, number: field.number, kind: kind)
        result.isRequired = field.label == .required
        result.isRepeated = field.label == .repeated || field.mapKey != nil
        result.oneof = field.oneof
        let isMessage = if case .message = kind { true } else { field.isGroup }
        result.hasPresence =
            !result.isRepeated
            && (isMessage || field.oneof != nil || field.label == .optional || syntax != .proto3)
        for option in field.options {
            switch option.name {
            case "default": result.fallback = option.value.bytes
            case "(confluent.field_meta)", "(.confluent.field_meta)":
                for parameter in option.value["params"] { note(parameter, in: &result) }
            case "(confluent.field_meta).params", "(.confluent.field_meta).params":
                if case .list(let values) = option.value {
                    for value in values { note(value, in: &result) }
                } else {
                    note(option.value, in: &result)
                }
            default: break
            }
        }
        return result
    }

    /// `{ key: "scale", value: "2" }`
    private func note(_ parameter: ProtobufFile.OptionValue, in field: inout ProtobufField) {
        func text(_ name: String) -> String? {
            parameter[name].first?.bytes.map { String(decoding: $0, as: UTF8.self) }
        }
        guard let name = text("key"), let value = text("value").flatMap({ Int($0) }) else { return }
        if name == "precision" { field.precision = value }
        if name == "scale" { field.scale = value }
    }

    /// The message that stands for an entry of a map.
    private mutating func mapEntry(
        _ field: ProtobufFile.Field, _ key: String, _ value: ProtobufField.Kind, _ scope: String
    ) throws(SourceError) -> Int {
        let keyKind = try kind(key, in: scope, field.location)
        switch keyKind {
        case .double, .float, .bytes, .enumeration, .message, .group:
            throw SourceError("\(key) cannot be the type of a map's keys", at: field.location)
        default: break
        }
        var entry = ProtobufMessage(name: "\(scope).\(field.name)Entry")
        entry.isMapEntry = true
        entry.fields = [
            ProtobufField(name: "key", number: 1, kind: keyKind), ProtobufField(name: "value", number: 2, kind: value),
        ]
        if case .message = value { entry.fields[1].hasPresence = true }
        schema.messages.append(entry)
        return schema.messages.count - 1
    }

    private static let scalars: [String: ProtobufField.Kind] = [
        "double": .double, "float": .float, "int32": .int32, "int64": .int64, "uint32": .uint32, "uint64": .uint64,
        "sint32": .sint32, "sint64": .sint64, "fixed32": .fixed32, "fixed64": .fixed64, "sfixed32": .sfixed32,
        "sfixed64": .sfixed64, "bool": .bool, "string": .string, "bytes": .bytes,
    ]

    /// A type by its name: of the innermost message around it that has one of that name, then of the name space.
    private func kind(
        _ name: String, in scope: String, _ location: SourceLocation
    ) throws(SourceError) -> ProtobufField.Kind {
        if let scalar = ProtobufResolver.scalars[name] { return scalar }
        if name.hasPrefix(".") {
            if let found = names[String(name.dropFirst())] { return kind(found) }
        } else {
            var scope = scope
            while true {
                if let found = names[scope.isEmpty ? name : "\(scope).\(name)"] { return kind(found) }
                guard !scope.isEmpty else { break }
                scope = scope.lastIndex(of: ".").map { String(scope[..<$0]) } ?? ""
            }
        }
        throw SourceError("unknown type '\(name.prefix(200))'", at: location)
    }

    private func kind(_ definition: Definition) -> ProtobufField.Kind {
        switch definition {
        case .message(let index): .message(index)
        case .enumeration(let index): .enumeration(index)
        }
    }
}
