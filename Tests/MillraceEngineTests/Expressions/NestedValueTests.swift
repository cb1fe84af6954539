// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import Testing

@Suite struct NestedValueTests {
    private let numbers = column(.bigint, [.bigint(0), .bigint(4), .null, .bigint(-2)])
    private let number = Expression.column(0, .bigint)

    @Test func branchesNotTakenAreNotEvaluated() {
        let zero = Expression.literal(.bigint(0), .bigint)
        let guarded = Expression.conditional(
            [
                .init(condition: .compare(.equal, number, zero), result: .literal(.bigint(-1), .bigint)),
                .init(condition: .isNull(number), result: .literal(.null, .bigint)),
            ],
            otherwise: .arithmetic(.divide, .literal(.bigint(8), .bigint), number, .bigint), .bigint)
        let result = evaluateAll(guarded, [numbers], rows: 4)
        #expect(result.values == [.bigint(-1), .bigint(2), .null, .bigint(-4)])
        #expect(result.failures == [:])
    }

    @Test func branchesOfEveryLayout() {
        let samples: [(DataType, Value, Value)] = [
            (.boolean, .boolean(true), .boolean(false)), (.integer, .integer(1), .integer(2)),
            (.double, .double(1), .double(2)), (.varchar, .text("yes"), .text("")),
            (
                .decimal(precision: 5, scale: 1), .decimal(Decimal128(unscaled: 1, scale: 1)),
                .decimal(Decimal128(unscaled: -1, scale: 1))
            ),
            (.array(.varchar), .array([.text("a"), .null]), .array([])),
            (
                .structure([Field("X", .array(.date))]), .structure([.array([.date(1)])]),
                .structure([.null])
            ),
        ]
        for (type, yes, no) in samples {
            let expression = Expression.conditional(
                [
                    .init(
                        condition: .compare(.greater, number, .literal(.bigint(0), .bigint)),
                        result: .column(1, type)),
                    .init(condition: .isNull(number), result: .literal(.null, type)),
                ], otherwise: .column(2, type), type)
            let columns = [
                numbers, column(type, [yes, yes, yes, yes]), column(type, [no, .null, no, no]),
            ]
            #expect(evaluateAll(expression, columns, rows: 4).values == [no, yes, .null, no], "\(type.sqlName)")
        }
    }

    @Test func elements() {
        let type = DataType.array(.bigint)
        let lists = column(type, [.array([.bigint(10), .null, .bigint(30)]), .null, .array([])])
        func element(_ index: Int32) -> [Value] {
            let index = Expression.literal(.integer(index), .integer)
            return evaluateAll(.element(.column(0, type), index, .bigint), [lists], rows: 3).values
        }
        #expect(element(1) == [.bigint(10), .null, .null])
        #expect(element(3) == [.bigint(30), .null, .null])
        #expect(element(-1) == [.bigint(30), .null, .null])
        #expect(element(-3) == [.bigint(10), .null, .null])
        for index in [0, 2, 4, -4, .max, .min] as [Int32] { #expect(element(index) == [.null, .null, .null]) }
        let wide = Expression.element(.column(0, type), .literal(.bigint(.min), .bigint), .bigint)
        #expect(evaluateAll(wide, [lists], rows: 3).values == [.null, .null, .null])
    }

    @Test func mapsAndStructs() {
        let map = DataType.map(key: .varchar, value: .bigint)
        func item(_ key: String, _ value: Expression) -> Expression.MapItem {
            Expression.MapItem(key: .literal(.text(key), .varchar), value: value)
        }
        let made = Expression.map(
            [item("a", number), item("b", .literal(.bigint(1), .bigint)), item("a", number)], map)
        let values = evaluateAll(made, [numbers], rows: 2).values
        #expect(
            values[1]
                == .map([.init(key: .text("a"), value: .bigint(4)), .init(key: .text("b"), value: .bigint(1))]))
        let found = Expression.element(made, .literal(.text("a"), .varchar), .bigint)
        #expect(evaluateAll(found, [numbers], rows: 4).values == [.bigint(0), .bigint(4), .null, .bigint(-2)])
        let missing = Expression.element(made, .literal(.text("c"), .varchar), .bigint)
        #expect(evaluateAll(missing, [numbers], rows: 1).values == [.null])
        let nullKey = Expression.map([.init(key: .literal(.null, .varchar), value: number)], map)
        let bad = evaluateAll(nullKey, [numbers], rows: 4)
        #expect(bad.values == [.null, .null, .null, .null])
        #expect(bad.failures == [.badArgument: 4])
        let type = DataType.structure([Field("N", .bigint), Field("T", .varchar)])
        let structure = Expression.structure([number, .literal(.text("t"), .varchar)], type)
        #expect(evaluateAll(.field(structure, 0, .bigint), [numbers], rows: 4).values[3] == .bigint(-2))
        let structs = column(type, [.null, .structure([.bigint(1), .null])])
        #expect(evaluateAll(.field(.column(0, type), 0, .bigint), [structs], rows: 2).values == [.null, .bigint(1)])
    }

    @Test func calls() {
        let coalesce = Expression.call("COALESCE", [number, .literal(.bigint(9), .bigint)], .bigint)
        #expect(
            evaluateAll(coalesce, [numbers], rows: 4).values == [.bigint(0), .bigint(4), .bigint(9), .bigint(-2)])
        let upper = Expression.call("UCASE", [.column(0, .varchar)], .varchar)
        let texts = column(.varchar, [.text("ab"), .null])
        #expect(evaluateAll(upper, [texts], rows: 2).values == [.text("AB"), .null])
        let smallest = Expression.call("ABS", [.literal(.bigint(.min), .bigint)], .bigint)
        let failed = evaluateAll(smallest, [], rows: 3)
        #expect(failed.values == [.null, .null, .null])
        #expect(failed.failures == [.overflow: 3])
    }

    @Test func aColumnIsNotCopied() {
        let result = CompiledExpression(number).evaluate(
            [numbers], rows: 4, selection: selection([1]), failures: FailureCounts())
        #expect(result === numbers)
    }
}
