// SPDX-License-Identifier: Apache-2.0
import MillraceCore

extension StarterTopic {
    /// JSON as it comes from services, devices and other systems.
    static let json: [StarterTopic] = [
        StarterTopic(
            name: "orders",
            records: keyed([
                ("anna", #"{"id":1,"amount":12.5,"ts":1700000000000}"#),
                ("bert", #"{"id":2,"amount":7.25,"ts":1700000001000}"#),
            ]),
            declares: ["key VARCHAR KEY", "id BIGINT", "amount DOUBLE", "ts BIGINT", "VALUE_FORMAT='JSON'"],
            says: ["If ts is it (milliseconds since 1970), add  TIMESTAMP='ts'  to WITH"], groups: "key",
            time: 1_700_000_000_000),
        StarterTopic(
            name: "a column n",
            records: texts([#"{"n":"x"}"#, #"{"n":"x"}"#, #"{"n":"y"}"#]), declares: ["n VARCHAR"], groups: "n"),
        StarterTopic(
            name: "a column N", records: texts([#"{"N":"x","records":1}"#, #"{"N":"x","records":2}"#]), groups: "N"),
        StarterTopic(
            name: "only a struct", records: texts([#"{"where":{"lat":1.5,"lon":2.5}}"#]),
            declares: ["`where` STRUCT<lat DOUBLE, lon DOUBLE>"], groups: "ROWPARTITION"),
        StarterTopic(
            name: "only an array", records: texts([#"{"tags":["a","b"]}"#, #"{"tags":[]}"#]),
            declares: ["tags ARRAY<VARCHAR>"], groups: "ROWPARTITION"),
        StarterTopic(
            name: "only booleans", records: texts([#"{"on":true}"#, #"{"on":false}"#]), declares: ["on` BOOLEAN"],
            groups: "ROWPARTITION"),
        StarterTopic(
            name: "struct first, text behind",
            records: texts([#"{"a":{"b":1},"c":[1],"d":true,"city":"Bonn"}"#]), groups: "city"),
        StarterTopic(
            name: "a text that comes again",
            records: texts((0..<8).map { #"{"uuid":"u\#($0)x","kind":"k\#($0 % 2)"}"# }), groups: "kind"),
        StarterTopic(
            name: "unsigned 64 bits",
            records: texts([#"{"id":18446744073709551615,"big":9007199254740993}"#]),
            declares: ["id DECIMAL(20, 0)", "big BIGINT"],
            says: ["id is DECIMAL(20, 0), because some numbers are beyond BIGINT"]),
        StarterTopic(
            name: "numbers beyond everything", records: texts([#"{"h":\#(String(repeating: "9", count: 60))}"#]),
            declares: ["h VARCHAR"], says: ["h is VARCHAR, because some numbers have more digits than any type"]),
        StarterTopic(
            name: "long decimals", records: texts([#"{"p":12345678901234567.891}"#, #"{"p":0.5}"#]),
            declares: ["p DECIMAL(38, 3)"], says: ["p is DECIMAL(38, 3), because a DOUBLE would lose digits"]),
        StarterTopic(
            name: "a double of 17 digits", records: texts([#"{"p":0.30000000000000004}"#]), declares: ["p DOUBLE"],
            saysNot: ["because"]),
        StarterTopic(
            name: "two texts among numbers",
            records: texts((0..<400).map { #"{"v":\#($0)}"# } + [#"{"v":"n/a"}"#, #"{"v":"?"}"#]),
            declares: ["v VARCHAR"],
            says: ["v is VARCHAR, because it holds 400 numbers and 2 texts; as BIGINT those 2 are bad"]),
        StarterTopic(
            name: "numbers now and then as text", records: texts([#"{"v":1}"#, #"{"v":"2"}"#]),
            declares: ["v BIGINT"], saysNot: ["because"]),
        StarterTopic(
            name: "two kinds in a nested field", records: texts([#"{"a":{"b":1}}"#, #"{"a":{"b":"x"}}"#]),
            declares: ["a STRUCT<b VARCHAR>"], says: ["a->b is VARCHAR, because it holds 1 number and 1 text"]),
        StarterTopic(
            name: "one empty value", records: texts([#"{"v":1}"#, "", #"{"v":2}"#]), declares: ["v BIGINT"],
            says: ["1 of 3 values has no bytes at all"], bad: 1),
        StarterTopic(
            name: "one broken value of ten",
            records: texts((0..<9).map { #"{"v":\#($0)}"# } + [#"{"v":"#]), declares: ["v BIGINT"],
            says: ["1 of 10 values is no JSON object (one-broken-value-of-ten/0@9): bad records"], bad: 1),
        StarterTopic(
            name: "always null", records: texts([#"{"a":null,"b":1}"#, #"{"b":2}"#]), declares: ["a VARCHAR"],
            says: ["a is VARCHAR, because it is null in every record"], groups: "b"),
        StarterTopic(
            name: "empty objects", records: texts(["{}", "{}"]),
            declares: ["content VARCHAR", "WRAP_SINGLE_VALUE=false"]),
        StarterTopic(
            name: "an empty name", records: texts([#"{"":1,"a":2}"#]), declares: ["  a BIGINT"],
            says: [#"No column can be declared for the field """#]),
        StarterTopic(
            name: "only an empty name", records: texts([#"{"":1}"#]),
            declares: ["content VARCHAR", "WRAP_SINGLE_VALUE=false"]),
        StarterTopic(
            name: "an empty name in a struct", records: texts([#"{"a":{"":1},"b":{"":1,"c":2}}"#]),
            declares: ["a VARCHAR", "b STRUCT<c BIGINT>"]),
        StarterTopic(
            name: "pseudo columns",
            records: texts([#"{"ROWTIME":1,"ROWPARTITION":2,"RowOffset":3,"WINDOWSTART":4,"windowend":5,"v":6}"#]),
            declares: ["(\n  `RowOffset` BIGINT,\n  `windowend` BIGINT,\n  v BIGINT\n)"],
            says: [#"No column can be declared for the fields "ROWTIME", "ROWPARTITION", "WINDOWSTART""#]),
        StarterTopic(
            name: "reserved words", records: texts([#"{"select":1,"from":2,"end":"e","key":"k","value":3,"order":4}"#]),
            declares: ["`select` BIGINT", "`from` BIGINT", "`end` VARCHAR", "key VARCHAR"]),
        StarterTopic(
            name: "odd names",
            records: texts([#"{"a b":1,"x`y":2,"1st":3,"größe":4,"a.b":5,"$schema":"s","it's":6,"😀":7}"#]),
            declares: ["`a b` BIGINT", "`x``y` BIGINT", "`1st` BIGINT", "`größe` BIGINT", "`$schema` VARCHAR"]),
        StarterTopic(
            name: "control characters in a name", records: texts([#"{"a\nb":1,"c\u0000":2,"d":3}"#]),
            declares: ["  d BIGINT"], says: [#"No column can be declared for the fields "a.b", "c.""#]),
        StarterTopic(
            name: "names by case only", records: texts([#"{"l":1,"L":2}"#, #"{"l":3,"L":4}"#]),
            declares: ["`l` BIGINT", "  L BIGINT"]),
        StarterTopic(
            name: "names by case in a struct", records: texts([#"{"e":{"p":1,"P":2}}"#]),
            declares: ["e STRUCT<`p` BIGINT, P BIGINT>"]),
        StarterTopic(
            name: "another case in another record", records: texts([#"{"id":1}"#, #"{"ID":2}"#]),
            declares: ["(\n  id BIGINT\n)"]),
        StarterTopic(
            name: "a reserved word in another case", records: texts([#"{"from":1}"#, #"{"From":2}"#]),
            declares: ["(\n  `FROM` BIGINT\n)"], groups: "`FROM`"),
        StarterTopic(
            name: "nested deeply",
            records: texts([String(repeating: #"{"a":"#, count: 40) + "1" + String(repeating: "}", count: 40)]),
            declares: ["STRUCT<a STRUCT<a STRUCT<a STRUCT<a"]),
        StarterTopic(
            name: "400 columns",
            records: texts(["{" + (0..<400).map { "\"c\($0)\":\($0)" }.joined(separator: ",") + "}"]),
            declares: ["c299 BIGINT"], says: ["100 more fields are left out"], saysNot: ["c300 BIGINT"]),
        StarterTopic(
            name: "names that are data",
            records: texts((0..<20).map { #"{"at":"x","counts":{"user\#($0)":\#($0)}}"# }),
            declares: ["counts MAP<VARCHAR, BIGINT>"]),
        StarterTopic(
            name: "several kinds of events",
            records: texts([#"{"type":"a","x":1}"#, #"{"type":"b","y":"z"}"#, #"{"type":"a","x":{"q":1}}"#]),
            declares: ["type VARCHAR", "x VARCHAR", "y VARCHAR"], groups: "type"),
        StarterTopic(
            name: "a byte order mark", records: texts(["\u{FEFF}{\"a\":1}", "\u{FEFF}{\"a\":2}"]),
            says: ["byte order mark"]),
        StarterTopic(
            name: "white space and line ends", records: texts(["  {\"a\" : 1 }\n", "{\"a\":2}\r\n"]),
            declares: ["a BIGINT"]),
    ]

    /// JSON that is no object, or none at all.
    static let bareJSON: [StarterTopic] = [
        StarterTopic(
            name: "arrays of numbers", records: texts(["[1,2,3]", "[4,5,6]"]),
            declares: ["content ARRAY<BIGINT>", "WRAP_SINGLE_VALUE=false"], says: ["value: JSON"]),
        StarterTopic(
            name: "arrays of objects", records: texts([#"[{"a":1},{"a":2}]"#]),
            declares: ["content ARRAY<STRUCT<a BIGINT>>"]),
        StarterTopic(name: "bare numbers", records: texts(["1", "2.5"]), declares: ["content DOUBLE"]),
        StarterTopic(name: "bare texts", records: texts([#""a""#, #""b""#]), declares: ["content VARCHAR"]),
        StarterTopic(name: "the word null", records: texts(["null", "null"])),
        StarterTopic(
            name: "NaN in all", records: texts([#"{"a":NaN,"b":1}"#, #"{"a":NaN,"b":2}"#]),
            declares: ["content VARCHAR", "VALUE_FORMAT='KAFKA'"],
            says: ["look like JSON and are not (NaN-in-all/0@0: NaN is not JSON)"], saysNot: ["DELIMITED"]),
        StarterTopic(
            name: "NaN in some",
            records: texts([#"{"a":NaN,"b":1}"#, #"{"a":1.5,"b":2}"#, #"{"a":2,"b":2}"#, #"{"a":-Infinity,"b":2}"#]),
            declares: ["a DOUBLE"], says: ["2 of 4 values are no JSON object (NaN-in-some/0@0: NaN is not JSON)"],
            bad: 2),
        StarterTopic(
            name: "several JSON lines in one record", records: texts(["{\"a\":1}\n{\"a\":2}\n"]),
            declares: ["content VARCHAR"], says: [": several JSON values)"], saysNot: ["DELIMITED"]),
        StarterTopic(
            name: "a dictionary of Python", records: texts(["{'a': 1, 'b': 2}"]), declares: ["content VARCHAR"],
            saysNot: ["DELIMITED"]),
    ]
}
