// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Makes tokens of the text of a .proto file.
struct ProtobufLexer {
    enum Token: Hashable {
        /// A name, also with dots in it and before it.
        case word(String)
        case number(String)
        case text([UInt8])
        case symbol(UInt8)
        case end
    }

    struct Located {
        var token: Token
        var location: SourceLocation
    }

    /// Longer texts are refused, as those of other schemas.
    static let longest = SchemaText.longest

    private var cursor: TextCursor

    static func tokens(_ text: String) throws(SourceError) -> [Located] {
        guard text.utf8.count <= longest else {
            throw SourceError("the text has \(text.utf8.count) bytes; \(longest) at most can be read", at: nil)
        }
        var lexer = ProtobufLexer(cursor: TextCursor(text))
        var tokens: [Located] = []
        repeat { tokens.append(try lexer.token()) } while tokens.last?.token != .end
        return tokens
    }

    private init(cursor: TextCursor) { self.cursor = cursor }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") <= 9 }

    private mutating func skipSpace() throws(SourceError) {
        while let byte = cursor.next {
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D: cursor.step()
            case UInt8(ascii: "/") where cursor.behindNext == UInt8(ascii: "/"):
                while let byte = cursor.next, byte != 0x0A { _ = byte; cursor.step() }
            case UInt8(ascii: "/") where cursor.behindNext == UInt8(ascii: "*"):
                let start = cursor.location
                cursor.step()
                cursor.step()
                while cursor.next != UInt8(ascii: "*") || cursor.behindNext != UInt8(ascii: "/") {
                    guard cursor.next != nil else { throw SourceError("the comment does not end", at: start) }
                    cursor.step()
                }
                cursor.step()
                cursor.step()
            default: return
            }
        }
    }

    private mutating func token() throws(SourceError) -> Located {
        try skipSpace()
        let start = cursor.location
        guard let byte = cursor.next else { return Located(token: .end, location: start) }
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
            return Located(token: .text(try string(byte, start)), location: start)
        }
        let isNumber = Self.isDigit(byte) || byte == UInt8(ascii: ".") && cursor.behindNext.map(Self.isDigit) == true
        let isWord = Self.isLetter(byte) || byte == UInt8(ascii: ".") && cursor.behindNext.map(Self.isLetter) == true
        guard isNumber || isWord else {
            cursor.step()
            return Located(token: .symbol(byte), location: start)
        }
        let first = cursor.position
        while let byte = cursor.next {
            let isExponent = isNumber && (byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-"))
            let follows =
                isExponent && cursor.position > first && cursor.bytes[cursor.position - 1] | 0x20 == UInt8(ascii: "e")
                && cursor.bytes[first..<min(first + 2, cursor.bytes.count)].last.map { $0 | 0x20 != UInt8(ascii: "x") }
                    == true
            guard Self.isLetter(byte) || Self.isDigit(byte) || byte == UInt8(ascii: ".") || follows else { break }
            cursor.step()
        }
        let text = String(decoding: cursor.bytes[first..<cursor.position], as: UTF8.self)
        return Located(token: isNumber ? .number(text) : .word(text), location: start)
    }

    /// The bytes of a text in quotes.
    private mutating func string(_ quote: UInt8, _ start: SourceLocation) throws(SourceError) -> [UInt8] {
        cursor.step()
        var result: [UInt8] = []
        while let byte = cursor.next, byte != 0x0A {
            cursor.step()
            if byte == quote { return result }
            if byte == UInt8(ascii: "\\") { try escape(&result) } else { result.append(byte) }
        }
        throw SourceError("the text does not end", at: start)
    }

    private mutating func escape(_ result: inout [UInt8]) throws(SourceError) {
        let start = cursor.location
        guard let byte = cursor.next else { throw SourceError("the text does not end", at: start) }
        if UInt8(ascii: "0")...UInt8(ascii: "7") ~= byte {
            let value = try digits(1...3, radix: 8, start)
            guard value < 256 else { throw SourceError("no escape of Protobuf", at: start) }
            return result.append(UInt8(truncatingIfNeeded: value))
        }
        cursor.step()
        switch byte {
        case UInt8(ascii: "a"): result.append(7)
        case UInt8(ascii: "b"): result.append(8)
        case UInt8(ascii: "f"): result.append(12)
        case UInt8(ascii: "n"): result.append(10)
        case UInt8(ascii: "r"): result.append(13)
        case UInt8(ascii: "t"): result.append(9)
        case UInt8(ascii: "v"): result.append(11)
        case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "?"): result.append(byte)
        case UInt8(ascii: "x"), UInt8(ascii: "X"):
            result.append(UInt8(truncatingIfNeeded: try digits(1...2, radix: 16, start)))
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let count = byte == UInt8(ascii: "u") ? 4 : 8
            guard let scalar = Unicode.Scalar(try digits(count...count, radix: 16, start)) else {
                throw SourceError("no character of Unicode", at: start)
            }
            result += String(Character(scalar)).utf8
        default: throw SourceError("no escape of Protobuf", at: start)
        }
    }

    private mutating func digits(
        _ count: ClosedRange<Int>, radix: Int, _ start: SourceLocation
    ) throws(SourceError) -> UInt32 {
        var text = ""
        while text.utf8.count < count.upperBound, let byte = cursor.next,
            Character(Unicode.Scalar(byte)).isASCII, Int(String(Unicode.Scalar(byte)), radix: radix) != nil
        {
            text.unicodeScalars.append(Unicode.Scalar(byte))
            cursor.step()
        }
        guard text.utf8.count >= count.lowerBound, let value = UInt32(text, radix: radix) else {
            throw SourceError("no escape of Protobuf", at: start)
        }
        return value
    }
}
