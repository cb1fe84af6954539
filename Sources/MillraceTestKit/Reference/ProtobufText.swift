// SPDX-License-Identifier: Apache-2.0
package import MillracePlan

/// Values as JSON to Protobuf's bytes: for records of golden files (`proto:7:{"id": 1}`). Fields stand as they are
/// written, zeros too.
package enum ProtobufText {
    /// Nil where the JSON is no value of the message.
    package static func bytes(_ value: JSONValue, _ message: Int, _ schema: ProtobufSchema) -> [UInt8]? {
        guard case .object(let members) = value else { return nil }
        var result: [UInt8] = []
        for member in members {
            guard let field = schema[message].fields.first(where: { $0.name == member.name }),
                let bytes = bytes(member.value, field, schema)
            else { return nil }
            result += bytes
        }
        return result
    }

    private static func bytes(_ value: JSONValue, _ field: ProtobufField, _ schema: ProtobufSchema) -> [UInt8]? {
        switch (value, field.isRepeated) {
        case (.null, _): return []
        case (.array(let values), true):
            let contents = values.map { content($0, field, schema) }
            guard !contents.contains(where: { $0 == nil }) else { return nil }
            let parts = contents.compactMap { $0 }
            if wire(field.kind) != 2 { return tag(field, 2) + delimited(parts.flatMap { $0 }) }
            return parts.flatMap { tag(field, 2) + $0 }
        case (.object(let members), true):
            guard case .message(let index) = field.kind, schema[index].isEntry else { return nil }
            var result: [UInt8] = []
            for member in members {
                let key: JSONValue =
                    schema[index].fields[0].kind == .string ? .string(member.name) : .number(member.name)
                let entry = JSONValue.object([.init("key", key), .init("value", member.value)])
                guard let body = bytes(entry, index, schema) else { return nil }
                result += tag(field, 2) + delimited(body)
            }
            return result
        case (_, true): return nil
        case (_, false): return content(value, field, schema).map { tag(field, wire(field.kind)) + $0 }
        }
    }

    private static func wire(_ kind: ProtobufField.Kind) -> UInt8 {
        switch kind {
        case .fixed64, .sfixed64, .double: 1
        case .string, .bytes, .message: 2
        case .fixed32, .sfixed32, .float: 5
        default: 0
        }
    }

    private static func tag(_ field: ProtobufField, _ wire: UInt8) -> [UInt8] {
        varint(UInt64(field.number) * 8 + UInt64(wire))
    }

    private static func delimited(_ bytes: [UInt8]) -> [UInt8] { varint(UInt64(bytes.count)) + bytes }

    /// One value without its tag.
    private static func content(_ value: JSONValue, _ field: ProtobufField, _ schema: ProtobufSchema) -> [UInt8]? {
        switch (field.kind, value) {
        case (.message(let index), _): return bytes(value, index, schema).map(delimited)
        case (.bool, .boolean(let value)): return [value ? 1 : 0]
        case (.string, .string(let text)): return delimited(Array(text.utf8))
        case (.bytes, .string(let text)):
            let scalars = text.unicodeScalars
            return scalars.allSatisfy { $0.value < 256 } ? delimited(scalars.map { UInt8($0.value) }) : nil
        case (.enumeration(let index), .string(let text)):
            let symbol = schema.enumerations[index].symbols.first { $0.name == text }
            return symbol.map { varint(UInt64(bitPattern: Int64($0.number))) }
        case (.double, .number(let text)): return Double(text).map { WireBytes.littleEndian($0.bitPattern, 8) }
        case (.float, .number(let text)): return Float(text).map { WireBytes.littleEndian(UInt64($0.bitPattern), 4) }
        case (.uint64, .number(let text)): return UInt64(text).map(varint)
        case (.fixed64, .number(let text)): return UInt64(text).map { WireBytes.littleEndian($0, 8) }
        case (_, .number(let text)):
            guard let number = Int64(text) else { return nil }
            let bits = UInt64(bitPattern: number)
            switch field.kind {
            case .sint32, .sint64: return varint(number < 0 ? UInt64(bitPattern: ~number) * 2 + 1 : bits * 2)
            case .sfixed64: return WireBytes.littleEndian(bits, 8)
            case .fixed32, .sfixed32: return WireBytes.littleEndian(bits & 0xFFFF_FFFF, 4)
            default: return varint(bits)
            }
        default: return nil
        }
    }

    package static func varint(_ value: UInt64) -> [UInt8] { WireBytes.varint(value) }
}
