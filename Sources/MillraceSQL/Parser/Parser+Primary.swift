// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

extension Parser {
    /// An expression without operators: a literal, a column, a call, a constructor, CASE, CAST or parentheses.
    mutating func primary() throws(SourceError) -> ExpressionSyntax {
        let token = current
        switch token.kind {
        case .string: return try literal(.string(token.text))
        case .integer: return try literal(.integer(token.text))
        case .decimal: return try literal(.decimal(token.text))
        case .float: return try literal(.float(token.text))
        case .quotedName: return try columnOrCall()
        case .word: return try word(token)
        case .symbol where token.text == "(": return try parenthesised()
        default: throw expected("an expression")
        }
    }

    private mutating func literal(_ node: ExpressionSyntax.Node) throws(SourceError) -> ExpressionSyntax {
        try ExpressionSyntax(node, at: take().location)
    }

    private mutating func word(_ token: Token) throws(SourceError) -> ExpressionSyntax {
        switch token.text {
        case "NULL": return try literal(.null)
        case "TRUE": return try literal(.boolean(true))
        case "FALSE": return try literal(.boolean(false))
        case "CASE": return try conditional()
        case "CAST": return try cast()
        case "ARRAY" where peek().kind == .symbol && peek().text == "[": return try array()
        case "MAP" where peek().kind == .symbol && peek().text == "(": return try map()
        case "STRUCT" where peek().kind == .symbol && peek().text == "(": return try structure()
        case "DATE" where peek().kind == .string: return try typedString(.date)
        case "TIME" where peek().kind == .string: return try typedString(.time)
        case "TIMESTAMP" where peek().kind == .string: return try typedString(.timestamp)
        case "SELECT": throw unsupported("a subquery")
        case let word where Names.reserved.contains(word):
            throw expected("an expression", hint: "as a name it must be quoted: `\(word)`")
        default: return try columnOrCall()
        }
    }

    private mutating func typedString(_ type: DataType) throws(SourceError) -> ExpressionSyntax {
        let location = take().location
        let token = take()
        return try ExpressionSyntax(.typedString(type, token.text), at: token.location, start: location)
    }

    private mutating func parenthesised() throws(SourceError) -> ExpressionSyntax {
        // `(x, y) => …`: only a list of names can be one, so that nothing else pays for the search.
        if peek(2).kind == .symbol, [",", ")"].contains(peek(2).text), let closing = matchingParenthesis(),
            peek(closing + 1).kind == .symbol, peek(closing + 1).text == "=>"
        {
            return try lambda()
        }
        take()
        if atWord("SELECT") { throw unsupported("a subquery") }
        let inner = try expression()
        if atSymbol(",") { throw expected(")", hint: "a list in parentheses is no value") }
        try expectSymbol(")")
        return inner
    }

    /// `(x, y) => …`
    private mutating func lambda() throws(SourceError) -> ExpressionSyntax {
        let start = take().location
        var names: [NameSyntax] = []
        repeat { names.append(try name("a parameter's name")) } while takeSymbol(",")
        try expectSymbol(")")
        return try lambda(names, from: start)
    }

    /// What stands from `=>` on.
    private mutating func lambda(
        _ names: [NameSyntax], from start: SourceLocation
    ) throws(SourceError) -> ExpressionSyntax {
        try expectSymbol("=>")
        let body = try expression()
        return try ExpressionSyntax(.lambda(names, body), at: start, children: [body])
    }

    /// `name`, `source.name`, `name(arguments)` or `name => …`.
    private mutating func columnOrCall() throws(SourceError) -> ExpressionSyntax {
        let name = try name("a column's name")
        if atSymbol("=>") { return try lambda([name], from: name.location) }
        if atSymbol("(") { return try call(name) }
        guard takeSymbol(".") else {
            return try ExpressionSyntax(.column(qualifier: nil, name), at: name.location)
        }
        let column = try self.name("a column's name")
        if atSymbol(".") {
            throw SourceError(
                "expected an operator, found .", at: current.location, hint: "a field of a STRUCT is taken with ->")
        }
        return try ExpressionSyntax(.column(qualifier: name, column), at: column.location, start: name.location)
    }

