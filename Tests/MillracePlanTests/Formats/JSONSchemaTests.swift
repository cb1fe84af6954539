// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import Testing

/// JSON Schemas to columns, and columns to JSON Schemas.
struct JSONSchemaTests {
    private static func column(_ schema: String) throws -> String {
        try JSONSchema(#"{"type":"object","properties":{"f":\#(schema)}}"#).columns(.value)[0].type.sqlName
    }

    @Test(arguments: [
        (#"{"type":"boolean"}"#, "BOOLEAN"), (#"{"type":"integer"}"#, "BIGINT"), (#"{"type":"number"}"#, "DOUBLE"),
        (#"{"type":"string"}"#, "STRING"), (#"{"type":"string","format":"date-time"}"#, "STRING"),
        (#"{"type":"string","enum":["a"]}"#, "STRING"), (#"{"enum":["a",null]}"#, "STRING"),
        (#"{"const":"a"}"#, "STRING"), (#"{"type":"string","connect.type":"bytes"}"#, "BYTES"),
        (#"{"type":"integer","connect.type":"int8"}"#, "INTEGER"),
        (#"{"type":"integer","connect.type":"int32"}"#, "INTEGER"),
        (#"{"type":"integer","connect.type":"int64"}"#, "BIGINT"),
        (#"{"type":"number","connect.type":"float32"}"#, "DOUBLE"),
        (
            #"{"type":"number","connect.type":"bytes","title":"org.apache.kafka.connect.data.Decimal","#
                + #""connect.parameters":{"scale":"2","connect.decimal.precision":"9"}}"#, "DECIMAL(9, 2)"
        ),
        (#"{"type":"number","connect.type":"bytes"}"#, "DECIMAL(38, 0)"),
        (#"{"type":"integer","connect.type":"int32","title":"org.apache.kafka.connect.data.Date"}"#, "DATE"),
        (#"{"type":"integer","connect.type":"int32","title":"org.apache.kafka.connect.data.Time"}"#, "TIME"),
        (#"{"type":"integer","connect.type":"int64","title":"org.apache.kafka.connect.data.Timestamp"}"#, "TIMESTAMP"),
        (#"{"type":"array","items":{"type":"integer"}}"#, "ARRAY<BIGINT>"),
        (#"{"type":"object","additionalProperties":{"type":"number"}}"#, "MAP<STRING, DOUBLE>"),
        (#"{"type":"object","connect.type":"map","additionalProperties":{"type":"string"}}"#, "MAP<STRING, STRING>"),
        (
            #"{"type":"object","properties":{"b":{"type":"string"},"a":{"type":"integer"}}}"#,
            "STRUCT<B STRING, A BIGINT>"
        ),
        (#"{"properties":{"b":{"type":"string"}}}"#, "STRUCT<B STRING>"),
        (#"{"oneOf":[{"type":"null"},{"type":"integer"}]}"#, "BIGINT"),
        (#"{"anyOf":[{"type":"string"},{"type":"null"}]}"#, "STRING"), (#"{"type":["null","boolean"]}"#, "BOOLEAN"),
        (
            #"{"allOf":[{"type":"object","properties":{"a":{"type":"string"}}},"#
                + #"{"properties":{"b":{"type":"integer"}}}]}"#, "STRUCT<A STRING, B BIGINT>"
        ),
        (#"{"allOf":[{"type":"string"},{"enum":["x"]}]}"#, "STRING"),
    ])
    func typesAreKsqlDBs(schema: String, type: String) throws { #expect(try Self.column(schema) == type) }

    @Test func propertiesStandByTheirIndex() throws {
        let schema = try JSONSchema(
            #"""
            {"type":"object","properties":{
              "b":{"connect.index":1,"type":"string"},
              "a":{"connect.index":0,"oneOf":[{"type":"null"},{"type":"string"}]}}}
            """#)
        #expect(try schema.columns(.value).map(\.name) == ["A", "B"])
        #expect(try schema.columns(.value, keepsCase: true).map(\.name) == ["a", "b"])
        #expect(try schema.columns(.key, bareName: "ROWKEY").map(\.type.sqlName) == ["STRUCT<A STRING, B STRING>"])
    }

    @Test func referencesAreFollowed() throws {
        let text = ##"""
            {"type":"object","properties":{
              "home":{"$ref":"#/definitions/address"}, "work":{"$ref":"address.json"},
              "zip":{"$ref":"address.json#/$defs/a~1b"}},
             "definitions":{"address":{"type":"object","properties":{"city":{"$ref":"#/definitions/city"}}},
               "city":{"type":"string"}}}
            """##
        let other =
            ##"{"type":"object","properties":{"zip":{"$ref":"#/$defs/a~1b"}},"$defs":{"a/b":{"type":"integer"}}}"##
        var schema = RegisteredSchema(id: 1, language: .json, text: text)
        schema.references = [RegisteredSchema.Reference(name: "address.json", subject: "address", version: 3)]
        schema.referenced = [
            RegisteredSchema(id: 2, subject: "address", version: 3, language: .json, text: other)
        ]
        #expect(
            try JSONSchema(schema).columns(.value).map { "\($0.name) \($0.type.sqlName)" }
                == ["HOME STRUCT<CITY STRING>", "WORK STRUCT<ZIP BIGINT>", "ZIP BIGINT"])
    }

    @Test(arguments: [
        (
            #"{"type":"object","properties":{"f":{"oneOf":[{"type":"string"},{"type":"integer"}]}}}"#,
            "f has several types"
        ),
        (#"{"type":"object","properties":{"f":{}}}"#, "f may be of any type"),
        (#"{"type":"object","properties":{"f":true}}"#, "f may be of any type"),
        (
            #"{"type":"object","properties":{"f":{"type":"null"}}}"#, "f can only be null, which no type of SQL is"
        ),
        (#"{"type":"object","properties":{"f":{"type":"object"}}}"#, "f is an object without properties"),
        (#"{"type":"object","properties":{"f":{"type":"odd"}}}"#, "f is of an unknown type, odd"),
        (
            #"{"type":"object","properties":{"f":{"type":"array"}}}"#,
            "f is an array that does not say of what type its items are"
        ),
        (#"{"type":"object","properties":{"f":{"$ref":"x.json"}}}"#, "f refers to x.json, which is not there"),
        (
            ##"{"type":"object","properties":{"f":{"$ref":"#"}}}"##,
            "f.f refers to #, which contains itself, which no type of SQL can"
        ),
        (
            #"{"type":"object","properties":{"f":{"type":"string"},"F":{"type":"string"}}}"#,
            "two properties of the schema are F but for the case of letters"
        ),
        (#"{"type":"string"}"#, "the schema is no object, but STRING"), ("[]", "a JSON Schema is an object"),
    ])
    func whatSQLHasNoTypeForIsSaid(schema: String, message: String) {
        let error = #expect(throws: SourceError.self) { try JSONSchema(schema).columns(.value) }
        #expect(error?.message == message)
    }

    /// References that multiply are followed no further than any real schema needs.
    @Test func sizeHasLimits() {
        let levels = (0..<40).map { level in
            let inner = level == 39 ? #"{"type":"string"}"# : "{\"$ref\":\"#/d/l\(level + 1)\"}"
            return #""l\#(level)":{"type":"object","properties":{"a":\#(inner),"b":\#(inner)}}"#
        }
        let text =
            ##"{"type":"object","properties":{"x":{"$ref":"#/d/l0"}},"d":{\##(levels.joined(separator: ","))}}"##
        #expect(throws: SourceError.self) { try JSONSchema(text).columns(.value) }
    }

    private static let all: [ColumnDefinition] = [
        ColumnDefinition("A", .boolean, .value), ColumnDefinition("B", .integer, .value),
        ColumnDefinition("C", .bigint, .value), ColumnDefinition("D", .double, .value),
        ColumnDefinition("E", .varchar, .value), ColumnDefinition("F", .bytes, .value),
        ColumnDefinition("G", .decimal(precision: 4, scale: 1), .value), ColumnDefinition("H", .date, .value),
        ColumnDefinition("I", .time, .value), ColumnDefinition("J", .timestamp, .value),
        ColumnDefinition("K", .array(.integer), .value),
        ColumnDefinition("L", .map(key: .varchar, value: .array(.date)), .value),
        ColumnDefinition(
            "M", .structure([Field("Z", .bigint), Field("Y", .map(key: .varchar, value: .bytes))]), .value),
    ]

    @Test func whatIsRegisteredReadsBack() throws {
        let schema = JSONSchemaBuilder.record(Self.all)
        #expect(try JSONSchema(schema.text).columns(.value) == Self.all)
        for column in Self.all {
            let bare = JSONSchemaBuilder.bare(column)
            #expect(try JSONSchema(bare.text).columns(.value, bareName: column.name) == [column])
        }
    }

    @Test func theTextIsKsqlDBs() {
        #expect(
            JSONSchemaBuilder.record([Self.all[1], Self.all[6]]).text
                == #"{"type":"object","properties":{"B":{"connect.index":0,"oneOf":[{"type":"null"},"#
                + #"{"type":"integer","connect.type":"int32"}]},"G":{"connect.index":1,"oneOf":[{"type":"null"},"#
                + #"{"type":"number","connect.type":"bytes","title":"org.apache.kafka.connect.data.Decimal","#
                + #""connect.version":1,"connect.parameters":{"scale":"1","connect.decimal.precision":"4"}}]}}}"#)
        #expect(JSONSchemaBuilder.bare(Self.all[4]).text == #"{"type":"string"}"#)
    }

    /// Cut anywhere, or with any byte changed, it is read or refused.
    @Test func mutatedTextsDoNotTrap() throws {
        let text = Array(JSONSchemaBuilder.record(Self.all).text.utf8)
        for index in stride(from: 0, to: text.count, by: 5) {
            _ = try? JSONSchema(String(decoding: text[..<index], as: UTF8.self)).columns(.value)
            for byte in [UInt8(ascii: "\""), UInt8(ascii: "{"), UInt8(ascii: "]"), UInt8(ascii: "\\"), 0x31, 0xC3] {
                var changed = text
                changed[index] = byte
                _ = try? JSONSchema(String(decoding: changed, as: UTF8.self)).columns(.value)
            }
        }
    }
}
