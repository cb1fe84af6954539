// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// How large the values of an expression may get, as far as its text says: so many bytes for each byte of the row, and
/// so many more. What the data decide (`LPAD(v, n, ' ')`) has no such bound but `ValueLimit`.
package struct ValueGrowth: Hashable, Sendable {
    /// `Int.max`: there is no bound.
    package var factor: Int
    package var bytes: Int

    package init(factor: Int, bytes: Int) {
        self.factor = factor
        self.bytes = bytes
    }

    /// A column of the row.
    package static let column = ValueGrowth(factor: 1, bytes: 8)
    package static let unbounded = ValueGrowth(factor: .max, bytes: 0)
    /// A number, a time.
    private static let scalar = ValueGrowth(factor: 0, bytes: 16)

    package var isUnbounded: Bool { factor == .max }

    static func + (left: ValueGrowth, right: ValueGrowth) -> ValueGrowth {
        ValueGrowth(factor: left.factor +| right.factor, bytes: left.bytes +| right.bytes)
    }

    package func times(_ other: Int) -> ValueGrowth { ValueGrowth(factor: factor *| other, bytes: bytes *| other) }

    /// What holds for both.
    package func or(_ other: ValueGrowth) -> ValueGrowth {
        ValueGrowth(factor: max(factor, other.factor), bytes: max(bytes, other.bytes))
    }

    /// The largest value that any part of an expression has on the way.
    /// - Parameter column: of the columns that it reads.
    package static func most(_ expression: Expression, column: ValueGrowth = .column) -> ValueGrowth {
        var growth = Measure(column: column)
        _ = growth.of(expression)
        return growth.most
    }

    private struct Measure {
        let column: ValueGrowth
        var most = ValueGrowth(factor: 0, bytes: 0)

        mutating func of(_ expression: Expression) -> ValueGrowth {
            let growth = value(expression)
            most = most.or(growth)
            return growth
        }

        private mutating func sum(_ parts: [Expression]) -> ValueGrowth {
            parts.reduce(ValueGrowth(factor: 0, bytes: 8)) { $0 + of($1) }
        }

        private mutating func value(_ expression: Expression) -> ValueGrowth {
            switch expression {
            case .literal(let value, _): return ValueGrowth(factor: 0, bytes: size(value))
            case .column: return column
            case .arithmetic(_, let left, let right, _, _), .compare(_, let left, let right),
                .and(let left, let right), .or(let left, let right), .isDistinct(let left, let right):
                return scalar([left, right])
            case .negate(let operand, _, _), .not(let operand), .isNull(let operand): return scalar([operand])
            case .inList(let operand, let items): return scalar([operand] + items)
            case .like(let operand, let pattern, _): return scalar([operand, pattern])
            case .concatenate(let left, let right, _): return sum([left, right])
            case .conditional(let branches, let otherwise, _):
                return branches.reduce(of(otherwise)) {
                    _ = of($1.condition)
                    return $0.or(of($1.result))
                }
            case .cast(let operand, let type, _): return cast(operand, type)
            case .element(let container, let key, _): return sum([container, key])
            case .field(let structure, _, _): return of(structure)
            case .array(let items, _), .structure(let items, _): return sum(items)
            case .map(let items, _, _): return sum(items.flatMap { [$0.key, $0.value] })
            case .call(let name, let arguments, let type, _): return call(name, arguments, type)
            case .lambda(let call, _): return lambda(call)
            }
        }

        private mutating func scalar(_ parts: [Expression]) -> ValueGrowth {
            _ = sum(parts)
            return .scalar
        }

        private mutating func cast(_ operand: Expression, _ type: DataType) -> ValueGrowth {
            let growth = of(operand)
            if operand.type == type { return growth }
            if type.isScalar, type != .varchar, type != .bytes { return .scalar }
            // A number takes more as a text, in an array with its quotes and comma.
            return operand.type.isScalar ? growth + ValueGrowth(factor: 0, bytes: 48) : growth.times(8)
        }

        /// What functions make of a byte: `ß` is SS and `ΐ` three characters, hexadecimal digits, `%41`, a letter of a
        /// pattern is the name of a month. All others at most what they were given.
        private static let factors = [
            "UCASE": 3, "LCASE": 3, "INITCAP": 3, "TO_BYTES": 2, "FROM_BYTES": 2, "ENCODE": 3, "URL_ENCODE_PARAM": 3,
            "ENTRIES": 2, "FORMAT_DATE": 12, "FORMAT_TIME": 12, "FORMAT_TIMESTAMP": 12, "DATETOSTRING": 12,
            "TIMESTAMPTOSTRING": 12, "FROM_UNIXTIME": 12, "JSON_RECORDS": 2,
            "TO_JSON_STRING": 8, "JSON_CONCAT": 30, "JSON_ITEMS": 30,
        ]

        private mutating func call(_ name: String, _ arguments: [Expression], _ type: DataType) -> ValueGrowth {
            // Each once: in a nest of calls a second look at an argument would double the work with each level.
            let parts = arguments.map { of($0) }
            let all = parts.reduce(ValueGrowth(factor: 0, bytes: 8), +)
            switch name {
            case "LPAD", "RPAD":
                // In code units, of up to three bytes.
                guard let length = number(arguments[1]) else { return .unbounded }
                return ValueGrowth(factor: 0, bytes: Int(clamping: max(length, 0)) *| 3)
            case "REPLACE":
                guard let old = size(arguments[1]), let new = size(arguments[2]) else { return .unbounded }
                return parts[0].times(max(new / max(old, 1) +| 1, 1))
            case "GENERATE_SERIES":
                guard let first = number(arguments[0]), let last = number(arguments[1]) else { return .unbounded }
                return ValueGrowth(factor: 0, bytes: Int(clamping: (last -| first).magnitude) *| 8 +| 8)
            case "MD5", "UUID": return ValueGrowth(factor: 0, bytes: 64)
            case "REGEXP_REPLACE":
                // Between any two bytes there may be a match, and what is in a group may be far from it.
                guard let new = size(arguments[2]), let pattern = text(arguments[1]), !pattern.contains("(?") else {
                    return .unbounded
                }
                let matches = parts[0] + ValueGrowth(factor: 0, bytes: 1)
                return matches.times(new +| 1)
            case "REGEXP_EXTRACT_ALL":
                guard let pattern = text(arguments[0]), !pattern.contains("(?") else { return .unbounded }
                return all
            case "ARRAY_JOIN":
                guard let delimiter = arguments.count > 1 ? size(arguments[1]) : 1 else { return .unbounded }
                return parts[0].times(delimiter +| 8)
            case "CONCAT_WS":
                return all + parts[0].times(arguments.count)
            case _ where name.hasPrefix("MASK"):
                let masks = arguments.dropFirst().filter { $0.type == .varchar }.map { size($0) }
                guard
                    let longest = masks.reduce(1, { most, mask in mask.flatMap { size in most.map { max($0, size) } } })
                else { return .unbounded }
                return parts[0].times(longest)
            default:
                if type.isScalar, type != .varchar, type != .bytes { return .scalar }
                return all.times(Self.factors[name] ?? 1)
            }
        }

        /// What a lambda makes of all elements. Of what it makes of one, on the way, the engine sees to itself: it
        /// takes few elements at once where they get large.
        private mutating func lambda(_ call: LambdaCall) -> ValueGrowth {
            let collection = of(call.collection)
            let initial = call.initial.map { of($0) }
            _ = sum(call.captures)
            if call.operation == .filter { return collection }
            if let initial {
                guard let size = call.result.fixedSize else { return .unbounded }
                return initial.or(ValueGrowth(factor: 0, bytes: size))
            }
            let results = call.bodies.reduce(ValueGrowth(factor: 0, bytes: 0)) { most, body in
                if let size = body.type.fixedSize { return most + ValueGrowth(factor: 0, bytes: size) }
                if call.captures.contains(where: { $0.type.fixedSize == nil }) { return .unbounded }
                return most + ValueGrowth.most(body)
            }
            // An element takes a byte at least.
            return results.isUnbounded ? .unbounded : collection.times(max(results.factor +| results.bytes, 1))
        }

        private func number(_ expression: Expression) -> Int64? {
            constant(expression).flatMap { try? $0.asInteger() }
        }

        private func text(_ expression: Expression) -> String? { constant(expression)?.string }

        private func size(_ expression: Expression) -> Int? { constant(expression).map { size($0) } }

        private func constant(_ expression: Expression) -> Value? {
            switch expression {
            case .literal(let value, _): value
            case .cast(let operand, _, _): constant(operand)
            default: nil
            }
        }

        private func size(_ value: Value) -> Int {
            switch value {
            case .varchar(let text), .bytes(let text): text.count
            case .array(let items), .structure(let items): items.reduce(8) { $0 +| size($1) }
            case .map(let entries): entries.reduce(8) { $0 +| size($1.key) +| size($1.value) }
            default: 16
            }
        }
    }
}

extension DataType {
    /// The most bytes that a value takes; nil for what has texts, arrays or maps.
    fileprivate var fixedSize: Int? {
        switch self {
        case .varchar, .bytes, .array, .map: return nil
        case .structure(let fields):
            return fields.reduce(Optional(8)) { sum, field in
                sum.flatMap { sum in field.type.fixedSize.map { sum +| $0 } }
            }
        default: return 16
        }
    }
}
