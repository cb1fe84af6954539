// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// The messages of a .proto file, with those of the files that it imports. Types are at indexes, so that a message may
/// contain itself.
///
///     ProtobufSchema("""
///         syntax = "proto3";
///         message Order { int64 id = 1; optional string note = 2; }
///         """)
package struct ProtobufSchema: Hashable, Sendable {
    package internal(set) var messages: [ProtobufMessage] = []
    package internal(set) var enumerations: [ProtobufEnumeration] = []
    /// The messages that stand in the file itself, not in another message, in their order.
    package internal(set) var top: [Int] = []
    /// Its name space; empty: none.
    package internal(set) var space = ""
    /// As it is registered.
    package internal(set) var text: String

    /// Parses the text of a .proto file.
    ///
    /// - Parameter imports: the texts of files that it imports, directly and through others, by their paths. Those of
    ///   Google's and Confluent's that are widely used are known.
    /// - Throws: what is wrong, with its line and column in the text.
    package init(_ text: String, imports: [String: String] = [:]) throws(SourceError) {
        self = try ProtobufResolver.schema(text, imports: imports)
    }

    init(text: String) { self.text = text }

    package subscript(message: Int) -> ProtobufMessage { messages[message] }

    /// The message that is meant where nothing says which: the first.
    package var first: Int? { top.first }

    /// The message at a path: the place in the file, then the place in that message, and so on.
    package func message(at path: [Int]) -> Int? {
        guard let first = path.first, top.indices.contains(first) else { return nil }
        var index = top[first]
        for step in path.dropFirst() {
            guard messages[index].nested.indices.contains(step) else { return nil }
            index = messages[index].nested[step]
        }
        return index
    }

    /// The message of this full name in the file.
    package func message(named name: String) -> Int? {
        var open = top
        while let index = open.popLast() {
            if messages[index].name == name { return index }
            open += messages[index].nested
        }
        return nil
    }
}

package struct ProtobufMessage: Hashable, Sendable {
    /// With its name space and the messages that it stands in: `shop.Order.Line`.
    package var name: String
    /// In the order of the file.
    package var fields: [ProtobufField] = []
    /// The names of its oneofs, without those that stand for `optional`.
    package var oneofs: [String] = []
    /// Indexes of the messages that stand in it, without those of its maps.
    package var nested: [Int] = []
    /// One of a map's: a key with number 1, a value with number 2.
    package var isMapEntry = false

    /// Without name space.
    package var simpleName: String { name.split(separator: ".").last.map(String.init) ?? name }

    /// Whether it is a map's, also as ksqlDB writes it: its name ends with `Entry`, and it has a key and a value.
    package var isEntry: Bool {
        isMapEntry
            || simpleName.hasSuffix("Entry") && fields.count == 2 && fields[0].name == "key"
                && fields[1].name == "value" && fields.allSatisfy { $0.oneof == nil }
    }
}

package struct ProtobufEnumeration: Hashable, Sendable {
    package struct Symbol: Hashable, Sendable {
        package var name: String
        package var number: Int32
    }

    package var name: String
    package var symbols: [Symbol] = []
    /// proto3: any number may come; proto2: what is not a symbol's is not there.
    package var isOpen = true
}

package struct ProtobufField: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case double, float, int32, int64, uint32, uint64, sint32, sint64, fixed32, fixed64, sfixed32, sfixed64
        case bool, string, bytes
        /// Index into the schema's `enumerations` or `messages`.
        case enumeration(Int), message(Int)
        /// proto2's group; it is passed over.
        case group(Int)
    }

    package var name: String
    package var number: Int32
    package var kind: Kind
    package var isRepeated = false
    /// Whether a record says that it is not there; else it is zero, false or empty then.
    package var hasPresence = false
    /// proto2: a record without it is none.
    package var isRequired = false
    /// Index into the message's `oneofs`.
    package var oneof: Int?
    /// What it is where a record does not have it (proto2): the text of a number, a symbol, `true`, or the bytes of a
    /// text.
    package var fallback: [UInt8]?
    /// Of confluent.type.Decimal: what the file says of it.
    package var precision: Int?
    package var scale: Int?

    /// The text of a whole number, decimal, octal (`017`) or hexadecimal (`0xF`).
    package static func integer(_ text: String) -> Int64? {
        let lower = text.lowercased()
        if lower.hasPrefix("0x") { return Int64(lower.dropFirst(2), radix: 16) }
        if lower.count > 1, lower.hasPrefix("0") { return Int64(lower.dropFirst(), radix: 8) }
        return Int64(lower)
    }

    /// As a .proto file writes it; of messages their full name.
    package func typeName(_ schema: ProtobufSchema) -> String {
        switch kind {
        case .double: "double"
        case .float: "float"
        case .int32: "int32"
        case .int64: "int64"
        case .uint32: "uint32"
        case .uint64: "uint64"
        case .sint32: "sint32"
        case .sint64: "sint64"
        case .fixed32: "fixed32"
        case .fixed64: "fixed64"
        case .sfixed32: "sfixed32"
        case .sfixed64: "sfixed64"
        case .bool: "bool"
        case .string: "string"
        case .bytes: "bytes"
        case .enumeration(let index): schema.enumerations[index].name
        case .message(let index), .group(let index): schema.messages[index].name
        }
    }
}

/// Messages of Google's and Confluent's that have a type of SQL.
package enum ProtobufWellKnown: String, Hashable, Sendable {
    case timestamp = "google.protobuf.Timestamp"
    case date = "google.type.Date"
    case time = "google.type.TimeOfDay"
    case decimal = "confluent.type.Decimal"
    case doubleValue = "google.protobuf.DoubleValue"
    case floatValue = "google.protobuf.FloatValue"
    case int64Value = "google.protobuf.Int64Value"
    case uint64Value = "google.protobuf.UInt64Value"
    case int32Value = "google.protobuf.Int32Value"
    case uint32Value = "google.protobuf.UInt32Value"
    case boolValue = "google.protobuf.BoolValue"
    case stringValue = "google.protobuf.StringValue"
    case bytesValue = "google.protobuf.BytesValue"

    /// A message around one value, so that it can be left out.
    package var isWrapper: Bool {
        switch self {
        case .timestamp, .date, .time, .decimal: false
        default: true
        }
    }
}
