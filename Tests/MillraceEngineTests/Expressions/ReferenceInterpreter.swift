// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Evaluates an expression for one row, value by value, in the plainest way: what the engine's kernels must agree with.
struct ReferenceInterpreter {
    let row: [Value]
    var failures: [EvaluationFailure: Int] = [:]

    init(_ row: [Value]) { self.row = row }

    mutating func evaluate(_ expression: Expression) -> Value {
        do throws(EvaluationFailure) {
            return try value(expression)
        } catch {
            failures[error, default: 0] += 1
            return .null
        }
    }

    private mutating func value(_ expression: Expression) throws(EvaluationFailure) -> Value {
        switch expression {
        case .literal(let value, _): return value
        case .column(let index, _): return row[index]
        case .arithmetic(let operation, let left, let right, let type, _):
            return try arithmetic(operation, evaluate(left), evaluate(right), type)
        case .negate(let operand, let type, _):
            var zero = Value.double(0)
            switch type {
            case .integer: zero = .integer(0)
            case .bigint: zero = .bigint(0)
            case .decimal(_, let scale): zero = .decimal(Decimal128(unscaled: 0, scale: scale))
            default: break
            }
            return try arithmetic(.subtract, zero, evaluate(operand), type)
        case .concatenate(let left, let right, _):
            switch (evaluate(left), evaluate(right)) {
            case (.varchar(let left), .varchar(let right)): return .varchar(left + right)
            case (.bytes(let left), .bytes(let right)): return .bytes(left + right)
            case (.array(let left), .array(let right)): return .array(left + right)
            default: return .null
            }
        case .call(let name, let arguments, let type, _):
            let values = arguments.map { evaluate($0) }
            guard let function = ScalarFunctions.named(name) else { return .null }
            if function.nullOnNull, values.contains(where: { $0.isNull }) { return .null }
            return try function.evaluate(values, type, of: arguments.map(\.type))
        case .cast(let operand, let type, _):
            return try ValueCast.cast(evaluate(operand), from: operand.type, to: type)
        case .conditional(let branches, let otherwise, _):
            for branch in branches where evaluate(branch.condition) == .boolean(true) {
                return evaluate(branch.result)
            }
            return evaluate(otherwise)
        case .element, .field, .array, .map, .structure: return try nested(expression)
        case .lambda(let call, _): return try lambda(call)
        default: return predicate(expression)
        }
    }

    private mutating func predicate(_ expression: Expression) -> Value {
        switch expression {
        case .compare(let operation, let left, let right):
            let (left, right) = (evaluate(left), evaluate(right))
            if left.isNull || right.isNull { return .boolean(false) }
            let order = ValueOrder.compare(left, right)
            switch operation {
            case .equal: return .boolean(order == 0)
            case .notEqual: return .boolean(order != 0)
            case .less: return .boolean(order < 0)
            case .lessOrEqual: return .boolean(order <= 0)
            case .greater: return .boolean(order > 0)
            case .greaterOrEqual: return .boolean(order >= 0)
            }
        case .and(let left, let right): return junction(left, right, decisive: false)
        case .or(let left, let right): return junction(left, right, decisive: true)
        case .not(let operand):
            guard case .boolean(let value) = evaluate(operand) else { return .null }
            return .boolean(!value)
        case .isNull(let operand): return .boolean(evaluate(operand).isNull)
        case .isDistinct(let left, let right):
            return .boolean(ValueOrder.compare(evaluate(left), evaluate(right)) != 0)
        case .inList(let operand, let items):
            let operand = evaluate(operand)
            for item in items {
                let item = evaluate(item)
                if operand.isNull || item.isNull { continue }
                if ValueOrder.compare(operand, item) == 0 { return .boolean(true) }
            }
            return .boolean(false)
        case .like(let operand, let pattern, let escape):
            let (operand, pattern) = (evaluate(operand), evaluate(pattern))
            guard let text = operand.string, let pattern = pattern.string else { return .null }
            return .boolean(
                ReferenceInterpreter.like(Array(text.unicodeScalars)[...], Array(pattern.unicodeScalars)[...], escape))
        default: return .null
        }
    }

