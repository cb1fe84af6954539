// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// How tightly operators bind, loosest first.
enum Precedence: Int {
    case or = 1
    case and
    case not
    /// Comparisons, IS, IN, LIKE, BETWEEN: one of them only, without parentheses.
    case predicate
    case concatenate
    case sum
    case product
    case unary
}

extension Parser {
    /// Any expression.
    mutating func expression() throws(SourceError) -> ExpressionSyntax { try expression(from: .or) }

    /// An expression of operators that bind at least as tightly as `lowest`.
    private mutating func expression(from lowest: Precedence) throws(SourceError) -> ExpressionSyntax {
        try enter()
        defer { leave() }
        var left = try prefix(lowest)
        while let precedence = binaryPrecedence(), precedence.rawValue >= lowest.rawValue {
            switch precedence {
            case .or, .and: left = try junction(left, precedence)
            case .predicate:
                left = try predicate(left)
                if binaryPrecedence() == .predicate {
                    throw SourceError(
                        "comparisons cannot be chained", at: current.location,
                        hint: "use AND, or parentheses around the first comparison")
                }
            default: left = try binary(left, precedence)
            }
        }
        return left
    }

    /// Of the operator that stands here, if any does.
    private func binaryPrecedence() -> Precedence? {
        switch (current.kind, current.text) {
        case (.word, "OR"): .or
        case (.word, "AND"): .and
        case (.word, "IS"), (.word, "IN"), (.word, "LIKE"), (.word, "BETWEEN"): .predicate
        case (.word, "NOT"): ["IN", "LIKE", "BETWEEN"].contains(peek().text) && peek().kind == .word ? .predicate : nil
        case (.symbol, "="), (.symbol, "<>"), (.symbol, "!="), (.symbol, "<"), (.symbol, "<="), (.symbol, ">"),
            (.symbol, ">="):
            .predicate
        case (.symbol, "||"): .concatenate
        case (.symbol, "+"), (.symbol, "-"): .sum
        case (.symbol, "*"), (.symbol, "/"), (.symbol, "%"): .product
        default: nil
        }
    }

    /// NOT, signs, or a primary expression.
    private mutating func prefix(_ lowest: Precedence) throws(SourceError) -> ExpressionSyntax {
        let location = current.location
        if atWord("NOT"), lowest.rawValue <= Precedence.not.rawValue {
            take()
            let operand = try expression(from: .not)
            return try ExpressionSyntax(.not(operand), at: location, children: [operand])
        }
        if takeSymbol("+") { return try expression(from: .unary) }
        if atSymbol("-") {
            take()
            return try negated(at: location)
        }
        return try postfix(primary())
    }

    /// What stands behind a minus; a number takes it into itself, so that the least BIGINT can be written.
    private mutating func negated(at location: SourceLocation) throws(SourceError) -> ExpressionSyntax {
        let text = "-" + current.text
        switch current.kind {
        case .integer:
            take()
            return try postfix(ExpressionSyntax(.integer(text), at: location))
        case .decimal:
            take()
            return try postfix(ExpressionSyntax(.decimal(text), at: location))
        case .float:
            take()
            return try postfix(ExpressionSyntax(.float(text), at: location))
        default:
            let operand = try expression(from: .unary)
            return try ExpressionSyntax(.negate(operand), at: location, children: [operand])
        }
    }

    /// `a AND b AND c …` as a balanced tree, so that a long chain is not a deep one.
    private mutating func junction(
        _ first: ExpressionSyntax, _ precedence: Precedence
    ) throws(SourceError) -> ExpressionSyntax {
        let word = precedence == .or ? "OR" : "AND"
        let next: Precedence = precedence == .or ? .and : .not
        var operands = [first]
        var operators: [SourceLocation] = []
        while atWord(word) {
            operators.append(take().location)
            operands.append(try expression(from: next))
        }
        return try balanced(operands[...], operators[...], precedence)
    }

    private func balanced(
        _ operands: ArraySlice<ExpressionSyntax>, _ operators: ArraySlice<SourceLocation>, _ precedence: Precedence
    ) throws(SourceError) -> ExpressionSyntax {
        if operands.count == 1 { return operands[operands.startIndex] }
        let half = operands.count / 2
        let split = operators.startIndex + half - 1
        let left = try balanced(operands.prefix(half), operators[..<split], precedence)
        let right = try balanced(operands.dropFirst(half), operators[(split + 1)...], precedence)
        return try ExpressionSyntax(
            precedence == .or ? .or(left, right) : .and(left, right), at: operators[split], start: left.start,
            children: [left, right])
    }

