// SPDX-License-Identifier: Apache-2.0
import MillraceCore

extension StarterTopic {
    /// Lines of text.
    static let lines: [StarterTopic] = [
        StarterTopic(
            name: "CSV", records: texts(["a,1,2.5,true", "b,2,3,false"]),
            declares: [
                "column_1 VARCHAR", "column_2 BIGINT", "column_3 DOUBLE", "column_4 BOOLEAN", "FORMAT='DELIMITED')",
            ], groups: "column_1"),
        StarterTopic(
            name: "CSV with quotes", records: texts(["\"Doe, John\",\"say \"\"hi\"\"\",1", "\"Roe\nJane\",x,2\r\n"]),
            declares: ["column_3 BIGINT"], says: ["DELIMITED, 3 columns by ','"]),
        StarterTopic(
            name: "zeros in front", records: texts(["00123,1", "04567,2"]), declares: ["column_1 VARCHAR"]),
        StarterTopic(
            name: "a header line and a gap", records: texts(["name,age"] + (0..<9).map { "n\($0),\($0)" } + ["x,"]),
            declares: ["column_2 VARCHAR"],
            says: ["column_2 is VARCHAR, because it holds 9 numbers and 1 text; as BIGINT that one is bad"]),
        StarterTopic(
            name: "tabs with JSON in a field",
            records: texts((0..<5).map { "web\t2023-11-14\t\($0)\tpv\t{\"a\":1,\"b\":[1,2],\"c\":\"x\"}\tDE" }),
            says: ["DELIMITED, 6 columns by 'TAB'"]),
        StarterTopic(
            name: "two columns by tab",
            records: texts(["k1\t{\"a\":1,\"b\":2,\"c\":3}", "k2\t{\"a\":1,\"b\":2,\"c\":3}"]),
            says: ["DELIMITED, 2 columns by 'TAB'"]),
        StarterTopic(
            name: "pipes with a comma", records: texts(["1|Doe, John|DE|9.5", "2|Roe, Jane|FR|8"]),
            declares: ["column_1 BIGINT", "column_4 DOUBLE", "VALUE_DELIMITER='|'"],
            says: ["DELIMITED, 4 columns by '|'"]),
        StarterTopic(
            name: "decimal commas", records: texts(["1,5;2,25;3,1", "4,5;5,5;6,5"]),
            says: ["DELIMITED, 3 columns by ';'"]),
        StarterTopic(
            name: "one line of another length",
            records: texts((0..<9).map { "a\($0),\($0),x" } + ["only,two"]), declares: ["column_3 VARCHAR"],
            says: ["1 of 10 values has another number of fields (one-line-of-another-length/0@9): bad records"],
            bad: 1),
        StarterTopic(
            name: "CEF",
            records: texts(["CEF:0|Vendor|Product|1.0|100|worm, stopped|10|src=10.0.0.1 dst=2.1.2.2"]),
            says: ["DELIMITED, 8 columns by '|'"]),
        StarterTopic(
            name: "access log",
            records: texts([
                #"127.0.0.1 - - [14/Nov/2023:23:13:20 +0100] "GET / HTTP/1.1" 200 12 "-" "M (X11) (KHTML, like)""#
            ]), declares: ["content VARCHAR", "VALUE_FORMAT='KAFKA'"]),
        StarterTopic(name: "XML", records: texts(["<a x=\"1,2\"/>", "<a x=\"3,4\"/>"]), says: ["value: KAFKA text"]),
        StarterTopic(name: "sentences", records: texts(["Hello, world", "Good bye"]), says: ["value: KAFKA text"]),
        StarterTopic(name: "sentences with one comma", records: texts(["Hello, world", "Bye, world"])),
        StarterTopic(name: "words", records: texts(["a", "b", "a", "b"]), groups: "content"),
    ]

