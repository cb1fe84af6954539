// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Defaults of fields, which schemas have as JSON, as the bytes that a record would have for them.
struct AvroDefault {
    private static let deepest = 64
    private let schema: AvroSchema
    /// Values that may still come: defaults in defaults multiply.
    private var left = 10_000

    private init(schema: AvroSchema) { self.schema = schema }

    /// The bytes of a value of a type; nil where it is none of that type.
    static func bytes(_ value: JSONValue, _ index: Int, _ schema: AvroSchema) -> [UInt8]? {
        var encoder = AvroDefault(schema: schema)
        var bytes: [UInt8] = []
        return encoder.append(value, index, to: &bytes, depth: 0) ? bytes : nil
    }

    private mutating func append(
        _ value: JSONValue, _ index: Int, to bytes: inout [UInt8], depth: Int
    ) -> Bool {
        left -= 1
        guard depth < AvroDefault.deepest, left > 0 else { return false }
        switch (schema[index].kind, value) {
        case (.null, .null): return true
        case (.boolean, .boolean(let value)): bytes.append(value ? 1 : 0)
        case (.int, .number(let text)):
            guard let value = Int32(text) else { return false }
            AvroDefault.append(Int64(value), to: &bytes)
        case (.long, .number(let text)):
            guard let value = Int64(text) else { return false }
            AvroDefault.append(value, to: &bytes)
        case (.float, .number(let text)):
            guard let value = Float(text) else { return false }
            AvroDefault.append(UInt64(value.bitPattern), count: 4, to: &bytes)
        case (.double, .number(let text)):
            guard let value = Double(text) else { return false }
            AvroDefault.append(value.bitPattern, count: 8, to: &bytes)
        case (.string, .string(let text)):
            AvroDefault.append(Int64(text.utf8.count), to: &bytes)
            bytes += text.utf8
        case (.bytes, .string(let text)):
            guard let content = AvroDefault.latin(text) else { return false }
            AvroDefault.append(Int64(content.count), to: &bytes)
            bytes += content
        case (.fixed(let size), .string(let text)):
            guard let content = AvroDefault.latin(text), content.count == size else { return false }
            bytes += content
        case (.enumeration(let symbols, _), .string(let text)):
            guard let symbol = symbols.firstIndex(of: text) else { return false }
            AvroDefault.append(Int64(symbol), to: &bytes)
        default: return appendNested(value, index, to: &bytes, depth: depth)
        }
        return true
    }

    private mutating func appendNested(
        _ value: JSONValue, _ index: Int, to bytes: inout [UInt8], depth: Int
    ) -> Bool {
        switch (schema[index].kind, value) {
        case (.array(let items), .array(let values)):
            if !values.isEmpty { AvroDefault.append(Int64(values.count), to: &bytes) }
            for value in values {
                guard append(value, items, to: &bytes, depth: depth + 1) else { return false }
            }
            bytes.append(0)
        case (.map(let part), .object(let members)):
            if !members.isEmpty { AvroDefault.append(Int64(members.count), to: &bytes) }
            for member in members {
                AvroDefault.append(Int64(member.name.utf8.count), to: &bytes)
                bytes += member.name.utf8
                guard append(member.value, part, to: &bytes, depth: depth + 1) else { return false }
            }
            bytes.append(0)
        case (.record(let fields), .object(let members)):
            for field in fields {
                guard let value = members.first(where: { $0.name == field.name })?.value ?? field.fallback,
                    append(value, field.type, to: &bytes, depth: depth + 1)
                else { return false }
            }
        case (.union(let branches), _):
            // Of the first type that it is one of; schemas say the first of all.
            for (number, branch) in branches.enumerated() {
                var content: [UInt8] = []
                guard append(value, branch, to: &content, depth: depth + 1) else { continue }
                AvroDefault.append(Int64(number), to: &bytes)
                bytes += content
                return true
            }
            return false
        default: return false
        }
        return true
    }

    /// Bytes are written as the first 256 characters of Unicode.
    private static func latin(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            guard scalar.value < 256 else { return nil }
            bytes.append(UInt8(scalar.value))
        }
        return bytes
    }

    /// An int or a long.
    private static func append(_ value: Int64, to bytes: inout [UInt8]) {
        var rest = UInt64(bitPattern: (value &<< 1) ^ (value &>> 63))
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest &>>= 7
        }
        bytes.append(UInt8(rest))
    }

    private static func append(_ bits: UInt64, count: Int, to bytes: inout [UInt8]) {
        for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: bits &>> UInt64(index * 8))) }
    }
}
