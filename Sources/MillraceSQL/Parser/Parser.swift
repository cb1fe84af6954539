// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Recursive descent over the tokens; expressions by precedence climbing. This file has the tools and the program,
/// the extensions have one statement or clause each.
struct Parser {
    private let tokens: [Token]
    private var position = 0
    private var depth = 0
    var types = NamedTypes()
    /// Whether a SELECT may stand on its own.
    private let takesQuestion: Bool

    /// The tokens end with `end`, as `Lexer.tokens()` gives them.
    init(tokens: [Token], takesQuestion: Bool = false) {
        self.tokens = tokens
        self.takesQuestion = takesQuestion
    }

    var current: Token { tokens[position] }

    func peek(_ distance: Int = 1) -> Token { tokens[min(position + distance, tokens.count - 1)] }

    @discardableResult
    mutating func take() -> Token {
        let token = tokens[position]
        if position < tokens.count - 1 { position += 1 }
        return token
    }

    func atWord(_ word: String) -> Bool { current.kind == .word && current.text == word }
    func atSymbol(_ symbol: String) -> Bool { current.kind == .symbol && current.text == symbol }

    /// Whether the next tokens are these words.
    func atWords(_ words: String...) -> Bool {
        for (distance, word) in words.enumerated() {
            let token = peek(distance)
            guard token.kind == .word, token.text == word else { return false }
        }
        return true
    }

    @discardableResult
    mutating func takeWord(_ word: String) -> Bool {
        guard atWord(word) else { return false }
        take()
        return true
    }

    mutating func takeSymbol(_ symbol: String) -> Bool {
        guard atSymbol(symbol) else { return false }
        take()
        return true
    }

    @discardableResult
    mutating func expectWord(_ word: String) throws(SourceError) -> Token {
        guard atWord(word) else { throw expected(word) }
        return take()
    }

    @discardableResult
    mutating func expectSymbol(_ symbol: String) throws(SourceError) -> Token {
        guard atSymbol(symbol) else { throw expected(symbol) }
        return take()
    }

    /// An identifier; `what` is what the message calls it.
    mutating func name(_ what: String) throws(SourceError) -> NameSyntax {
        switch current.kind {
        case .quotedName: break
        case .word where !Names.reserved.contains(current.text): break
        case .word:
            throw SourceError(
                "expected \(what), found the reserved word \(current.text)", at: current.location,
                hint: "as a name it must be quoted: `\(current.text)`")
        default: throw expected(what)
        }
        let token = take()
        return NameSyntax(text: token.text, location: token.location)
    }

    mutating func string(_ what: String) throws(SourceError) -> Token {
        guard current.kind == .string else {
            throw expected("\(what) in single quotes")
        }
        return take()
    }

    func expected(_ what: String, hint: String? = nil) -> SourceError {
        SourceError("expected \(what), found \(current.description)", at: current.location, hint: hint)
    }

    func unsupported(_ what: String, at location: SourceLocation? = nil, hint: String? = nil) -> SourceError {
        SourceError("\(what) is not supported yet", at: location ?? current.location, hint: hint)
    }

    /// Counts one level of recursion; each needs its `leave()`.
    mutating func enter() throws(SourceError) {
        guard depth < ExpressionSyntax.maximumDepth else { throw ExpressionSyntax.tooDeep(current.location) }
        depth += 1
    }

    mutating func leave() { depth -= 1 }

    /// The whole text. A statement with a mistake is left out, and the mistake added to `errors`.
    mutating func program(_ errors: inout [SourceError]) -> ProgramSyntax {
        var program = ProgramSyntax(statements: [], brokenNames: [], end: current.location)
        while current.kind != .end {
            if takeSymbol(";") { continue }
            let start = position
            do throws(SourceError) {
                let statement = try statement()
                if current.kind != .end, !takeSymbol(";") { throw afterStatement() }
                program.statements.append(statement)
            } catch {
                depth = 0
                skipStatement(from: start)
                let broken = tokens[start..<position]
                // What the lexer could not read is known already, and the parser's own mistake comes of it.
                if !broken.contains(where: { $0.kind == .invalid }) { errors.append(error) }
                if let name = Self.createdName(in: broken) { program.brokenNames.insert(name) }
            }
        }
        program.end = current.location
        return program
    }

    /// Goes on behind the `;` of a statement that could not be read, or where the next one seems to begin.
    private mutating func skipStatement(from start: Int) {
        if position == start { take() }
        while current.kind != .end, !takeSymbol(";"), !atBeginning { take() }
    }

