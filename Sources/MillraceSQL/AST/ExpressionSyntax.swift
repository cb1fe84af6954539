// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// An identifier or an upper-case word, with its place.
struct NameSyntax: Hashable {
    var text: String
    var location: SourceLocation
}

/// An expression as written.
struct ExpressionSyntax {
    indirect enum Node {
        case null
        case boolean(Bool)
        /// Digits, perhaps behind a minus.
        case integer(String)
        case decimal(String)
        case float(String)
        case string(String)
        /// `DATE '2026-01-01'` and the like.
        case typedString(DataType, String)
        case column(qualifier: NameSyntax?, NameSyntax)
        case negate(ExpressionSyntax)
        case arithmetic(ArithmeticOperator, ExpressionSyntax, ExpressionSyntax)
        case concatenate(ExpressionSyntax, ExpressionSyntax)
        /// Three operands or more with operators that bind alike, from left to right: flat, because a long one is not
        /// a deep one.
        case chain(ExpressionSyntax, [Link])
        case compare(ComparisonOperator, ExpressionSyntax, ExpressionSyntax)
        case and(ExpressionSyntax, ExpressionSyntax)
        case or(ExpressionSyntax, ExpressionSyntax)
        case not(ExpressionSyntax)
        case isNull(ExpressionSyntax)
        case isDistinct(ExpressionSyntax, ExpressionSyntax)
        case between(ExpressionSyntax, low: ExpressionSyntax, high: ExpressionSyntax)
        case inList(ExpressionSyntax, [ExpressionSyntax])
        case like(ExpressionSyntax, pattern: ExpressionSyntax, escape: Unicode.Scalar?)
        case conditional(operand: ExpressionSyntax?, [Branch], otherwise: ExpressionSyntax?)
        case cast(ExpressionSyntax, DataType)
        case element(ExpressionSyntax, ExpressionSyntax)
        case field(ExpressionSyntax, NameSyntax)
        /// `s->*`
        case allFields(ExpressionSyntax)
        case array([ExpressionSyntax])
        case map([MapItem])
        case structure([FieldItem])
        case call(NameSyntax, [ExpressionSyntax])
        case countAll
        /// `x => …`, `(x, y) => …`
        case lambda([NameSyntax], ExpressionSyntax)
    }

    struct Link {
        /// `+`, `-`, `*`, `/`, `%` or `||`.
        var sign: String
        var location: SourceLocation
        var operand: ExpressionSyntax
    }

    struct Branch {
        var condition: ExpressionSyntax
        var result: ExpressionSyntax
    }

    struct MapItem {
        var key: ExpressionSyntax
        var value: ExpressionSyntax
    }

    struct FieldItem {
        var name: NameSyntax
        var value: ExpressionSyntax
    }

    let node: Node
    /// Of an operation: its operator; of anything else: its first token.
    let location: SourceLocation
    /// Where its first token is.
    let start: SourceLocation
    /// Levels of nodes, this one included.
    let depth: Int
    /// Nodes, counted as often as they are in the bound expression (BETWEEN has its operand twice).
    let size: Int

    static let maximumDepth = 256
    static let maximumSize = 100_000

    init(
        _ node: Node, at location: SourceLocation, start: SourceLocation? = nil, children: [ExpressionSyntax] = [],
        repeated: (ExpressionSyntax, count: Int)? = nil
    ) throws(SourceError) {
        var deepest = repeated?.0.depth ?? 0
        // Every child is at most `maximumSize`, so only the product can be large.
        var total = 1 + (repeated.map { min($0.0.size * min($0.count, Self.maximumSize), Self.maximumSize) } ?? 0)
        for child in children {
            deepest = max(deepest, child.depth)
            total += child.size
        }
        guard deepest < Self.maximumDepth else { throw Self.tooDeep(location) }
        guard total <= Self.maximumSize else {
            throw SourceError("the expression is too large", at: location, hint: "split it over several queries")
        }
        self.node = node
        self.location = location
        self.start = start ?? location
        depth = deepest + 1
        size = total
    }

    static func tooDeep(_ location: SourceLocation) -> SourceError {
        SourceError(
            "the expression is nested more than \(maximumDepth) levels deep", at: location,
            hint: "split it over several queries")
    }
}
