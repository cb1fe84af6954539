// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Text to tokens. Comments and white space are dropped.
struct Lexer {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var line = 1
    private var column = 1
    private var variables = Variables()

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    /// All tokens, with one `end` as the last. What cannot be read is an `invalid` one and a mistake in `errors`.
    mutating func tokens(_ errors: inout [SourceError]) -> [Token] {
        var result: [Token] = []
        var statement = 0
        while true {
            let place = location
            do throws(SourceError) {
                try skipBlanks()
                if current == "$", peek() == "{" {
                    result += try variable()
                    continue
                }
                var token = try next()
                if token.kind == .string || token.kind == .quotedName {
                    token.text = try variables.substituted(token.text, at: token.location)
                }
                result.append(token)
                if token.kind == .end { return result }
                if token.kind == .symbol, token.text == ";" { statement = result.count }
                variables.note(result[statement...])
            } catch {
                errors.append(error)
                result.append(Token(kind: .invalid, text: "", location: error.location ?? place))
                // One that begins here has not been passed.
                if let mistaken = error.location, mistaken == location, current != nil { advance() }
                // Not a program at all.
                if errors.count >= SQL.maximumErrors { position = scalars.count }
            }
        }
    }

    private var location: SourceLocation { SourceLocation(line: line, column: column) }
    private var current: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private func peek(_ distance: Int = 1) -> Unicode.Scalar? {
        position + distance < scalars.count ? scalars[position + distance] : nil
    }

    private mutating func advance() {
        if scalars[position] == "\n" {
            line += 1
            column = 1
        } else {
            column += 1
        }
        position += 1
    }

    /// The tokens that a variable's value has, all where `${name}` stands.
    private mutating func variable() throws(SourceError) -> [Token] {
        let start = location
        advance()
        advance()
        var name = String.UnicodeScalarView()
        while let scalar = current, scalar != "}", scalar != "\n" {
            name.append(scalar)
            advance()
        }
        guard current == "}" else {
            throw SourceError("the name of the variable is not closed", at: start, hint: "close it with }")
        }
        advance()
        let shown = String(name).trimmed
        guard let value = try variables.value(shown, at: start) else { throw variables.unknown(shown, at: start) }
        var errors: [SourceError] = []
        var lexer = Lexer(value)
        let tokens = lexer.tokens(&errors).dropLast()
        if let error = errors.first {
            throw SourceError(
                "the value of \(Suggestion.shortened(shown)): \(error.message)", at: start, hint: error.hint)
        }
        return tokens.map { Token(kind: $0.kind, text: $0.text, location: start) }
    }

    private mutating func next() throws(SourceError) -> Token {
        let start = location
        guard let scalar = current else { return Token(kind: .end, text: "", location: start) }
        switch scalar {
        case "'": return try quoted(by: scalar, .string, at: start)
        case "`", "\"": return try quoted(by: scalar, .quotedName, at: start)
        case _ where Lexer.isLetter(scalar): return word(at: start)
        case _ where Lexer.isDigit(scalar): return try number(at: start)
        case "." where peek().map(Lexer.isDigit) == true: return try number(at: start)
        default: return try symbol(scalar, at: start)
        }
    }

    private mutating func skipBlanks() throws(SourceError) {
        while let scalar = current {
            if scalar.properties.isWhitespace || scalar == "\u{FEFF}" {
                advance()
            } else if scalar == "-", peek() == "-" {
                while let next = current, next != "\n" { advance() }
            } else if scalar == "/", peek() == "*" {
                try skipBlockComment()
            } else {
                return
            }
        }
    }

    private mutating func skipBlockComment() throws(SourceError) {
        let start = location
        advance()
        advance()
        while let scalar = current {
            if scalar == "*", peek() == "/" {
                advance()
                advance()
                return
            }
            advance()
        }
        throw SourceError("the comment is not closed", at: start, hint: "close it with */")
    }

    private mutating func quoted(
        by quote: Unicode.Scalar, _ kind: Token.Kind, at start: SourceLocation
    ) throws(SourceError) -> Token {
        advance()
        var text = String.UnicodeScalarView()
        while let scalar = current {
            advance()
            if scalar != quote {
                text.append(scalar)
            } else if current == quote {
                text.append(quote)
                advance()
            } else if kind == .quotedName && text.isEmpty {
                throw SourceError("a name in quotes must not be empty", at: start)
            } else {
                return Token(kind: kind, text: String(text), location: start)
            }
        }
        let thing = kind == .string ? "string" : "name in quotes"
        throw SourceError("the \(thing) is not closed", at: start, hint: "close it with \(quote)")
    }

