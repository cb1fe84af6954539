// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import Testing

@Suite struct ScalarFunctionTests {
    static func check(_ call: FunctionCall) throws {
        do {
            let value = try call.evaluate()
            if case .double(let number) = value, case .double(let wanted)? = call.expected, wanted.isFinite {
                #expect(abs(number - wanted) <= abs(wanted) * 1e-14, "\(call) gave \(value)")
            } else {
                #expect(call.expected.map { ValueOrder.compare($0, value) == 0 } == true, "\(call) gave \(value)")
            }
        } catch let failure as EvaluationFailure {
            #expect(failure == call.failure, "\(call)")
        }
    }

    static let math: [FunctionCall] = [
        FunctionCall("ABS", .integer(-3), gives: .integer(3)),
        FunctionCall("ABS", .integer(Int32.min), fails: .overflow),
        FunctionCall("ABS", .bigint(Int64.min), fails: .overflow),
        FunctionCall("ABS", .double(-0.5), gives: .double(0.5)),
        FunctionCall("ABS", .number("-1.5", 1), gives: .number("1.5", 1)), FunctionCall("ABS", .null, gives: .null),
        FunctionCall("SIGN", .double(-2), gives: .integer(-1)), FunctionCall("SIGN", .bigint(0), gives: .integer(0)),
        FunctionCall("SIGN", .number("0.1", 1), gives: .integer(1)),
        FunctionCall("CEIL", .double(-1.5), gives: .double(-1)),
        FunctionCall("CEIL", .number("1.01", 2), gives: .number("2.00", 2)),
        FunctionCall("FLOOR", .number("-1.01", 2), gives: .number("-2.00", 2)),
        FunctionCall("FLOOR", .double(1.9), gives: .double(1)), FunctionCall("CEIL", .integer(4), gives: .integer(4)),
        FunctionCall("CEIL", .number("9999.01", 2), fails: .overflow),
        FunctionCall("ROUND", .double(1.5), gives: .bigint(2)),
        FunctionCall("ROUND", .double(-1.5), gives: .bigint(-1)),
        FunctionCall("ROUND", .double(-1.51), gives: .bigint(-2)),
        FunctionCall("ROUND", .double(1e19), fails: .overflow),
        FunctionCall("ROUND", .double(0.49999999999999994), gives: .bigint(0)),
        FunctionCall("ROUND", .double(1.005), .integer(2), gives: .double(1.01)),
        FunctionCall("ROUND", .double(-1.005), .integer(2), gives: .double(-1.0)),
        FunctionCall("ROUND", .double(1234.5), .integer(-2), gives: .double(1200)),
        FunctionCall("ROUND", .double(1e300), .integer(2), gives: .double(1e300)),
        FunctionCall("ROUND", .double(1e-300), .integer(2), gives: .double(0)),
        FunctionCall("ROUND", .number("12.345", 3), .integer(2), gives: .number("12.350", 3)),
        FunctionCall("ROUND", .number("-12.345", 3), .integer(2), gives: .number("-12.340", 3)),
        FunctionCall("ROUND", .number("12.5", 1), gives: .number("13", 0)),
        FunctionCall("ROUND", .integer(5), gives: .bigint(5)),
        FunctionCall("TRUNC", .double(-1.9), gives: .bigint(-1)),
        FunctionCall("TRUNC", .double(1.999), .integer(1), gives: .double(1.9)),
        FunctionCall("TRUNC", .number("1.99", 2), .integer(1), gives: .number("1.90", 2)),
        FunctionCall("SQRT", .integer(9), gives: .double(3)), FunctionCall("CBRT", .double(27), gives: .double(3)),
        FunctionCall("CBRT", .double(-0.001), gives: .double(-0.1)),
        FunctionCall("CBRT", .double(0), gives: .double(0)),
        FunctionCall("CBRT", .double(0x1p-1074), gives: .double(1.7031839360032603e-108)),
        FunctionCall("SQRT", .double(-1), fails: .badArgument), FunctionCall("EXP", .double(0), gives: .double(1)),
        FunctionCall("LN", .double(1), gives: .double(0)), FunctionCall("LOG", .double(1000), gives: .double(3)),
        FunctionCall("LOG", .double(2), .double(8), gives: .double(3)),
        FunctionCall("LOG", .double(2), .double(0), fails: .overflow),
        FunctionCall("LOG", .double(1), .double(8), fails: .badArgument),
        FunctionCall("POWER", .integer(2), .integer(10), gives: .double(1024)),
        FunctionCall("POWER", .double(10), .double(400), fails: .overflow),
        FunctionCall("PI", gives: .double(.pi)),
        FunctionCall("SIN", .double(0), gives: .double(0)), FunctionCall("COS", .double(0), gives: .double(1)),
        FunctionCall("COT", .double(0), fails: .overflow),
        FunctionCall("DEGREES", .double(.pi), gives: .double(180)),
        FunctionCall("GREATEST", .integer(1), .null, .bigint(3), .integer(2), gives: .bigint(3)),
        FunctionCall("LEAST", .integer(1), .number("0.5", 1), gives: .number("0.5", 1)),
        FunctionCall("LEAST", .text("b"), .text("a"), gives: .text("a")),
        FunctionCall("GREATEST", .integer(1), .double(1.5), gives: .double(1.5)),
        FunctionCall(
            "GEO_DISTANCE", .double(0), .double(0), .double(0), .double(180), gives: .double(20015.086796020572)),
        FunctionCall("LN", .double(-1), fails: .badArgument), FunctionCall("LN", .double(0), fails: .overflow),
        FunctionCall("LN", .double(.infinity), gives: .double(.infinity)),
        FunctionCall("LN", .double(-.infinity), gives: .double(.nan)),
        FunctionCall("EXP", .double(1000), fails: .overflow), FunctionCall("ASIN", .double(2), fails: .badArgument),
        FunctionCall("LOG", .double(-2), .double(8), fails: .badArgument),
        FunctionCall("LOG", .double(2), .double(-8), fails: .badArgument),
        FunctionCall(
            "GEO_DISTANCE", .double(0), .double(0), .double(0), .double(180), .null,
            gives: .double(20015.086796020572)),
        FunctionCall("GEO_DISTANCE", .double(0), .null, .double(0), .double(180), .text("KM"), gives: .null),
        FunctionCall("GEO_DISTANCE", .double(91), .double(0), .double(0), .double(0), fails: .badArgument),
    ]

