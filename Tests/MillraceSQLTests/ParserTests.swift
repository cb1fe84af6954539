// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import Testing

@testable import MillraceSQL

struct ParserTests {
    private func shape(_ text: String) throws -> String {
        var lexer = Lexer(text)
        var errors: [SourceError] = []
        var parser = Parser(tokens: lexer.tokens(&errors))
        try #require(errors.isEmpty)
        let expression = try parser.expression()
        try #require(parser.current.kind == .end)
        return describe(expression)
    }

    /// The tree with all parentheses.
    private func describe(_ syntax: ExpressionSyntax) -> String {
        switch syntax.node {
        case .null: "null"
        case .boolean(let value): value ? "true" : "false"
        case .integer(let text), .decimal(let text), .float(let text): text
        case .string(let text): "'\(text)'"
        case .typedString(let type, let text): "\(type.sqlName)'\(text)'"
        case .column(let qualifier, let name): (qualifier.map { $0.text + "." } ?? "") + name.text
        case .negate(let operand): "(- \(describe(operand)))"
        case .arithmetic(let sign, let left, let right): "(\(describe(left)) \(sign.rawValue) \(describe(right)))"
        case .concatenate(let left, let right): "(\(describe(left)) || \(describe(right)))"
        case .chain(let first, let links):
            links.reduce(describe(first)) { "(\($0) \($1.sign) \(describe($1.operand)))" }
        case .compare(let sign, let left, let right): "(\(describe(left)) \(sign.rawValue) \(describe(right)))"
        case .and(let left, let right): "(\(describe(left)) and \(describe(right)))"
        case .or(let left, let right): "(\(describe(left)) or \(describe(right)))"
        case .not(let operand): "(not \(describe(operand)))"
        case .isNull(let operand): "(\(describe(operand)) is null)"
        case .isDistinct(let left, let right): "(\(describe(left)) is distinct \(describe(right)))"
        case .between(let operand, let low, let high):
            "(\(describe(operand)) between \(describe(low)) \(describe(high)))"
        case .inList(let operand, let items):
            "(\(describe(operand)) in \(items.map(describe).joined(separator: " ")))"
        case .like(let operand, let pattern, let escape):
            "(\(describe(operand)) like \(describe(pattern))\(escape.map { " escape \($0)" } ?? ""))"
        case .conditional(let operand, let branches, let otherwise):
            "(case \(operand.map(describe) ?? "-")"
                + branches.map { " when \(describe($0.condition)) then \(describe($0.result))" }.joined()
                + " else \(otherwise.map(describe) ?? "-"))"
        case .cast(let operand, let type): "(cast \(describe(operand)) \(type.sqlName))"
        case .element(let container, let index): "\(describe(container))[\(describe(index))]"
        case .field(let operand, let name): "\(describe(operand))->\(name.text)"
        case .array(let items): "[\(items.map(describe).joined(separator: " "))]"
        case .map(let items): "{\(items.map { "\(describe($0.key)):\(describe($0.value))" }.joined(separator: " "))}"
        case .structure(let items): "<\(items.map { "\($0.name.text):\(describe($0.value))" }.joined(separator: " "))>"
        case .call(let name, let arguments): "\(name.text)(\(arguments.map(describe).joined(separator: " ")))"
        case .countAll: "COUNT(*)"
        case .allFields(let operand): "\(describe(operand))->*"
        case .lambda(let names, let body): "(\(names.map(\.text).joined(separator: " ")) => \(describe(body)))"
        }
    }

    @Test(arguments: [
        ("a + b * c - d", "((A + (B * C)) - D)"),
        ("a - b - c", "((A - B) - C)"),
        ("f(a, x => x + 1 > b OR x = 2)", "F(A (X => (((X + 1) > B) or (X = 2))))"),
        ("f(a, (x) => x, (`k`, v) => g(v, y => k))", "F(A (X => X) (k V => G(V (Y => K))))"),
        ("a % b / c", "((A % B) / C)"),
        ("a || b + c || d", "((A || (B + C)) || D)"),
        ("-a * -1 + +2", "(((- A) * -1) + 2)"),
        ("- - a", "(- (- A))"),
        ("a + 1 = b AND NOT c = d OR e", "((((A + 1) = B) and (not (C = D))) or E)"),
        ("a OR b AND c OR d", "(A or ((B and C) or D))"),
        ("NOT NOT a AND b", "((not (not A)) and B)"),
        ("a AND b AND c AND d", "((A and B) and (C and D))"),
        ("a BETWEEN 1 AND 2 AND b", "((A between 1 2) and B)"),
        ("a NOT BETWEEN b + 1 AND c * 2", "(not (A between (B + 1) (C * 2)))"),
        ("a NOT IN (1, 2) OR b IN ('x')", "((not (A in 1 2)) or (B in 'x'))"),
        ("a NOT LIKE '%!_' ESCAPE '!'", "(not (A like '%!_' escape !))"),
        ("a IS NOT NULL AND b IS NULL", "((not (A is null)) and (B is null))"),
        ("a IS NOT DISTINCT FROM b", "(not (A is distinct B))"),
        ("a IS DISTINCT FROM b || c", "(A is distinct (B || C))"),
        ("s->f->g[1]['k']", "S->F->G[1]['k']"),
        ("t.`x`->y + 1", "(T.x->Y + 1)"),
        ("CASE WHEN a THEN 1 ELSE 2 END", "(case - when A then 1 else 2)"),
        ("CASE x WHEN 1 THEN 'a' WHEN 2 THEN 'b' END", "(case X when 1 then 'a' when 2 then 'b' else -)"),
        ("CAST(a + 1 AS DECIMAL(10, 2))", "(cast (A + 1) DECIMAL(10, 2))"),
        (
            "CAST(a AS ARRAY<MAP<STRING, STRUCT<x INT, `y` VARCHAR(3)>>>)",
            "(cast A ARRAY<MAP<STRING, STRUCT<X INTEGER, y STRING>>>)"
        ),
        ("ARRAY[1, a][2]", "[1 A][2]"),
        ("MAP('a' := 1, 'b' := 2)", "{'a':1 'b':2}"),
        ("STRUCT(x := 1, `y` := 'b')->x", "<X:1 y:'b'>->X"),
        ("count(*) + Sum(a)", "(COUNT(*) + SUM(A))"),
        ("DATE '2026-01-02'", "DATE'2026-01-02'"),
        ("date + time", "(DATE + TIME)"),
        ("((a))", "A"),
        ("a <> b", "(A <> B)"),
        ("a != b", "(A <> B)"),
    ])
    func precedence(_ text: String, _ expected: String) throws {
        #expect(try shape(text) == expected)
    }

    @Test func longChainsOfAndAreNoDepth() throws {
        let text = Array(repeating: "a", count: 5000).joined(separator: " AND ")
        #expect(throws: Never.self) { try shape(text) }
    }
}