    private mutating func word(at start: SourceLocation) -> Token {
        let text = takeWord()
        return Token(kind: .word, text: Names.upperCased(text), location: start)
    }

    private mutating func takeWord() -> String {
        var text = String.UnicodeScalarView()
        while let scalar = current, Lexer.isLetter(scalar) || Lexer.isDigit(scalar) || scalar == "@" {
            text.append(scalar)
            advance()
        }
        return String(text)
    }

    private mutating func number(at start: SourceLocation) throws(SourceError) -> Token {
        var text = takeDigits()
        var kind = Token.Kind.integer
        if current == "." {
            kind = .decimal
            text += "."
            advance()
            text += takeDigits()
        }
        if current == "e" || current == "E" {
            let signed = peek() == "+" || peek() == "-"
            if peek(signed ? 2 : 1).map(Lexer.isDigit) == true {
                kind = .float
                text += "E"
                advance()
                if signed {
                    text += peek(0) == "-" ? "-" : ""
                    advance()
                }
                text += takeDigits()
            }
        }
        if let scalar = current, Lexer.isLetter(scalar) || scalar == "@" {
            let word = Suggestion.shortened(text + takeWord())
            throw SourceError(
                "\(word) is neither a number nor a name", at: start,
                hint: "a name that starts with a digit must be quoted: `\(word)`")
        }
        return Token(kind: kind, text: text, location: start)
    }

    private mutating func takeDigits() -> String {
        var text = String.UnicodeScalarView()
        while let scalar = current, Lexer.isDigit(scalar) {
            text.append(scalar)
            advance()
        }
        return String(text)
    }

    private mutating func symbol(_ scalar: Unicode.Scalar, at start: SourceLocation) throws(SourceError) -> Token {
        var text = String(Character(scalar))
        if let second = peek() {
            let pair = text + String(Character(second))
            if Lexer.pairs.contains(pair) { text = pair }
        }
        guard text.unicodeScalars.count == 2 || Lexer.singles.contains(text) else {
            throw unexpected(scalar, at: start)
        }
        advance()
        if text.unicodeScalars.count == 2 { advance() }
        return Token(kind: .symbol, text: text, location: start)
    }

    private func unexpected(_ scalar: Unicode.Scalar, at start: SourceLocation) -> SourceError {
        if scalar == "$" {
            return SourceError(
                "unexpected character $", at: start, hint: "a variable is written ${name}, and set by DEFINE name = '…'"
            )
        }
        if ["\u{2018}", "\u{2019}", "\u{201C}", "\u{201D}"].contains(scalar) {
            return SourceError(
                "unexpected character \(scalar)", at: start, hint: "strings stand in straight quotes: '…'")
        }
        if scalar == "|" { return SourceError("unexpected character |", at: start, hint: "concatenation is ||") }
        if scalar == ":" { return SourceError("unexpected character :", at: start, hint: "assignment is :=") }
        if scalar.properties.isAlphabetic {
            return SourceError(
                "unexpected character \(scalar)", at: start,
                hint: "names with letters other than A to Z must be quoted: `…`")
        }
        let shown = scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
        let name = shown ? "U+\(String(scalar.value, radix: 16, uppercase: true))" : String(Character(scalar))
        return SourceError("unexpected character \(name)", at: start)
    }

    private static let pairs: Set<String> = ["<>", "!=", "<=", ">=", "||", "->", ":=", "=>", "::"]
    private static let singles: Set<String> = [
        "(", ")", "[", "]", ",", ";", ".", "=", "<", ">", "+", "-", "*", "/", "%",
    ]

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
}

extension String {
    /// Without blanks at both ends.
    fileprivate var trimmed: String {
        let scalars = unicodeScalars.drop { $0.properties.isWhitespace }
        let end = scalars.lastIndex { !$0.properties.isWhitespace }
        return end.map { String(scalars[...$0]) } ?? ""
    }
}
