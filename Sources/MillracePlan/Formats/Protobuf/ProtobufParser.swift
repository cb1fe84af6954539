// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Reads the text of a .proto file.
struct ProtobufParser {
    /// Messages in messages, values in values of options.
    private static let deepest = 100

    private let tokens: [ProtobufLexer.Located]
    private var position = 0
    var file = ProtobufFile()

    static func parse(_ text: String) throws(SourceError) -> ProtobufFile {
        var parser = ProtobufParser(tokens: try ProtobufLexer.tokens(text))
        try parser.statements()
        return parser.file
    }

    private init(tokens: [ProtobufLexer.Located]) { self.tokens = tokens }

    // MARK: Tokens

    private var token: ProtobufLexer.Token { tokens[position].token }
    private var location: SourceLocation { tokens[position].location }

    private func error(_ message: String) -> SourceError { SourceError(message, at: location) }

    private mutating func advance() { if position < tokens.count - 1 { position += 1 } }

    private func isNext(_ symbol: Character) -> Bool { token == .symbol(symbol.asciiValue ?? 0) }

    private mutating func take(_ symbol: Character) -> Bool {
        guard isNext(symbol) else { return false }
        advance()
        return true
    }

    private mutating func expect(_ symbol: Character) throws(SourceError) {
        guard take(symbol) else { throw error("\(symbol) should stand here") }
    }

    private mutating func take(word: String) -> Bool {
        guard token == .word(word) else { return false }
        advance()
        return true
    }

    private mutating func word() throws(SourceError) -> String {
        guard case .word(let text) = token else { throw error("a name should stand here") }
        advance()
        return text
    }

    /// A name without dots.
    private mutating func name() throws(SourceError) -> String {
        guard case .word(let text) = token, !text.contains(".") else { throw error("a name should stand here") }
        advance()
        return text
    }

    private mutating func text() throws(SourceError) -> [UInt8] {
        guard case .text(var bytes) = token else { throw error("a text in quotes should stand here") }
        advance()
        // Texts that stand next to each other are one.
        while case .text(let more) = token {
            bytes += more
            advance()
        }
        return bytes
    }

    /// A whole number, decimal, octal or hexadecimal.
    private mutating func integer() throws(SourceError) -> Int64 {
        let isNegative = take("-")
        guard case .number(let text) = token, let value = ProtobufField.integer(text) else {
            throw error("a whole number should stand here")
        }
        advance()
        return isNegative ? -value : value
    }

    // MARK: The file

    private mutating func statements() throws(SourceError) {
        while token != .end {
            if take(";") { continue }
            let start = location
            switch try word() {
            case "syntax":
                try expect("=")
                let place = location
                switch String(decoding: try text(), as: UTF8.self) {
                case "proto2": file.syntax = .proto2
                case "proto3": file.syntax = .proto3
                default: throw SourceError("the syntax is proto2 or proto3", at: place)
                }
                try expect(";")
            case "edition":
                try expect("=")
                _ = try text()
                file.syntax = .edition
                try expect(";")
            case "package":
                file.space = try word()
                try expect(";")
            case "import":
                let isPublic = take(word: "public")
                if !isPublic { _ = take(word: "weak") || take(word: "option") }
                file.imports.append((String(decoding: try text(), as: UTF8.self), isPublic, start))
                try expect(";")
            case "option": try skipStatement()
            case "message": file.messages.append(try message(depth: 0))
            case "enum": file.enumerations.append(try enumeration())
            case "extend", "service": try skipBlock()
            case let other: throw SourceError("\(Self.shown(other)) does not begin a definition", at: start)
            }
        }
    }

    private static func shown(_ text: String) -> String { "'\(text.prefix(100))'" }

    /// Up to its semicolon, over what stands in braces.
    private mutating func skipStatement() throws(SourceError) {
        var depth = 0
        while token != .end {
            if isNext("{") || isNext("[") { depth += 1 }
            if isNext("}") || isNext("]") { depth -= 1 }
            if isNext(";"), depth <= 0 { break }
            advance()
        }
        try expect(";")
    }

