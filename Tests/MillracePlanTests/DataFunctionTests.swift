// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import Testing

@Suite struct DataFunctionTests {
    static let ts: Value = .timestamp(1_709_210_096_789)

    static let times: [FunctionCall] = [
        FunctionCall("UNIX_TIMESTAMP", ts, gives: .bigint(1_709_210_096_789)),
        FunctionCall("FROM_UNIXTIME", .bigint(-1), gives: .timestamp(-1)),
        FunctionCall("UNIX_DATE", .date(-5), gives: .integer(-5)),
        FunctionCall("FROM_DAYS", .integer(50), gives: .date(50)),
        FunctionCall("FORMAT_TIMESTAMP", ts, .text("yyyy-MM-dd HH:mm:ss.SSS"), gives: .text("2024-02-29 12:34:56.789")),
        FunctionCall(
            "FORMAT_TIMESTAMP", ts, .text("yyyy-MM-dd HH:mm X"), .text("+05:30"), gives: .text("2024-02-29 18:04 +0530")
        ),
        FunctionCall("FORMAT_TIMESTAMP", ts, .text("yyyy"), .text("Europe/Nowhere"), fails: .badArgument),
        FunctionCall("FORMAT_TIMESTAMP", ts, .text("yyyy"), .text("../../etc/passwd"), fails: .badArgument),
        FunctionCall("FORMAT_TIMESTAMP", ts, .text("yyyy"), .text("tzdata.zi"), fails: .badArgument),
        FunctionCall("FORMAT_TIMESTAMP", ts, .text("yyyy"), .text("Europe"), fails: .badArgument),
        FunctionCall(
            "FORMAT_TIMESTAMP", ts, .text("HH:mm XXX VV z"), .text("Europe/Berlin"),
            gives: .text("13:34 +01:00 Europe/Berlin CET")),
        FunctionCall(
            "FORMAT_TIMESTAMP", .timestamp(1_719_751_496_789), .text("HH:mm XXX z"), .text("Europe/Berlin"),
            gives: .text("14:44 +02:00 CEST")),
        FunctionCall(
            "PARSE_TIMESTAMP", .text("2024-07-01 00:00"), .text("yyyy-MM-dd HH:mm"), .text("America/Los_Angeles"),
            gives: .timestamp(1_719_817_200_000)),
        FunctionCall(
            "PARSE_TIMESTAMP", .text("2024-07-01 00:00 America/Los_Angeles"), .text("yyyy-MM-dd HH:mm VV"),
            gives: .timestamp(1_719_817_200_000)),
        // Clocks were put forward from 2:00 to 3:00, and back from 3:00 to 2:00.
        FunctionCall(
            "PARSE_TIMESTAMP", .text("2024-03-31 02:30"), .text("yyyy-MM-dd HH:mm"), .text("Europe/Berlin"),
            gives: .timestamp(1_711_848_600_000)),
        FunctionCall(
            "PARSE_TIMESTAMP", .text("2024-10-27 02:30"), .text("yyyy-MM-dd HH:mm"), .text("Europe/Berlin"),
            gives: .timestamp(1_729_989_000_000)),
        FunctionCall(
            "CONVERT_TZ", .timestamp(1_719_792_000_000), .text("UTC"), .text("America/Los_Angeles"),
            gives: .timestamp(1_719_766_800_000)),
        FunctionCall(
            "CONVERT_TZ", .timestamp(1_719_766_800_000), .text("America/Los_Angeles"), .text("Asia/Kolkata"),
            gives: .timestamp(1_719_811_800_000)),
        FunctionCall("FORMAT_TIMESTAMP", ts, .text("YYYY"), fails: .badArgument),
        FunctionCall("TIMESTAMPTOSTRING", .bigint(0), .text("yyyy-MM-dd"), gives: .text("1970-01-01")),
        FunctionCall("PARSE_TIMESTAMP", .text("2024-02-29 12:34:56.789"), .text("yyyy-MM-dd HH:mm:ss.SSS"), gives: ts),
        FunctionCall(
            "PARSE_TIMESTAMP", .text("2024-02-29 12:34:56.789"), .text("yyyy-MM-dd HH:mm:ss.SSS"), .text("+01"),
            gives: .timestamp(1_709_206_496_789)),
        FunctionCall("PARSE_TIMESTAMP", .text("x"), .text("yyyy"), fails: .badArgument),
        FunctionCall("PARSE_TIMESTAMP", .null, .text("yyyy"), gives: .null),
        FunctionCall("STRINGTOTIMESTAMP", .text("1969-12-31"), .text("yyyy-MM-dd"), gives: .bigint(-86_400_000)),
        FunctionCall("FORMAT_DATE", .date(19782), .text("dd.MM.yyyy"), gives: .text("29.02.2024")),
        FunctionCall("FORMAT_DATE", .date(0), .text("HH"), fails: .badArgument),
        FunctionCall("PARSE_DATE", .text("29.02.2024"), .text("dd.MM.yyyy"), gives: .date(19782)),
        FunctionCall("DATETOSTRING", .integer(-1), .text("yyyy-MM-dd"), gives: .text("1969-12-31")),
        FunctionCall("STRINGTODATE", .text("1970-01-02"), .text("yyyy-MM-dd"), gives: .integer(1)),
        FunctionCall("FORMAT_TIME", .time(45_296_000), .text("h:mm a"), gives: .text("12:34 PM")),
        FunctionCall("FORMAT_TIME", .time(0), .text("yyyy"), fails: .badArgument),
        FunctionCall("PARSE_TIME", .text("13:25"), .text("HH:mm"), gives: .time(48_300_000)),
        FunctionCall("DATEADD", .text("DAYS"), .integer(2), .date(5), gives: .date(7)),
        FunctionCall("DATESUB", .text("hours"), .integer(47), .date(5), gives: .date(4)),
        FunctionCall("DATEADD", .text("DAYS"), .integer(Int32.max), .date(5), fails: .overflow),
        FunctionCall("TIMEADD", .text("HOURS"), .integer(2), .time(82_800_000), gives: .time(3_600_000)),
        FunctionCall("TIMESUB", .text("MINUTE"), .integer(1), .time(0), gives: .time(86_340_000)),
        FunctionCall("TIMESTAMPADD", .text("SECONDS"), .integer(-1), .timestamp(0), gives: .timestamp(-1000)),
        FunctionCall("TIMESTAMPSUB", .text("MILLISECONDS"), .integer(1), .timestamp(Int64.min), fails: .overflow),
        FunctionCall("TIMESTAMPADD", .text("WEEKS"), .integer(1), .timestamp(0), fails: .badArgument),
        FunctionCall("CONVERT_TZ", .timestamp(0), .text("UTC"), .text("+02:00"), gives: .timestamp(7_200_000)),
    ]

