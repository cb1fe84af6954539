// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

extension ExpressionBinder {
    /// CAST, and what makes or takes apart ARRAY, MAP and STRUCT.
    mutating func nested(_ syntax: ExpressionSyntax) throws(SourceError) -> Expression {
        switch syntax.node {
        case .cast(let operand, let type): return try cast(operand, type, at: syntax.location)
        case .element(let operand, let index): return try element(operand, index, at: syntax.location)
        case .field(let operand, let name): return try field(operand, name)
        case .array(let items):
            let unified = try unified(items, "ARRAY")
            return try bounded(.array(unified.expressions, .array(unified.type)), at: syntax.location)
        case .map(let items): return try bounded(try map(items, at: syntax.location), at: syntax.location)
        case .structure(let items): return try bounded(try structure(items), at: syntax.location)
        default: throw SourceError("not a nested value", at: syntax.location)
        }
    }

    /// Types can double from query to query, so they have a limit of their own.
    private func bounded(_ expression: Expression, at location: SourceLocation) throws(SourceError) -> Expression {
        var left = 10_000
        guard expression.type.fits(&left) else {
            throw SourceError("the type of this value is too large", at: location)
        }
        return expression
    }

    private mutating func cast(
        _ operand: ExpressionSyntax, _ type: DataType, at location: SourceLocation
    ) throws(SourceError) -> Expression {
        let value = try bind(operand)
        if value.type == type, !Coercion.isNullLiteral(value) { return value }
        // The NULL stays inside the CAST, because a bare one would take on the type of what is around it.
        if Coercion.isNullLiteral(value) { return .cast(.literal(.null, type), to: type) }
        guard ValueCast.canCast(from: value.type, to: type) else {
            throw SourceError("cannot cast \(value.type.sqlName) to \(type.sqlName)", at: location)
        }
        return try possible(.cast(value, to: type, at: site(location)), at: location)
    }

    private mutating func element(
        _ operand: ExpressionSyntax, _ index: ExpressionSyntax, at location: SourceLocation
    ) throws(SourceError) -> Expression {
        let container = try bind(operand)
        let position = try bind(index)
        switch container.type {
        case .array(let element):
            guard position.type == .integer || position.type == .bigint else {
                throw SourceError(
                    "the index of an ARRAY must be a whole number, not \(position.type.sqlName)", at: index.start)
            }
            let narrow = position.type == .integer ? position : .cast(position, to: .integer)
            if try possibleValue(narrow, at: index.start) == .integer(0) {
                throw SourceError(
                    "there is no element 0", at: index.start,
                    hint: "elements are counted from 1, and from the end from -1")
            }
            return .element(container, narrow, element)
        case .map(let key, let value):
            guard let key = Coercion.widened(position, to: key) else {
                throw SourceError(
                    "the key of this MAP is \(key.sqlName), not \(position.type.sqlName)", at: index.start)
            }
            return .element(container, key, value)
        default:
            throw SourceError(
                "[…] needs an ARRAY or a MAP, not \(container.type.sqlName)", at: location,
                hint: "a field of a STRUCT is taken with ->")
        }
    }

    private mutating func field(_ operand: ExpressionSyntax, _ name: NameSyntax) throws(SourceError) -> Expression {
        let container = try bind(operand)
        guard case .structure(let fields) = container.type else {
            throw SourceError("-> needs a STRUCT, not \(container.type.sqlName)", at: name.location)
        }
        guard let index = fields.firstIndex(where: { $0.name == name.text }) else {
            let names = fields.map(\.name)
            throw SourceError(
                "unknown field \(Suggestion.shortened(name.text))", at: name.location,
                hint: Suggestion.hint(
                    for: name.text, in: names, otherwise: "the STRUCT has \(Suggestion.list(names))"))
        }
        return .field(container, index, fields[index].type)
    }

    private mutating func unified(
        _ items: [ExpressionSyntax], _ what: String
    ) throws(SourceError) -> (type: DataType, expressions: [Expression]) {
        var values: [Expression] = []
        for item in items { values.append(try bind(item)) }
        if let first = items.first, values.allSatisfy(Coercion.isNullLiteral) {
            throw SourceError(
                "\(what) of nothing but NULL has no type", at: first.start, hint: "use CAST(NULL AS type)")
        }
        return try Coercion.unified(values, at: items.map(\.start), what)
    }

    private mutating func map(
        _ items: [ExpressionSyntax.MapItem], at location: SourceLocation
    ) throws(SourceError) -> Expression {
        let keys = try unified(items.map(\.key), "the keys of MAP")
        guard keys.type.isScalar else {
            throw SourceError("the key of a MAP must not be nested", at: items.first?.key.start)
        }
        let values = try unified(items.map(\.value), "the values of MAP")
        return .map(
            zip(keys.expressions, values.expressions).map { Expression.MapItem(key: $0, value: $1) },
            .map(key: keys.type, value: values.type), at: site(location))
    }

    private mutating func structure(_ items: [ExpressionSyntax.FieldItem]) throws(SourceError) -> Expression {
        var values: [Expression] = []
        var fields: [Field] = []
        var names: Set<String> = []
        for item in items {
            guard names.insert(item.name.text).inserted else {
                throw SourceError("the field \(item.name.text) is there twice", at: item.name.location)
            }
            let value = try bind(item.value)
            values.append(value)
            fields.append(Field(item.name.text, value.type))
        }
        return .structure(values, .structure(fields))
    }
}

extension DataType {
    /// Whether the type has at most `left` parts; takes them off.
    func fits(_ left: inout Int) -> Bool {
        left -= 1
        guard left >= 0 else { return false }
        switch self {
        case .array(let element): return element.fits(&left)
        case .map(let key, let value): return key.fits(&left) && value.fits(&left)
        case .structure(let fields): return fields.allSatisfy { $0.type.fits(&left) }
        default: return true
        }
    }
}
