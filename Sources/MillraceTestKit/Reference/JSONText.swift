// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Values as JSON text, as `millrace replay --format json` prints them.
enum JSONText {
    /// A string with its quotes; only what must be escaped is.
    static func quoted(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = [UInt8(ascii: "\"")]
        for byte in bytes {
            switch byte {
            case 0x22: result += Array("\\\"".utf8)
            case 0x5C: result += Array("\\\\".utf8)
            case 0x08: result += Array("\\b".utf8)
            case 0x09: result += Array("\\t".utf8)
            case 0x0A: result += Array("\\n".utf8)
            case 0x0C: result += Array("\\f".utf8)
            case 0x0D: result += Array("\\r".utf8)
            case 0..<0x20:
                let digits = String(byte, radix: 16, uppercase: true)
                result += Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
            default: result.append(byte)
            }
        }
        return result + [UInt8(ascii: "\"")]
    }

    static func quoted(_ text: String) -> String { String(decoding: quoted(Array(text.utf8)), as: UTF8.self) }

    /// One value of this type.
    static func text(_ value: Value, _ type: DataType) -> String {
        switch (value, type) {
        case (.null, _): return "null"
        case (.boolean(let value), _): return value ? "true" : "false"
        case (.integer(let value), _), (.date(let value), _), (.time(let value), _): return String(value)
        case (.bigint(let value), _), (.timestamp(let value), _): return String(value)
        case (.double(let value), _):
            guard value.isFinite else { return value.isNaN ? "\"NaN\"" : value < 0 ? "\"-Infinity\"" : "\"Infinity\"" }
            var bytes: [UInt8] = []
            DoubleText.append(value, to: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        case (.decimal(let value), _): return value.text
        case (.varchar(let bytes), _): return String(decoding: quoted(bytes), as: UTF8.self)
        case (.bytes(let bytes), _): return quoted(String(decoding: Base64.encode(bytes), as: UTF8.self))
        case (.array(let items), .array(let element)):
            return "[" + items.map { text($0, element) }.joined(separator: ",") + "]"
        case (.map(let entries), .map(let keyType, let valueType)):
            let parts = entries.map { entry in
                var name = text(entry.key, keyType)
                if keyType != .varchar { name = quoted(name) }
                return name + ":" + text(entry.value, valueType)
            }
            return "{" + parts.joined(separator: ",") + "}"
        case (.structure(let values), .structure(let fields)):
            return object(zip(fields, values).map { ($0.name, $1, $0.type) })
        default: return "null"
        }
    }

    /// An object with these members.
    static func object(_ members: [(String, Value, DataType)]) -> String {
        "{" + members.map { quoted($0.0) + ":" + text($0.1, $0.2) }.joined(separator: ",") + "}"
    }
}
