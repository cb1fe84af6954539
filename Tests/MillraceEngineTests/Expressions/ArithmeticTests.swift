// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import Testing

@Suite struct ArithmeticTests {
    private func expect(
        _ type: DataType, _ left: Value, _ operation: ArithmeticOperator, _ right: Value, _ expected: Value,
        _ failure: EvaluationFailure? = nil, sourceLocation: Testing.SourceLocation = #_sourceLocation
    ) {
        expectBinary(
            left, type, right, type, gives: expected, failing: failure, { .arithmetic(operation, $0, $1, type) },
            sourceLocation: sourceLocation)
    }

    @Test func integers() {
        expect(.integer, .integer(7), .divide, .integer(-2), .integer(-3))
        expect(.integer, .integer(-7), .remainder, .integer(2), .integer(-1))
        expect(.integer, .integer(7), .remainder, .integer(-2), .integer(1))
        expect(.integer, .integer(.max), .add, .integer(1), .null, .overflow)
        expect(.integer, .integer(.min), .subtract, .integer(1), .null, .overflow)
        expect(.integer, .integer(.min), .subtract, .integer(-1), .integer(.min + 1))
        expect(.integer, .integer(65_536), .multiply, .integer(32_768), .null, .overflow)
        expect(.integer, .integer(.min), .divide, .integer(-1), .null, .overflow)
        expect(.integer, .integer(.min), .remainder, .integer(-1), .integer(0))
        expect(.integer, .integer(1), .divide, .integer(0), .null, .divisionByZero)
        expect(.integer, .integer(1), .remainder, .integer(0), .null, .divisionByZero)
        expect(.integer, .null, .divide, .integer(0), .null)
        expect(.integer, .integer(1), .divide, .null, .null)
    }

    @Test func bigints() {
        expect(.bigint, .bigint(.max - 1), .add, .bigint(1), .bigint(.max))
        expect(.bigint, .bigint(.max), .add, .bigint(1), .null, .overflow)
        expect(.bigint, .bigint(.min), .add, .bigint(-1), .null, .overflow)
        expect(.bigint, .bigint(0), .subtract, .bigint(.min), .null, .overflow)
        expect(.bigint, .bigint(1 << 32), .multiply, .bigint(1 << 31), .null, .overflow)
        expect(.bigint, .bigint(.min), .divide, .bigint(-1), .null, .overflow)
        expect(.bigint, .bigint(0), .divide, .bigint(0), .null, .divisionByZero)
        expect(.bigint, .null, .add, .null, .null)
    }

    @Test func doubles() {
        expect(.double, .double(1), .divide, .double(0), .null, .divisionByZero)
        expect(.double, .double(.nan), .divide, .double(0), .null, .divisionByZero)
        expect(.double, .double(1), .remainder, .double(0), .null, .divisionByZero)
        expect(.double, .double(1e308), .multiply, .double(10), .null, .overflow)
        expect(.double, .double(1e308), .add, .double(1e308), .null, .overflow)
        expect(.double, .double(.infinity), .add, .double(1), .double(.infinity))
        expect(.double, .double(.infinity), .subtract, .double(.infinity), .double(.nan))
        expect(.double, .double(-7.5), .remainder, .double(2), .double(-1.5))
        expect(.double, .double(-4), .remainder, .double(2), .double(0))
        expect(.double, .double(-1), .multiply, .double(0), .double(0))
        expect(.double, .null, .divide, .double(0), .null)
    }

    @Test func negatives() {
        let cases: [(DataType, Value, Value, EvaluationFailure?)] = [
            (.integer, .integer(5), .integer(-5), nil), (.integer, .integer(.min), .null, .overflow),
            (.bigint, .bigint(.min), .null, .overflow), (.double, .double(0), .double(0), nil),
            (.double, .double(2), .double(-2), nil), (.bigint, .null, .null, nil),
            (
                .decimal(precision: 4, scale: 2), .decimal(Decimal128(unscaled: 125, scale: 2)),
                .decimal(Decimal128(unscaled: -125, scale: 2)), nil
            ),
        ]
        for (type, value, expected, failure) in cases {
            let result = evaluateAll(.negate(.column(0, type), type), [column(type, [value])], rows: 1)
            #expect(same(result.values[0], expected), "-\(value)")
            #expect(result.failures == (failure.map { [$0: 1] } ?? [:]), "-\(value)")
        }
    }

