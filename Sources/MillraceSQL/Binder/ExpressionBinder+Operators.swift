// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

extension ExpressionBinder {
    /// Minus, `+ - * / %` and `||`.
    mutating func operation(_ syntax: ExpressionSyntax) throws(SourceError) -> Expression {
        switch syntax.node {
        case .negate(let operand): return try negate(operand, at: syntax.location)
        case .arithmetic(let operation, let left, let right):
            return try arithmetic(operation, try bind(left), try bind(right), at: syntax.location, right.start)
        case .concatenate(let left, let right):
            return try concatenate(try bind(left), try bind(right), at: syntax.location)
        case .chain(let first, let links): return try chain(first, links)
        default: throw SourceError("not an operation", at: syntax.location)
        }
    }

    private mutating func negate(_ syntax: ExpressionSyntax, at location: SourceLocation) throws(SourceError)
        -> Expression
    {
        let operand = try bind(syntax)
        if Coercion.isNullLiteral(operand) { return .literal(.null, .integer) }
        guard operand.type.isNumeric else {
            throw SourceError("minus needs a number, not \(operand.type.sqlName)", at: location)
        }
        return try possible(.negate(operand, operand.type, at: site(location)), at: location)
    }

    /// Operands of one level, from left to right. Texts are joined in a tree that is no deeper than it must be: how
    /// they are grouped makes no difference to them, as it does to numbers that may overflow or be rounded.
    private mutating func chain(
        _ first: ExpressionSyntax, _ links: [ExpressionSyntax.Link]
    ) throws(SourceError) -> Expression {
        var result = try bind(first)
        var texts: [Expression] = []
        for (index, link) in links.enumerated() {
            let operand = try bind(link.operand)
            if let operation = ArithmeticOperator(rawValue: link.sign) {
                result = try arithmetic(operation, result, operand, at: link.location, link.operand.start)
            } else {
                result = try concatenate(result, operand, at: link.location)
            }
            if case .concatenate(let left, let right, let type) = result {
                texts += texts.isEmpty ? [left, right] : [right]
                // Stands for what is joined so far: only its type matters to the next one.
                if index < links.count - 1 { result = .column(0, type) } else { return Self.balanced(texts[...], type) }
            } else if index >= Self.maximumLevels {
                throw SourceError(
                    "more than \(Self.maximumLevels) numbers in a row", at: link.location,
                    hint: "put parts of them in parentheses")
            }
        }
        return result
    }

    /// Short ones from left to right, as they always were: fingerprints of state are made of the tree.
    private static func balanced(_ operands: ArraySlice<Expression>, _ type: DataType) -> Expression {
        if operands.count <= 64, let first = operands.first {
            return operands.dropFirst().reduce(first) { .concatenate($0, $1, type) }
        }
        let half = operands.count / 2
        return .concatenate(balanced(operands.prefix(half), type), balanced(operands.dropFirst(half), type), type)
    }

    private mutating func arithmetic(
        _ operation: ArithmeticOperator, _ left: Expression, _ right: Expression, at location: SourceLocation,
        _ start: SourceLocation
    ) throws(SourceError) -> Expression {
        var first = left
        var second = right
        if Coercion.isNullLiteral(first) { first = .literal(.null, second.type) }
        if Coercion.isNullLiteral(second) { second = .literal(.null, first.type) }
        if operation == .add, first.type == .varchar, second.type == .varchar {
            return .concatenate(first, second, .varchar)
        }
        if operation == .divide || operation == .remainder, Self.isZero(second) {
            throw SourceError(
                "division by zero", at: start, hint: "it would be NULL in every row")
        }
        guard first.type.isNumeric, second.type.isNumeric, let common = Coercion.common(first.type, second.type) else {
            let joins = operation == .add && (first.type == .varchar || second.type == .varchar)
            throw SourceError(
                "\(operation.rawValue) takes numbers\(operation == .add ? ", or two texts" : ""), not "
                    + "\(first.type.sqlName) and \(second.type.sqlName)",
                at: location, hint: joins ? "use CAST(… AS STRING)" : "use CAST(… AS …)")
        }
        guard case .decimal = common else {
            return try possible(
                .arithmetic(
                    operation, try widen(first, common, location), try widen(second, common, location), common,
                    at: site(location)),
                at: location)
        }
        guard let one = Coercion.decimal(for: first.type), let other = Coercion.decimal(for: second.type) else {
            throw SourceError("\(operation.rawValue) takes numbers", at: location)
        }
        return .arithmetic(
            operation, try widen(first, .decimal(precision: one.precision, scale: one.scale), location),
            try widen(second, .decimal(precision: other.precision, scale: other.scale), location),
            decimalResult(operation, one, other), at: site(location))
    }

