// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import Testing

/// Avro schemas from text, to text and to columns.
struct AvroSchemaTests {
    private static func record(_ fields: String) -> String {
        #"{"type":"record","name":"R","namespace":"a.b","fields":[\#(fields)]}"#
    }

    private static func column(_ type: String) throws -> DataType {
        try AvroSchema(record(#"{"name":"f","type":\#(type)}"#)).columns(.value)[0].type
    }

    // MARK: Text

    @Test(arguments: [
        #""long""#, #"["null","string"]"#, #"{"type":"array","items":"int"}"#, #"{"type":"map","values":"bytes"}"#,
        #"{"type":"enum","name":"E","namespace":"","symbols":["A","B"],"default":"A"}"#,
        #"{"type":"fixed","name":"F","namespace":"x","size":4,"logicalType":"decimal","precision":9,"scale":2}"#,
        #"{"type":"bytes","logicalType":"decimal","precision":4,"scale":0}"#,
        #"{"type":"record","name":"R","namespace":"a","aliases":["a.Old"],"fields":["#
            + #"{"name":"x","type":["null","a.R"],"default":null,"aliases":["y"]}]}"#,
    ])
    func canonicalTextReadsBack(text: String) throws {
        let schema = try AvroSchema(text)
        #expect(schema.text == text)
        #expect(try AvroSchema(schema.text).text == text)
    }

    @Test func whatHasNoMeaningIsLeftOut() throws {
        let schema = try AvroSchema(
            #"""
            {"doc": "x", "namespace": "n", "name": "R", "type": "record", "fields": [
              {"doc": "y", "name": "a", "type": {"type": "string", "avro.java.string": "String"}, "order": "ignore"},
              {"name": "b", "type": {"type": "int", "logicalType": "unheard-of"}, "default": 1e0}
            ]}
            """#)
        let fields = #"{"name":"a","type":"string"},{"name":"b","type":"int","default":1e0}"#
        #expect(schema.text == #"{"type":"record","name":"R","namespace":"n","fields":[\#(fields)]}"#)
    }

    @Test func escapesInTextsAreRead() throws {
        let schema = try AvroSchema(Self.record(#"{"name":"a","type":"string","default":"\u00e9\ud83d\ude00\n\"\\"}"#))
        guard case .record(let fields) = schema.rootType.kind else {
            Issue.record("no record")
            return
        }
        #expect(fields[0].fallback == .string("é😀\n\"\\"))
        #expect(try AvroSchema(schema.text) == schema)
    }

    @Test func namesAreFoundInTheirNamespace() throws {
        let schema = try AvroSchema(
            Self.record(
                #"""
                {"name":"a","type":{"type":"enum","name":"E","symbols":["X"]}},
                {"name":"b","type":"E"}, {"name":"c","type":"a.b.E"},
                {"name":"d","type":{"type":"fixed","name":"other.F","size":2}}, {"name":"e","type":"other.F"}
                """#))
        guard case .record(let fields) = schema.rootType.kind else {
            Issue.record("no record")
            return
        }
        #expect(fields[0].type == fields[1].type && fields[0].type == fields[2].type)
        #expect(schema[fields[0].type].name?.full == "a.b.E" && fields[3].type == fields[4].type)
    }

    @Test func referencesDefineNames() throws {
        let address = #"{"type":"record","name":"x.Address","fields":[{"name":"city","type":"x.City"}]}"#
        let city = #"{"type":"record","name":"City","namespace":"x","fields":[{"name":"zip","type":"int"}]}"#
        let schema = try AvroSchema(
            Self.record(#"{"name":"home","type":"x.Address"}"#), references: [city, address])
        let inner = DataType.structure([Field("ZIP", .integer)])
        #expect(try schema.columns(.value).map(\.type) == [.structure([Field("CITY", inner)])])
        #expect(try AvroSchema(schema.text).columns(.value) == schema.columns(.value))
        let error = #expect(throws: SourceError.self) { try AvroSchema(#""long""#, references: [address]) }
        #expect(error?.message == "reference 1 of the schema: unknown type 'x.City' (line 1, column 69)")
    }

    @Test(arguments: [
        ("", 1, 1, "the text ends too early"),
        ("{\n  \"type\": \"record\",\n  \"name\": \"R\"\n}", 1, 1, "the record R needs an array of fields"),
        ("{\n \"type\": \"lang\"}", 2, 10, "unknown type 'lang'"),
        (#""long" x"#, 1, 8, "the text should end here"),
        (#"["null", ["int"]]"#, 1, 10, "a union stands in a union"),
        (#"["int", "int"]"#, 1, 9, "the union has two types int"),
        (#"[]"#, 1, 1, "the union has no types"),
        (#"{"type":"array"}"#, 1, 1, "an array needs items"),
        (#"{"type":"fixed","name":"F","size":-1}"#, 1, 35, "the fixed F needs a size"),
        (#"{"type":"enum","name":"E","symbols":["A","A"]}"#, 1, 42, "a symbol of E is no name, or stands twice"),
        (#"{"type":"record","name":"a-b","fields":[]}"#, 1, 25, "'a-b' is no name in Avro"),
        (#"{"type":"record","name":"int","fields":[]}"#, 1, 25, "the type int is defined twice"),
        (#"{"type":"fixed","size":1}"#, 1, 1, "a fixed needs a name"),
        ("17", 1, 1, "a type is a name, an object or, for a union, an array"),
        (
            #"{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}"#, 1, 73,
            "R has two fields a"
        ),
    ])
    func mistakesHaveAPlace(text: String, line: Int, column: Int, message: String) {
        let error = #expect(throws: SourceError.self) { try AvroSchema(text) }
        #expect(error?.message == message)
        #expect(error?.location == SourceLocation(line: line, column: column))
    }

    @Test func depthAndSizeHaveLimits() {
        let deep = String(repeating: #"{"type":"array","items":"#, count: 400)
        #expect(throws: SourceError.self) { try AvroSchema(deep) }
        let many = String(repeating: "[", count: 1_000_000)
        #expect(throws: SourceError.self) { try AvroSchema(many) }
        let long = #"["int",""# + String(repeating: "x", count: 5 << 20) + #""]"#
        #expect(throws: SourceError.self) { try AvroSchema(long) }
    }

    /// Cut anywhere, or with any byte changed, it is read or refused.
    @Test func mutatedTextsDoNotTrap() throws {
        let text = Array(
            Self.record(#"{"name":"a","type":["null",{"type":"map","values":"R"}],"default":null,"aliases":["b"]}"#)
                .utf8)
        for index in text.indices {
            _ = try? AvroSchema(String(decoding: text[..<index], as: UTF8.self))
            for byte in [UInt8(ascii: "\""), UInt8(ascii: "{"), UInt8(ascii: "]"), UInt8(ascii: "\\"), 0x31, 0xC3] {
                var changed = text
                changed[index] = byte
                guard let schema = try? AvroSchema(String(decoding: changed, as: UTF8.self)) else { continue }
                _ = try? schema.columns(.value)
                _ = schema.recursiveName
                #expect(try AvroSchema(schema.text).text == schema.text)
            }
        }
    }

    // MARK: To columns

    @Test(arguments: [
        (#""boolean""#, DataType.boolean), (#""int""#, .integer), (#""long""#, .bigint), (#""float""#, .double),
        (#""double""#, .double), (#""string""#, .varchar), (#""bytes""#, .bytes),
        (#"{"type":"fixed","name":"F","size":3}"#, .bytes),
        (#"{"type":"enum","name":"E","symbols":["A"]}"#, .varchar),
        (#"{"type":"string","logicalType":"uuid"}"#, .varchar),
        (#"{"type":"int","logicalType":"date"}"#, .date), (#"{"type":"int","logicalType":"time-millis"}"#, .time),
        (#"{"type":"long","logicalType":"time-micros"}"#, .bigint),
        (#"{"type":"long","logicalType":"timestamp-millis"}"#, .timestamp),
        (#"{"type":"long","logicalType":"timestamp-micros"}"#, .bigint),
        (#"{"type":"long","logicalType":"local-timestamp-millis"}"#, .bigint),
        (#"{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}"#, .decimal(precision: 9, scale: 2)),
        (#"{"type":"bytes","logicalType":"decimal","precision":2,"scale":9}"#, .bytes),
        (#"{"type":"fixed","name":"F","size":2,"logicalType":"decimal","precision":5}"#, .bytes),
        (
            #"{"type":"fixed","name":"F","size":2,"logicalType":"decimal","precision":4}"#,
            .decimal(precision: 4, scale: 0)
        ),
        (#"["null","long"]"#, .bigint), (#"["long","null"]"#, .bigint), (#"["long"]"#, .bigint),
        (#"{"type":"array","items":["null","int"]}"#, .array(.integer)),
        (#"{"type":"map","values":"long"}"#, .map(key: .varchar, value: .bigint)),
        (#"{"type":"record","name":"S","fields":[{"name":"x","type":"int"}]}"#, .structure([Field("X", .integer)])),
        (#"["int","string","null"]"#, .structure([Field("INT", .integer), Field("STRING", .varchar)])),
    ])
    func typesBecomeColumns(type: String, expected: DataType) throws {
        #expect(try Self.column(type) == expected)
    }

    @Test func bareSchemasAreOneColumn() throws {
        let schema = try AvroSchema(#"["null","long"]"#)
        #expect(try schema.columns(.key, bareName: "ROWKEY") == [ColumnDefinition("ROWKEY", .bigint, .key)])
        let error = #expect(throws: SourceError.self) { try schema.columns(.value) }
        #expect(error?.message == "the schema is no record, but long")
    }

    @Test func recursionIsRefusedByName() throws {
        let schema = try AvroSchema(
            Self.record(#"{"name":"id","type":"int"},{"name":"next","type":["null",{"type":"array","items":"R"}]}"#))
        #expect(schema.recursiveName == "a.b.R")
        let error = #expect(throws: SourceError.self) { try schema.columns(.value) }
        #expect(error?.message == "next: the type a.b.R contains itself, which no type of SQL can")
    }

    @Test(arguments: [
        (
            #"{"name":"a","type":"int"},{"name":"A","type":"int"}"#,
            "two fields of the schema are A but for the case of letters"
        ),
        (#"{"name":"a","type":"null"}"#, "a can only be null, which no type of SQL is"),
        (
            #"{"name":"a","type":{"type":"bytes","logicalType":"decimal","precision":40,"scale":2}}"#,
            "a is a decimal of 40 digits; DECIMAL has 38 at most"
        ),
    ])
    func typesWithoutAColumnAreRefused(fields: String, message: String) throws {
        let error = #expect(throws: SourceError.self) { try AvroSchema(Self.record(fields)).columns(.value) }
        #expect(error?.message == message)
    }

    /// Each record has the next one twice: two to the 60th fields.
    @Test func typesThatMultiplyAreRefused() throws {
        var type = #""long""#
        for level in 0..<60 {
            let fields =
                #"{"name":"a","type":\#(type)},{"name":"b","type":\#(level == 0 ? type : "\"R\(level - 1)\"")}"#
            type = #"{"type":"record","name":"R\#(level)","fields":[\#(fields)]}"#
        }
        let schema = try AvroSchema(type)
        #expect(schema.recursiveName == nil)
        let error = #expect(throws: SourceError.self) { try schema.columns(.value) }
        #expect(error?.message.hasPrefix("the schema has more than 20000 fields") == true)
    }

    // MARK: From columns

    @Test func columnsBecomeTheSchemaThatKsqlDBRegisters() throws {
        let columns = [
            ColumnDefinition("N", .bigint, .value), ColumnDefinition("D", .decimal(precision: 9, scale: 2), .value),
            ColumnDefinition(
                "S", .structure([Field("T", .timestamp), Field("IN", .structure([Field("B", .boolean)]))]), .value),
            ColumnDefinition("M", .map(key: .varchar, value: .array(.date)), .value),
        ]
        let name = #""namespace":"io.confluent.ksql.avro_schemas""#
        let fields = [
            #"{"name":"N","type":["null","long"],"default":null}"#,
            #"{"name":"D","type":["null",{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}],"#
                + #""default":null}"#,
            #"{"name":"S","type":["null",{"type":"record","name":"KsqlDataSourceSchema_S",\#(name),"fields":["#
                + #"{"name":"T","type":["null",{"type":"long","logicalType":"timestamp-millis"}],"default":null},"#
                + #"{"name":"IN","type":["null",{"type":"record","name":"KsqlDataSourceSchema_S_IN",\#(name),"#
                + #""fields":[{"name":"B","type":["null","boolean"],"default":null}]}],"default":null}"#
                + #"]}],"default":null}"#,
            #"{"name":"M","type":["null",{"type":"array","items":{"type":"record","name":"KsqlDataSourceSchema_M","#
                + #"\#(name),"fields":[{"name":"key","type":["null","string"],"default":null},{"name":"value","type":"#
                + #"["null",{"type":"array","items":["null",{"type":"int","logicalType":"date"}]}],"default":null}],"#
                + #""connect.internal.type":"MapEntry"},"connect.internal.type":"MapEntry"}],"default":null}"#,
        ]
        let schema = try AvroSchemaBuilder.record(columns)
        #expect(
            schema.text == #"{"type":"record","name":"KsqlDataSourceSchema",\#(name),"fields":["#
                + fields.joined(separator: ",") + "]}")
        #expect(try schema.columns(.value) == columns)
    }

    @Test func bareColumnsAndNames() throws {
        let key = ColumnDefinition("K", .bigint, .key)
        #expect(try AvroSchemaBuilder.bare(key).text == #""long""#)
        #expect(AvroSchemaBuilder.keyName("ORDERS_BY_USER") == "io.confluent.ksql.avro_schemas.OrdersByUserKey")
        let named = try AvroSchemaBuilder.record([key], fullName: "com.acme.Order")
        #expect(named.rootType.name?.full == "com.acme.Order")
        let error = #expect(throws: SourceError.self) {
            try AvroSchemaBuilder.record([ColumnDefinition("my column", .bigint, .value)])
        }
        #expect(error?.message == #""my column" is no name in Avro"#)
    }

    @Test func recordsWhoseNamesWouldMeetGetOthers() throws {
        let inner = DataType.structure([Field("X", .integer)])
        let columns = [
            ColumnDefinition("A", .structure([Field("B_C", inner)]), .value),
            ColumnDefinition("A_B", .structure([Field("C", inner)]), .value),
        ]
        let schema = try AvroSchemaBuilder.record(columns)
        #expect(try AvroSchema(schema.text).columns(.value) == columns)
    }
}
