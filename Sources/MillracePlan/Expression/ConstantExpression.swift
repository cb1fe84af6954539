// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// Expressions that have one value for all rows, computed when they are bound.
package enum ConstantExpression {
    /// The value; nil for an expression that depends on a row, or that only the engine computes.
    /// - Throws: why it has no value in any row.
    package static func value(_ expression: Expression) throws(EvaluationFailure) -> Value? {
        switch expression {
        case .literal(let value, _): return value
        case .cast(let operand, let type, _):
            guard let value = try value(operand) else { return nil }
            return try ValueCast.cast(value, from: operand.type, to: type)
        case .negate(let operand, let type, _):
            return try arithmetic(.subtract, .bigint(0), try value(operand), type)
        case .arithmetic(let operation, let left, let right, let type, _):
            guard let first = try value(left), let second = try value(right) else { return nil }
            return try arithmetic(operation, first, second, type)
        case .concatenate(let left, let right, _):
            guard let first = try value(left), let second = try value(right) else { return nil }
            let value = joined(first, second)
            if let value { try ValueLimit.check(value) }
            return value
        case .compare(let operation, let left, let right):
            guard left.type == right.type, let first = try value(left), let second = try value(right) else {
                return nil
            }
            return compared(operation, first, second)
        case .not(let operand):
            guard case .boolean(let holds)? = try value(operand) else { return nil }
            return .boolean(!holds)
        case .and(let left, let right): return try joint(left, right, decided: false)
        case .or(let left, let right): return try joint(left, right, decided: true)
        case .array(let items, _): return try values(items).map { .array($0) }
        case .structure(let items, _): return try values(items).map { .structure($0) }
        case .call(let name, let arguments, let type, _):
            guard let function = ScalarFunctions.named(name), let values = try values(arguments) else { return nil }
            if function.nullOnNull, values.contains(where: \.isNull) { return .null }
            return try function.evaluate(values, type, of: arguments.map(\.type))
        default: return nil
        }
    }

    private static func values(_ expressions: [Expression]) throws(EvaluationFailure) -> [Value]? {
        var result: [Value] = []
        var left = ValueLimit.bytes
        for expression in expressions {
            guard let value = try value(expression) else { return nil }
            left -= ValueLimit.size(value)
            guard left >= 0 else { throw .overflow }
            result.append(value)
        }
        return result
    }

    /// NULLs are left to the engine.
    private static func compared(_ operation: ComparisonOperator, _ left: Value, _ right: Value) -> Value? {
        if left.isNull || right.isNull { return nil }
        if case .double = left { return nil }
        let order = ValueOrder.compare(left, right)
        switch operation {
        case .equal: return .boolean(order == 0)
        case .notEqual: return .boolean(order != 0)
        case .less: return .boolean(order < 0)
        case .lessOrEqual: return .boolean(order <= 0)
        case .greater: return .boolean(order > 0)
        case .greaterOrEqual: return .boolean(order >= 0)
        }
    }

    /// AND and OR: one side may decide alone.
    private static func joint(
        _ left: Expression, _ right: Expression, decided: Bool
    ) throws(EvaluationFailure) -> Value? {
        let pair = [try value(left), try value(right)]
        if pair.contains(.boolean(decided)) { return .boolean(decided) }
        return pair == [.boolean(!decided), .boolean(!decided)] ? .boolean(!decided) : nil
    }

    private static func joined(_ left: Value, _ right: Value) -> Value? {
        switch (left, right) {
        case (.varchar(let left), .varchar(let right)): .varchar(left + right)
        case (.bytes(let left), .bytes(let right)): .bytes(left + right)
        case (.array(let left), .array(let right)): .array(left + right)
        case (.null, _), (_, .null): .null
        default: nil
        }
    }

    /// Of INTEGER and BIGINT; the others are left to the engine.
    private static func arithmetic(
        _ operation: ArithmeticOperator, _ left: Value, _ right: Value?, _ type: DataType
    ) throws(EvaluationFailure) -> Value? {
        guard type == .integer || type == .bigint, let right else { return nil }
        if left.isNull || right.isNull { return .null }
        let (first, second) = (try left.asInteger(), try right.asInteger())
        let (result, overflow): (Int64, Bool)
        switch operation {
        case .add: (result, overflow) = first.addingReportingOverflow(second)
        case .subtract: (result, overflow) = first.subtractingReportingOverflow(second)
        case .multiply: (result, overflow) = first.multipliedReportingOverflow(by: second)
        case .divide, .remainder:
            guard second != 0 else { throw .divisionByZero }
            (result, overflow) =
                operation == .divide
                ? first.dividedReportingOverflow(by: second) : first.remainderReportingOverflow(dividingBy: second)
        }
        if overflow { throw .overflow }
        return type == .integer ? try .narrow(result) : .bigint(result)
    }
}
