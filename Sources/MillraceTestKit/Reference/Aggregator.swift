// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Aggregates of one group from the list of all its records.
enum Aggregator {
    static func result(_ call: AggregateCall, _ group: [Occurrence]) -> Value {
        guard let argument = call.arguments.first else { return .bigint(Int64(group.count)) }
        let all = group.map { ($0, Interpreter(row: $0.row).value(argument)) }
        let present = all.filter { !$0.1.isNull }
        let values = present.map(\.1)
        switch call.function {
        case .countAll: return .bigint(Int64(group.count))
        case .count: return .bigint(Int64(values.count))
        case .countDistinct: return .bigint(Int64(Set(values).count))
        case .sum: return sum(values, call.result)
        case .min: return values.min { ValueOrder.compare($0, $1) < 0 } ?? .null
        case .max: return values.max { ValueOrder.compare($0, $1) < 0 } ?? .null
        case .average: return average(values)
        case .standardDeviationOfSample: return standardDeviation(values)
        case .topK:
            let sortable = values.filter { if case .structure(let fields) = $0 { !fields[0].isNull } else { true } }
            return .array(Array(sortable.sorted { ValueOrder.compare($0, $1) > 0 }.prefix(call.limit ?? 0)))
        case .topKDistinct:
            var seen: Set<Value> = []
            let different = values.filter { seen.insert($0).inserted }.sorted { ValueOrder.compare($0, $1) > 0 }
            return .array(Array(different.prefix(call.limit ?? 0)))
        case .histogram:
            let groups = Dictionary(grouping: values) { $0 }.sorted { ValueOrder.compare($0.key, $1.key) < 0 }
            return .map(groups.map { .init(key: $0.key, value: .bigint(Int64($0.value.count))) })
        case .correlation: return correlation(call, group)
        case .collectList: return .array(OrderedMerge.merged(all))
        case .collectSet:
            var seen: Set<Value> = []
            return .array(OrderedMerge.merged(firstOfEach(all)).filter { seen.insert($0).inserted })
        case .earliestByOffset:
            let ordered = OrderedMerge.merged(call.ignoresNulls ? present : all)
            return call.limit.map { .array(Array(ordered.prefix($0))) } ?? ordered.first ?? .null
        case .latestByOffset:
            let ordered = OrderedMerge.mergedFromEnd(call.ignoresNulls ? present : all)
            return call.limit.map { .array(Array(ordered.suffix($0))) } ?? ordered.last ?? .null
        }
    }

    /// Each partition's first occurrence of each value, by offset.
    private static func firstOfEach(_ items: [(Occurrence, Value)]) -> [(Occurrence, Value)] {
        Dictionary(grouping: items) { $0.0.place }.values.flatMap { part in
            var seen: Set<Value> = []
            return part.sorted { $0.0.order < $1.0.order }.filter { seen.insert($0.1).inserted }
        }
    }

    /// From n·Σxy − Σx·Σy and its like, exact up to one rounding each.
    private static func correlation(_ call: AggregateCall, _ group: [Occurrence]) -> Value {
        let pairs = group.map { Interpreter(row: $0.row).values(call.arguments) }.filter { !$0.contains(.null) }
        guard pairs.count > 1 else { return .null }
        let (x, y) = (pairs.compactMap { exact($0[0]) }, pairs.compactMap { exact($0[1]) })
        // NaN and the infinities are no fractions.
        guard x.count == pairs.count, y.count == pairs.count else { return .null }
        let count = Fraction(integer: Int128(pairs.count))
        func spread(_ left: [Fraction], _ right: [Fraction]) -> Double? {
            func sum(_ parts: [Fraction]) -> Fraction { parts.reduce(Fraction(integer: 0), powerOfTwoSum) }
            return ((count * sum(zip(left, right).map { $0 * $1 }) - sum(left) * sum(right)) / count)?.double
        }
        guard let together = spread(x, y), let alone = spread(x, x), let other = spread(y, y) else { return .null }
        return Correlation.coefficient(count: Int64(pairs.count), together: together, first: alone, second: other)
            .map { .double($0) } ?? .null
    }

    private static func sum(_ values: [Value], _ type: DataType) -> Value {
        if values.isEmpty { return .null }
        if type == .double { return finite(exactSum(values)) }
        return Arithmetic.value(values.compactMap(Arithmetic.fraction).reduce(Fraction(integer: 0), sameScale), type)
    }

    /// Adds without letting the denominators grow: all values of a column have one scale.
    private static func sameScale(_ left: Fraction, _ right: Fraction) -> Fraction {
        left.denominator == right.denominator
            ? Fraction(left.numerator + right.numerator, over: left.denominator) : left + right
    }

    private static func average(_ values: [Value]) -> Value {
        if values.isEmpty { return .null }
        let mean = exactSum(values) / Double(values.count)
        return finite(mean == 0 ? 0 : mean)
    }

    /// A result out of range is NULL.
    private static func finite(_ number: Double) -> Value { number.isFinite ? .double(number) : .null }

    /// The sum of numbers, exact, rounded once.
    private static func exactSum(_ values: [Value]) -> Double {
        let doubles = values.compactMap { value -> Double? in
            if case .double(let number) = value { return number }
            return nil
        }
        let special = doubles.filter { !$0.isFinite }
        if special.contains(where: \.isNaN) || Set(special).count > 1 { return .nan }
        if let infinity = special.first { return infinity }
        let total = values.compactMap(exact).reduce(Fraction(integer: 0), powerOfTwoSum).double
        return total == 0 ? 0 : total
    }

    private static func exact(_ value: Value) -> Fraction? {
        if case .double(let number) = value { return Fraction(number) }
        return Arithmetic.fraction(value)
    }

    /// Adds with the greater of the two denominators where one divides the other, as powers of two do.
    private static func powerOfTwoSum(_ left: Fraction, _ right: Fraction) -> Fraction {
        let (small, great) = left.denominator < right.denominator ? (left, right) : (right, left)
        guard let factor = great.denominator.dividedTowardsZero(by: small.denominator), factor.remainder.isZero else {
            return left + right
        }
        return Fraction(small.numerator * factor.quotient + great.numerator, over: great.denominator)
    }

    /// The root of (n·Σx² − (Σx)²) ÷ n(n − 1), exact up to one rounding before the root. As in ksqlDB 0 for one value;
    /// NULL for none.
    private static func standardDeviation(_ values: [Value]) -> Value {
        guard values.count > 1 else { return values.isEmpty ? .null : .double(0) }
        let isFinite = values.allSatisfy { if case .double(let number) = $0 { number.isFinite } else { true } }
        guard isFinite else { return .null }
        let numbers = values.compactMap(exact)
        let count = Fraction(integer: Int128(numbers.count))
        let sum = numbers.reduce(Fraction(integer: 0), powerOfTwoSum)
        let squares = numbers.map { $0 * $0 }.reduce(Fraction(integer: 0), powerOfTwoSum)
        guard let variance = (count * squares - sum * sum) / (count * (count - Fraction(integer: 1))) else {
            return .null
        }
        return finite(variance.double.squareRoot())
    }
}