    static let json =
        #"{"a": {"b": [1, {"c": "x\n\u00e9\ud83d\ude00"}], "n": null, "d": 1.50}, "a b": true, "t": "plain"}"#
    static let jsons: [FunctionCall] = [
        FunctionCall("EXTRACTJSONFIELD", .text(json), .text("$.a.b[1].c"), gives: .text("x\né\u{1F600}")),
        FunctionCall(
            "EXTRACTJSONFIELD", .text(json), .text("$.a.b"), gives: .text(#"[1,{"c":"x\n\u00e9\ud83d\ude00"}]"#)),
        FunctionCall("EXTRACTJSONFIELD", .text(json), .text("$.a.d"), gives: .text("1.5")),
        FunctionCall("EXTRACTJSONFIELD", .text(json), .text("$['a b']"), gives: .text("true")),
        FunctionCall("EXTRACTJSONFIELD", .text(json), .text("$.a.x"), gives: .null),
        FunctionCall("EXTRACTJSONFIELD", .text(json), .text("$.a.b[9]"), gives: .null),
        FunctionCall("EXTRACTJSONFIELD", .text(json), .text("$.a.n"), gives: .text("null")),
        FunctionCall("EXTRACTJSONFIELD", .text(json), .text("a.b"), fails: .badArgument),
        FunctionCall("EXTRACTJSONFIELD", .text("{bad"), .text("$.a"), fails: .badArgument),
        FunctionCall("IS_JSON_STRING", .text("[1, 2, 3]"), gives: .boolean(true)),
        FunctionCall("IS_JSON_STRING", .text("null"), gives: .boolean(true)),
        FunctionCall("IS_JSON_STRING", .text(""), gives: .boolean(false)),
        FunctionCall("IS_JSON_STRING", .text("abc"), gives: .boolean(false)),
        FunctionCall("IS_JSON_STRING", .text("01"), gives: .boolean(false)),
        FunctionCall("IS_JSON_STRING", .text("[1,]"), gives: .boolean(false)),
        FunctionCall("IS_JSON_STRING", .text("\"\\"), gives: .boolean(false)),
        FunctionCall("IS_JSON_STRING", .text("\"\\u12"), gives: .boolean(false)),
        FunctionCall("IS_JSON_STRING", .text("{\"a\""), gives: .boolean(false)),
        FunctionCall("IS_JSON_STRING", .null, gives: .boolean(false)),
        FunctionCall("IS_JSON_STRING", .text(String(repeating: "[", count: 100_000)), gives: .boolean(false)),
        FunctionCall("JSON_ARRAY_LENGTH", .text("[1, [1, [2]], 3]"), gives: .integer(3)),
        FunctionCall("JSON_ARRAY_LENGTH", .text("{}"), gives: .null),
        FunctionCall("JSON_KEYS", .text(#"{"a": 1, "b": {"c": 2}}"#), gives: .texts("a", "b")),
        FunctionCall("JSON_KEYS", .text("[]"), gives: .null),
        FunctionCall(
            "JSON_RECORDS", .text(#"{"a": "x", "b": {"c": 2}}"#),
            gives: .map([
                .init(key: .text("a"), value: .text("\"x\"")), .init(key: .text("b"), value: .text(#"{"c":2}"#)),
            ])),
    ]

    static let collections: [FunctionCall] = [
        FunctionCall("ARRAY_LENGTH", .integers(1, nil), gives: .integer(2)),
        FunctionCall("ARRAY_CONTAINS", .integers(1, 2), .bigint(2), gives: .boolean(true)),
        FunctionCall("ARRAY_CONTAINS", .integers(1, nil), .null, gives: .boolean(true)),
        FunctionCall("ARRAY_DISTINCT", .integers(3, 1, nil, 3, nil, 1), gives: .integers(3, 1, nil)),
        FunctionCall("ARRAY_DISTINCT", .array([.double(.nan), .double(.nan)]), gives: .array([.double(.nan)])),
        FunctionCall("ARRAY_UNION", .integers(1, 2, 1), .integers(4, 1), gives: .integers(1, 2, 4)),
        FunctionCall("ARRAY_EXCEPT", .integers(1, 2, 3, 1, 2), .integers(2, 3), gives: .integers(1)),
        FunctionCall("ARRAY_INTERSECT", .integers(1, 2, 3, 1, 2), .integers(2, 1), gives: .integers(1, 2)),
        FunctionCall("ARRAY_CONCAT", .integers(1), .null, gives: .integers(1)),
        FunctionCall("ARRAY_REMOVE", .integers(1, nil, 2, 1), .integer(1), gives: .integers(nil, 2)),
        FunctionCall("ARRAY_REMOVE", .texts("Foo", nil), .null, gives: .texts("Foo")),
        FunctionCall("ARRAY_MAX", .texts("Foo", "Bar", nil, "baz"), gives: .text("baz")),
        FunctionCall("ARRAY_MIN", .integers(nil, 2, -1), gives: .integer(-1)),
        FunctionCall("ARRAY_MIN", .integers(nil), gives: .null),
        FunctionCall("ARRAY_SORT", .integers(-1, 2, nil, 0), gives: .integers(-1, 0, 2, nil)),
        FunctionCall("ARRAY_SORT", .integers(-1, 2, nil, 0), .text("desc"), gives: .integers(2, 0, -1, nil)),
        FunctionCall("ARRAY_JOIN", .integers(1, nil, 3), gives: .text("1,null,3")),
        FunctionCall("ARRAY_JOIN", .array([.double(1), .double(2.5)]), .text("; "), gives: .text("1.0; 2.5")),
        FunctionCall("SLICE", .integers(1, 2, 3, 4), .integer(2), .integer(3), gives: .integers(2, 3)),
        FunctionCall("SLICE", .integers(1, 2), .integer(2), .integer(3), gives: .null),
        FunctionCall("SLICE", .integers(1, 2), .null, .integer(1), gives: .integers(1)),
        FunctionCall("MAP_KEYS", .entries(["a": 1, "b": 2]), gives: .texts("a", "b")),
        FunctionCall("MAP_VALUES", .entries(["a": 1, "b": 2]), gives: .integers(1, 2)),
        FunctionCall(
            "MAP_UNION", .entries(["a": 1, "b": 2]), .entries(["a": 5, "c": 6]),
            gives: .entries(["a": 5, "b": 2, "c": 6])),
        FunctionCall("MAP_UNION", .null, .entries(["a": 5]), gives: .entries(["a": 5])),
        FunctionCall("AS_MAP", .texts("a", "b", "a"), .integers(1, 2, 3), gives: .entries(["a": 3, "b": 2])),
        FunctionCall(
            "ENTRIES", .entries(["b": 1, "a": 2]), .boolean(true),
            gives: .array([.structure([.text("a"), .integer(2)]), .structure([.text("b"), .integer(1)])])),
        FunctionCall("ELT", .integer(2), .text("a"), .text("b"), gives: .text("b")),
        FunctionCall("ELT", .integer(3), .text("a"), .text("b"), gives: .null),
        FunctionCall("FIELD", .text("b"), .text("a"), .text("b"), gives: .integer(2)),
        FunctionCall("FIELD", .null, .text("a"), gives: .integer(0)),
        FunctionCall("GENERATE_SERIES", .integer(1), .integer(5), .integer(2), gives: .integers(1, 3, 5)),
        FunctionCall("GENERATE_SERIES", .integer(3), .integer(1), gives: .integers(3, 2, 1)),
        FunctionCall("GENERATE_SERIES", .bigint(0), .bigint(Int64.min), fails: .overflow),
        FunctionCall("GENERATE_SERIES", .integer(1), .integer(2), .integer(-1), fails: .badArgument),
        FunctionCall(
            "SPLIT_TO_MAP", .text("a:=1/b:=2/x/a:=3"), .text("/"), .text(":="),
            gives: .map([.init(key: .text("a"), value: .text("3")), .init(key: .text("b"), value: .text("2"))])),
    ]

    static let url = Value.text("https://me:pw@test.com:8080/a%20b/c?x=1&a%20b=c%20d&e=#frag%20space")
    static let urls: [FunctionCall] = [
        FunctionCall("URL_EXTRACT_PROTOCOL", url, gives: .text("https")),
        FunctionCall("URL_EXTRACT_HOST", url, gives: .text("test.com")),
        FunctionCall("URL_EXTRACT_PORT", url, gives: .integer(8080)),
        FunctionCall("URL_EXTRACT_PATH", url, gives: .text("/a b/c")),
        FunctionCall("URL_EXTRACT_QUERY", url, gives: .text("x=1&a b=c d&e=")),
        FunctionCall("URL_EXTRACT_FRAGMENT", url, gives: .text("frag space")),
        FunctionCall("URL_EXTRACT_PARAMETER", url, .text("a b"), gives: .text("c d")),
        FunctionCall("URL_EXTRACT_PARAMETER", url, .text("e"), gives: .null),
        FunctionCall("URL_EXTRACT_PARAMETER", url, .text("zz"), gives: .null),
        FunctionCall("URL_EXTRACT_PATH", .text("http://test.com"), gives: .text("")),
        FunctionCall("URL_EXTRACT_PORT", .text("http://test.com/"), gives: .null),
        FunctionCall("URL_EXTRACT_HOST", .text("http://[::1]:80/"), gives: .text("[::1]")),
        FunctionCall("URL_EXTRACT_HOST", .text("not a url"), gives: .null),
        FunctionCall("URL_EXTRACT_HOST", .text("http://x/%zz"), gives: .null),
        FunctionCall("URL_EXTRACT_PROTOCOL", .text("://x"), gives: .null),
        FunctionCall("URL_ENCODE_PARAM", .text("url encoded&é"), gives: .text("url+encoded%26%C3%A9")),
        FunctionCall("URL_DECODE_PARAM", .text("url%20encoded+x"), gives: .text("url encoded x")),
        FunctionCall("URL_DECODE_PARAM", .text("50%"), fails: .badArgument),
    ]

    @Test(arguments: times) func timesFunctions(_ call: FunctionCall) throws { try ScalarFunctionTests.check(call) }
    @Test(arguments: jsons) func jsonsFunctions(_ call: FunctionCall) throws { try ScalarFunctionTests.check(call) }
    @Test(arguments: collections) func collectionsFunctions(_ call: FunctionCall) throws {
        try ScalarFunctionTests.check(call)
    }
    @Test(arguments: urls) func urlsFunctions(_ call: FunctionCall) throws { try ScalarFunctionTests.check(call) }
}
