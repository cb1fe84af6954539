// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import Testing
@testable import MillraceEngine

/// Rows written by schemas of JSON and Protobuf that were not made of their columns: KEY_SCHEMA_ID and VALUE_SCHEMA_ID
/// of results.
struct SchemaWriteTests {
    private static let columns = [
        ColumnDefinition("A", .integer, .value),
        ColumnDefinition("S", .structure([Field("b", .varchar)]), .value),
    ]
    private static let row: [Value] = [.integer(3), .structure([.varchar(Array("x".utf8))])]

    /// The bytes of a row behind the schema's number.
    private static func write(_ name: FormatDefinition.Name, _ text: String) throws -> [UInt8] {
        var format = FormatDefinition(name)
        let language: RegisteredSchema.Language = name == .protobuf ? .protobuf : .json
        let schema = RegisteredSchema(id: 7, language: language, text: text)
        format.schema = FormatSchema(try ParsedSchema(schema), id: 7)
        format.registered = schema
        let sink = FormatFixture.source(columns, key: FormatDefinition(.none), value: format)
        try RecordEncoder.check(sink)
        let bytes = FormatFixture.value(FormatFixture.encode(sink, values: row)).map { Array($0) } ?? []
        #expect(bytes.prefix(5) == [0, 0, 0, 0, 7])
        return Array(bytes.dropFirst(5))
    }

    private static func object(_ properties: String, rest: String = "") -> String {
        "{\"type\":\"object\",\"properties\":{\(properties)}\(rest)}"
    }

    private static let text = object(#""b":{"type":"string"}"#)

    @Test func jsonHasTheNamesOfTheColumns() throws {
        let schema = Self.object(#""S":\#(Self.text),"extra":{"type":"boolean"},"A":{"type":"integer"}"#)
        #expect(String(decoding: try Self.write(.jsonSchema, schema), as: UTF8.self) == #"{"A":3,"S":{"b":"x"}}"#)
    }

    @Test(arguments: [
        (object(#""a":{"type":"integer"},"S":\#(text)"#), "has no property A"),
        (object(#""A":{"type":"string"},"S":\#(text)"#), "as which INTEGER cannot be written"),
        (object(#""A":{"type":"integer"},"S":\#(object(#""c":{"type":"string"}"#))"#), "has no property b"),
        (object(#""A":{"type":"integer"},"S":\#(text)"#, rest: #","required":["A","z"]"#), "requires z"),
    ])
    func jsonThatDoesNotFit(schema: String, message: String) {
        let error = #expect(throws: SourceError.self) { try Self.write(.jsonSchema, schema) }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    /// By the numbers of the file, whatever the order of the columns; a field in small letters is the column's.
    @Test func protobufHasTheNumbersOfTheFile() throws {
        let schema =
            "syntax = \"proto3\"; message M { S s = 9; int64 a = 2; bool extra = 1; message S { string b = 4; } }"
        #expect(try Self.write(.protobuf, schema) == [0, 0x10, 3, 0x4A, 3, 0x22, 1, 0x78])
    }

    @Test(arguments: [
        ("syntax = \"proto3\"; message M { S s = 9; message S { string b = 4; } }", "has no field for A"),
        ("syntax = \"proto3\"; message M { string a = 1; }", "as which INTEGER cannot be written"),
        ("syntax = \"proto2\"; message M { required int32 a = 1; }", "requires a"),
        (
            "syntax = \"proto3\"; message M { oneof o { int32 a = 1; S s = 2; } message S { string b = 4; } }",
            "has a oneof for A and S"
        ),
    ])
    func protobufThatDoesNotFit(schema: String, message: String) {
        let error = #expect(throws: SourceError.self) { try Self.write(.protobuf, schema) }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }
}
