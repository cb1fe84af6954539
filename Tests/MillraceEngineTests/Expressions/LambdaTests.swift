// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceSQL
import MillraceTestKit
import Testing

/// Lambdas over more elements than are taken at once, and with more than a value may hold.
struct LambdaTests {
    private static let numbers = DataType.array(.bigint)
    private static let text = Expression.column(0, .varchar)

    private static func list(_ count: Int) -> Value { .array((0..<count).map { .bigint(Int64($0)) }) }

    @Test(arguments: [1, 1023, 1024, 1025, 5000]) func manyElements(count: Int) {
        let lists = column(Self.numbers, [Self.list(count), .null, .array([]), Self.list(7), Self.list(count)])
        let factors = column(.bigint, (1...5).map { .bigint($0) })
        let product = Expression.arithmetic(.multiply, .column(0, .bigint), .column(1, .bigint), .bigint)
        let even = Expression.compare(
            .equal,
            .arithmetic(.remainder, .column(0, .bigint), .literal(.bigint(2), .bigint), .bigint),
            .literal(.bigint(0), .bigint))
        func run(_ call: LambdaCall) -> [Value] {
            evaluateAll(.lambda(call), [lists, factors], rows: 5).values
        }
        let captures: [Expression] = [.column(1, .bigint)]
        let collection = Expression.column(0, Self.numbers)
        let made = run(LambdaCall(.transform, collection, captures: captures, bodies: [product]))
        #expect(made[0] == Self.list(count) && made[1] == .null && made[2] == .array([]))
        #expect(made[3] == .array((0..<7).map { .bigint($0 * 4) }))
        #expect(made[4] == .array((0..<count).map { .bigint(Int64($0 * 5)) }))
        let kept = run(LambdaCall(.filter, collection, captures: captures, bodies: [even]))
        #expect(kept[0] == .array((0..<count).filter { $0 % 2 == 0 }.map { .bigint(Int64($0)) }))
        let sum = Expression.arithmetic(
            .add, .column(0, .bigint), .arithmetic(.multiply, .column(1, .bigint), .column(2, .bigint), .bigint),
            .bigint)
        let sums = run(
            LambdaCall(
                .reduce, collection, initial: .literal(.bigint(1), .bigint), captures: captures, bodies: [sum]))
        let total = Int64(count * (count - 1) / 2)
        #expect(sums == [.bigint(1 + total), .bigint(1), .bigint(1), .bigint(1 + 21 * 4), .bigint(1 + total * 5)])
    }

    /// Keys that are the same, among few and among many.
    @Test(arguments: [3, 20, 3000]) func equalKeys(count: Int) {
        let type = DataType.map(key: .varchar, value: .bigint)
        let map = Value.map((0..<count).map { .init(key: .text("k\($0)"), value: .bigint(Int64($0))) })
        let key = Expression.call(
            "SUBSTRING", [.column(0, .varchar), .literal(.integer(1), .integer), .literal(.integer(2), .integer)],
            .varchar)
        let call = LambdaCall(
            .transform, .column(0, type), captures: [], bodies: [key, .column(1, .bigint)])
        let result = evaluateAll(.lambda(call), [column(type, [map, .null, map])], rows: 3)
        var expected: [Value.MapEntry] = []
        for number in 0..<count {
            let short = Value.text(String("k\(number)".prefix(2)))
            if let place = expected.firstIndex(where: { $0.key == short }) {
                expected[place].value = .bigint(Int64(number))
            } else {
                expected.append(.init(key: short, value: .bigint(Int64(number))))
            }
        }
        #expect(result.values == [.map(expected), .null, .map(expected)])
    }

    /// A text of 100 kB for each of 1000 elements is more than a value may have; so is a state that doubles.
    @Test func whatIsTooLargeIsNone() {
        let texts = column(.varchar, [.varchar([UInt8](repeating: 97, count: 100_000)), .text("b")])
        let lists = column(Self.numbers, [Self.list(1000), Self.list(3)])
        let made = evaluateAll(
            .lambda(
                LambdaCall(
                    .transform, .column(1, Self.numbers), captures: [Self.text], bodies: [.column(1, .varchar)])),
            [texts, lists], rows: 2)
        #expect(made.values == [.null, .array([.text("b"), .text("b"), .text("b")])])
        #expect(made.failures == [.overflow: 1])
        let doubled = evaluateAll(
            .lambda(
                LambdaCall(
                    .reduce, .column(1, Self.numbers), initial: Self.text, captures: [],
                    bodies: [.concatenate(.column(0, .varchar), .column(0, .varchar), .varchar)])),
            [texts, lists], rows: 2)
        #expect(doubled.values == [.null, .text("bbbbbbbb")])
        #expect(doubled.failures == [.overflow: 1])
    }

    /// One array with many elements beside short ones; nested lambdas over them.
    @Test(arguments: ["TRANSFORM(a, x => x + n)", "FILTER(a, x => x > n)", "REDUCE(a, 0, (s, x) => s + x - n)"])
    func costGrowsWithTheElements(call: String) throws {
        let plan = try SQL.compile(
            """
            CREATE STREAM s (n INT, a ARRAY<INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
            CREATE STREAM o AS SELECT \(call) AS x FROM s;
            """)
        guard case .project(let projection) = plan.queries[0].operation else { return }
        let compiled = CompiledExpression(projection.values[0])
        let types = plan.queries[0].scan.map { $0 == .column(0) ? DataType.integer : .array(.integer) }
        let growth = GrowthCheck(sizes: 4000, 16_000) { size in
            let rows = 64
            let columns = types.map { type in
                guard case .array = type else { return column(type, (0..<rows).map { .integer(Int32($0)) }) }
                return column(
                    type,
                    (0..<rows).map { row in
                        .array((0..<(row == 5 ? size : 3)).map { .integer(Int32($0)) })
                    })
            }
            _ = compiled.evaluate(columns, rows: rows, selection: selection(Array(0..<rows)), failures: FailureCounts())
        }
        #expect(growth.isLinear, "\(growth)")
    }
}
