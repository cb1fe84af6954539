// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

extension ExpressionBinder {
    /// Everything whose result is BOOLEAN.
    mutating func predicate(_ syntax: ExpressionSyntax) throws(SourceError) -> Expression {
        let location = syntax.location
        switch syntax.node {
        case .compare(let operation, let left, let right):
            let (first, second) = try comparable(left, right, operation, at: location)
            return .compare(operation, first, second)
        case .and(let left, let right): return .and(try condition(left, "AND"), try condition(right, "AND"))
        case .or(let left, let right): return .or(try condition(left, "OR"), try condition(right, "OR"))
        case .not(let operand): return .not(try condition(operand, "NOT"))
        case .isNull(let operand): return .isNull(try bind(operand))
        case .isDistinct(let left, let right):
            let (first, second) = try comparable(left, right, nil, at: location)
            return .isDistinct(first, second)
        case .between(let operand, let low, let high):
            return try between(operand, low: low, high: high, at: location)
        case .inList(let operand, let items): return try inList(operand, items)
        case .like(let operand, let pattern, let escape):
            return .like(try text(operand), pattern: try text(pattern), escape: escape)
        default: throw SourceError("not a condition", at: location)
        }
    }

    private mutating func condition(_ syntax: ExpressionSyntax, _ word: String) throws(SourceError) -> Expression {
        try boolean(try bind(syntax), "an operand of \(word)", at: syntax.start)
    }

    private mutating func text(_ syntax: ExpressionSyntax) throws(SourceError) -> Expression {
        let operand = try bind(syntax)
        guard let result = Coercion.widened(operand, to: .varchar) else {
            throw SourceError(
                "LIKE takes texts, not \(operand.type.sqlName)", at: syntax.start, hint: "use CAST(… AS STRING)")
        }
        return result
    }

    private mutating func between(
        _ operand: ExpressionSyntax, low: ExpressionSyntax, high: ExpressionSyntax, at location: SourceLocation
    ) throws(SourceError) -> Expression {
        let (first, lower) = try comparable(operand, low, .greaterOrEqual, at: location)
        let (second, upper) = try comparable(operand, high, .lessOrEqual, at: location)
        return .and(.compare(.greaterOrEqual, first, lower), .compare(.lessOrEqual, second, upper))
    }

    /// Both sides in one type (two DECIMALs stay as they are). No operation: IS DISTINCT FROM, which takes NULL.
    private mutating func comparable(
        _ left: ExpressionSyntax, _ right: ExpressionSyntax, _ operation: ComparisonOperator?,
        at location: SourceLocation
    ) throws(SourceError) -> (Expression, Expression) {
        try comparable(
            try bind(left), try bind(right), operation, at: location, literals: [left.location, right.location],
            isTime: isTimeColumn(left) || isTimeColumn(right))
    }

    /// ROWTIME and the window's bounds compare with times written as strings.
    private func isTimeColumn(_ syntax: ExpressionSyntax) -> Bool {
        guard case .column(_, let name) = syntax.node else { return false }
        return ["ROWTIME", "WINDOWSTART", "WINDOWEND"].contains(name.text)
    }

    func comparable(
        _ left: Expression, _ right: Expression, _ operation: ComparisonOperator?, at location: SourceLocation,
        literals: [SourceLocation], isTime: Bool = false
    ) throws(SourceError) -> (Expression, Expression) {
        if let null = [left, right].firstIndex(where: Coercion.isNullLiteral), let operation {
            throw SourceError(
                "\(operation.rawValue) NULL is never true", at: literals[null],
                hint: operation == .notEqual ? "use IS NOT NULL" : "use IS NULL")
        }
        var operands = [left, right]
        if isTime, left.type == .bigint || right.type == .bigint {
            operands = operands.map(timeInMilliseconds)
        }
        operands = try Coercion.resolvingLiterals(operands, at: literals)
        var first = operands[0]
        var second = operands[1]
        if Coercion.isNullLiteral(first) { first = .literal(.null, second.type) }
        if Coercion.isNullLiteral(second) { second = .literal(.null, first.type) }
        // A DATE is the TIMESTAMP of its midnight, as in ksqlDB.
        if first.type == .date, second.type == .timestamp { first = .cast(first, to: .timestamp) }
        if first.type == .timestamp, second.type == .date { second = .cast(second, to: .timestamp) }
        guard let common = Coercion.common(first.type, second.type) else {
            throw SourceError(
                "cannot compare \(first.type.sqlName) with \(second.type.sqlName)", at: location,
                hint: "use CAST(… AS \(first.type.sqlName))")
        }
        let isOrdered = common.isScalar && common != .boolean
        if let operation, !isOrdered, operation != .equal, operation != .notEqual {
            throw SourceError(
                "\(operation.rawValue) does not compare \(common.sqlName)", at: location, hint: "use = or <>")
        }
        return (decimalOrWidened(first, common), decimalOrWidened(second, common))
    }

    private func timeInMilliseconds(_ expression: Expression) -> Expression {
        guard let text = Coercion.stringLiteral(expression), NumericLiteral.integer(text) == nil,
            case .timestamp(let time)? = try? ValueCast.cast(.text(text), from: .varchar, to: .timestamp)
        else { return expression }
        return .literal(.bigint(time), .bigint)
    }

    private func decimalOrWidened(_ expression: Expression, _ common: DataType) -> Expression {
        guard case .decimal = common, let own = Coercion.decimal(for: expression.type) else {
            return Coercion.widened(expression, to: common) ?? .cast(expression, to: common)
        }
        let type = DataType.decimal(precision: own.precision, scale: own.scale)
        return Coercion.widened(expression, to: type) ?? .cast(expression, to: type)
    }

    private mutating func inList(_ operand: ExpressionSyntax, _ items: [ExpressionSyntax]) throws(SourceError)
        -> Expression
    {
        var bound = [try bind(operand)]
        for item in items { bound.append(try bind(item)) }
        let unified = try Coercion.unified(bound, at: [operand.start] + items.map(\.start), "IN")
        return .inList(unified.expressions[0], Array(unified.expressions.dropFirst()))
    }

    /// Both forms of CASE; the simple one is written out as comparisons.
    mutating func conditional(
        _ operand: ExpressionSyntax?, _ branches: [ExpressionSyntax.Branch], otherwise: ExpressionSyntax?,
        at location: SourceLocation
    ) throws(SourceError) -> Expression {
        var conditions: [Expression] = []
        let subject = try operand.map { (syntax) throws(SourceError) in try bind(syntax) }
        for branch in branches {
            let value = try bind(branch.condition)
            if let subject, let operand {
                let (left, right) = try comparable(
                    subject, value, .equal, at: branch.condition.start,
                    literals: [operand.start, branch.condition.start])
                conditions.append(.compare(.equal, left, right))
            } else {
                conditions.append(try boolean(value, "a condition of CASE", at: branch.condition.start))
            }
        }
        var results: [Expression] = []
        var locations: [SourceLocation] = []
        for syntax in branches.map(\.result) + (otherwise.map { [$0] } ?? []) {
            results.append(try bind(syntax))
            locations.append(syntax.start)
        }
        let unified = try Coercion.unified(results, at: locations, "CASE")
        return .conditional(
            zip(conditions, unified.expressions).map { Expression.Branch(condition: $0, result: $1) },
            otherwise: otherwise == nil
                ? .literal(.null, unified.type) : unified.expressions[unified.expressions.count - 1],
            unified.type)
    }
}