    /// Bytes, keys and headers.
    static let binary: [StarterTopic] = [
        StarterTopic(
            name: "Java longs", records: bytes([bigEndian(Int64(7)), bigEndian(Int64(-1))]),
            declares: ["content BIGINT"]),
        StarterTopic(
            name: "Java doubles",
            records: bytes([1.5, 20.25, -3].map { (value: Double) in bigEndian(value.bitPattern) }),
            declares: ["content DOUBLE"]),
        StarterTopic(name: "Java ints", records: bytes([bigEndian(Int32(7))]), declares: ["content INT"]),
        StarterTopic(
            name: "Java floats", records: bytes([1.5, 2.25].map { (value: Float) in bigEndian(value.bitPattern) }),
            declares: ["content BYTES"], says: ["numbers of the type float"]),
        StarterTopic(
            name: "Avro", records: bytes([[0, 0, 0, 0, 7, 2, 6, 0x66, 0x6F, 0x6F], [0, 0, 0, 0, 9, 4, 2, 0x61, 1]]),
            declares: ["content BYTES"],
            says: [
                "value: schemas 7, 9 of a schema registry",
                "VALUE_FORMAT='AVRO' (or 'PROTOBUF') and no value columns",
            ]),
        StarterTopic(
            name: "JSON_SR", records: bytes([[0, 0, 0, 0, 7] + Array(#"{"name":"x"}"#.utf8)]),
            declares: ["content BYTES"],
            says: ["JSON behind five bytes", "VALUE_FORMAT='JSON' passes over"]),
        StarterTopic(
            name: "UTF-16", records: bytes([[0x7B, 0, 0x7D, 0]] + [[0xFF, 0xFE, 0x7B, 0, 0x7D, 0]]),
            declares: ["content BYTES"], says: ["UTF-16"]),
        StarterTopic(
            name: "MessagePack", records: bytes([[0x81, 0xA1, 0x61, 0x01], [0x81, 0xA1, 0x61, 0x02, 0x03]])),
        StarterTopic(name: "all bytes", records: bytes([Array(0...255)]), declares: ["content BYTES"]),
        StarterTopic(name: "values without bytes", records: bytes([[], []]), declares: ["content VARCHAR"]),
        StarterTopic(
            name: "Latin-1 in JSON",
            records: bytes([Array(#"{"id":1,"name":"M"#.utf8) + [0xFC] + Array(#"ller"}"#.utf8)])),
        StarterTopic(
            name: "UUID keys", records: bytes([Array("{\"a\":\"x\"}".utf8)], key: Array(0x80...0x8F)),
            declares: ["key BYTES KEY"], groups: "a"),
        StarterTopic(
            name: "keys of JSON text", records: keyed([("\"a\"", #"{"v":1}"#), ("\"b\"", #"{"v":1}"#)]),
            declares: ["key VARCHAR KEY", "KEY_FORMAT='JSON'"], groups: "key"),
        StarterTopic(
            name: "keys of JSON objects", records: keyed([(#"{"id":1}"#, #"{"v":1}"#)]),
            declares: ["key STRUCT<id BIGINT> KEY"], groups: "v"),
        StarterTopic(
            name: "long keys",
            records: (0..<3).map { Record(key: bigEndian(Int64($0)), value: Array("{\"v\":1}".utf8), timestamp: now) },
            declares: ["key BIGINT KEY"], groups: "key"),
        StarterTopic(
            name: "keys now and then", records: keyed([("a", #"{"v":1}"#), (nil, #"{"v":1}"#)]),
            says: ["1 of 2 records has no key"], groups: "key"),
        StarterTopic(
            name: "keys that are missing where values are", records: keyed([("a", nil), (nil, #"{"v":1}"#)]),
            groups: "v"),
        StarterTopic(
            name: "tombstones among them", records: keyed([("a", #"{"v":1}"#), ("a", nil), ("b", #"{"v":2}"#)]),
            groups: "key"),
        StarterTopic(
            name: "headers of CloudEvents",
            records: [
                Record(
                    key: nil, value: Array(#"{"v":1}"#.utf8), timestamp: now,
                    headers: [
                        RawRecords.Header(name: "ce_type", value: Array("order.created".utf8)),
                        RawRecords.Header(name: "ce_id", value: nil),
                    ])
            ], says: ["headers (ce_id, ce_type)", "header BYTES HEADER('ce_id')"]),
        StarterTopic(
            name: "windowed keys",
            records: [0, 1, 3].map { index in
                Record(
                    key: windowed(Array("anna".utf8), start: 1_699_999_980_000 + index * 60_000),
                    value: Array(#"{"N":3}"#.utf8), timestamp: now + index * 60_000)
            },
            declares: ["key VARCHAR KEY", "N BIGINT", "WINDOW_TYPE='TUMBLING', WINDOW_SIZE='1 MINUTE'"],
            says: ["key: KAFKA text, with a window behind it", "WINDOW_SIZE='1 MINUTE' is a guess"], groups: "key"),
        StarterTopic(
            name: "windowed keys of numbers",
            records: [
                Record(
                    key: windowed(bigEndian(Int32(7)), start: 1_699_999_980_000), value: Array(#"{"N":3}"#.utf8),
                    timestamp: now)
            ], declares: ["key INT KEY"], says: ["key: KAFKA INT, with a window"]),
        StarterTopic(
            name: "session keys",
            records: [
                Record(
                    key: windowed(Array(#""anna""#.utf8), start: now - 5000, end: now), value: Array(#"{"N":3}"#.utf8),
                    timestamp: now)
            ], declares: ["KEY_FORMAT='JSON'", "WINDOW_TYPE='SESSION'"], says: ["JSON, with a session behind it"]),
    ]
}
