// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import Testing

extension Value {
    /// A DECIMAL from its digits: `.number("1.50", 2)`.
    static func number(_ text: String, _ scale: Int) -> Value {
        let parsed = Array(text.utf8).withUnsafeBytes { NumberText.decimal($0, precision: 38, scale: scale) }
        return parsed.map { .decimal($0) } ?? .null
    }
}

@Suite struct ValueCastTests {
    struct Case: Sendable {
        var value: Value
        var from: DataType
        var to: DataType
        var expected: Value?
        var failure: EvaluationFailure?

        init(_ value: Value, _ from: DataType, _ to: DataType, _ expected: Value) {
            (self.value, self.from, self.to, self.expected) = (value, from, to, expected)
        }

        init(_ value: Value, _ from: DataType, _ to: DataType, fails failure: EvaluationFailure) {
            (self.value, self.from, self.to, self.failure) = (value, from, to, failure)
        }
    }

    static let money = DataType.decimal(precision: 5, scale: 2)

    static let numbers: [Case] = [
        Case(.integer(7), .integer, .bigint, .bigint(7)), Case(.integer(-7), .integer, .double, .double(-7)),
        Case(.bigint(1 << 31), .bigint, .integer, fails: .overflow),
        Case(.bigint(-1 << 31), .bigint, .integer, .integer(Int32.min)),
        Case(.double(2.9), .double, .integer, .integer(2)), Case(.double(-2.9), .double, .bigint, .bigint(-2)),
        Case(.double(3e9), .double, .integer, fails: .overflow),
        Case(.double(.nan), .double, .bigint, fails: .overflow),
        Case(.double(9.3e18), .double, .bigint, fails: .overflow),
        Case(.double(1.005), .double, money, .number("1.01", 2)),
        Case(.double(-1.005), .double, money, .number("-1.01", 2)),
        Case(.double(999.995), .double, money, fails: .overflow),
        Case(.double(.infinity), .double, money, fails: .overflow),
        Case(.integer(999), .integer, money, .number("999", 2)),
        Case(.integer(1000), .integer, money, fails: .overflow),
        Case(.number("12.99", 2), money, .integer, .integer(12)),
        Case(.number("-12.99", 2), money, .bigint, .bigint(-12)),
        Case(.number("12.99", 2), money, .double, .double(12.99)),
        Case(.number("12.345", 3), .decimal(precision: 5, scale: 3), money, .number("12.35", 2)),
        Case(.null, .double, .integer, .null),
    ]

    static let fromText: [Case] = [
        Case(.text(" 42 "), .varchar, .integer, .integer(42)), Case(.text("+42"), .varchar, .bigint, .bigint(42)),
        Case(.text("42.5"), .varchar, .integer, fails: .badCast), Case(.text(""), .varchar, .bigint, fails: .badCast),
        Case(.text("9223372036854775808"), .varchar, .bigint, fails: .overflow),
        Case(.text("2147483648"), .varchar, .integer, fails: .overflow),
        Case(.text("1.5e3"), .varchar, .double, .double(1500)),
        Case(.text("-Infinity"), .varchar, .double, .double(-.infinity)),
        Case(.text("1.5f"), .varchar, .double, fails: .badCast),
        Case(.text("1.005"), .varchar, money, .number("1.01", 2)),
        Case(.text("12345"), .varchar, money, fails: .overflow), Case(.text("x"), .varchar, money, fails: .badCast),
        Case(.text("TRUE"), .varchar, .boolean, .boolean(true)), Case(.text("y"), .varchar, .boolean, .boolean(true)),
        Case(.text("nonsense"), .varchar, .boolean, .boolean(false)),
        Case(.text(""), .varchar, .boolean, .boolean(false)),
        Case(.text("2024-02-29"), .varchar, .date, .date(19782)),
        Case(.text("2023-02-29"), .varchar, .date, fails: .badCast),
        Case(.text("12:34:56"), .varchar, .time, .time(45_296_000)),
        Case(.text("2024-02-29T12:34:56.789"), .varchar, .timestamp, .timestamp(1_709_210_096_789)),
        Case(.text("yesterday"), .varchar, .timestamp, fails: .badCast),
        Case(.text("AQ=="), .varchar, .bytes, fails: .badCast),
    ]

