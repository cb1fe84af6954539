// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Functions between BYTES, texts and numbers.
enum BytesFunctions {
    static let all: [ScalarFunction] = [
        ScalarFunction(
            "TO_BYTES", usage: "TO_BYTES(text, encoding)",
            summary: "The bytes that a text in 'hex', 'utf8', 'ascii' or 'base64' stands for.",
            check: encoding(1),
            resolve: FunctionOverloads.of([.varchar, .varchar], giving: .bytes),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                .bytes(try decode(try arguments[0].asBytes(), try TextEncoding(arguments[1])))
            }),
        ScalarFunction(
            "FROM_BYTES", usage: "FROM_BYTES(bytes, encoding)",
            summary: "The bytes as a text in 'hex', 'utf8', 'ascii' or 'base64'.",
            check: encoding(1),
            resolve: FunctionOverloads.of([.bytes, .varchar], giving: .varchar),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                .varchar(encode(try arguments[0].asBytes(), try TextEncoding(arguments[1]), upperCase: true))
            }),
        ScalarFunction(
            "ENCODE", usage: "ENCODE(text, from, to)",
            summary: "A text in 'hex', 'utf8', 'ascii' or 'base64' in another of these.",
            check: ConstantChecks.all(encoding(1), encoding(2), differentEncodings),
            resolve: FunctionOverloads.of([.varchar, .varchar, .varchar], giving: .varchar),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                let from = try TextEncoding(arguments[1])
                let to = try TextEncoding(arguments[2])
                guard from != to else { throw .badArgument }
                return .varchar(encode(try decode(try arguments[0].asBytes(), from), to, upperCase: false))
            }),
        number("INT_FROM_BYTES", 4, .integer) { .integer(Int32(truncatingIfNeeded: $0)) },
        number("BIGINT_FROM_BYTES", 8, .bigint) { .bigint(Int64(bitPattern: $0)) },
        number("DOUBLE_FROM_BYTES", 8, .double) { .canonical(Double(bitPattern: $0)) },
    ]

    private static func encoding(_ index: Int) -> ConstantChecks.Check {
        ConstantChecks.word(index, "encoding", among: TextEncoding.allCases.map(\.rawValue))
    }

    private static let differentEncodings: ConstantChecks.Check = { constants in
        guard let from = constants[1]?.string, let to = constants[2]?.string, from.lowercased() == to.lowercased()
        else { return nil }
        return ArgumentFault(2, "the text is in '\(to)' already", hint: "leave ENCODE out, or name another encoding")
    }

    private enum TextEncoding: String, CaseIterable {
        case hex, utf8, ascii, base64

        init(_ name: Value) throws(EvaluationFailure) {
            let name = String(decoding: try name.asBytes(), as: UTF8.self).lowercased()
            guard let encoding = TextEncoding(rawValue: name) else { throw .badArgument }
            self = encoding
        }
    }

    private static func decode(_ text: [UInt8], _ encoding: TextEncoding) throws(EvaluationFailure) -> [UInt8] {
        switch encoding {
        case .utf8: return text
        case .ascii: return text.map { $0 < 0x80 ? $0 : UInt8(ascii: "?") }
        case .base64:
            guard let bytes = Base64.decode(text) else { throw .badArgument }
            return bytes
        case .hex:
            var digits: [UInt8] = []
            for byte in hexDigits(text) {
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): digits.append(byte - UInt8(ascii: "0"))
                case UInt8(ascii: "a")...UInt8(ascii: "f"): digits.append(byte - UInt8(ascii: "a") + 10)
                case UInt8(ascii: "A")...UInt8(ascii: "F"): digits.append(byte - UInt8(ascii: "A") + 10)
                default: throw .badArgument
                }
            }
            guard digits.count % 2 == 0 else { throw .badArgument }
            return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
        }
    }

    /// Without `0x` in front (an odd number of digits then gets a zero) or `X'…'` around.
    private static func hexDigits(_ text: [UInt8]) -> [UInt8] {
        if text.starts(with: "0x".utf8) {
            return text.count % 2 == 0 ? Array(text.dropFirst(2)) : [UInt8(ascii: "0")] + text.dropFirst(2)
        }
        if text.count >= 3, text.starts(with: "x'".utf8) || text.starts(with: "X'".utf8), text.last == UInt8(ascii: "'")
        {
            return Array(text[2..<(text.count - 1)])
        }
        return text
    }

    private static func encode(_ bytes: [UInt8], _ encoding: TextEncoding, upperCase: Bool) -> [UInt8] {
        switch encoding {
        case .utf8: return Array(String(decoding: bytes, as: UTF8.self).utf8)
        case .ascii: return bytes.flatMap { $0 < 0x80 ? [$0] : Array("\u{FFFD}".utf8) }
        case .base64: return Base64.encode(bytes)
        case .hex:
            let digits = Array((upperCase ? "0123456789ABCDEF" : "0123456789abcdef").utf8)
            return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        }
    }

    private static func number(
        _ name: String, _ width: Int, _ result: DataType, _ make: @escaping @Sendable (UInt64) -> Value
    ) -> ScalarFunction {
        ScalarFunction(
            name, usage: "\(name)(bytes [, order])",
            summary: "The number in \(width) bytes, 'BIG_ENDIAN' (default) or 'LITTLE_ENDIAN'.",
            check: ConstantChecks.word(
                1, "order of bytes", among: ["BIG_ENDIAN", "LITTLE_ENDIAN"], ignoringCase: false),
            resolve: FunctionOverloads.of([.bytes], [.bytes, .varchar], giving: result),
            evaluate: { arguments, _ throws(EvaluationFailure) in
                let bytes = try arguments[0].asBytes()
                let order = arguments.count == 2 ? arguments[1].string : "BIG_ENDIAN"
                guard bytes.count == width, order == "BIG_ENDIAN" || order == "LITTLE_ENDIAN" else { return .null }
                let inOrder = order == "BIG_ENDIAN" ? bytes : bytes.reversed()
                return make(inOrder.reduce(0) { $0 << 8 | UInt64($1) })
            })
    }
}