    @Test func decimals() {
        func expect(
            _ left: (Int128, Int), _ operation: ArithmeticOperator, _ right: (Int128, Int), _ expected: Int128?,
            _ precision: Int, _ scale: Int, _ failure: EvaluationFailure? = nil,
            sourceLocation: Testing.SourceLocation = #_sourceLocation
        ) {
            let type = DataType.decimal(precision: precision, scale: scale)
            expectBinary(
                .decimal(Decimal128(unscaled: left.0, scale: left.1)), .decimal(precision: 38, scale: left.1),
                .decimal(Decimal128(unscaled: right.0, scale: right.1)), .decimal(precision: 38, scale: right.1),
                gives: expected.map { .decimal(Decimal128(unscaled: $0, scale: scale)) } ?? .null, failing: failure,
                { .arithmetic(operation, $0, $1, type) }, sourceLocation: sourceLocation)
        }
        let most = Decimal128.powersOfTen[38] - 1
        expect((150, 2), .add, (25, 1), 400, 5, 2)
        expect((150, 2), .subtract, (25, 1), -100, 5, 2)
        expect((-15, 1), .multiply, (15, 1), -225, 6, 2)
        expect((5, 1), .multiply, (5, 1), 3, 4, 1)
        expect((-5, 1), .multiply, (5, 1), -3, 4, 1)
        expect((1, 0), .divide, (3, 0), 3333, 10, 4)
        expect((2, 0), .divide, (3, 0), 6667, 10, 4)
        expect((-2, 0), .divide, (3, 0), -6667, 10, 4)
        expect((1, 38), .divide, (most, 0), 0, 38, 2)
        expect((most, 0), .divide, (1, 38), nil, 38, 0, .overflow)
        expect((-75, 1), .remainder, (2, 0), -15, 5, 1)
        expect((75, 1), .remainder, (-2, 0), 15, 5, 1)
        expect((1, 0), .divide, (0, 3), nil, 10, 2, .divisionByZero)
        expect((1, 0), .remainder, (0, 3), nil, 10, 2, .divisionByZero)
        expect((most, 0), .add, (1, 0), nil, 38, 0, .overflow)
        expect((most, 0), .add, (most, 38), nil, 38, 0, .overflow)
        expect((most, 0), .multiply, (most, 38), most - 1, 38, 0)
        expect((99, 0), .add, (1, 0), nil, 2, 0, .overflow)
        expect((most, 0), .remainder, (7, 38), 2, 38, 38)
    }

    @Test func failuresCountOnlyRowsThatAreThereAndSelected() {
        let numbers = column(.bigint, [.bigint(1), .bigint(2), .bigint(3), .null, .bigint(5)])
        let zeros = column(.bigint, [.bigint(0), .bigint(1), .bigint(0), .bigint(0), .bigint(0)])
        let counts = FailureCounts()
        let compiled = CompiledExpression(
            .arithmetic(.divide, .column(0, .bigint), .column(1, .bigint), .bigint))
        let result = compiled.evaluate([numbers, zeros], rows: 5, selection: selection([0, 1, 3]), failures: counts)
        #expect([0, 1, 3].map { result.value($0) } == [.null, .bigint(2), .null])
        #expect(nonZero(counts) == [.divisionByZero: 1])
        _ = compiled.evaluate([numbers, zeros], rows: 5, selection: selection([0, 1, 2, 3, 4]), failures: counts)
        #expect(counts[.divisionByZero] == 4)
        let sum = FailureCounts()
        sum.add(.overflow, count: 2)
        sum.merge(counts)
        #expect(nonZero(sum) == [.divisionByZero: 4, .overflow: 2])
        #expect(sum.total == 6)
        sum.removeAll()
        #expect(sum.total == 0)
    }

    @Test func numericCasts() {
        let cases: [(DataType, Value, DataType, Value, EvaluationFailure?)] = [
            (.integer, .integer(-7), .bigint, .bigint(-7), nil), (.integer, .integer(3), .double, .double(3), nil),
            (.bigint, .bigint(1 << 31), .integer, .null, .overflow),
            (.bigint, .bigint(-5), .integer, .integer(-5), nil),
            (.double, .double(-2.9), .bigint, .bigint(-2), nil), (.double, .double(0x1p63), .bigint, .null, .overflow),
            (.double, .double(-0x1p63), .bigint, .bigint(.min), nil),
            (.double, .double(.nan), .bigint, .null, .overflow),
            (.double, .double(2_147_483_647.9), .integer, .integer(.max), nil),
            (.double, .double(-2_147_483_648.9), .integer, .integer(.min), nil),
            (.double, .double(-2_147_483_649), .integer, .null, .overflow),
            (
                .integer, .integer(12), .decimal(precision: 4, scale: 2),
                .decimal(Decimal128(unscaled: 1200, scale: 2)), nil
            ),
            (.integer, .integer(123), .decimal(precision: 4, scale: 2), .null, .overflow),
            (
                .decimal(precision: 4, scale: 2), .decimal(Decimal128(unscaled: -125, scale: 2)),
                .decimal(precision: 3, scale: 1), .decimal(Decimal128(unscaled: -13, scale: 1)), nil
            ),
            (.varchar, .text("12x"), .bigint, .null, .badCast), (.varchar, .text(" 12"), .bigint, .bigint(12), nil),
        ]
        for (from, value, to, expected, failure) in cases {
            let result = evaluateAll(.cast(.column(0, from), to: to), [column(from, [value, .null])], rows: 2)
            #expect(same(result.values[0], expected), "\(value) to \(to.sqlName)")
            #expect(result.values[1] == .null)
            #expect(result.failures == (failure.map { [$0: 1] } ?? [:]), "\(value) to \(to.sqlName)")
        }
    }
}
