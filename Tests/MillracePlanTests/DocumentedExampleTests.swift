// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import Testing

/// What ksqlDB's documentation says that these functions give.
@Suite struct DocumentedExampleTests {
    private static func concatenated(_ first: String, _ second: String, gives expected: String?) -> FunctionCall {
        FunctionCall("JSON_CONCAT", .text(first), .text(second), gives: expected.map { .text($0) } ?? .null)
    }

    private static let structure = Value.structure([.integer(1), .text("A")])

    static let calls: [FunctionCall] = [
        concatenated(#"{"a": 1}"#, #"{"b": 2}"#, gives: #"{"a":1,"b":2}"#),
        concatenated(#"{"a": {"5": 6}}"#, #"{"a": {"3": 4}}"#, gives: #"{"a":{"3":4}}"#),
        concatenated("{}", "{}", gives: "{}"),
        concatenated("[1, 2]", "[3, 4]", gives: "[1,2,3,4]"),
        concatenated("[1, [2]]", "[[[3]], [[[4]]]]", gives: "[1,[2],[[3]],[[[4]]]]"),
        concatenated("null", "null", gives: "[null,null]"),
        concatenated("[1, 2]", #"{"a": 1}"#, gives: #"[1,2,{"a":1}]"#),
        concatenated("[1, 2]", "3", gives: "[1,2,3]"), concatenated("1", "2", gives: "[1,2]"),
        concatenated("[]", "[]", gives: "[]"), concatenated("abc", "[1]", gives: nil),
        FunctionCall("JSON_CONCAT", .null, .text("[1]"), gives: .null),
        concatenated(#"{"a\"b": 1, "a": 2}"#, #"{"\u0061": "x"}"#, gives: #"{"a\"b":1,"a":"x"}"#),
        FunctionCall(
            "JSON_ITEMS", .text(#"[{"type": "A", "ts": "2022-01-27"}, {"type": "B", "ts": "2022-05-18"}]"#),
            gives: .array([.text(#"{"type":"A","ts":"2022-01-27"}"#), .text(#"{"type":"B","ts":"2022-05-18"}"#)])),
        FunctionCall("JSON_ITEMS", .text("[]"), gives: .array([])),
        FunctionCall("JSON_ITEMS", .text("[1, 2, 3]"), gives: .array([.text("1"), .text("2"), .text("3")])),
        FunctionCall("JSON_ITEMS", .text("{}"), gives: .null), FunctionCall("JSON_ITEMS", .null, gives: .null),
        FunctionCall("JSON_ITEMS", .text("abc"), gives: .null),
        FunctionCall("JSON_ARRAY_CONTAINS", .text("[1, 2, 3]"), .integer(3), gives: .boolean(true)),
        FunctionCall("JSON_ARRAY_CONTAINS", .text("[1, 2, 3]"), .bigint(4), gives: .boolean(false)),
        FunctionCall("JSON_ARRAY_CONTAINS", .text("[1.5, 2.4]"), .integer(2), gives: .boolean(false)),
        FunctionCall("JSON_ARRAY_CONTAINS", .text("[1.50]"), .double(1.5), gives: .boolean(true)),
        FunctionCall("JSON_ARRAY_CONTAINS", .text("[\"1\"]"), .integer(1), gives: .boolean(false)),
        FunctionCall("JSON_ARRAY_CONTAINS", .text("[\"a\\u0062\"]"), .text("ab"), gives: .boolean(true)),
        FunctionCall("JSON_ARRAY_CONTAINS", .text("[true]"), .boolean(false), gives: .boolean(false)),
        FunctionCall("JSON_ARRAY_CONTAINS", .text("{\"a\":1}"), .integer(1), gives: .boolean(false)),
        FunctionCall("JSON_ARRAY_CONTAINS", .null, .integer(1), gives: .boolean(false)),
        FunctionCall("TO_JSON_STRING", .integer(1), gives: .text("1")),
        FunctionCall("TO_JSON_STRING", .double(15.3), gives: .text("15.3")),
        FunctionCall("TO_JSON_STRING", .double(.nan), gives: .text("null")),
        FunctionCall("TO_JSON_STRING", .text("a\"b\n\u{1}"), gives: .text("\"a\\\"b\\n\\u0001\"")),
        FunctionCall("TO_JSON_STRING", .boolean(true), gives: .text("true")),
        FunctionCall("TO_JSON_STRING", .date(18_911), gives: .text("\"2021-10-11\"")),
        FunctionCall("TO_JSON_STRING", .time(48_300_000), gives: .text("\"13:25\"")),
        FunctionCall("TO_JSON_STRING", .timestamp(1_625_055_519_446), gives: .text("\"2021-06-30T12:18:39.446\"")),
        FunctionCall("TO_JSON_STRING", .bytes([1, 2]), gives: .text("\"AQI=\"")),
        FunctionCall("TO_JSON_STRING", .array([.integer(1), .null]), gives: .text("[1,null]")),
        FunctionCall(
            "TO_JSON_STRING", .map([.init(key: .text("c"), value: .integer(2))]), gives: .text("{\"c\":2}")),
        FunctionCall("MD5", .text("hash me"), gives: .text("17b31dce96b9d6c6d0a6ba95f47796fb")),
        FunctionCall("MD5", .text(""), gives: .text("d41d8cd98f00b204e9800998ecf8427e")),
        FunctionCall(
            "MD5", .text("12345678901234567890123456789012345678901234567890123456789012345678901234567890"),
            gives: .text("57edf4a22be3c955ac49da2e2107b67a")),
        FunctionCall(
            "UUID", .bytes(Array(0..<16)), gives: .text("00010203-0405-0607-0809-0a0b0c0d0e0f")),
        FunctionCall("UUID", .bytes([1]), fails: .badArgument), FunctionCall("UUID", .null, gives: .null),
    ]

    @Test(arguments: calls) func examples(_ call: FunctionCall) throws { try ScalarFunctionTests.check(call) }

    @Test func fieldsHaveTheirNames() throws {
        let type = DataType.structure([Field("ID", .integer), Field("NAME", .varchar)])
        let function = try #require(ScalarFunctions.named("TO_JSON_STRING"))
        #expect(try function.evaluate([Self.structure], .varchar, of: [type]) == .text(#"{"ID":1,"NAME":"A"}"#))
    }

    /// No two records and no two calls have one UUID.
    @Test func everyRecordHasItsOwn() throws {
        let function = try #require(ScalarFunctions.named("UUID"))
        var seen: Set<Value> = []
        for topic in ["a", "b"] {
            for partition in 0..<3 as Range<Int32> {
                for offset in 0..<50 as Range<Int64> {
                    for place in ["T/0", "T/1"] {
                        seen.insert(
                            try function.evaluate(
                                [.text(topic), .integer(partition), .bigint(offset), .text(place)], .varchar))
                    }
                }
            }
        }
        #expect(seen.count == 600)
        let random = try #require(ScalarFunctions.named("RANDOM"))
        var sum = 0.0
        for offset in 0..<1000 as Range<Int64> {
            let value = try random.evaluate([.text("a"), .integer(0), .bigint(offset), .text("T/0")], .double)
            guard case .double(let number) = value, number >= 0, number < 1 else {
                Issue.record("\(value)")
                return
            }
            sum += number
        }
        #expect(abs(sum / 1000 - 0.5) < 0.05)
    }
}