    static let text: [FunctionCall] = [
        FunctionCall("UCASE", .text("aéß1"), gives: .text("AÉSS1")),
        FunctionCall("LCASE", .text("AÉ"), gives: .text("aé")),
        FunctionCall("INITCAP", .text("the QUICK  fox"), gives: .text("The Quick  Fox")),
        FunctionCall("TRIM", .text(" \t a b\n"), gives: .text("a b")),
        FunctionCall("TRIM", .text("  "), gives: .text("")),
        FunctionCall("LEN", .text("aé\u{1F600}"), gives: .integer(4)),
        FunctionCall("LEN", .bytes([1, 2, 3]), gives: .integer(3)), FunctionCall("LEN", .null, gives: .null),
        FunctionCall("SUBSTRING", .text("stream"), .integer(1), .integer(4), gives: .text("stre")),
        FunctionCall("SUBSTRING", .text("stream"), .integer(3), gives: .text("ream")),
        FunctionCall("SUBSTRING", .text("stream"), .integer(-2), gives: .text("am")),
        FunctionCall("SUBSTRING", .text("stream"), .integer(0), .integer(2), gives: .text("st")),
        FunctionCall("SUBSTRING", .text("stream"), .integer(9), gives: .text("")),
        FunctionCall("SUBSTRING", .text("stream"), .integer(2), .integer(-1), gives: .text("")),
        FunctionCall("SUBSTRING", .text("é\u{1F600}x"), .integer(2), .integer(2), gives: .text("\u{1F600}")),
        FunctionCall("SUBSTRING", .bytes([1, 2, 3]), .integer(2), gives: .bytes([2, 3])),
        FunctionCall("SUBSTRING", .text("x"), .integer(Int32.min), .integer(Int32.max), gives: .text("x")),
        FunctionCall("INSTR", .text("CORPORATE FLOOR"), .text("OR"), gives: .integer(2)),
        FunctionCall("INSTR", .text("CORPORATE FLOOR"), .text("OR"), .integer(3), gives: .integer(5)),
        FunctionCall("INSTR", .text("CORPORATE FLOOR"), .text("OR"), .integer(3), .integer(2), gives: .integer(14)),
        FunctionCall("INSTR", .text("CORPORATE FLOOR"), .text("OR"), .integer(-3), gives: .integer(5)),
        FunctionCall("INSTR", .text("CORPORATE FLOOR"), .text("OR"), .integer(-3), .integer(2), gives: .integer(2)),
        FunctionCall("INSTR", .text("CORPORATE FLOOR"), .text("MISSING"), gives: .integer(0)),
        FunctionCall("INSTR", .text("éa"), .text("a"), gives: .integer(2)),
        FunctionCall("INSTR", .text("a"), .text("a"), .integer(Int32.min), gives: .integer(0)),
        FunctionCall("REPLACE", .text("foobarfoo"), .text("foo"), .text("x"), gives: .text("xbarx")),
        FunctionCall("REPLACE", .text("abc"), .text(""), .text("x"), gives: .text("abc")),
        FunctionCall("LPAD", .text("Foo"), .integer(7), .text("Bar"), gives: .text("BarBFoo")),
        FunctionCall("LPAD", .text("Foo"), .integer(2), .text("Bar"), gives: .text("Fo")),
        FunctionCall("LPAD", .text("123"), .integer(5), .text("0"), gives: .text("00123")),
        FunctionCall("RPAD", .text("Foo"), .integer(7), .text("Bar"), gives: .text("FooBarB")),
        FunctionCall("RPAD", .text("x"), .integer(-1), .text("y"), gives: .null),
        FunctionCall("RPAD", .text("x"), .integer(3), .text(""), gives: .null),
        FunctionCall("LPAD", .text("x"), .integer(Int32.max), .text("y"), fails: .overflow),
        FunctionCall("RPAD", .bytes([1]), .integer(3), .bytes([9]), gives: .bytes([1, 9, 9])),
        FunctionCall("SPLIT", .text("a,b,,c,"), .text(","), gives: .texts("a", "b", "", "c", "")),
        FunctionCall("SPLIT", .text("abc"), .text(""), gives: .texts("a", "b", "c")),
        FunctionCall("SPLIT", .text("abc"), .text("--"), gives: .texts("abc")),
        FunctionCall("SPLIT", .bytes([1, 0, 2]), .bytes([0]), gives: .array([.bytes([1]), .bytes([2])])),
        FunctionCall("CONCAT", .text("a"), .null, .text("b"), gives: .text("ab")),
        FunctionCall("CONCAT", .bytes([1]), .bytes([2]), gives: .bytes([1, 2])),
        FunctionCall("CONCAT_WS", .text(", "), .text("a"), .null, .text("b"), gives: .text("a, b")),
        FunctionCall("CONCAT_WS", .null, .text("a"), gives: .null),
        FunctionCall("CHR", .integer(75), gives: .text("K")), FunctionCall("CHR", .text("\\u597d"), gives: .text("好")),
        FunctionCall("CHR", .integer(-1), gives: .null), FunctionCall("CHR", .text("\\u+123"), gives: .null),
        FunctionCall("CHR", .integer(0xD800), gives: .null),
        FunctionCall("MASK", .text("My Test $123"), gives: .text("Xx-Xxxx--nnn")),
        FunctionCall("MASK_LEFT", .text("My Test $123"), .integer(4), gives: .text("Xx-Xest $123")),
        FunctionCall("MASK_KEEP_RIGHT", .text("My Test $123"), .integer(4), gives: .text("Xx-Xxxx-$123")),
        FunctionCall("MASK", .text("My Test $123"), .text("*"), .null, .text("1"), .null, gives: .text("*y *est $111")),
        FunctionCall("FROM_BYTES", .bytes([0x4B, 0xFF]), .text("hex"), gives: .text("4BFF")),
        FunctionCall("TO_BYTES", .text("4bFF"), .text("hex"), gives: .bytes([0x4B, 0xFF])),
        FunctionCall("TO_BYTES", .text("Zm8="), .text("base64"), gives: .bytes([102, 111])),
        FunctionCall("TO_BYTES", .text("xyz"), .text("hex"), fails: .badArgument),
        FunctionCall("TO_BYTES", .text("a"), .text("rot13"), fails: .badArgument),
        FunctionCall("ENCODE", .text("0x541"), .text("hex"), .text("ascii"), gives: .text("\u{5}A")),
        FunctionCall("ENCODE", .text("é"), .text("utf8"), .text("hex"), gives: .text("c3a9")),
        FunctionCall("INT_FROM_BYTES", .bytes([0, 0, 7, 0xE5]), gives: .integer(2021)),
        FunctionCall("INT_FROM_BYTES", .bytes([0xE5, 7, 0, 0]), .text("LITTLE_ENDIAN"), gives: .integer(2021)),
        FunctionCall("BIGINT_FROM_BYTES", .bytes([1]), gives: .null),
    ]