    static let toText: [Case] = [
        Case(.double(1e7), .double, .varchar, .text("1.0E7")), Case(.double(100), .double, .varchar, .text("100.0")),
        Case(.number("-0.50", 2), money, .varchar, .text("-0.50")),
        Case(.boolean(true), .boolean, .varchar, .text("true")),
        Case(.bigint(-5), .bigint, .varchar, .text("-5")), Case(.date(-1), .date, .varchar, .text("1969-12-31")),
        Case(.time(45_240_000), .time, .varchar, .text("12:34")),
        Case(.time(45_240_001), .time, .varchar, .text("12:34:00.001")),
        Case(.timestamp(1_709_210_096_789), .timestamp, .varchar, .text("2024-02-29T12:34:56.789")),
        Case(.bytes([1]), .bytes, .varchar, fails: .badCast),
        Case(.array([.integer(1), .null]), .array(.integer), .varchar, .text("[1, null]")),
        Case(
            .map([.init(key: .text("a"), value: .integer(1)), .init(key: .text("b"), value: .null)]),
            .map(key: .varchar, value: .integer), .varchar, .text("{a=1, b=null}")),
        Case(
            .structure([.integer(1), .null, .text("x")]),
            .structure([Field("A", .integer), Field("B", .integer), Field("C", .varchar)]), .varchar,
            .text("Struct{A=1,C=x}")),
    ]

    static let others: [Case] = [
        Case(.timestamp(-1), .timestamp, .date, .date(-1)), Case(.timestamp(-1), .timestamp, .time, .time(86_399_999)),
        Case(.date(-1), .date, .timestamp, .timestamp(-86_400_000)),
        Case(.array([.text("1"), .null]), .array(.varchar), .array(.integer), .array([.integer(1), .null])),
        Case(.array([.text("x")]), .array(.varchar), .array(.integer), fails: .badCast),
        Case(
            .map([.init(key: .text("1"), value: .integer(1)), .init(key: .text("01"), value: .integer(2))]),
            .map(key: .varchar, value: .integer), .map(key: .integer, value: .double),
            .map([.init(key: .integer(1), value: .double(2))])),
        Case(
            .structure([.integer(1), .text("x")]), .structure([Field("A", .integer), Field("B", .varchar)]),
            .structure([Field("C", .date), Field("A", .bigint)]), .structure([.null, .bigint(1)])),
    ]

    @Test(arguments: numbers + fromText + toText + others)
    func cast(_ test: Case) {
        do throws(EvaluationFailure) {
            #expect(try ValueCast.cast(test.value, from: test.from, to: test.to) == test.expected)
        } catch {
            #expect(error == test.failure, "\(test)")
        }
    }

    @Test func castable() {
        for test in ValueCastTests.numbers + ValueCastTests.toText + ValueCastTests.others where test.from != .bytes {
            #expect(ValueCast.canCast(from: test.from, to: test.to))
        }
        let not: [(DataType, DataType)] = [
            (.bytes, .varchar), (.varchar, .bytes), (.boolean, .integer), (.integer, .boolean), (.integer, .date),
            (.time, .timestamp), (.array(.bytes), .varchar), (.array(.boolean), .array(.integer)),
            (.varchar, .array(.varchar)),
        ]
        for (from, to) in not { #expect(!ValueCast.canCast(from: from, to: to), "\(from) → \(to)") }
    }

    /// Each list is in ascending order.
    @Test(
        arguments: [
            [.null, .boolean(false), .boolean(true)], [.null, .integer(-1), .integer(0)],
            [.bigint(Int64.min), .bigint(Int64.max)],
            [.double(-.infinity), .double(-1), .double(0), .double(5), .double(.infinity), .double(.nan)],
            [
                .number("-2", 0), .number("-1.5", 1), .number("0.00", 2), .number("0.001", 3), .number("1.5", 1),
                .number("1e30", 0),
            ],
            [
                .number("-99999999999999999999999999999999999999", 0),
                .number("-0.00000000000000000000000000000000000001", 38),
            ],
            [.text(""), .text("Z"), .text("a"), .text("ab"), .text("b"), .text("é"), .text("\u{1F600}")],
            [.bytes([0]), .bytes([0, 0]), .bytes([255])], [.date(-1), .date(1)], [.time(0), .time(1)],
            [.timestamp(-1), .timestamp(0)],
            [.array([]), .array([.integer(1)]), .array([.integer(1), .null]), .array([.integer(2)])],
            [
                .map([]), .map([.init(key: .text("a"), value: .integer(1))]),
                .map([.init(key: .text("a"), value: .integer(2))]),
            ],
            [.structure([.integer(1), .integer(2)]), .structure([.integer(1), .integer(3)])],
        ] as [[Value]])
    func order(ascending: [Value]) {
        for (index, a) in ascending.enumerated() {
            for (other, b) in ascending.enumerated() {
                let order = ValueOrder.compare(a, b)
                #expect(order.signum() == (index - other).signum(), "\(a) \(b)")
            }
        }
    }

    @Test func equalValues() {
        #expect(ValueOrder.compare(.double(-0.0), .double(0)) == 0)
        #expect(ValueOrder.compare(.number("1.50", 2), .number("1.5", 1)) == 0)
        let a = Value.MapEntry(key: .text("a"), value: .integer(1))
        let b = Value.MapEntry(key: .text("b"), value: .integer(2))
        #expect(ValueOrder.compare(.map([a, b]), .map([b, a])) == 0)
    }
}
