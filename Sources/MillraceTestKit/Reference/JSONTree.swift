// SPDX-License-Identifier: Apache-2.0

/// A JSON text as a tree, read by recursive descent over an array of bytes.
indirect enum JSONTree {
    case null
    case boolean(Bool)
    /// The number as it is written.
    case number([UInt8])
    /// The text with its escapes resolved.
    case string([UInt8])
    case array([JSONTree])
    /// In the order of the text, equal names included.
    case object([(name: [UInt8], value: JSONTree)])

    struct Malformed: Error {}

    /// Reads a text to its end; nothing but white space may follow the value. Strings may hold any bytes.
    init(_ text: [UInt8]) throws {
        var reader = Reader(text: text)
        self = try reader.value(depth: 0)
        reader.skipWhiteSpace()
        guard reader.position == text.count else { throw Malformed() }
    }

    /// The value as compact text.
    var text: [UInt8] {
        switch self {
        case .null: return Array("null".utf8)
        case .boolean(let value): return Array((value ? "true" : "false").utf8)
        case .number(let text): return text
        case .string(let text): return JSONText.quoted(text)
        case .array(let items):
            return [UInt8(ascii: "[")] + items.map(\.text).joined(separator: [UInt8(ascii: ",")])
                + [UInt8(ascii: "]")]
        case .object(let members):
            let parts = members.map { JSONText.quoted($0.name) + [UInt8(ascii: ":")] + $0.value.text }
            return [UInt8(ascii: "{")] + parts.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "}")]
        }
    }

    private struct Reader {
        let text: [UInt8]
        var position = 0

        var next: UInt8? { position < text.count ? text[position] : nil }

        mutating func skipWhiteSpace() {
            while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
        }

        mutating func take(_ byte: UInt8) -> Bool {
            guard next == byte else { return false }
            position += 1
            return true
        }

        mutating func expect(_ word: String) throws {
            for byte in word.utf8 { guard take(byte) else { throw Malformed() } }
        }

        mutating func value(depth: Int) throws -> JSONTree {
            guard depth < 5000 else { throw Malformed() }
            skipWhiteSpace()
            switch next {
            case UInt8(ascii: "n"):
                try expect("null")
                return .null
            case UInt8(ascii: "t"):
                try expect("true")
                return .boolean(true)
            case UInt8(ascii: "f"):
                try expect("false")
                return .boolean(false)
            case UInt8(ascii: "\""): return .string(try string())
            case UInt8(ascii: "["): return try array(depth: depth)
            case UInt8(ascii: "{"): return try object(depth: depth)
            default: return try number()
            }
        }

        private mutating func array(depth: Int) throws -> JSONTree {
            position += 1
            var items: [JSONTree] = []
            skipWhiteSpace()
            if take(UInt8(ascii: "]")) { return .array([]) }
            while true {
                items.append(try value(depth: depth + 1))
                skipWhiteSpace()
                if take(UInt8(ascii: "]")) { return .array(items) }
                guard take(UInt8(ascii: ",")) else { throw Malformed() }
            }
        }

        private mutating func object(depth: Int) throws -> JSONTree {
            position += 1
            var members: [(name: [UInt8], value: JSONTree)] = []
            skipWhiteSpace()
            if take(UInt8(ascii: "}")) { return .object([]) }
            while true {
                skipWhiteSpace()
                guard next == UInt8(ascii: "\"") else { throw Malformed() }
                let name = try string()
                skipWhiteSpace()
                guard take(UInt8(ascii: ":")) else { throw Malformed() }
                members.append((name, try value(depth: depth + 1)))
                skipWhiteSpace()
                if take(UInt8(ascii: "}")) { return .object(members) }
                guard take(UInt8(ascii: ",")) else { throw Malformed() }
            }
        }

        private mutating func number() throws -> JSONTree {
            let start = position
            _ = take(UInt8(ascii: "-"))
            if !take(UInt8(ascii: "0")) { try digits() }
            if take(UInt8(ascii: ".")) { try digits() }
            if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
                if !take(UInt8(ascii: "-")) { _ = take(UInt8(ascii: "+")) }
                try digits()
            }
            return .number(Array(text[start..<position]))
        }

        private mutating func digits() throws {
            let start = position
            while let byte = next, byte >= 0x30, byte <= 0x39 { position += 1 }
            guard position > start else { throw Malformed() }
        }

        private mutating func string() throws -> [UInt8] {
            position += 1
            var result: [UInt8] = []
            while let byte = next {
                position += 1
                switch byte {
                case UInt8(ascii: "\""): return result
                case UInt8(ascii: "\\"): try escape(&result)
                case 0..<0x20: throw Malformed()
                default: result.append(byte)
                }
            }
            throw Malformed()
        }

        private mutating func escape(_ result: inout [UInt8]) throws {
            let simple: [UInt8: UInt8] = [
                UInt8(ascii: "\""): 0x22, UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "/"): 0x2F, UInt8(ascii: "b"): 0x08,
                UInt8(ascii: "f"): 0x0C, UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
            ]
            guard let byte = next else { throw Malformed() }
            position += 1
            if let plain = simple[byte] {
                result.append(plain)
                return
            }
            guard byte == UInt8(ascii: "u") else { throw Malformed() }
            var code = try hexadecimal()
            if code >> 10 == 0x36, take(UInt8(ascii: "\\")) {
                guard take(UInt8(ascii: "u")) else { throw Malformed() }
                let low = try hexadecimal()
                guard low >> 10 == 0x37 else { throw Malformed() }
                code = 0x10000 + (code & 0x3FF) << 10 + low & 0x3FF
            }
            guard let scalar = Unicode.Scalar(code) else { throw Malformed() }
            result.append(contentsOf: Array(String(Character(scalar)).utf8))
        }

        private mutating func hexadecimal() throws -> UInt32 {
            guard position + 4 <= text.count else { throw Malformed() }
            let digits = String(decoding: text[position..<position + 4], as: UTF8.self)
            guard digits.utf8.allSatisfy({ $0 != 0x2B && $0 != 0x2D }), let code = UInt32(digits, radix: 16) else {
                throw Malformed()
            }
            position += 4
            return code
        }
    }
}
