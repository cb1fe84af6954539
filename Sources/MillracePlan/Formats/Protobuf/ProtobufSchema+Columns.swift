// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// The columns that ksqlDB gives a stream or a table over a message.
extension ProtobufSchema {
    private static let mostColumns = 20_000

    /// The fields of a message, each a column of this role: its oneofs first, as in ksqlDB.
    ///
    /// - Parameters:
    ///   - name: the full name of the message; nil: the first one.
    ///   - keepsCase: names stay as they are; else they are in upper case.
    ///   - unwraps: messages around one value, such as google.protobuf.StringValue, are that value.
    /// - Throws: for types that SQL has none for, with the path to them.
    package func columns(
        _ role: ColumnDefinition.Role, message name: String? = nil, keepsCase: Bool = false, unwraps: Bool = false
    ) throws(SourceError) -> [ColumnDefinition] {
        guard let message = name.map({ self.message(named: $0) }) ?? first else {
            let known = top.map { messages[$0].name }.joined(separator: ", ")
            throw SourceError(
                name.map { "there is no message \($0)" } ?? "the file defines no message", at: nil,
                hint: known.isEmpty ? nil : "its messages are \(known)")
        }
        var columns = ProtobufColumns(schema: self, keepsCase: keepsCase, unwraps: unwraps, most: Self.mostColumns)
        return try columns.fields(message, [], inside: [message]).map { ColumnDefinition($0.name, $0.type, role) }
    }

    /// What a message means beyond its fields.
    package func wellKnown(_ kind: ProtobufField.Kind) -> ProtobufWellKnown? {
        guard case .message(let index) = kind else { return nil }
        return ProtobufWellKnown(rawValue: messages[index].name)
    }

    /// The name of the STRUCT that stands for a oneof, as in ksqlDB.
    package static func oneofName(_ message: ProtobufMessage, _ oneof: Int) -> String {
        "\(message.oneofs[oneof])_\(oneof)"
    }
}

/// Walks over a message and makes SQL types of it.
private struct ProtobufColumns {
    let schema: ProtobufSchema
    let keepsCase: Bool
    let unwraps: Bool
    let most: Int
    private var count = 0

    init(schema: ProtobufSchema, keepsCase: Bool, unwraps: Bool, most: Int) {
        self.schema = schema
        self.keepsCase = keepsCase
        self.unwraps = unwraps
        self.most = most
    }

    private func failure(_ path: [String], _ message: String) -> SourceError {
        SourceError(
            "\(path.joined(separator: ".")) \(message)", at: nil,
            hint: "name the columns that are needed in the statement, without this one")
    }

    mutating func fields(
        _ index: Int, _ path: [String], inside open: [Int]
    ) throws(SourceError) -> [Field] {
        let message = schema.messages[index]
        guard !message.fields.isEmpty else {
            throw failure(path.isEmpty ? [message.name] : path, "is a message without fields")
        }
        var result: [Field] = []
        for oneof in message.oneofs.indices {
            var members: [Field] = []
            for field in message.fields where field.oneof == oneof {
                try add(field.name, try type(field, path + [field.name], inside: open), path, to: &members)
            }
            let name = ProtobufSchema.oneofName(message, oneof)
            if !members.isEmpty { try add(name, .structure(members), path, to: &result) }
        }
        for field in message.fields where field.oneof == nil {
            try add(field.name, try type(field, path + [field.name], inside: open), path, to: &result)
        }
        return result
    }

    private func add(
        _ name: String, _ type: DataType, _ path: [String], to fields: inout [Field]
    ) throws(SourceError) {
        let known = keepsCase ? name : name.uppercased()
        guard !fields.contains(where: { $0.name == known }) else {
            throw SourceError(
                "two fields of the schema are \((path + [name]).joined(separator: ".")) but for the case of letters",
                at: nil, hint: "name the columns in the statement, in quotes where their case counts")
        }
        fields.append(Field(known, type))
    }

    private mutating func type(
        _ field: ProtobufField, _ path: [String], inside open: [Int]
    ) throws(SourceError) -> DataType {
        count += 1
        guard count < most else {
            throw SourceError(
                "the schema has more than \(most) fields, each message written out in its place", at: nil,
                hint: "name the columns that are needed in the statement")
        }
        if field.isRepeated, case .message(let index) = field.kind, schema.messages[index].isEntry {
            let entry = schema.messages[index].fields
            return .map(
                key: try type(entry[0], path + ["key"], inside: open + [index]),
                value: try type(entry[1], path + ["value"], inside: open + [index]))
        }
        let element = try single(field, path, inside: open)
        return field.isRepeated ? .array(element) : element
    }

    private mutating func single(
        _ field: ProtobufField, _ path: [String], inside open: [Int]
    ) throws(SourceError) -> DataType {
        switch field.kind {
        case .bool: return .boolean
        case .int32, .sint32, .sfixed32: return .integer
        case .int64, .uint64, .sint64, .fixed64, .sfixed64, .uint32, .fixed32: return .bigint
        case .float, .double: return .double
        case .string, .enumeration: return .varchar
        case .bytes: return .bytes
        case .group: throw failure(path, "is a group, which is not read")
        case .message(let index):
            if let known = try wellKnown(field, path) { return known }
            guard !open.contains(index) else {
                throw failure(path, "is of the type \(schema.messages[index].name), which contains itself")
            }
            return .structure(try fields(index, path, inside: open + [index]))
        }
    }

    private func wellKnown(_ field: ProtobufField, _ path: [String]) throws(SourceError) -> DataType? {
        switch schema.wellKnown(field.kind) {
        case .timestamp: return .timestamp
        case .date: return .date
        case .time: return .time
        case .decimal:
            let (precision, scale) = (field.precision ?? 38, field.scale ?? 0)
            guard 1...38 ~= precision, 0...precision ~= scale else {
                throw failure(
                    path,
                    "is a decimal of \(precision) digits, \(scale) of them behind the point; DECIMAL has 38 at most")
            }
            return .decimal(precision: precision, scale: scale)
        case let wrapper? where unwraps:
            switch wrapper {
            case .doubleValue, .floatValue: return .double
            case .int32Value: return .integer
            case .boolValue: return .boolean
            case .stringValue: return .varchar
            case .bytesValue: return .bytes
            default: return .bigint
            }
        default: return nil
        }
    }
}
