// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// A JSON value without its place, such as a default in a schema. Numbers keep their text: it has all their digits.
package indirect enum JSONValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([Member])

    package struct Member: Hashable, Sendable {
        package var name: String
        package var value: JSONValue

        package init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// Reads a text that is one JSON value.
    /// - Throws: what is wrong, with its line and column.
    package init(_ text: String) throws(SourceError) { self = try SchemaText.parse(text).value }

    /// Members stay in their order; there is no white space.
    package var text: String {
        switch self {
        case .null: "null"
        case .boolean(let value): value ? "true" : "false"
        case .number(let text): text
        case .string(let text): JSONString.quoted(text)
        case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { "\(JSONString.quoted($0.name)):\($0.value.text)" }.joined(separator: ",") + "}"
        }
    }
}

/// The JSON text of a schema as a tree, in which each value knows where it stands.
struct SchemaText {
    /// Longer texts are refused: the largest schemas of registries are far below.
    static let longest = 4 << 20
    /// Values in values.
    static let deepest = 300

    struct Node {
        var content: Content
        var location: SourceLocation

        /// The first member of this name.
        subscript(name: String) -> Node? {
            guard case .object(let members) = content else { return nil }
            return members.first { $0.name == name }?.node
        }

        var string: String? {
            guard case .string(let text) = content else { return nil }
            return text
        }

        /// Of a number without fraction and exponent that fits.
        var integer: Int? {
            guard case .number(let text) = content else { return nil }
            return Int(text)
        }

        var elements: [Node]? {
            guard case .array(let nodes) = content else { return nil }
            return nodes
        }

        var value: JSONValue {
            switch content {
            case .null: .null
            case .boolean(let value): .boolean(value)
            case .number(let text): .number(text)
            case .string(let text): .string(text)
            case .array(let nodes): .array(nodes.map(\.value))
            case .object(let members): .object(members.map { JSONValue.Member($0.name, $0.node.value) })
            }
        }
    }

    indirect enum Content {
        case null
        case boolean(Bool)
        case number(String)
        case string(String)
        case array([Node])
        case object([(name: String, node: Node)])
    }

    private var cursor: TextCursor

    /// Reads the whole text.
    static func parse(_ text: String) throws(SourceError) -> Node {
        guard text.utf8.count <= longest else {
            throw SourceError("the text has \(text.utf8.count) bytes; \(longest) at most can be read", at: nil)
        }
        var reader = SchemaText(cursor: TextCursor(text))
        reader.skipSpace()
        let node = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.cursor.next == nil else { throw reader.error("the text should end here") }
        return node
    }

    private init(cursor: TextCursor) { self.cursor = cursor }

    private func error(_ message: String) -> SourceError { SourceError(message, at: cursor.location) }

    private mutating func skipSpace() {
        while let byte = cursor.next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { cursor.step() }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard cursor.next == byte else { return false }
        cursor.step()
        return true
    }

    private mutating func value(depth: Int) throws(SourceError) -> Node {
        guard depth < SchemaText.deepest else { throw error("the text is nested too deeply") }
        let start = cursor.location
        guard let first = cursor.next else { throw error("the text ends too early") }
        let content: Content
        switch first {
        case UInt8(ascii: "{"): content = .object(try members(depth: depth))
        case UInt8(ascii: "["): content = .array(try elements(depth: depth))
        case UInt8(ascii: "\""): content = .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): content = .number(try number())
        default: content = try word()
        }
        return Node(content: content, location: start)
    }

    private mutating func word() throws(SourceError) -> Content {
        for (word, content) in [("true", Content.boolean(true)), ("false", .boolean(false)), ("null", .null)]
        where cursor.rest.starts(with: word.utf8) {
            for _ in word.utf8 { cursor.step() }
            return content
        }
        throw error("a JSON value should stand here")
    }

    private mutating func members(depth: Int) throws(SourceError) -> [(name: String, node: Node)] {
        cursor.step()
        var members: [(name: String, node: Node)] = []
        skipSpace()
        if take(UInt8(ascii: "}")) { return members }
        repeat {
            skipSpace()
            guard cursor.next == UInt8(ascii: "\"") else { throw error("a name in quotes should stand here") }
            let name = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw error("a colon should stand here") }
            skipSpace()
            members.append((name, try value(depth: depth + 1)))
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw error("a comma or } should stand here") }
        return members
    }

    private mutating func elements(depth: Int) throws(SourceError) -> [Node] {
        cursor.step()
        var nodes: [Node] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return nodes }
        repeat {
            skipSpace()
            nodes.append(try value(depth: depth + 1))
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw error("a comma or ] should stand here") }
        return nodes
    }

    private mutating func number() throws(SourceError) -> String {
        let start = cursor.position
        _ = take(UInt8(ascii: "-"))
        let leading = cursor.next
        let digits = takeDigits()
        guard digits == 1 || (digits > 1 && leading != UInt8(ascii: "0")) else {
            throw error("a number should stand here")
        }
        if take(UInt8(ascii: ".")), takeDigits() == 0 { throw error("digits should stand here") }
        if cursor.next == UInt8(ascii: "e") || cursor.next == UInt8(ascii: "E") {
            cursor.step()
            if !take(UInt8(ascii: "-")) { _ = take(UInt8(ascii: "+")) }
            if takeDigits() == 0 { throw error("digits should stand here") }
        }
        return String(decoding: cursor.bytes[start..<cursor.position], as: UTF8.self)
    }

    private mutating func takeDigits() -> Int {
        let start = cursor.position
        while let byte = cursor.next, byte &- UInt8(ascii: "0") <= 9 { cursor.step() }
        return cursor.position - start
    }

    private mutating func string() throws(SourceError) -> String {
        cursor.step()
        var units: [UInt8] = []
        while let byte = cursor.next {
            if byte == UInt8(ascii: "\"") {
                cursor.step()
                return String(decoding: units, as: UTF8.self)
            }
            guard byte >= 0x20 else { throw error("a control character must be written as an escape") }
            cursor.step()
            if byte == UInt8(ascii: "\\") { try escape(&units) } else { units.append(byte) }
        }
        throw error("the string does not end")
    }

    private mutating func escape(_ units: inout [UInt8]) throws(SourceError) {
        guard let byte = cursor.next else { throw error("the string does not end") }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): units.append(byte)
        case UInt8(ascii: "b"): units.append(8)
        case UInt8(ascii: "f"): units.append(12)
        case UInt8(ascii: "n"): units.append(10)
        case UInt8(ascii: "r"): units.append(13)
        case UInt8(ascii: "t"): units.append(9)
        case UInt8(ascii: "u"):
            cursor.step()
            var pair = [try hexadecimal()]
            if pair[0] & 0xFC00 == 0xD800, cursor.rest.starts(with: "\\u".utf8) {
                cursor.step()
                cursor.step()
                pair.append(try hexadecimal())
            }
            units.append(contentsOf: CodeUnits.text(pair))
            return
        default: throw error("no escape of JSON")
        }
        cursor.step()
    }

    private mutating func hexadecimal() throws(SourceError) -> UInt16 {
        let digits = cursor.rest.prefix(4)
        guard digits.count == 4, let value = UInt16(String(decoding: digits, as: UTF8.self), radix: 16),
            digits.first != UInt8(ascii: "+")
        else { throw error("four hexadecimal digits should stand here") }
        for _ in 0..<4 { cursor.step() }
        return value
    }
}
