// SPDX-License-Identifier: Apache-2.0
package import MillracePlan

/// Values as JSON to Avro's bytes: for records of golden files (`avro:7:{"id": 1}`) and for defaults.
package enum AvroText {
    /// Nil where the JSON is no value of the type. A union takes the first of its types that fits.
    package static func bytes(_ value: JSONValue, _ index: Int, _ schema: AvroSchema) -> [UInt8]? {
        switch (schema[index].kind, value) {
        case (.null, .null): return []
        case (.boolean, .boolean(let value)): return [value ? 1 : 0]
        case (.int, .number(let text)): return Int32(text).map { integer(Int64($0)) }
        case (.long, .number(let text)): return Int64(text).map(integer)
        case (.float, .number(let text)): return Float(text).map { WireBytes.littleEndian(UInt64($0.bitPattern), 4) }
        case (.double, .number(let text)): return Double(text).map { WireBytes.littleEndian($0.bitPattern, 8) }
        case (.string, .string(let text)): return integer(Int64(text.utf8.count)) + text.utf8
        case (.bytes, .string(let text)):
            return latin(text).map { integer(Int64($0.count)) + $0 }
        case (.fixed(let size), .string(let text)): return latin(text).flatMap { $0.count == size ? $0 : nil }
        case (.enumeration(let symbols, _), .string(let text)):
            return symbols.firstIndex(of: text).map { integer(Int64($0)) }
        case (.array(let part), .array(let values)): return block(values.map { bytes($0, part, schema) })
        case (.map(let part), .object(let members)):
            return block(
                members.map { member in
                    bytes(member.value, part, schema).map {
                        integer(Int64(member.name.utf8.count)) + member.name.utf8 + $0
                    }
                })
        case (.union(let branches), _):
            for (number, branch) in branches.enumerated() {
                if let content = bytes(value, branch, schema) { return integer(Int64(number)) + content }
            }
            return nil
        case (.record(let fields), .object(let members)):
            let known = Set(fields.map(\.name))
            guard members.allSatisfy({ known.contains($0.name) }) else { return nil }
            return joined(
                fields.map { field in
                    let given = members.first { $0.name == field.name }?.value ?? field.fallback
                    return given.flatMap { bytes($0, field.type, schema) }
                })
        default: return nil
        }
    }

    private static func joined(_ parts: [[UInt8]?]) -> [UInt8]? {
        var result: [UInt8] = []
        for part in parts {
            guard let part else { return nil }
            result += part
        }
        return result
    }

    private static func block(_ parts: [[UInt8]?]) -> [UInt8]? {
        guard let content = joined(parts) else { return nil }
        return parts.isEmpty ? [0] : integer(Int64(parts.count)) + content + [0]
    }

    private static func latin(_ text: String) -> [UInt8]? {
        text.unicodeScalars.allSatisfy { $0.value < 256 } ? text.unicodeScalars.map { UInt8($0.value) } : nil
    }

    /// An int or a long, the small ones of either sign short.
    package static func integer(_ value: Int64) -> [UInt8] {
        WireBytes.varint(value < 0 ? UInt64(bitPattern: ~value) * 2 + 1 : UInt64(value) * 2)
    }
}