    /// A name, and what stands in braces behind it.
    private mutating func skipBlock() throws(SourceError) {
        while !isNext("{") {
            guard token != .end else { throw error("{ should stand here") }
            advance()
        }
        var depth = 0
        repeat {
            guard token != .end else { throw error("} should stand here") }
            if isNext("{") { depth += 1 }
            if isNext("}") { depth -= 1 }
            advance()
        } while depth > 0
    }

    // MARK: Messages

    private mutating func message(depth: Int) throws(SourceError) -> ProtobufFile.Message {
        var message = ProtobufFile.Message(name: "", location: location)
        message.name = try name()
        try body(of: &message, depth: depth)
        return message
    }

    private mutating func body(of message: inout ProtobufFile.Message, depth: Int) throws(SourceError) {
        guard depth < ProtobufParser.deepest else { throw error("messages are nested too deeply") }
        try expect("{")
        while !take("}") {
            guard token != .end else { throw error("} should stand here") }
            if take(";") { continue }
            try member(of: &message, depth: depth)
        }
    }

    private mutating func member(of message: inout ProtobufFile.Message, depth: Int) throws(SourceError) {
        // Words that begin definitions may be types, too: `message` is followed by a name and a brace then.
        let start = position
        guard case .word(let first) = token else { throw error("a field should stand here") }
        advance()
        switch first {
        case "message" where isDefinition("{"): message.messages.append(try self.message(depth: depth + 1))
        case "enum" where isDefinition("{"): message.enumerations.append(try enumeration())
        case "oneof" where isDefinition("{"): try oneof(of: &message, depth: depth)
        case "option" where !isField:
            if take(word: "map_entry"), take("=") { message.isMapEntry = token == .word("true") }
            try skipStatement()
        case "extensions" where !isField, "reserved" where !isField: try skipStatement()
        case "extend": try skipBlock()
        case "map" where isNext("<"): message.fields.append(try map())
        case "optional", "required", "repeated":
            let labels: [String: ProtobufFile.Label] = [
                "optional": .optional, "required": .required, "repeated": .repeated,
            ]
            // A label may be a type's name, which nobody does: a name follows it then.
            try field(of: &message, label: labels[first] ?? .none, oneof: nil, depth: depth)
        default:
            position = start
            try field(of: &message, label: .none, oneof: nil, depth: depth)
        }
    }

    /// Whether a name and then a symbol follow.
    private func isDefinition(_ symbol: Character) -> Bool {
        guard case .word = token, position + 1 < tokens.count else { return false }
        return tokens[position + 1].token == .symbol(symbol.asciiValue ?? 0)
    }

    /// Whether a name and `=` and a number follow, as behind the type of a field.
    private var isField: Bool {
        guard isDefinition("="), position + 2 < tokens.count, case .number = tokens[position + 2].token else {
            return false
        }
        return true
    }

    private mutating func oneof(of message: inout ProtobufFile.Message, depth: Int) throws(SourceError) {
        message.oneofs.append(try name())
        try expect("{")
        while !take("}") {
            guard token != .end else { throw error("} should stand here") }
            if take(";") { continue }
            if token == .word("option"), !isNextField {
                try skipStatement()
                continue
            }
            try field(of: &message, label: .none, oneof: message.oneofs.count - 1, depth: depth)
        }
    }

    /// Whether a type, a name and `=` and a number follow.
    private var isNextField: Bool {
        var ahead = self
        ahead.advance()
        return ahead.isField
    }

    private mutating func map() throws(SourceError) -> ProtobufFile.Field {
        let start = location
        try expect("<")
        let key = try word()
        try expect(",")
        let value = try word()
        try expect(">")
        var field = ProtobufFile.Field(type: value, mapKey: key, name: try name(), number: 0, location: start)
        try rest(of: &field)
        try expect(";")
        return field
    }

