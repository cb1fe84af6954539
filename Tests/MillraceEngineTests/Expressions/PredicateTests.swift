// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import Testing

@Suite struct PredicateTests {
    /// Values in ascending order, each smaller than the next, for every scalar type.
    static let ascending: [(DataType, [Value])] = [
        (.boolean, [.boolean(false), .boolean(true)]), (.integer, [.integer(.min), .integer(-1), .integer(.max)]),
        (.bigint, [.bigint(.min), .bigint(0), .bigint(.max)]),
        (.double, [.double(-.infinity), .double(-1), .double(0), .double(1e300), .double(.infinity), .double(.nan)]),
        (.varchar, ["", "a", "aa", "b", "ž", "日", "🦊"].map { .text($0) }),
        (.bytes, [.bytes([]), .bytes([0]), .bytes([0, 0]), .bytes([127]), .bytes([128]), .bytes([255])]),
        (.date, [.date(-1), .date(0), .date(9)]), (.time, [.time(0), .time(1)]),
        (.timestamp, [.timestamp(-1), .timestamp(1)]),
        (.array(.bigint), [.array([]), .array([.bigint(1)]), .array([.bigint(1), .bigint(0)])]),
    ]

    @Test(arguments: ascending)
    func order(type: DataType, values: [Value]) {
        for (first, left) in values.enumerated() {
            for (second, right) in values.enumerated() {
                let answers: [(ComparisonOperator, Bool)] = [
                    (.equal, first == second), (.notEqual, first != second), (.less, first < second),
                    (.lessOrEqual, first <= second), (.greater, first > second), (.greaterOrEqual, first >= second),
                ]
                for (operation, answer) in answers {
                    expectBinary(left, type, right, type, gives: .boolean(answer)) { .compare(operation, $0, $1) }
                }
                expectBinary(left, type, right, type, gives: .boolean(first != second)) { .isDistinct($0, $1) }
            }
            let operations: [ComparisonOperator] = [
                .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual,
            ]
            for operation in operations {
                for (one, other) in [(left, Value.null), (.null, left), (.null, .null)] {
                    expectBinary(one, type, other, type, gives: .boolean(false)) { .compare(operation, $0, $1) }
                }
            }
            expectBinary(.null, type, left, type, gives: .boolean(true)) { .isDistinct($0, $1) }
        }
        expectBinary(.null, type, .null, type, gives: .boolean(false)) { .isDistinct($0, $1) }
    }

    @Test func zerosAreEqual() {
        let zeros = Column(.double)
        zeros.append(double: -0.0)
        zeros.append(double: 0.0)
        for operation in [ComparisonOperator.equal, .lessOrEqual, .greaterOrEqual] {
            let result = evaluateAll(
                .compare(operation, .column(0, .double), .literal(.double(0), .double)), [zeros], rows: 2)
            #expect(result.values == [.boolean(true), .boolean(true)])
        }
    }

    @Test func decimalsOfDifferentScales() {
        func expect(_ left: (Int128, Int), _ right: (Int128, Int), _ order: Int) {
            let (leftType, rightType) = (
                DataType.decimal(precision: 38, scale: left.1), DataType.decimal(precision: 38, scale: right.1)
            )
            let (first, second) = (
                Value.decimal(Decimal128(unscaled: left.0, scale: left.1)),
                Value.decimal(Decimal128(unscaled: right.0, scale: right.1))
            )
            expectBinary(first, leftType, second, rightType, gives: .boolean(order < 0)) { .compare(.less, $0, $1) }
            expectBinary(first, leftType, second, rightType, gives: .boolean(order == 0)) { .compare(.equal, $0, $1) }
            expectBinary(first, leftType, second, rightType, gives: .boolean(order > 0)) { .compare(.greater, $0, $1) }
        }
        let most = Decimal128.powersOfTen[38] - 1
        expect((10, 1), (100, 2), 0)
        expect((101, 2), (10, 1), 1)
        expect((-101, 2), (-10, 1), -1)
        expect((most, 0), (most, 38), 1)
        expect((-most, 0), (most, 38), -1)
        expect((0, 0), (0, 38), 0)
    }

