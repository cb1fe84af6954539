// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Random well-typed expressions over a fixed schema, and random rows for it, with a liking for edge cases.
struct RandomExpressions {
    var random: SeededGenerator

    /// What expressions see: the schema, inside a lambda behind its parameters.
    private var columns = RandomExpressions.schema

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    static let list = DataType.array(.bigint)
    static let map = DataType.map(key: .varchar, value: .integer)
    static let structure = DataType.structure([Field("A", .double), Field("B", .varchar), Field("C", list)])
    static let scalars: [DataType] = [
        .boolean, .integer, .bigint, .double, .decimal(precision: 9, scale: 2), .decimal(precision: 38, scale: 20),
        .decimal(precision: 38, scale: 0), .varchar, .bytes, .date, .time, .timestamp,
    ]
    static let types = scalars + [list, map, structure]
    /// Two columns of each type.
    static let schema = types + types

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    private mutating func pick<T>(_ choices: [T]) -> T { choices[Int.random(in: 0..<choices.count, using: &random)] }

    mutating func value(_ type: DataType, nulls: Int = 20) -> Value {
        if chance(nulls) { return .null }
        switch type {
        case .boolean: return .boolean(chance(50))
        case .integer: return .integer(pick([0, 1, -1, 2, 7, .min, .max, .random(in: .min ... .max, using: &random)]))
        case .bigint: return .bigint(pick([0, 1, -1, 3, 10, .min, .max, .random(in: .min ... .max, using: &random)]))
        case .double:
            return .double(
                pick([
                    0, 1, -1.5, 2.25, 1e308, -1e308, .leastNonzeroMagnitude, 9_223_372_036_854_775_808, .nan, .infinity,
                    -.infinity,
                    .random(in: -1000...1000, using: &random),
                ]))
        case .decimal(let precision, let scale):
            let limit = Decimal128.powersOfTen[precision] - 1
            let near = Decimal128.powersOfTen[min(scale + 1, precision)] - 1
            let unscaled = pick([
                0, 1, -5, limit, -limit, .random(in: -near...near, using: &random),
                .random(in: -limit...limit, using: &random),
            ])
            return .decimal(Decimal128(unscaled: unscaled, scale: scale))
        case .varchar:
            return .text(pick(["", "a", "ab", "abc", "b%", "a_c", "žluť", "🦊x", "12", "-7.5", "true", "2024-02-29"]))
        case .bytes: return .bytes(pick([[], [0], [0, 255], [255], [1, 2, 3]]))
        case .date: return .date(pick([0, -1, 19_782, .random(in: -100_000...100_000, using: &random)]))
        case .time: return .time(pick([0, 86_399_999, .random(in: 0..<86_400_000, using: &random)]))
        case .timestamp:
            return .timestamp(pick([0, -1, 1_700_000_000_000, .random(in: -1 << 45...1 << 45, using: &random)]))
        case .array(let element): return .array((0..<pick([0, 1, 3])).map { _ in value(element) })
        case .map(_, let item):
            return .map(
                ["a", "ab", "žluť"].prefix(pick([0, 1, 3])).map { Value.MapEntry(key: .text($0), value: value(item)) })
        case .structure(let fields): return .structure(fields.map { value($0.type) })
        }
    }

    mutating func expression(_ type: DataType, depth: Int) -> Expression {
        if depth == 0 || chance(10) {
            let indexes = columns.indices.filter { columns[$0] == type }
            if chance(25) || indexes.isEmpty { return .literal(value(type, nulls: 5), type) }
            return .column(pick(indexes), type)
        }
        let depth = depth - 1
        switch Int.random(in: 0..<11, using: &random) {
        case 10:
            if let call = lambda(type, depth) { return .lambda(call) }
        case 0:
            let branches = (0..<pick([1, 2])).map { _ in
                Expression.Branch(
                    condition: expression(.boolean, depth: depth), result: expression(type, depth: depth))
            }
            return .conditional(branches, otherwise: expression(type, depth: depth), type)
        case 1:
            let from = pick(RandomExpressions.types.filter { ValueCast.canCast(from: $0, to: type) })
            return .cast(expression(from, depth: depth), to: type)
        case 2 where type == .bigint || type == .integer:
            let container = type == .bigint ? RandomExpressions.list : RandomExpressions.map
            let key: Expression =
                type == .bigint
                ? .literal(.integer(pick([0, 1, 2, 4, -1, -3])), .integer) : .literal(.text("ab"), .varchar)
            return .element(expression(container, depth: depth), key, type)
        case 2:
            guard case .structure(let fields) = RandomExpressions.structure,
                let index = fields.firstIndex(where: { $0.type == type })
            else { break }
            return .field(expression(RandomExpressions.structure, depth: depth), index, type)
        case 3:
            if let call = call(type, depth) { return call }
        default: break
        }
        return operation(type, depth)
    }