    private mutating func field(
        of message: inout ProtobufFile.Message, label: ProtobufFile.Label, oneof: Int?, depth: Int
    ) throws(SourceError) {
        let start = location
        let type = try word()
        var field = ProtobufFile.Field(label: label, type: type, name: "", number: 0, location: start)
        field.oneof = oneof
        if type == "group", !isField || label != .none {
            var group = ProtobufFile.Message(name: try name(), location: start)
            field.name = group.name.lowercased()
            field.type = group.name
            field.isGroup = true
            try rest(of: &field)
            try body(of: &group, depth: depth + 1)
            message.messages.append(group)
        } else {
            field.name = try name()
            try rest(of: &field)
            try expect(";")
        }
        message.fields.append(field)
    }

    /// `= 3 [options]`
    private mutating func rest(of field: inout ProtobufFile.Field) throws(SourceError) {
        try expect("=")
        let place = location
        let number = try integer()
        guard 1...536_870_911 ~= number else {
            throw SourceError("the number of a field is from 1 to 536870911", at: place)
        }
        field.number = Int32(number)
        guard take("[") else { return }
        repeat {
            let name = try optionName()
            try expect("=")
            field.options.append((name, try value(depth: 0)))
        } while take(",")
        try expect("]")
    }

    private mutating func enumeration() throws(SourceError) -> ProtobufFile.Enumeration {
        var result = ProtobufFile.Enumeration(name: "", location: location)
        result.name = try name()
        try expect("{")
        while !take("}") {
            guard token != .end else { throw error("} should stand here") }
            if take(";") { continue }
            let symbol = try name()
            guard take("=") else {
                guard symbol == "option" || symbol == "reserved" else { throw error("= should stand here") }
                try skipStatement()
                continue
            }
            let place = location
            guard let number = Int32(exactly: try integer()) else {
                throw SourceError("the number of a symbol has 32 bits", at: place)
            }
            result.symbols.append(ProtobufEnumeration.Symbol(name: symbol, number: number))
            try skipStatement()
        }
        return result
    }

    // MARK: Options

    /// `deprecated`, `(confluent.field_meta).params`, as it is written.
    private mutating func optionName() throws(SourceError) -> String {
        var result = ""
        while true {
            if take("(") {
                result += "(\(try word()))"
                try expect(")")
            } else {
                result += try word()
            }
            guard case .word(let text) = token, text.hasPrefix(".") else {
                if !take(".") { return result }
                result += "."
                continue
            }
        }
    }

    private mutating func value(depth: Int) throws(SourceError) -> ProtobufFile.OptionValue {
        guard depth < ProtobufParser.deepest else { throw error("options are nested too deeply") }
        if case .text = token { return .text(try text()) }
        if take("{") { return .message(try members(until: "}", depth: depth)) }
        if take("<") { return .message(try members(until: ">", depth: depth)) }
        if take("[") {
            var values: [ProtobufFile.OptionValue] = []
            if take("]") { return .list(values) }
            repeat { values.append(try value(depth: depth + 1)) } while take(",")
            try expect("]")
            return .list(values)
        }
        let sign = take("-") ? "-" : ""
        switch token {
        case .word(let text), .number(let text):
            advance()
            return .word(sign + text)
        default: throw error("the value of an option should stand here")
        }
    }

    private mutating func members(
        until end: Character, depth: Int
    ) throws(SourceError) -> [(name: String, value: ProtobufFile.OptionValue)] {
        var result: [(name: String, value: ProtobufFile.OptionValue)] = []
        while !take(end) {
            var name = ""
            if take("[") {
                // The name of an extension, perhaps with a URL before it.
                while !take("]") {
                    guard token != .end else { throw error("] should stand here") }
                    if case .word(let text) = token { name += text }
                    advance()
                }
            } else {
                name = try word()
            }
            if !take(":"), !isNext("{"), !isNext("<") { throw error(": should stand here") }
            result.append((name, try value(depth: depth + 1)))
            if !take(",") { _ = take(";") }
        }
        return result
    }
}