    static let nulls: [FunctionCall] = [
        FunctionCall("COALESCE", .null, .integer(1), .bigint(2), gives: .bigint(1)),
        FunctionCall("IFNULL", .null, .text("x"), gives: .text("x")),
        FunctionCall("IFNULL", .text("a"), .text("x"), gives: .text("a")),
        FunctionCall("NULLIF", .integer(1), .bigint(1), gives: .null),
        FunctionCall("NULLIF", .integer(1), .null, gives: .integer(1)),
    ]

    @Test(arguments: math) func mathFunctions(_ call: FunctionCall) throws { try ScalarFunctionTests.check(call) }
    @Test(arguments: text) func textFunctions(_ call: FunctionCall) throws { try ScalarFunctionTests.check(call) }
    @Test(arguments: nulls) func nullsFunctions(_ call: FunctionCall) throws { try ScalarFunctionTests.check(call) }

    @Test func registry() {
        #expect(Set(ScalarFunctions.all.map(\.name)).count == ScalarFunctions.all.count)
        #expect(ScalarFunctions.named("UNIX_TIMESTAMP")?.resolve([]) == nil)
        for absent in ["NOW", "AS_VALUE", "ucase"] { #expect(ScalarFunctions.named(absent) == nil) }
        for function in ScalarFunctions.all {
            #expect(function.name == function.name.uppercased() && function.usage.hasPrefix(function.name))
            #expect(!function.summary.isEmpty)
        }
    }

    @Test(
        arguments: [
            ("ABS", [.varchar]), ("CONCAT", []), ("CONCAT", [.varchar, .bytes]), ("SUBSTRING", [.varchar]),
            ("COALESCE", [nil]),
            ("COALESCE", [.integer, .varchar]), ("GREATEST", [.boolean]), ("ROUND", [.double, .bigint]),
            ("LEN", [.integer]),
            ("ARRAY_MAX", [.array(.array(.integer))]), ("FORMAT_DATE", [.date, .varchar, .varchar]),
        ] as [(String, [DataType?])])
    func noOverload(name: String, types: [DataType?]) { #expect(ScalarFunctions.named(name)?.resolve(types) == nil) }

    @Test func widening() {
        let types = ScalarFunctions.named("COALESCE")?.resolve([.integer, .decimal(precision: 5, scale: 2), nil])
        #expect(types?.result == .decimal(precision: 12, scale: 2))
        #expect(
            ScalarFunctions.named("ROUND")?.resolve([.decimal(precision: 5, scale: 2)])?.result
                == .decimal(precision: 3, scale: 0))
        #expect(ScalarFunctions.named("COALESCE")?.resolve([.bigint, .double])?.result == .double)
        #expect(
            ScalarFunctions.named("TIMESTAMPTOSTRING")?.resolve([.integer, .varchar])?.parameters == [
                .bigint, .varchar,
            ])
    }
}