    private mutating func junction(_ left: Expression, _ right: Expression, decisive: Bool) -> Value {
        let first = evaluate(left)
        if first == .boolean(decisive) { return first }
        let second = evaluate(right)
        if second == .boolean(decisive) || first == second { return second }
        return first.isNull || second.isNull ? .null : .boolean(!decisive)
    }

    private static func like(
        _ text: ArraySlice<Unicode.Scalar>, _ pattern: ArraySlice<Unicode.Scalar>, _ escape: Unicode.Scalar?
    ) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        let rest = pattern.dropFirst()
        if first == escape, let literal = rest.first {
            return text.first == literal && like(text.dropFirst(), rest.dropFirst(), escape)
        }
        if first == "%" {
            return (0...text.count).contains { like(text.dropFirst($0), rest, escape) }
        }
        guard let scalar = text.first else { return false }
        return (first == "_" || first == scalar) && like(text.dropFirst(), rest, escape)
    }

    private mutating func nested(_ expression: Expression) throws(EvaluationFailure) -> Value {
        switch expression {
        case .element(let container, let key, _):
            let (container, key) = (evaluate(container), evaluate(key))
            switch (container, key) {
            case (.array(let elements), .integer(let index)): return element(elements, Int(index))
            case (.array(let elements), .bigint(let index)): return element(elements, Int(index))
            case (.map(let entries), _) where !key.isNull:
                return entries.first { ValueOrder.compare($0.key, key) == 0 }?.value ?? .null
            default: return .null
            }
        case .field(let structure, let index, _):
            guard case .structure(let values) = evaluate(structure) else { return .null }
            return values[index]
        case .array(let elements, _): return .array(elements.map { evaluate($0) })
        case .structure(let values, _): return .structure(values.map { evaluate($0) })
        case .map(let items, _, _):
            let entries = items.map { Value.MapEntry(key: evaluate($0.key), value: evaluate($0.value)) }
            if entries.contains(where: { $0.key.isNull }) { throw .badArgument }
            var result: [Value.MapEntry] = []
            for entry in entries {
                if let place = result.firstIndex(where: { $0.key == entry.key }) {
                    result[place].value = entry.value
                } else {
                    result.append(entry)
                }
            }
            return .map(result)
        default: return .null
        }
    }

    private func element(_ elements: [Value], _ index: Int) -> Value {
        if index > 0 { return index <= elements.count ? elements[index - 1] : .null }
        return index < 0 && elements.count + index >= 0 ? elements[elements.count + index] : .null
    }

    private func arithmetic(
        _ operation: ArithmeticOperator, _ left: Value, _ right: Value, _ type: DataType
    ) throws(EvaluationFailure) -> Value {
        switch (left, right, type) {
        case (.integer(let left), .integer(let right), _):
            guard let result = Int32(exactly: try integers(operation, Int128(left), Int128(right))) else {
                throw .overflow
            }
            return .integer(result)
        case (.bigint(let left), .bigint(let right), _):
            guard let result = Int64(exactly: try integers(operation, Int128(left), Int128(right))) else {
                throw .overflow
            }
            return .bigint(result)
        case (.double(let left), .double(let right), _): return .double(try doubles(operation, left, right))
        case (.decimal(let left), .decimal(let right), .decimal(let precision, let scale)):
            return .decimal(try PaperDecimal.apply(operation, left, right, precision: precision, scale: scale))
        default: return .null
        }
    }

    private func integers(
        _ operation: ArithmeticOperator, _ left: Int128, _ right: Int128
    ) throws(EvaluationFailure) -> Int128 {
        switch operation {
        case .add: return left + right
        case .subtract: return left - right
        case .multiply: return left * right
        case .divide:
            if right == 0 { throw .divisionByZero }
            return left / right
        case .remainder:
            if right == 0 { throw .divisionByZero }
            return left % right
        }
    }

    private func doubles(
        _ operation: ArithmeticOperator, _ left: Double, _ right: Double
    ) throws(EvaluationFailure) -> Double {
        let result: Double
        switch operation {
        case .add: result = left + right
        case .subtract: result = left - right
        case .multiply: result = left * right
        case .divide, .remainder:
            if right == 0 { throw .divisionByZero }
            result = operation == .divide ? left / right : left.truncatingRemainder(dividingBy: right)
        }
        if !result.isFinite, left.isFinite, right.isFinite { throw .overflow }
        return result == 0 ? 0 : result
    }
}