    /// NULL, false, true with each other: every cell of the truth tables, the right side eager (a column) and not.
    @Test func truthTables() {
        let values: [Value] = [.null, .boolean(false), .boolean(true)]
        let and: [[Value]] = [
            [.null, .boolean(false), .null], [.boolean(false), .boolean(false), .boolean(false)],
            [.null, .boolean(false), .boolean(true)],
        ]
        let or: [[Value]] = [
            [.null, .null, .boolean(true)], [.null, .boolean(false), .boolean(true)],
            [.boolean(true), .boolean(true), .boolean(true)],
        ]
        for (first, left) in values.enumerated() {
            for (second, right) in values.enumerated() {
                for wrap in [{ $0 }, { .cast(.cast($0, to: .varchar), to: .boolean) }] as [(Expression) -> Expression] {
                    expectBinary(left, .boolean, right, .boolean, gives: and[first][second]) { .and($0, wrap($1)) }
                    expectBinary(left, .boolean, right, .boolean, gives: or[first][second]) { .or($0, wrap($1)) }
                }
            }
            let not = evaluateAll(.not(.column(0, .boolean)), [column(.boolean, [left])], rows: 1).values[0]
            #expect(not == [.null, .boolean(true), .boolean(false)][first])
            let isNull = evaluateAll(.isNull(.column(0, .boolean)), [column(.boolean, [left])], rows: 1).values[0]
            #expect(isNull == .boolean(first == 0))
        }
    }

    @Test func theRightSideIsEvaluatedOnlyWhereItMatters() {
        let numbers = column(.bigint, [.bigint(0), .bigint(5), .bigint(20), .null])
        let number = Expression.column(0, .bigint)
        let zero = Expression.literal(.bigint(0), .bigint)
        let tenth = Expression.compare(
            .greater, .arithmetic(.divide, .literal(.bigint(10), .bigint), number, .bigint),
            .literal(.bigint(1), .bigint))
        let and = evaluateAll(.and(.compare(.notEqual, number, zero), tenth), [numbers], rows: 4)
        #expect(and.values == [.boolean(false), .boolean(true), .boolean(false), .boolean(false)])
        #expect(and.failures == [:])
        let or = evaluateAll(.or(.compare(.equal, number, zero), tenth), [numbers], rows: 4)
        #expect(or.values == [.boolean(true), .boolean(true), .boolean(false), .boolean(false)])
        #expect(or.failures == [:])
        let unguarded = evaluateAll(.and(tenth, .compare(.notEqual, number, zero)), [numbers], rows: 4)
        #expect(unguarded.failures == [.divisionByZero: 1])
    }

    @Test func inLists() {
        let numbers = column(.bigint, [.bigint(1), .bigint(2), .null])
        let number = Expression.column(0, .bigint)
        func list(_ values: [Value]) -> [Value] {
            evaluateAll(.inList(number, values.map { .literal($0, .bigint) }), [numbers], rows: 3).values
        }
        let (yes, no) = (Value.boolean(true), Value.boolean(false))
        #expect(list([.bigint(2), .bigint(3)]) == [no, yes, no])
        #expect(list([.null, .bigint(2)]) == [no, yes, no])
        #expect(list([.bigint(1), .bigint(2), .bigint(1)]) == [yes, yes, no])
        #expect(list([]) == [no, no, no])
        let failing = Expression.arithmetic(.divide, number, .literal(.bigint(0), .bigint), .bigint)
        let result = evaluateAll(.inList(number, [.literal(.bigint(1), .bigint), failing]), [numbers], rows: 3)
        #expect(result.values == [yes, no, no])
        #expect(result.failures == [.divisionByZero: 1])
    }
}