    /// Whether a statement seems to begin here.
    private var atBeginning: Bool {
        guard current.kind == .word else { return false }
        let second = peek()
        switch current.text {
        case "CREATE": return second.kind == .word && ["STREAM", "TABLE", "OR", "SOURCE", "TYPE"].contains(second.text)
        case "INSERT": return second.kind == .word && second.text == "INTO"
        case "SET", "UNSET": return second.kind == .string
        default: return false
        }
    }

    /// What `STREAM name` or `TABLE name` names, with or without IF NOT EXISTS.
    private static func createdName(in tokens: ArraySlice<Token>) -> String? {
        guard
            let kind = tokens.firstIndex(where: { $0.kind == .word && ($0.text == "STREAM" || $0.text == "TABLE") })
        else { return nil }
        let rest = tokens[(kind + 1)...].drop { $0.kind == .word && ["IF", "NOT", "EXISTS"].contains($0.text) }
        guard let name = rest.first, name.kind == .word || name.kind == .quotedName else { return nil }
        return name.text
    }

    private mutating func statement() throws(SourceError) -> StatementSyntax {
        guard current.kind == .word else {
            throw expected("a statement", hint: "a statement starts with CREATE, INSERT INTO or SET")
        }
        switch current.text {
        case "CREATE": return try create()
        case "INSERT": return .insertInto(try insertInto())
        case "SET": return try set()
        case "UNSET": return try unset()
        case "DROP" where peek().kind == .word && peek().text == "TYPE": return try dropType()
        case "DEFINE": return try define()
        case "UNDEFINE": return try undefine()
        case "ASSERT":
            throw SourceError(
                "ASSERT is not supported", at: current.location,
                hint: "millrace doctor PROGRAM.sql says whether topics and schemas are as the program needs them")
        case "SELECT" where takesQuestion: return .select(try select())
        case "SELECT":
            throw SourceError(
                "a SELECT on its own is no part of a program", at: current.location,
                hint: "ask it with millrace sql; or write its result somewhere: CREATE STREAM name AS SELECT … or "
                    + "CREATE TABLE name AS SELECT …")
        case let word where Parser.refusedStatements.contains(word): throw unsupported(refusedStatement(word))
        default:
            throw expected(
                "a statement",
                hint: Suggestion.hint(
                    for: current.text, in: ["CREATE", "INSERT", "SET", "UNSET"],
                    otherwise: "a statement starts with CREATE, INSERT INTO or SET"))
        }
    }

    /// ksqlDB's other statements, by their first word.
    private static let refusedStatements: Set<String> = [
        "DROP", "ALTER", "TERMINATE", "PAUSE", "RESUME", "SHOW", "LIST", "DESCRIBE", "EXPLAIN", "PRINT", "RUN",
        "SPOOL",
    ]

    private func refusedStatement(_ word: String) -> String {
        let second = peek()
        let takesSecond: Set<String> = ["DROP", "ALTER", "RUN"]
        return takesSecond.contains(word) && second.kind == .word ? "\(word) \(second.text)" : word
    }

    /// What stands where a statement should have ended.
    func afterStatement() -> SourceError {
        guard current.kind == .word else { return expected(";") }
        switch current.text {
        case "JOIN", "INNER", "LEFT", "RIGHT", "FULL", "OUTER", "CROSS": return unsupported("JOIN")
        case "WITHIN": return unsupported("JOIN … WITHIN")
        case "LIMIT" where takesQuestion:
            return SourceError(
                "LIMIT is out of order", at: current.location, hint: "the order is … HAVING, ORDER BY, EMIT, LIMIT")
        case "LIMIT":
            return unsupported("LIMIT", hint: "a SELECT on its own takes it, which millrace sql answers")
        case "ORDER" where peek().text == "BY":
            return unsupported(
                "ORDER BY",
                hint: "a stream has no end to order by; a SELECT on its own takes it, which millrace sql answers")
        case "UNION", "INTERSECT", "EXCEPT":
            return unsupported(current.text, hint: "write a second query with INSERT INTO")
        case "WINDOW", "WHERE", "GROUP", "PARTITION", "HAVING", "EMIT":
            return SourceError(
                "\(current.text) is out of order", at: current.location,
                hint: "the order is FROM, WINDOW, WHERE, GROUP BY, PARTITION BY, HAVING, EMIT")
        case "WITH":
            return SourceError(
                "WITH is out of order", at: current.location, hint: "of a query WITH (…) stands before AS SELECT")
        default:
            return expected(
                ";",
                hint: Suggestion.hint(
                    for: current.text,
                    in: ["WINDOW", "WHERE", "GROUP", "PARTITION", "HAVING", "EMIT"]))
        }
    }
}
