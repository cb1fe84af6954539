// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// ksqlDB's implicit conversions: INTEGER → BIGINT → DECIMAL → DOUBLE, and literals to the other side's type.
enum Coercion {
    static func isNullLiteral(_ expression: Expression) -> Bool {
        if case .literal(.null, _) = expression { return true }
        return false
    }

    static func stringLiteral(_ expression: Expression) -> String? {
        if case .literal(let value, .varchar) = expression { return value.string }
        return nil
    }

    /// The DECIMAL that holds every value of a number type; nil for DOUBLE and what is no number.
    static func decimal(for type: DataType) -> (precision: Int, scale: Int)? {
        switch type {
        case .integer: (10, 0)
        case .bigint: (19, 0)
        case .decimal(let precision, let scale): (precision, scale)
        default: nil
        }
    }

    /// Whether every value of `source` is one of `target` without a CAST.
    static func isWidening(from source: DataType, to target: DataType) -> Bool {
        if source == target { return true }
        switch target {
        case .bigint: return source == .integer
        case .double: return source.isNumeric
        case .decimal(let precision, let scale):
            guard let from = decimal(for: source) else { return false }
            return precision - scale >= from.precision - from.scale && scale >= from.scale
        default: return isWideningNested(from: source, to: target)
        }
    }

    private static func isWideningNested(from source: DataType, to target: DataType) -> Bool {
        switch (source, target) {
        case (.array(let element), .array(let wide)): return isWidening(from: element, to: wide)
        case (.map(let key, let value), .map(let wideKey, let wideValue)):
            return isWidening(from: key, to: wideKey) && isWidening(from: value, to: wideValue)
        case (.structure(let fields), .structure(let wide)):
            return fields.count == wide.count
                && zip(fields, wide).allSatisfy { $0.name == $1.name && isWidening(from: $0.type, to: $1.type) }
        default: return false
        }
    }

    /// The type that both widen to.
    static func common(_ left: DataType, _ right: DataType) -> DataType? {
        if left == right { return left }
        guard left.isNumeric, right.isNumeric else { return commonNested(left, right) }
        if left == .double || right == .double { return .double }
        if case .decimal = left { return commonDecimal(left, right) }
        if case .decimal = right { return commonDecimal(left, right) }
        return .bigint
    }

    /// Of arrays, maps and structs, part by part. A struct's fields have one order.
    private static func commonNested(_ left: DataType, _ right: DataType) -> DataType? {
        switch (left, right) {
        case (.array(let first), .array(let second)): return common(first, second).map { .array($0) }
        case (.map(let firstKey, let first), .map(let secondKey, let second)):
            guard let key = common(firstKey, secondKey), let value = common(first, second) else { return nil }
            return .map(key: key, value: value)
        case (.structure(let first), .structure(let second)):
            guard first.map(\.name) == second.map(\.name) else { return nil }
            var fields: [Field] = []
            for (field, other) in zip(first, second) {
                guard let type = common(field.type, other.type) else { return nil }
                fields.append(Field(field.name, type))
            }
            return .structure(fields)
        default: return nil
        }
    }

    private static func commonDecimal(_ left: DataType, _ right: DataType) -> DataType? {
        guard let left = decimal(for: left), let right = decimal(for: right) else { return nil }
        let scale = max(left.scale, right.scale)
        let whole = max(left.precision - left.scale, right.precision - right.scale)
        return bounded(precision: whole + scale, scale: scale)
    }

    /// A DECIMAL of at most 38 digits. Where there are more, digits behind the point go first, down to six of them.
    static func bounded(precision: Int, scale: Int) -> DataType {
        guard precision > 38 else { return .decimal(precision: precision, scale: scale) }
        return .decimal(precision: 38, scale: max(min(scale, 6), 38 - (precision - scale)))
    }

    /// The expression as `type` where that needs no CAST; nil where it does.
    static func widened(_ expression: Expression, to type: DataType) -> Expression? {
        if expression.type == type { return expression }
        if isNullLiteral(expression) { return .literal(.null, type) }
        if let folded = foldedLiteral(expression, to: type) { return folded }
        return isWidening(from: expression.type, to: type) ? .cast(expression, to: type) : nil
    }

    /// A number literal in a wider type; nil where it is no number literal or does not fit exactly.
    private static func foldedLiteral(_ expression: Expression, to type: DataType) -> Expression? {
        let number: Decimal128
        switch expression {
        case .literal(.integer(let value), _): number = Decimal128(unscaled: Int128(value), scale: 0)
        case .literal(.bigint(let value), _): number = Decimal128(unscaled: Int128(value), scale: 0)
        case .literal(.decimal(let value), _): number = value
        default: return nil
        }
        switch type {
        case .bigint:
            guard number.scale == 0, let value = Int64(exactly: number.unscaled) else { return nil }
            return .literal(.bigint(value), type)
        case .double: return NumericLiteral.double(number.text)
        case .decimal(let precision, let scale):
            guard scale >= number.scale, let value = number.rescaled(to: scale, precision: precision) else {
                return nil
            }
            return .literal(.decimal(value), type)
        default: return nil
        }
    }

    /// String literals among the expressions as constants of the type that the others have; nulls get that type too.
    /// `types`: of the expressions that are neither.
    static func resolvingLiterals(
        _ expressions: [Expression], at locations: [SourceLocation]
    ) throws(SourceError) -> [Expression] {
        let typed = expressions.filter { !isNullLiteral($0) && stringLiteral($0) == nil }
        guard let type = typed.first?.type, type != .varchar, type != .bytes, type.isScalar else { return expressions }
        var result: [Expression] = []
        for (expression, location) in zip(expressions, locations) {
            if let text = stringLiteral(expression) {
                result.append(try constant(text, type, at: location))
            } else {
                result.append(expression)
            }
        }
        return result
    }

    /// The text of a string literal as a constant of the type.
    static func constant(_ text: String, _ type: DataType, at location: SourceLocation) throws(SourceError)
        -> Expression
    {
        if type.isNumeric {
            if let number = NumericLiteral.any(text) { return number }
        } else if let value = try? ValueCast.cast(.text(text), from: .varchar, to: type) {
            return .literal(value, type)
        }
        throw SourceError(
            "'\(Suggestion.shortened(text))' is no \(type.sqlName)", at: location, hint: form(of: type))
    }

    private static func form(of type: DataType) -> String? {
        switch type {
        case .boolean: "write true or false"
        case .date: "write 'yyyy-MM-dd'"
        case .time: "write 'HH:mm:ss'"
        case .timestamp: "write 'yyyy-MM-ddTHH:mm:ss'"
        default: nil
        }
    }

    /// All expressions in their common type. Throws where there is none; `what` names the place.
    static func unified(
        _ expressions: [Expression], at locations: [SourceLocation], _ what: String
    ) throws(SourceError) -> (type: DataType, expressions: [Expression]) {
        let resolved = try resolvingLiterals(expressions, at: locations)
        var type: DataType?
        for (expression, location) in zip(resolved, locations) where !isNullLiteral(expression) {
            guard let known = type else {
                type = expression.type
                continue
            }
            guard let common = common(known, expression.type) else {
                throw SourceError(
                    "\(what) mixes \(known.sqlName) and \(expression.type.sqlName)", at: location,
                    hint: "use CAST(… AS \(known.sqlName))")
            }
            type = common
        }
        let common = type ?? .varchar
        // Every one widens, because `common` is the common type of all; a DECIMAL cut to 38 digits may need the cast.
        return (common, resolved.map { widened($0, to: common) ?? .cast($0, to: common) })
    }
}