    private static func isZero(_ expression: Expression) -> Bool {
        guard let value = try? ConstantExpression.value(expression) else { return false }
        switch value {
        case .integer(let number): return number == 0
        case .bigint(let number): return number == 0
        case .decimal(let number): return number.unscaled == 0
        case .double(let number): return number == 0
        default: return false
        }
    }

    /// The expression, unless it is a constant that fails: it would be NULL in every row.
    func possible(_ expression: Expression, at location: SourceLocation) throws(SourceError) -> Expression {
        _ = try possibleValue(expression, at: location)
        return expression
    }

    /// The value of a constant; nil for what depends on a row.
    func possibleValue(_ expression: Expression, at location: SourceLocation) throws(SourceError) -> Value? {
        do throws(EvaluationFailure) {
            return try ConstantExpression.value(expression)
        } catch {
            throw SourceError(
                "this constant has no value: \(error.rawValue)", at: location, hint: Self.hint(for: error, expression))
        }
    }

    private static func hint(for failure: EvaluationFailure, _ expression: Expression) -> String {
        guard failure == .overflow else { return "it would be NULL in every row" }
        switch expression.type {
        case .integer: return "it is out of the range of INTEGER; CAST(… AS BIGINT) of one operand makes it a BIGINT"
        case .bigint: return "it is out of the range of BIGINT"
        default: return "it is out of range"
        }
    }

    private func widen(
        _ expression: Expression, _ type: DataType, _ location: SourceLocation
    ) throws(SourceError) -> Expression {
        if let result = Coercion.widened(expression, to: type) { return result }
        throw SourceError("\(expression.type.sqlName) does not fit \(type.sqlName)", at: location)
    }

    private func decimalResult(
        _ operation: ArithmeticOperator, _ left: (precision: Int, scale: Int), _ right: (precision: Int, scale: Int)
    ) -> DataType {
        let leftWhole = left.precision - left.scale
        let rightWhole = right.precision - right.scale
        let scale = max(left.scale, right.scale)
        switch operation {
        case .add, .subtract:
            return Coercion.bounded(precision: scale + max(leftWhole, rightWhole) + 1, scale: scale)
        case .multiply:
            return Coercion.bounded(
                precision: left.precision + right.precision + 1, scale: left.scale + right.scale)
        case .divide:
            let quotient = max(6, left.scale + right.precision + 1)
            return Coercion.bounded(precision: leftWhole + right.scale + quotient, scale: quotient)
        case .remainder:
            return Coercion.bounded(precision: min(leftWhole, rightWhole) + scale, scale: scale)
        }
    }

    private func concatenate(
        _ left: Expression, _ right: Expression, at location: SourceLocation
    ) throws(SourceError) -> Expression {
        var first = left
        var second = right
        if Coercion.isNullLiteral(first) { first = .literal(.null, second.type) }
        if Coercion.isNullLiteral(second) { second = .literal(.null, first.type) }
        let isJoinable =
            switch first.type {
            case .varchar, .bytes, .array: true
            default: false
            }
        guard isJoinable, first.type == second.type else {
            throw SourceError(
                "|| takes two texts, two BYTES or two arrays of one type, not \(first.type.sqlName) and "
                    + second.type.sqlName,
                at: location, hint: "use CAST(… AS STRING)")
        }
        return .concatenate(first, second, first.type)
    }
}
