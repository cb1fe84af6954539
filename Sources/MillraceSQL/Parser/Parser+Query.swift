// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

extension Parser {
    /// One SELECT with its clauses, in ksqlDB's order.
    mutating func query() throws(SourceError) -> QuerySyntax {
        let location = try expectWord("SELECT").location
        if atWord("DISTINCT") { throw unsupported("SELECT DISTINCT", hint: "use GROUP BY") }
        var items: [QuerySyntax.Item] = []
        repeat { items.append(try item()) } while takeSymbol(",")
        guard takeWord("FROM") else {
            throw expected(", or FROM", hint: Suggestion.hint(for: current.text, in: ["FROM"]))
        }
        if atSymbol("(") {
            throw unsupported("a subquery", hint: "make it a stream of its own with CREATE STREAM … AS")
        }
        let source = try name("the name of a stream or table")
        var query = QuerySyntax(location: location, items: items, source: source, alias: try bareAlias())
        if atSymbol(",") {
            throw unsupported("a query over several sources", hint: "write FROM a JOIN b ON a.id = b.id")
        }
        while let join = try join() { query.joins.append(join) }
        if atWord("WINDOW") { query.window = try window() }
        if takeWord("WHERE") { query.filter = try expression() }
        if takeWord("GROUP") {
            try expectWord("BY")
            query.groupBy = try expressionList()
        }
        if atWord("PARTITION") {
            query.partitionByLocation = take().location
            try expectWord("BY")
            query.partitionBy = try partitionBy()
        }
        if atWord("HAVING") {
            query.havingLocation = take().location
            query.having = try expression()
        }
        if atWord("EMIT") { query.emit = try emit() }
        return query
    }

    /// `[INNER | LEFT [OUTER] | RIGHT [OUTER] | FULL [OUTER]] JOIN name [alias] [WITHIN …] ON condition`; nil: none
    /// begins here.
    private mutating func join() throws(SourceError) -> QuerySyntax.Join? {
        let location = current.location
        let kind: StreamJoin.Kind
        if atWord("JOIN") || atWords("INNER", "JOIN") {
            takeWord("INNER")
            kind = .inner
        } else if let outer = [("LEFT", StreamJoin.Kind.left), ("RIGHT", .right), ("FULL", .full)].first(where: {
            atWords($0.0, "JOIN") || atWords($0.0, "OUTER", "JOIN")
        }) {
            take()
            takeWord("OUTER")
            kind = outer.1
        } else if atWords("OUTER", "JOIN") {
            take()
            kind = .full
        } else {
            if atWord("CROSS") { throw unsupported("CROSS JOIN", hint: "write JOIN … ON a.id = b.id") }
            return nil
        }
        try expectWord("JOIN")
        let source = try name("the name of a stream or table")
        let alias = try bareAlias()
        let within = atWord("WITHIN") ? try within() : nil
        guard takeWord("ON") else { throw expected("ON", hint: "for example ON a.user_id = b.id") }
        return QuerySyntax.Join(
            kind: kind, source: source, alias: alias, within: within, condition: try expression(), location: location)
    }

    private mutating func item() throws(SourceError) -> QuerySyntax.Item {
        let location = current.location
        if takeSymbol("*") { return .all(qualifier: nil, location: location) }
        if peek().text == ".", peek().kind == .symbol, peek(2).text == "*", peek(2).kind == .symbol {
            let qualifier = try name("an alias")
            take()
            take()
            return .all(qualifier: qualifier, location: location)
        }
        let expression = try expression()
        return .expression(expression, alias: try bareAlias())
    }

    /// `[AS] alias`.
    private mutating func bareAlias() throws(SourceError) -> NameSyntax? {
        if takeWord("AS") { return try name("an alias") }
        switch current.kind {
        case .quotedName: return try name("an alias")
        case .word where !Names.reserved.contains(current.text) && !startsClause: return try name("an alias")
        default: return nil
        }
    }

    /// Whether the word that stands here begins a clause, and is no name.
    private var startsClause: Bool {
        if current.text == "WITHIN" { return peek().kind == .integer || peek().text == "(" }
        if current.text == "SET" || current.text == "UNSET" { return peek().kind == .string }
        guard peek().kind == .word else { return false }
        if current.text == "EMIT" { return !Names.reserved.contains(peek().text) }
        return Names.clauseStarts[current.text]?.contains(peek().text) == true
    }

    private mutating func partitionBy() throws(SourceError) -> QuerySyntax.PartitionBy {
        if takeWord("NULL") { return .null }
        return .expressions(try expressionList())
    }

    /// `a, b` or `(a, b)`.
    private mutating func expressionList() throws(SourceError) -> [ExpressionSyntax] {
        if atSymbol("("), let closing = matchingParenthesis(), !continuesExpression(after: closing) {
            take()
            if takeSymbol(")") { throw expected("an expression") }
            let list = try expressions()
            try expectSymbol(")")
            return list
        }
        return try expressions()
    }

    mutating func expressions() throws(SourceError) -> [ExpressionSyntax] {
        var result: [ExpressionSyntax] = []
        repeat { result.append(try expression()) } while takeSymbol(",")
        return result
    }

    /// How far away the parenthesis is that closes the current one.
    func matchingParenthesis() -> Int? {
        var level = 0
        var distance = 0
        while true {
            let token = peek(distance)
            if token.kind == .end { return nil }
            if token.kind == .symbol, token.text == "(" { level += 1 }
            if token.kind == .symbol, token.text == ")" {
                level -= 1
                if level == 0 { return distance }
            }
            distance += 1
        }
    }

    /// Whether the parenthesis that closes at this distance was only the beginning: `GROUP BY (a + b) * 2, c`.
    private func continuesExpression(after closing: Int) -> Bool {
        let token = peek(closing + 1)
        switch token.kind {
        case .symbol: return token.text != ";" && token.text != ")"
        case .word: return ["AND", "OR", "IS", "IN", "LIKE", "BETWEEN", "NOT"].contains(token.text)
        default: return false
        }
    }

    mutating func emit() throws(SourceError) -> QuerySyntax.Emit {
        let location = try expectWord("EMIT").location
        if takeWord("CHANGES") { return QuerySyntax.Emit(mode: .changes, location: location) }
        if takeWord("FINAL") { return QuerySyntax.Emit(mode: .final, location: location) }
        throw expected("CHANGES or FINAL", hint: Suggestion.hint(for: current.text, in: ["CHANGES", "FINAL"]))
    }
}
