// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import Testing

/// .proto files to columns, and columns to .proto files.
struct ProtobufSchemaTests {
    private static func columns(
        _ text: String, message: String? = nil, unwraps: Bool = false
    ) throws -> [String] {
        try ProtobufSchema(text).columns(.value, message: message, unwraps: unwraps).map {
            "\($0.name) \($0.type.sqlName)"
        }
    }

    private static func column(_ field: String, imports: String = "") throws -> String {
        try columns("syntax = \"proto3\"; \(imports) message M { \(field) }")[0]
    }

    @Test(arguments: [
        ("int32 f = 1;", "INTEGER"), ("sint32 f = 1;", "INTEGER"), ("sfixed32 f = 1;", "INTEGER"),
        ("uint32 f = 1;", "BIGINT"), ("fixed32 f = 1;", "BIGINT"), ("int64 f = 1;", "BIGINT"),
        ("uint64 f = 1;", "BIGINT"), ("sint64 f = 1;", "BIGINT"), ("fixed64 f = 1;", "BIGINT"),
        ("sfixed64 f = 1;", "BIGINT"), ("float f = 1;", "DOUBLE"), ("double f = 1;", "DOUBLE"),
        ("bool f = 1;", "BOOLEAN"), ("string f = 1;", "STRING"), ("bytes f = 1;", "BYTES"),
        ("optional int64 f = 0x1F;", "BIGINT"), ("repeated string f = 1 [deprecated = true];", "ARRAY<STRING>"),
        ("map<string, int32> f = 1;", "MAP<STRING, INTEGER>"), ("map<sint64, bytes> f = 1;", "MAP<BIGINT, BYTES>"),
        ("E f = 1; enum E { A = 0; B = -1; }", "STRING"),
        (
            "N f = 1; message N { int32 x = 1; repeated N.O y = 2; message O { bool z = 1; } }",
            "STRUCT<X INTEGER, Y ARRAY<STRUCT<Z BOOLEAN>>>"
        ),
        ("repeated XEntry f = 1; message XEntry { string key = 1; int64 value = 2; }", "MAP<STRING, BIGINT>"),
        ("oneof f { int32 a = 1; string b = 2; }", "STRUCT<A INTEGER, B STRING>"),
    ])
    func typesAreKsqlDBs(field: String, type: String) throws {
        #expect(try Self.column(field).split(separator: " ", maxSplits: 1)[1] == type)
    }

    @Test(arguments: [
        ("google.protobuf.Timestamp f = 1;", "google/protobuf/timestamp.proto", "TIMESTAMP"),
        ("google.type.Date f = 1;", "google/type/date.proto", "DATE"),
        ("google.type.TimeOfDay f = 1;", "google/type/timeofday.proto", "TIME"),
        (
            "confluent.type.Decimal f = 1 [(confluent.field_meta) = { params: [ { key: \"scale\", value: \"2\" }, "
                + "{ key: \"precision\" value: \"9\" } ] }];", "confluent/type/decimal.proto", "DECIMAL(9, 2)"
        ),
        (
            "confluent.type.Decimal f = 1 [(confluent.field_meta).params = { value: \"3\" key: \"scale\" }];",
            "confluent/type/decimal.proto", "DECIMAL(38, 3)"
        ),
        ("google.protobuf.StringValue f = 1;", "google/protobuf/wrappers.proto", "STRUCT<VALUE STRING>"),
        (
            "google.type.Money f = 1;", "google/type/money.proto",
            "STRUCT<CURRENCY_CODE STRING, UNITS BIGINT, NANOS INTEGER>"
        ),
    ])
    func wellKnownMessagesHaveTypes(field: String, file: String, type: String) throws {
        #expect(try Self.column(field, imports: "import \"\(file)\";") == "F \(type)")
    }

    @Test func wrappersMayBeTheirValues() throws {
        let text = """
            syntax = "proto3"; import "google/protobuf/wrappers.proto";
            message M { google.protobuf.UInt32Value a = 1; repeated google.protobuf.BoolValue b = 2; }
            """
        #expect(try Self.columns(text, unwraps: true) == ["A BIGINT", "B ARRAY<BOOLEAN>"])
    }

