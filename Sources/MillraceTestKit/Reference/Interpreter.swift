// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Evaluates an expression for one row by walking its tree. A node that fails is NULL.
struct Interpreter {
    /// The row that `column` refers to.
    let row: [Value]

    func isTrue(_ expression: Expression?) -> Bool {
        guard let expression else { return true }
        return value(expression) == .boolean(true)
    }

    func values(_ expressions: [Expression]) -> [Value] { expressions.map { value($0) } }

    /// Nothing is larger than a value may be.
    func value(_ expression: Expression) -> Value {
        let value = unlimitedValue(expression)
        return ValueLimit.isWithin(value) ? value : .null
    }

    private func unlimitedValue(_ expression: Expression) -> Value {
        switch expression {
        case .literal(let value, _): return value
        case .column(let index, _): return row.indices.contains(index) ? row[index] : .null
        case .and, .or, .not, .isNull, .isDistinct, .inList, .like, .compare: return logic(expression)
        case .arithmetic(let operation, let left, let right, let type, _):
            return Arithmetic.apply(operation, value(left), value(right), type)
        case .negate(let operand, let type, _):
            let zero = Arithmetic.zero(type)
            // 0 − x, which for DOUBLE differs from −x in the sign of zero only, and there is no −0.
            return Arithmetic.apply(.subtract, zero, value(operand), type)
        case .concatenate(let left, let right, _):
            switch (value(left), value(right)) {
            case (.varchar(let left), .varchar(let right)): return .varchar(left + right)
            case (.bytes(let left), .bytes(let right)): return .bytes(left + right)
            case (.array(let left), .array(let right)): return .array(left + right)
            default: return .null
            }
        case .conditional(let branches, let otherwise, _):
            for branch in branches where isTrue(branch.condition) { return value(branch.result) }
            return value(otherwise)
        case .cast(let operand, let type, _):
            let input = value(operand)
            if input.isNull { return .null }
            return (try? ValueCast.cast(input, from: operand.type, to: type)) ?? .null
        case .element(let container, let index, _): return element(value(container), value(index))
        case .field(let operand, let index, _):
            guard case .structure(let fields) = value(operand), fields.indices.contains(index) else { return .null }
            return fields[index]
        case .array(let items, _): return .array(values(items))
        case .map(let items, _, _): return map(items)
        case .structure(let items, _): return .structure(values(items))
        case .call(let name, let arguments, let type, _): return call(name, arguments, type)
        case .lambda(let call, _): return lambda(call)
        }
    }

    private func logic(_ expression: Expression) -> Value {
        switch expression {
        case .and(let left, let right):
            let pair = [truth(left), truth(right)]
            return pair.contains(false) ? .boolean(false) : pair.contains(nil) ? .null : .boolean(true)
        case .or(let left, let right):
            let pair = [truth(left), truth(right)]
            return pair.contains(true) ? .boolean(true) : pair.contains(nil) ? .null : .boolean(false)
        case .not(let operand): return truth(operand).map { .boolean(!$0) } ?? .null
        case .isNull(let operand): return .boolean(value(operand).isNull)
        case .isDistinct(let left, let right):
            return .boolean(ValueOrder.compare(value(left), value(right)) != 0)
        case .compare(let operation, let left, let right):
            return compare(operation, value(left), value(right))
        case .inList(let operand, let items):
            let wanted = value(operand)
            return .boolean(values(items).contains { compare(.equal, wanted, $0) == .boolean(true) })
        case .like(let operand, let pattern, let escape):
            guard let text = value(operand).string, let pattern = value(pattern).string else { return .null }
            return .boolean(
                Like.matches(Array(text.unicodeScalars)[...], Like.parts(Array(pattern.unicodeScalars), escape)[...]))
        default: return .null
        }
    }

    private func truth(_ expression: Expression) -> Bool? {
        if case .boolean(let value) = value(expression) { return value }
        return nil
    }

    private func compare(_ operation: ComparisonOperator, _ left: Value, _ right: Value) -> Value {
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
    }

    private func element(_ container: Value, _ index: Value) -> Value {
        switch (container, index) {
        case (.array(let items), .integer(let position)): return element(items, Int64(position))
        case (.array(let items), .bigint(let position)): return element(items, position)
        case (.map(let entries), let key) where !key.isNull:
            return entries.first { $0.key == key }?.value ?? .null
        default: return .null
        }
    }

    private func element(_ items: [Value], _ position: Int64) -> Value {
        if position >= 1, position <= Int64(items.count) { return items[Int(position) - 1] }
        if position <= -1, position >= -Int64(items.count) { return items[items.count + Int(position)] }
        return .null
    }

    private func map(_ items: [Expression.MapItem]) -> Value {
        var entries: [Value.MapEntry] = []
        for item in items {
            let entry = Value.MapEntry(key: value(item.key), value: value(item.value))
            if let place = entries.firstIndex(where: { $0.key == entry.key }) {
                entries[place] = entry
            } else {
                entries.append(entry)
            }
        }
        return .map(entries)
    }

    private func call(_ name: String, _ expressions: [Expression], _ type: DataType) -> Value {
        let arguments = values(expressions)
        guard let function = ScalarFunctions.named(name) else { return .null }
        if function.nullOnNull, arguments.contains(.null) { return .null }
        return (try? function.evaluate(arguments, type, of: expressions.map(\.type))) ?? .null
    }
}

/// LIKE by trying every length for every `%`.
enum Like {
    enum Part {
        case one(Unicode.Scalar)
        case anyOne
        case any
    }

    static func parts(_ pattern: [Unicode.Scalar], _ escape: Unicode.Scalar?) -> [Part] {
        var parts: [Part] = []
        var isEscaped = false
        for scalar in pattern {
            if isEscaped {
                parts.append(.one(scalar))
                isEscaped = false
            } else if scalar == escape {
                isEscaped = true
            } else {
                parts.append(scalar == "%" ? .any : scalar == "_" ? .anyOne : .one(scalar))
            }
        }
        // An escape character with nothing behind it stands for itself.
        if isEscaped, let escape { parts.append(.one(escape)) }
        return parts
    }

    static func matches(_ text: ArraySlice<Unicode.Scalar>, _ pattern: ArraySlice<Part>) -> Bool {
        guard let part = pattern.first else { return text.isEmpty }
        switch part {
        case .any: return (0...text.count).contains { matches(text.dropFirst($0), pattern.dropFirst()) }
        case .anyOne: return !text.isEmpty && matches(text.dropFirst(), pattern.dropFirst())
        case .one(let scalar): return text.first == scalar && matches(text.dropFirst(), pattern.dropFirst())
        }
    }
}