    private mutating func lambda(_ type: DataType, _ depth: Int) -> LambdaCall? {
        let types = LambdaCall.elementTypes(of: type)
        switch Int.random(in: 0..<3, using: &random) {
        case 0 where types != nil: return lambda(.filter, expression(type, depth: depth), [.boolean], depth)
        case 1 where types != nil:
            return lambda(
                .transform, expression(types?.count == 2 ? Self.map : Self.list, depth: depth), types ?? [], depth)
        default:
            let collection = expression(chance(50) ? Self.map : Self.list, depth: depth)
            return lambda(.reduce, collection, initial: expression(type, depth: depth), [type], depth)
        }
    }

    /// Captures all columns that there are.
    private mutating func lambda(
        _ operation: LambdaCall.Operation, _ collection: Expression, initial: Expression? = nil, _ results: [DataType],
        _ depth: Int
    ) -> LambdaCall {
        let outside = columns
        var call = LambdaCall(
            operation, collection, initial: initial,
            captures: outside.enumerated().map { .column($0.offset, $0.element) }, bodies: [])
        columns = call.parameters + outside
        for result in results { call.bodies.append(expression(result, depth: depth)) }
        columns = outside
        return call
    }

    private mutating func call(_ type: DataType, _ depth: Int) -> Expression? {
        let calls: [(String, [DataType])] = [
            ("COALESCE", [type, type]), ("ABS", [type]), ("UCASE", [.varchar]), ("LEN", [.varchar]),
            ("SUBSTRING", [.varchar, .integer]), ("FLOOR", [.double]),
        ]
        let (name, types) = pick(calls)
        guard let signature = ScalarFunctions.named(name)?.resolve(types), signature.result == type,
            signature.parameters == types
        else { return nil }
        return .call(name, types.map { expression($0, depth: depth) }, type)
    }

    private mutating func operation(_ type: DataType, _ depth: Int) -> Expression {
        switch type {
        case .boolean: return predicate(depth)
        case .integer, .bigint, .double:
            if chance(10) { return .negate(expression(type, depth: depth), type) }
            return .arithmetic(
                pick([.add, .subtract, .multiply, .divide, .remainder]), expression(type, depth: depth),
                expression(type, depth: depth), type)
        case .decimal:
            if chance(10) { return .negate(expression(type, depth: depth), type) }
            return .arithmetic(
                pick([.add, .subtract, .multiply, .divide, .remainder]), expression(decimal(), depth: depth),
                expression(decimal(), depth: depth), type)
        case .varchar, .bytes:
            return .concatenate(expression(type, depth: depth), expression(type, depth: depth), type)
        case .array(let element):
            if chance(50) {
                return .concatenate(expression(type, depth: depth), expression(type, depth: depth), type)
            }
            return .array((0..<pick([1, 3])).map { _ in expression(element, depth: depth) }, type)
        case .map(let key, let item):
            return .map(
                (0..<2).map { _ in
                    Expression.MapItem(key: expression(key, depth: depth), value: expression(item, depth: depth))
                }, type)
        case .structure(let fields):
            return .structure(fields.map { expression($0.type, depth: depth) }, type)
        default: return expression(type, depth: 0)
        }
    }

    private mutating func decimal() -> DataType {
        pick(RandomExpressions.scalars.filter { if case .decimal = $0 { true } else { false } })
    }

    private mutating func predicate(_ depth: Int) -> Expression {
        let type = pick(RandomExpressions.types)
        var other = type
        if case .decimal = type { other = decimal() }
        switch Int.random(in: 0..<9, using: &random) {
        case 0: return .and(expression(.boolean, depth: depth), expression(.boolean, depth: depth))
        case 1: return .or(expression(.boolean, depth: depth), expression(.boolean, depth: depth))
        case 2: return .not(expression(.boolean, depth: depth))
        case 3: return .isNull(expression(type, depth: depth))
        case 4: return .isDistinct(expression(type, depth: depth), expression(other, depth: depth))
        case 5:
            return .inList(
                expression(type, depth: depth), (0..<pick([0, 1, 2, 4])).map { _ in expression(type, depth: depth) })
        case 6:
            let patterns = ["%", "a%", "_b%", "%c", "!%", "%!%", "a!_c", "__%", "", "%ž%"]
            let pattern: Expression =
                chance(70) ? .literal(.text(pick(patterns)), .varchar) : expression(.varchar, depth: depth)
            return .like(expression(.varchar, depth: depth), pattern: pattern, escape: chance(50) ? "!" : nil)
        default:
            return .compare(
                pick([.equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual]),
                expression(type, depth: depth), expression(other, depth: depth))
        }
    }
}