    private mutating func call(_ name: NameSyntax) throws(SourceError) -> ExpressionSyntax {
        let function = NameSyntax(text: Names.upperCased(name.text), location: name.location)
        try expectSymbol("(")
        if atSymbol("*") {
            guard function.text == "COUNT" else {
                throw SourceError("only COUNT takes *", at: current.location)
            }
            take()
            try expectSymbol(")")
            return try ExpressionSyntax(.countAll, at: name.location)
        }
        if takeSymbol(")") { return try ExpressionSyntax(.call(function, []), at: name.location) }
        if atWord("DISTINCT") {
            throw unsupported("\(function.text)(DISTINCT …)", hint: "use COUNT_DISTINCT(…) or COLLECT_SET(…)")
        }
        let arguments = Names.takingUnits.contains(function.text) ? try argumentsWithUnit() : try expressions()
        try expectClosing(of: "the arguments of \(Suggestion.shortened(function.text))")
        return try ExpressionSyntax(.call(function, arguments), at: name.location, children: arguments)
    }

    /// Arguments of which the first may be a unit of time, a bare word.
    private mutating func argumentsWithUnit() throws(SourceError) -> [ExpressionSyntax] {
        guard current.kind == .word, TimeUnit.milliseconds(in: current.text) != nil, peek().kind == .symbol,
            peek().text == ","
        else { return try expressions() }
        let unit = try literal(.string(current.text))
        try expectSymbol(",")
        return [unit] + (try expressions())
    }

    private mutating func cast() throws(SourceError) -> ExpressionSyntax {
        let location = take().location
        try expectSymbol("(")
        let operand = try expression()
        try expectWord("AS")
        let type = try dataType()
        try expectSymbol(")")
        return try ExpressionSyntax(.cast(operand, type), at: location, children: [operand])
    }

    /// `CASE WHEN c THEN r … ELSE r END` or `CASE x WHEN v THEN r … END`.
    private mutating func conditional() throws(SourceError) -> ExpressionSyntax {
        let location = take().location
        let operand = atWord("WHEN") ? nil : try expression()
        var branches: [ExpressionSyntax.Branch] = []
        while takeWord("WHEN") {
            let condition = try expression()
            try expectWord("THEN")
            branches.append(ExpressionSyntax.Branch(condition: condition, result: try expression()))
        }
        if branches.isEmpty { throw expected("WHEN") }
        let otherwise = takeWord("ELSE") ? try expression() : nil
        guard takeWord("END") else { throw expected(otherwise == nil ? "WHEN, ELSE or END" : "END") }
        var children = branches.flatMap { [$0.condition, $0.result] }
        if let otherwise { children.append(otherwise) }
        return try ExpressionSyntax(
            .conditional(operand: operand, branches, otherwise: otherwise), at: location, children: children,
            repeated: operand.map { ($0, count: branches.count) })
    }

    private mutating func array() throws(SourceError) -> ExpressionSyntax {
        let location = take().location
        take()
        guard !atSymbol("]") else {
            throw SourceError("ARRAY[] needs an element", at: location, hint: "its type would be unknown")
        }
        let items = try expressions()
        guard takeSymbol("]") else { throw expected(", or ] in ARRAY") }
        return try ExpressionSyntax(.array(items), at: location, children: items)
    }

    private mutating func map() throws(SourceError) -> ExpressionSyntax {
        let location = take().location
        take()
        guard !atSymbol(")") else {
            throw SourceError("MAP() needs an entry", at: location, hint: "its type would be unknown")
        }
        var items: [ExpressionSyntax.MapItem] = []
        repeat {
            let key = try expression()
            try expectSymbol(":=")
            items.append(ExpressionSyntax.MapItem(key: key, value: try expression()))
        } while takeSymbol(",")
        try expectClosing(of: "MAP")
        return try ExpressionSyntax(.map(items), at: location, children: items.flatMap { [$0.key, $0.value] })
    }

    private mutating func structure() throws(SourceError) -> ExpressionSyntax {
        let location = take().location
        take()
        guard !atSymbol(")") else { throw SourceError("STRUCT() needs a field", at: location) }
        var items: [ExpressionSyntax.FieldItem] = []
        repeat {
            let name = try name("a field's name")
            try expectSymbol(":=")
            items.append(ExpressionSyntax.FieldItem(name: name, value: try expression()))
        } while takeSymbol(",")
        try expectClosing(of: "STRUCT")
        return try ExpressionSyntax(.structure(items), at: location, children: items.map(\.value))
    }
}