    /// `||`, sums and products: from left to right.
    private mutating func binary(
        _ left: ExpressionSyntax, _ precedence: Precedence
    ) throws(SourceError) -> ExpressionSyntax {
        var links: [ExpressionSyntax.Link] = []
        repeat {
            let sign = take()
            let right = try expression(from: Precedence(rawValue: precedence.rawValue + 1) ?? .unary)
            links.append(.init(sign: sign.text, location: sign.location, operand: right))
        } while binaryPrecedence() == precedence
        let children = [left] + links.map(\.operand)
        guard links.count == 1, let link = links.first else {
            return try ExpressionSyntax(
                .chain(left, links), at: links[links.count - 1].location, start: left.start, children: children)
        }
        let node: ExpressionSyntax.Node =
            if let operation = ArithmeticOperator(rawValue: link.sign) {
                .arithmetic(operation, left, link.operand)
            } else {
                .concatenate(left, link.operand)
            }
        return try ExpressionSyntax(node, at: link.location, start: left.start, children: children)
    }

    /// A comparison, IS, IN, LIKE or BETWEEN behind its left operand.
    private mutating func predicate(_ left: ExpressionSyntax) throws(SourceError) -> ExpressionSyntax {
        let location = current.location
        if current.kind == .symbol { return try comparison(left) }
        var isNegated = takeWord("NOT")
        let word = take().text
        let positive: ExpressionSyntax
        switch word {
        case "IN": positive = try inList(left, at: location)
        case "LIKE": positive = try like(left, at: location)
        case "BETWEEN":
            let low = try expression(from: .concatenate)
            try expectWord("AND")
            let high = try expression(from: .concatenate)
            positive = try ExpressionSyntax(
                .between(left, low: low, high: high), at: location, start: left.start, children: [low, high],
                repeated: (left, count: 2))
        default:
            isNegated = takeWord("NOT")
            positive = try isPredicate(left, at: location)
        }
        return isNegated
            ? try ExpressionSyntax(.not(positive), at: location, start: left.start, children: [positive]) : positive
    }

    private mutating func comparison(_ left: ExpressionSyntax) throws(SourceError) -> ExpressionSyntax {
        let sign = take()
        if sign.text == "=", atSymbol("=") {
            throw SourceError("== is no operator", at: sign.location, hint: "equality is written =")
        }
        let right = try expression(from: .concatenate)
        let operation = ComparisonOperator(rawValue: sign.text == "!=" ? "<>" : sign.text) ?? .equal
        return try ExpressionSyntax(
            .compare(operation, left, right), at: sign.location, start: left.start, children: [left, right])
    }

    /// NULL or DISTINCT FROM, behind IS [NOT].
    private mutating func isPredicate(
        _ left: ExpressionSyntax, at location: SourceLocation
    ) throws(SourceError) -> ExpressionSyntax {
        if takeWord("NULL") {
            return try ExpressionSyntax(.isNull(left), at: location, start: left.start, children: [left])
        }
        guard takeWord("DISTINCT") else { throw expected("NULL or DISTINCT FROM") }
        try expectWord("FROM")
        let right = try expression(from: .concatenate)
        return try ExpressionSyntax(
            .isDistinct(left, right), at: location, start: left.start, children: [left, right])
    }

    private mutating func inList(
        _ left: ExpressionSyntax, at location: SourceLocation
    ) throws(SourceError) -> ExpressionSyntax {
        try expectSymbol("(")
        if atWord("SELECT") { throw unsupported("a subquery") }
        let items = try expressions()
        try expectClosing(of: "IN")
        return try ExpressionSyntax(.inList(left, items), at: location, start: left.start, children: [left] + items)
    }

    private mutating func like(
        _ left: ExpressionSyntax, at location: SourceLocation
    ) throws(SourceError) -> ExpressionSyntax {
        let pattern = try expression(from: .concatenate)
        var escape: Unicode.Scalar?
        if takeWord("ESCAPE") {
            let token = try string("the escape character")
            let scalars = token.text.unicodeScalars
            guard scalars.count == 1 else {
                throw SourceError("ESCAPE takes exactly one character", at: token.location)
            }
            escape = scalars.first
        }
        return try ExpressionSyntax(
            .like(left, pattern: pattern, escape: escape), at: location, start: left.start, children: [left, pattern])
    }

    /// `a[i]`, `m['k']`, `s->f` behind an expression, any number of them.
    private mutating func postfix(_ operand: ExpressionSyntax) throws(SourceError) -> ExpressionSyntax {
        var result = operand
        while true {
            let location = current.location
            if takeSymbol("[") {
                let index = try expression()
                try expectSymbol("]")
                result = try ExpressionSyntax(
                    .element(result, index), at: location, start: operand.start, children: [result, index])
            } else if takeSymbol("->") {
                if takeSymbol("*") {
                    return try ExpressionSyntax(
                        .allFields(result), at: location, start: operand.start, children: [result])
                }
                let field = try name("a field's name")
                result = try ExpressionSyntax(
                    .field(result, field), at: field.location, start: operand.start, children: [result])
            } else if atSymbol("=>") {
                throw SourceError(
                    "the parameters of a lambda are names", at: operand.start,
                    hint: "write x => …, (x, y) => … or (x, y, z) => …")
            } else if atSymbol("::") {
                throw SourceError(":: is no operator", at: location, hint: "a cast is written CAST(… AS type)")
            } else if atWords("AT", "TIME", "ZONE") {
                throw unsupported("AT TIME ZONE")
            } else {
                return result
            }
        }
    }
}
