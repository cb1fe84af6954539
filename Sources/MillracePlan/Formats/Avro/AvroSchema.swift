// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// An Avro schema: its types, each at an index, so that a type may contain itself.
///
///     AvroSchema("""{"type":"record","name":"Order","fields":[{"name":"id","type":"long"}]}""")
package struct AvroSchema: Hashable, Sendable {
    /// Those that the schema defines and uses, and those that it has from the schemas that it refers to.
    package internal(set) var types: [AvroType]
    /// The index of the schema's own type.
    package internal(set) var root: Int

    package subscript(index: Int) -> AvroType { types[index] }

    package var rootType: AvroType { types[root] }

    /// Parses the JSON text of a schema.
    ///
    /// - Parameter references: the texts of the schemas whose named types it uses, in an order in which each one comes
    ///   after those that it refers to itself.
    /// - Throws: what is wrong, with its line and column in the text.
    package init(_ text: String, references: [String] = []) throws(SourceError) {
        self = try AvroSchemaParser.parse(text, references: references)
    }

    init(types: [AvroType], root: Int) {
        self.types = types
        self.root = root
    }

    /// The type that a union with null stands for, and whether it is one: `["null", T]`, `[T, "null"]`, `[T]`. Any
    /// other type, a union of several types too, stands for itself.
    package func withoutNull(_ index: Int) -> (index: Int, isOptional: Bool) {
        guard case .union(let branches) = types[index].kind else { return (index, false) }
        let others = branches.filter { types[$0].kind != .null }
        guard others.count == 1, let only = others.first else { return (index, false) }
        return (only, others.count < branches.count)
    }

    /// The name of a type that contains itself and can be reached from the root; nil: there is none.
    package var recursiveName: String? {
        var done = Set<Int>()
        var open: [Int] = []
        return recursion(root, &open, &done)
    }

    /// How many types there are where each is written out in its place, up to a limit; a type in itself is one.
    func expandedCount(_ limit: Int) -> Int {
        var known: [Int: Int] = [:]
        var open: Set<Int> = []
        func count(_ index: Int) -> Int {
            if let count = known[index] { return count }
            guard open.insert(index).inserted else { return 1 }
            let result = types[index].parts.reduce(1) { min($0 + count($1), limit) }
            open.remove(index)
            known[index] = result
            return result
        }
        return count(root)
    }

    private func recursion(_ index: Int, _ open: inout [Int], _ done: inout Set<Int>) -> String? {
        if open.contains(index) { return types[index].name?.full }
        guard !done.contains(index) else { return nil }
        open.append(index)
        defer {
            open.removeLast()
            done.insert(index)
        }
        for part in types[index].parts {
            if let name = recursion(part, &open, &done) { return name }
        }
        return nil
    }
}

/// One type of an Avro schema. Other types in it are indexes into `AvroSchema.types`.
package struct AvroType: Hashable, Sendable {
    package indirect enum Kind: Hashable, Sendable {
        case null, boolean, int, long, float, double, bytes, string
        case fixed(size: Int)
        /// `fallback`: the symbol that stands for one that a reader does not know.
        case enumeration(symbols: [String], fallback: String?)
        case array(items: Int)
        case map(values: Int)
        case union([Int])
        case record([AvroField])
    }

    package var kind: Kind
    /// Of records, enums and fixed.
    package var name: AvroName?
    /// Full names that the type had before.
    package var aliases: [String] = []
    /// One that is not valid for the type is left out, as Avro asks for.
    package var logicalType: AvroLogicalType?
    /// `connect.internal.type` is `MapEntry`: a record of a key and a value, or an array of such records, which is a
    /// map with keys that Avro's own maps cannot have.
    package var isMapEntry = false

    init(_ kind: Kind, name: AvroName? = nil, logicalType: AvroLogicalType? = nil, isMapEntry: Bool = false) {
        self.kind = kind
        self.name = name
        self.logicalType = logicalType
        self.isMapEntry = isMapEntry
    }

    /// The types that it is made of.
    var parts: [Int] {
        switch kind {
        case .array(let part), .map(let part): [part]
        case .union(let branches): branches
        case .record(let fields): fields.map(\.type)
        default: []
        }
    }

    /// What messages call it: its full name, or `long`, `array` …
    package var title: String { name?.full ?? kindName }

    /// As schemas write it: `long`, `record`, …
    package var kindName: String {
        switch kind {
        case .null: "null"
        case .boolean: "boolean"
        case .int: "int"
        case .long: "long"
        case .float: "float"
        case .double: "double"
        case .bytes: "bytes"
        case .string: "string"
        case .fixed: "fixed"
        case .enumeration: "enum"
        case .array: "array"
        case .map: "map"
        case .union: "union"
        case .record: "record"
        }
    }
}

/// A field of a record.
package struct AvroField: Hashable, Sendable {
    package var name: String
    package var aliases: [String]
    /// Index into `AvroSchema.types`.
    package var type: Int
    /// As JSON; nil: there is none.
    package var fallback: JSONValue?

    package init(name: String, aliases: [String] = [], type: Int, fallback: JSONValue? = nil) {
        self.name = name
        self.aliases = aliases
        self.type = type
        self.fallback = fallback
    }
}

/// The name of a record, an enum or a fixed.
package struct AvroName: Hashable, Sendable {
    /// Empty: none.
    package var namespace: String
    /// Without dots.
    package var simple: String

    package init(namespace: String, simple: String) {
        self.namespace = namespace
        self.simple = simple
    }

    /// Splits a full name at its last dot.
    package init(full: String) {
        guard let dot = full.lastIndex(of: ".") else {
            self.init(namespace: "", simple: full)
            return
        }
        self.init(namespace: String(full[..<dot]), simple: String(full[full.index(after: dot)...]))
    }

    package var full: String { namespace.isEmpty ? simple : "\(namespace).\(simple)" }

    /// Whether a text is letters, digits and underscores, and does not begin with a digit.
    package static func isValid(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, first &- UInt8(ascii: "0") > 9 else { return false }
        return text.utf8.allSatisfy {
            $0 == UInt8(ascii: "_") || $0 &- UInt8(ascii: "0") <= 9 || ($0 | 0x20) &- UInt8(ascii: "a") < 26
        }
    }
}

/// What a value means beyond its type.
package enum AvroLogicalType: Hashable, Sendable {
    /// Of bytes and fixed: the unscaled value, big-endian in two's complement.
    case decimal(precision: Int, scale: Int)
    case uuid
    case date
    case timeMilliseconds, timeMicroseconds
    case timestampMilliseconds, timestampMicroseconds
    case localTimestampMilliseconds, localTimestampMicroseconds

    /// As schemas write it.
    package var name: String {
        switch self {
        case .decimal: "decimal"
        case .uuid: "uuid"
        case .date: "date"
        case .timeMilliseconds: "time-millis"
        case .timeMicroseconds: "time-micros"
        case .timestampMilliseconds: "timestamp-millis"
        case .timestampMicroseconds: "timestamp-micros"
        case .localTimestampMilliseconds: "local-timestamp-millis"
        case .localTimestampMicroseconds: "local-timestamp-micros"
        }
    }
}