    /// Apicurio keeps what a client has registered: a descriptor in base64.
    @Test func aDescriptorIsNoText() {
        let bytes = [0x0A, 7] + Array("a.proto".utf8) + [0x22, 3, 0x0A, 1, 0x4D]
        let text = String(decoding: Base64.encode(bytes), as: UTF8.self)
        let error = #expect(throws: SourceError.self) {
            try ParsedSchema(RegisteredSchema(id: 1, language: .protobuf, text: text))
        }
        #expect(error?.message == "the schema is a file descriptor in base64, not the text of a .proto file")
    }

    /// As in ksqlDB: a oneof is a STRUCT that stands before the other columns; `optional` is none.
    @Test func oneofsComeFirst() throws {
        let text = """
            syntax = "proto3";
            message M { int64 id = 1; oneof pay { string card = 2; int32 cash = 3; } optional int32 n = 4;
              oneof ship { bool now = 5; } }
            """
        #expect(
            try Self.columns(text) == [
                "PAY_0 STRUCT<CARD STRING, CASH INTEGER>", "SHIP_1 STRUCT<NOW BOOLEAN>", "ID BIGINT", "N INTEGER",
            ])
    }

    @Test func namesAreLookedUpFromTheInsideOut() throws {
        let text = """
            // A comment; /* and
            syntax = 'proto2'; /* another */ package a.b; option java_package = "x";
            message E { optional string outer = 1; }
            message M {
              message E { required int32 inner = 1; extensions 100 to max; reserved 2, 5 to 7; reserved "x"; }
              optional E near = 1; optional .a.b.E far = 2; optional b.E half = 3;
              optional group Old = 4 { optional int32 x = 1; }
              extend E { optional int32 more = 101; }
            }
            service S { rpc R (M) returns (M) { option deprecated = true; } }
            """
        let schema = try ProtobufSchema(text)
        let types = schema.messages[schema.message(named: "a.b.M") ?? 0].fields.map { $0.typeName(schema) }
        #expect(types == ["a.b.M.E", "a.b.E", "a.b.E", "a.b.M.Old"])
        #expect(try schema.columns(.value).map(\.name) == ["OUTER"])
        #expect(try schema.columns(.value, message: "a.b.M.E").map(\.name) == ["INNER"])
        #expect(schema.message(at: [1, 0]) == schema.message(named: "a.b.M.E"))
        #expect(schema.message(at: [2]) == nil && schema.message(at: [1, 7]) == nil && schema.message(at: []) == nil)
        #expect(throws: SourceError.self) { try schema.columns(.value, message: "a.b.N") }
        #expect(throws: SourceError.self) { try schema.columns(.value, message: "a.b.M") }
    }

    @Test func importsAreReferences() throws {
        var schema = RegisteredSchema(
            id: 1, language: .protobuf,
            text: "syntax = \"proto3\"; import public \"x/address.proto\"; message M { x.Address at = 1; }")
        schema.references = [RegisteredSchema.Reference(name: "x/address.proto", subject: "address", version: 1)]
        var address = RegisteredSchema(
            id: 2, subject: "address", version: 1, language: .protobuf,
            text: "syntax = \"proto3\"; package x; import \"x/city.proto\"; message Address { City city = 1; }")
        address.references = [RegisteredSchema.Reference(name: "x/city.proto", subject: "city", version: 4)]
        let city = RegisteredSchema(
            id: 3, subject: "city", version: 4, language: .protobuf,
            text: "syntax = \"proto3\"; package x; message City { string name = 1; }")
        schema.referenced = [city, address]
        #expect(
            try ParsedSchema(schema).columns(.value).map { "\($0.name) \($0.type.sqlName)" }
                == ["AT STRUCT<CITY STRUCT<NAME STRING>>"])
        schema.referenced = [address]
        let error = #expect(throws: SourceError.self) { try ParsedSchema(schema) }
        #expect(error?.message.hasPrefix("x/address.proto: it imports \"x/city.proto\", which is not there") == true)
    }

    @Test(arguments: [
        ("message M { int32 a = 1; int32 b = 1; }", 1, 26, "M has two fields with the number 1"),
        ("message M { int32 a = 1; int32 a = 2; }", 1, 26, "M has two fields a"),
        ("message M {}\nmessage M {}", 2, 9, "M is defined twice"),
        ("message M { X a = 1; }", 1, 13, "unknown type 'X'"),
        ("message M { int32 a = 0; }", 1, 23, "the number of a field is from 1 to 536870911"),
        ("message M { int32 a 1; }", 1, 21, "= should stand here"),
        ("message M { int32 a = 1 }", 1, 25, "; should stand here"),
        ("message M { map<double, int32> a = 1; }", 1, 16, "double cannot be the type of a map's keys"),
        ("message M {", 1, 12, "} should stand here"), ("enum E {}", 1, 6, "the enum E has no symbols"),
        ("syntax = \"proto4\";", 1, 10, "the syntax is proto2 or proto3"),
        ("import \"x.proto\";", 1, 1, "it imports \"x.proto\", which is not there"),
        ("massage M {}", 1, 1, "'massage' does not begin a definition"), ("/* x", 1, 1, "the comment does not end"),
        ("import \"x", 1, 8, "the text does not end"),
    ])
    func mistakesHaveAPlace(text: String, line: Int, column: Int, message: String) {
        let error = #expect(throws: SourceError.self) { try ProtobufSchema(text) }
        #expect(error?.message == message)
        #expect(error?.location == SourceLocation(line: line, column: column))
    }

    @Test(arguments: [
        ("message M { M f = 1; }", "f is of the type M, which contains itself"),
        ("message M { N f = 1; message N {} }", "f is a message without fields"),
        ("message M { optional group F = 1 { optional int32 x = 1; } }", "f is a group, which is not read"),
        ("message M { int32 f = 1; int32 F = 2; }", "two fields of the schema are F but for the case of letters"),
        ("enum E { A = 0; }", "the file defines no message"),
    ])
    func whatSQLHasNoTypeForIsSaid(text: String, message: String) {
        let error = #expect(throws: SourceError.self) { try ProtobufSchema(text).columns(.value) }
        #expect(error?.message == message)
    }

    // MARK: What is registered

    private static let all: [ColumnDefinition] = [
        ColumnDefinition("A", .boolean, .value), ColumnDefinition("B", .integer, .value),
        ColumnDefinition("C", .bigint, .value), ColumnDefinition("D", .double, .value),
        ColumnDefinition("E", .varchar, .value), ColumnDefinition("F", .bytes, .value),
        ColumnDefinition("G", .decimal(precision: 4, scale: 1), .value), ColumnDefinition("H", .date, .value),
        ColumnDefinition("I", .time, .value), ColumnDefinition("J", .timestamp, .value),
        ColumnDefinition("K", .array(.structure([Field("X", .array(.integer))])), .value),
        ColumnDefinition("L", .map(key: .varchar, value: .array(.date)), .value),
        ColumnDefinition(
            "M", .structure([Field("Z", .bigint), Field("Y", .map(key: .bigint, value: .bytes))]), .value),
    ]

    @Test(arguments: ProtobufNullables.allCases)
    func whatIsRegisteredReadsBack(nullables: ProtobufNullables) throws {
        let schema = try ProtobufSchemaBuilder.message(Self.all, fullName: "a.b.C", nullables: nullables)
        #expect(schema.messages[schema.first ?? 0].name == "a.b.C")
        #expect(try ProtobufSchema(schema.text).columns(.value, unwraps: true) == Self.all)
    }

    @Test func theTextIsKsqlDBs() throws {
        let columns = [Self.all[1], Self.all[6], Self.all[12]]
        #expect(
            try ProtobufSchemaBuilder.message(columns).text
                == """
                syntax = "proto3";

                import "confluent/meta.proto";
                import "confluent/type/decimal.proto";

                message ConnectDefault1 {
                  int32 B = 1;
                  confluent.type.Decimal G = 2 [(confluent.field_meta) = {
                    params: [
                      { key: "precision", value: "4" },
                      { key: "scale", value: "1" }
                    ]
                  }];
                  ConnectDefault2 M = 3;

                  message ConnectDefault2 {
                    int64 Z = 1;
                    repeated ConnectDefault3Entry Y = 2;

                    message ConnectDefault3Entry {
                      int64 key = 1;
                      bytes value = 2;
                    }
                  }
                }

                """)
    }

    @Test func namesAndArraysThatHaveNoPlaceAreRefused() {
        for column in [
            ColumnDefinition("a-b", .integer, .value), ColumnDefinition("A", .array(.array(.integer)), .value),
            ColumnDefinition("A", .array(.map(key: .varchar, value: .integer)), .value),
        ] {
            #expect(throws: SourceError.self) { try ProtobufSchemaBuilder.message([column]) }
        }
    }

    /// Cut anywhere, or with any byte changed, it is read or refused.
    @Test func mutatedTextsDoNotTrap() throws {
        let text = Array(try ProtobufSchemaBuilder.message(Self.all).text.utf8)
        for index in stride(from: 0, to: text.count, by: 7) {
            _ = try? ProtobufSchema(String(decoding: text[..<index], as: UTF8.self)).columns(.value)
            for byte in [UInt8(ascii: "\""), UInt8(ascii: "{"), UInt8(ascii: "]"), UInt8(ascii: "\\"), 0x31, 0xC3] {
                var changed = text
                changed[index] = byte
                _ = try? ProtobufSchema(String(decoding: changed, as: UTF8.self)).columns(.value)
            }
        }
    }

    @Test func depthAndSizeHaveLimits() {
        let deep = (0..<500).map { "message M\($0) { " }.joined()
        #expect(throws: SourceError.self) { try ProtobufSchema(deep) }
        let option = "message M { int32 a = 1 [x = \(String(repeating: "{ a: ", count: 100_000))"
        #expect(throws: SourceError.self) { try ProtobufSchema(option) }
        #expect(throws: SourceError.self) { try ProtobufSchema(String(repeating: " ", count: 5 << 20)) }
        let wide = (0..<30).map { "message L\($0) { L\($0 + 1) a = 1; L\($0 + 1) b = 2; }" }.joined()
        #expect(throws: SourceError.self) {
            try ProtobufSchema(wide + "message L30 { int32 x = 1; }").columns(.value)
        }
    }
}
