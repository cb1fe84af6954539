// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceTestKit
import Testing

/// What becomes of records in Avro, by the rules of resolution.
struct AvroDecodeTests {
    // MARK: Types

    @Test(arguments: [
        (#""boolean""#, "true", DataType.boolean, Value.boolean(true)), (#""int""#, "-3", .integer, .integer(-3)),
        (#""int""#, "2147483647", .bigint, .bigint(2_147_483_647)), (#""int""#, "5", .double, .double(5)),
        (#""int""#, "5", .varchar, .text("5")), (#""boolean""#, "false", .varchar, .text("false")),
        (#""int""#, "-1", .date, .date(-1)), (#""int""#, "1000", .time, .time(1000)),
        (#""int""#, "77", .timestamp, .timestamp(77)),
        (#""long""#, "-9223372036854775808", .bigint, .bigint(Int64.min)),
        (#""long""#, "9223372036854775807", .bigint, .bigint(Int64.max)),
        (#""long""#, "1700000000000", .timestamp, .timestamp(1_700_000_000_000)),
        (#""long""#, "3", .double, .double(3)), (#""long""#, "-12", .varchar, .text("-12")),
        (#""float""#, "1.5", .double, .double(1.5)), (#""double""#, "-0.0", .double, .double(0)),
        (#""string""#, #""é""#, .varchar, .text("é")), (#""string""#, #""""#, .varchar, .text("")),
        (#""string""#, #""ab""#, .bytes, .bytes([97, 98])), (#""bytes""#, #""ab""#, .varchar, .text("ab")),
        (#""bytes""#, #""\u00ff""#, .bytes, .bytes([255])),
        (#"{"type":"fixed","name":"X","size":2}"#, #""ab""#, .bytes, .bytes([97, 98])),
        (#"{"type":"fixed","name":"X","size":2}"#, #""ab""#, .varchar, .text("ab")),
        (#"{"type":"string","logicalType":"uuid"}"#, #""6ba7b810""#, .varchar, .text("6ba7b810")),
        (#"{"type":"enum","name":"E","symbols":["A","BB"]}"#, #""BB""#, .varchar, .text("BB")),
        (#"{"type":"int","logicalType":"date"}"#, "19000", .date, .date(19000)),
        (#"{"type":"int","logicalType":"time-millis"}"#, "86399999", .time, .time(86_399_999)),
        (#"{"type":"long","logicalType":"time-micros"}"#, "1999", .time, .time(1)),
        (#"{"type":"long","logicalType":"timestamp-millis"}"#, "-5", .timestamp, .timestamp(-5)),
        (#"{"type":"long","logicalType":"timestamp-micros"}"#, "1999", .timestamp, .timestamp(1)),
        (#"{"type":"long","logicalType":"timestamp-micros"}"#, "-1", .timestamp, .timestamp(-1)),
        (#"{"type":"long","logicalType":"timestamp-micros"}"#, "1999", .bigint, .bigint(1999)),
        (#"{"type":"long","logicalType":"local-timestamp-micros"}"#, "2000", .timestamp, .timestamp(2)),
        (#"["null","long"]"#, "null", .bigint, .null), (#"["long","null"]"#, "4", .bigint, .bigint(4)),
        (#"["long","null"]"#, "null", .bigint, .null), (#"["null"]"#, "null", .bigint, .null),
        (#""null""#, "null", .bigint, .null),
        (#"["long"]"#, "4", .bigint, .bigint(4)), (#"["null","int","string"]"#, #""x""#, .varchar, .text("x")),
        (#"["null","int","string"]"#, "9", .varchar, .text("9")),
        (#"{"type":"array","items":"int"}"#, "[1,2]", .array(.integer), .array([.integer(1), .integer(2)])),
        (#"{"type":"array","items":["null","int"]}"#, "[null]", .array(.bigint), .array([.null])),
        (#"{"type":"array","items":"int"}"#, "[]", .array(.integer), .array([])),
        (
            #"{"type":"map","values":"int"}"#, #"{"a":1,"b":2,"a":3}"#, .map(key: .varchar, value: .integer),
            .map([.init(key: .text("b"), value: .integer(2)), .init(key: .text("a"), value: .integer(3))])
        ),
        (
            #"["int","string"]"#, #""x""#, .structure([Field("INT", .bigint), Field("STRING", .varchar)]),
            .structure([.null, .text("x")])
        ),
        (
            #""int""#, "4", .structure([Field("INT", .bigint), Field("STRING", .varchar)]),
            .structure([.bigint(4), .null])
        ),
    ])
    func values(type: String, json: String, column: DataType, expected: Value) throws {
        let outcome = try AvroFixture.field(type, json, as: column)
        #expect(outcome.status == .ok && outcome.row == [expected], "\(outcome.bad?.detail ?? "")")
    }

    /// 16 bytes of ones.
    private static let ones = String(repeating: #"\u00ff"#, count: 16)

    /// Bytes of the unscaled value, the writer's scale, the column, what comes out; nil: it does not fit.
    @Test(arguments: [
        (#""\u0004\u00d2""#, 2, 9, 2, Int128(1234)), (#""\u00ff""#, 2, 9, 2, -1), (#""\u0000\u00ff""#, 0, 9, 2, 25500),
        (#""\u0004\u00b0""#, 2, 9, 1, 120), (#""\u0004\u00d2""#, 2, 9, 1, nil), (#""\u0000""#, 4, 1, 0, 0),
        (
            "\"\(ones)\\u00fe\"",
            0, 38, 0, -2
        ),
        (
            "\"\\u0000\(ones)\"",
            0, 38, 0, nil
        ),
        (#""\u0003\u00e8""#, 0, 3, 0, nil), (#""\u0003\u00e7""#, 0, 3, 0, 999),
    ])
    func decimals(bytes: String, scale: Int, digits: Int, columnScale: Int, expected: Int128?) throws {
        let type = #"{"type":"bytes","logicalType":"decimal","precision":38,"scale":\#(scale)}"#
        let outcome = try AvroFixture.field(
            type, bytes, as: .decimal(precision: digits, scale: columnScale))
        if let expected {
            #expect(outcome.row == [.decimal(Decimal128(unscaled: expected, scale: columnScale))])
        } else {
            #expect(outcome.bad?.reason == .outOfRange)
        }
        let fixed = #"{"type":"fixed","name":"D","size":2,"logicalType":"decimal","precision":4,"scale":2}"#
        let two = try AvroFixture.field(fixed, #""\u0004\u00d2""#, as: .decimal(precision: 9, scale: 2))
        #expect(two.row == [.decimal(Decimal128(unscaled: 1234, scale: 2))])
    }

    @Test(arguments: [
        (#""long""#, "1", DataType.integer), (#""string""#, #""1""#, .integer), (#""double""#, "1", .bigint),
        (#""int""#, "1", .boolean), (#""boolean""#, "true", .bigint), (#""string""#, #""x""#, .array(.varchar)),
        (#"{"type":"array","items":"int"}"#, "[]", .map(key: .varchar, value: .integer)),
        (#"{"type":"map","values":"int"}"#, "{}", .map(key: .bigint, value: .integer)),
        (#"{"type":"bytes","logicalType":"decimal","precision":4}"#, #""a""#, .varchar),
        (#""bytes""#, #""a""#, .decimal(precision: 4, scale: 0)),
        (#"{"type":"int","logicalType":"date"}"#, "1", .timestamp),
        (#""int""#, "1", .structure([Field("X", .integer)])),
        (#"["null","string"]"#, #""x""#, .bigint),
    ])
    func whatCannotBeResolvedIsBad(type: String, json: String, column: DataType) throws {
        let outcome = try AvroFixture.field(type, json, as: column)
        #expect(outcome.status == .bad && outcome.bad?.reason == .unresolvable)
        #expect(outcome.bad?.account.hasPrefix("F \(column.isScalar ? column.sqlName : "")") == true)
        #expect(outcome.bad?.account.contains("cannot be read from schema 7, which has") == true)
    }

    /// A branch that does not fit is bad only where a record has it.
    @Test func branchesAreResolvedOneByOne() throws {
        #expect(try AvroFixture.field(#"["int","string"]"#, "4", as: .bigint).row == [.bigint(4)])
        #expect(try AvroFixture.field(#"["int","string"]"#, #""x""#, as: .bigint).bad?.reason == .unresolvable)
    }

    // MARK: Records

    private static let wide = #"""
        {"type":"record","name":"W","fields":[
          {"name":"a","type":"long"}, {"name":"b","type":"string"}, {"name":"c","type":["null","double"]},
          {"name":"d","type":{"type":"array","items":{"type":"map","values":"bytes"}}},
          {"name":"e","type":
            {"type":"record","name":"E","fields":[{"name":"x","type":"int"},{"name":"y","type":"W2"}]}},
          {"name":"f","type":["null","string","long","E"]}, {"name":"g","type":"float"}, {"name":"h","type":"boolean"}
        ]}
        """#.replacing(#""W2""#, with: #"{"type":"fixed","name":"W2","size":3}"#)
    private static let wideJSON = #"""
        {"a":5,"b":"text","c":1.5,"d":[{"k":"v"},{}],"e":{"x":9,"y":"abc"},"f":17,"g":2.5,"h":true}
        """#
    private static let wideColumns = [
        ColumnDefinition("A", .bigint, .value), ColumnDefinition("B", .varchar, .value),
        ColumnDefinition("C", .double, .value),
        ColumnDefinition("D", .array(.map(key: .varchar, value: .bytes)), .value),
        ColumnDefinition("E", .structure([Field("Y", .bytes), Field("X", .integer), Field("Z", .varchar)]), .value),
        ColumnDefinition("G", .double, .value), ColumnDefinition("H", .boolean, .value),
        ColumnDefinition("MISSING", .bigint, .value),
    ]
    private static let wideRow: [Value] = [
        .bigint(5), .text("text"), .double(1.5),
        .array([.map([.init(key: .text("k"), value: .bytes([118]))]), .map([])]),
        .structure([.bytes([97, 98, 99]), .integer(9), .null]), .double(2.5), .boolean(true), .null,
    ]

    /// Every choice of columns, the others passed over.
    @Test func onlyWhatIsReadIsDecoded() throws {
        let schema = try AvroSchema(Self.wide)
        let bytes = try #require(AvroText.bytes(try JSONValue(Self.wideJSON), schema.root, schema))
        let source = AvroFixture.source(Self.wideColumns)
        for choice in 0..<(1 << Self.wideColumns.count) {
            let columns = Self.wideColumns.indices.filter { choice >> $0 & 1 == 1 }
            let outcome = AvroFixture.decode(
                source, SchemaTable([7: .avro(schema)]), value: AvroFixture.framed(bytes), columns: columns)
            #expect(outcome.status == .ok && outcome.row == columns.map { Self.wideRow[$0] })
        }
    }

    /// Every length but the whole one is bad, whatever is read.
    @Test func cutRecordsAreBad() throws {
        let schema = try AvroSchema(Self.wide)
        let bytes = try #require(AvroText.bytes(try JSONValue(Self.wideJSON), schema.root, schema))
        let source = AvroFixture.source(Self.wideColumns)
        for columns in [[], [0], [3, 4], Array(Self.wideColumns.indices)] {
            for length in 0..<bytes.count + 5 {
                let outcome = AvroFixture.decode(
                    source, SchemaTable([7: .avro(schema)]), value: Array(AvroFixture.framed(bytes).prefix(length)),
                    columns: columns)
                #expect(outcome.status == .bad && outcome.bad?.reason == (length < 5 ? .noSchemaID : .malformed))
            }
            let long = AvroFixture.decode(
                source, SchemaTable([7: .avro(schema)]), value: AvroFixture.framed(bytes) + [0], columns: columns)
            #expect(long.bad?.reason == .malformed)
        }
    }

    @Test func namesAreFoundExactlyThenInAnyCase() throws {
        let schema = try AvroSchema(
            #"{"type":"record","name":"R","fields":[{"name":"id","type":"int"},{"name":"ID","type":"int"}]}"#)
        let columns = [ColumnDefinition("ID", .integer, .value), ColumnDefinition("id", .integer, .value)]
        let outcome = AvroFixture.decode(
            AvroFixture.source(columns), SchemaTable([7: .avro(schema)]), value: AvroFixture.framed([2, 4]))
        #expect(outcome.row == [.integer(2), .integer(1)])
    }

    @Test func defaultsAndAliasesAreTheReaders() throws {
        let reader = #"""
            {"type":"record","name":"R","fields":[
              {"name":"f","type":"long","default":-1},
              {"name":"name","aliases":["title"],"type":"string","default":"?"},
              {"name":"tags","type":{"type":"array","items":"string"},"default":["x","y"]},
              {"name":"place","type":["null","string"],"default":null},
              {"name":"mood","default":"GOOD",
                "type":{"type":"enum","name":"M","symbols":["GOOD","BAD"],"default":"BAD"}}
            ]}
            """#
        let schema = try AvroSchema(reader)
        let source = AvroFixture.source(try schema.columns(.value), reader: FormatSchema(schema, id: 12))
        let table = SchemaTable([
            7: .avro(try AvroSchema(AvroFixture.record(#""int""#))),
            8: .avro(try AvroSchema(#"{"type":"record","name":"R","fields":[{"name":"title","type":"bytes"}]}"#)),
            9: .avro(
                try AvroSchema(
                    #"{"type":"record","name":"R","fields":[{"name":"mood","type":{"type":"enum","name":"M","#
                        + #""symbols":["BAD","NEW"]}}]}"#)),
        ])
        let tags = Value.array([.text("x"), .text("y")])
        let one = AvroFixture.decode(source, table, value: AvroFixture.framed([6]))
        #expect(one.row == [.bigint(3), .text("?"), tags, .null, .text("GOOD")])
        let two = AvroFixture.decode(source, table, value: AvroFixture.framed([4, 104, 105], id: 8))
        #expect(two.row == [.bigint(-1), .text("hi"), tags, .null, .text("GOOD")])
        let three = AvroFixture.decode(source, table, value: AvroFixture.framed([2], id: 9))
        #expect(three.row.last == .text("BAD"))
    }

    @Test func bothSchemasAreNamedWhereOneCannotBeResolved() throws {
        let reader = AvroFixture.record(#""int""#)
        let outcome = try AvroFixture.field(#""string""#, #""x""#, as: .integer, reader: reader)
        #expect(
            outcome.bad?.detail == "schema does not fit: F INTEGER cannot be read from schema 7, which has string "
                + "(the columns are those of schema 12) (value, byte 5)")
    }

    // MARK: Ids

    @Test func unknownIdsAreCollected() throws {
        let source = AvroFixture.source(.bigint)
        let none = AvroFixture.decode(source, SchemaTable(), key: nil, value: AvroFixture.framed([2], id: 9))
        #expect(none.unknown == [9] && none.bad?.reason == .unknownSchema)
        let unusable = AvroFixture.decode(
            source, SchemaTable([9: .unusable("is not in the registry")]), value: AvroFixture.framed([2], id: 9))
        #expect(unusable.unknown == [])
        #expect(unusable.bad?.detail == "unknown schema: schema 9 is not in the registry (value, byte 1)")
        for bytes in [[], [1, 0, 0, 0, 7, 2], [0, 0, 0, 7], Array("{}".utf8)] as [[UInt8]] {
            let outcome = AvroFixture.decode(source, SchemaTable(), value: bytes)
            #expect(outcome.unknown == [] && outcome.bad?.reason == .noSchemaID)
        }
    }

    /// A table that is handed in later is used by the same decoder; records of several schemas lie in one batch.
    @Test func tablesGrow() throws {
        var table = SchemaTable([7: .avro(try AvroSchema(AvroFixture.record(#""int""#)))])
        let decoder = RecordDecoder(source: AvroFixture.source(.bigint), columns: [0], strict: false)
        decoder.use(table)
        let records = RawRecords(capacity: 4, byteCapacity: 64)
        for (id, byte) in [(7, 2), (9, 4), (7, 6), (9, 8)] as [(UInt8, UInt8)] {
            records.append(key: nil, value: AvroFixture.framed([byte], id: id), timestamp: 0)
        }
        let batch = decoder.makeBatch()
        decoder.decode(records, from: 0, to: 4, into: batch)
        #expect(batch.unknownSchemas == [9] && batch.badRows.map(\.row) == [1, 3])
        table[9] = .avro(try AvroSchema(AvroFixture.record(#"["long"]"#).replacing(#"["long"]"#, with: #""long""#)))
        decoder.use(table)
        decoder.decode(records, from: 0, to: 4, into: batch)
        #expect(batch.unknownSchemas.isEmpty && batch.badRows.isEmpty)
        #expect((0..<4).map { batch.columns[0].value($0) } == [.bigint(1), .bigint(2), .bigint(3), .bigint(4)])
    }

    // MARK: Values without a record

    @Test func bareValues() throws {
        let table = SchemaTable([
            7: .avro(try AvroSchema(#""long""#)), 8: .avro(try AvroSchema(#"["null","long"]"#)),
            9: .avro(try AvroSchema(AvroFixture.record(#""long""#))),
        ])
        let bare = AvroFixture.source(.bigint, wraps: false)
        #expect(AvroFixture.decode(bare, table, value: AvroFixture.framed([6])).row == [.bigint(3)])
        let null = AvroFixture.decode(bare, table, value: AvroFixture.framed([0], id: 8))
        #expect(null.status == .nullValue && null.row == [.null])
        #expect(
            AvroFixture.decode(bare, table, value: AvroFixture.framed([0], id: 8), columns: []).status == .nullValue)
        #expect(AvroFixture.decode(bare, table, value: AvroFixture.framed([6], id: 9)).bad?.reason == .unresolvable)
        let wrapped = AvroFixture.decode(AvroFixture.source(.bigint), table, value: AvroFixture.framed([6]))
        #expect(wrapped.bad?.account == "schema 7 is no record, but long")
    }

    @Test func aRecordThatMayBeNull() throws {
        let schema = try AvroSchema("[\"null\",\(AvroFixture.record(#""long""#))]")
        let table = SchemaTable([7: .avro(schema)])
        let source = AvroFixture.source(.bigint)
        let null = AvroFixture.decode(source, table, value: AvroFixture.framed([0]))
        #expect(null.status == .nullValue && null.row == [.null])
        #expect(AvroFixture.decode(source, table, value: AvroFixture.framed([2, 8])).row == [.bigint(4)])
        #expect(AvroFixture.decode(source, table, value: AvroFixture.framed([4, 8])).bad?.reason == .malformed)
    }

    @Test func keys() throws {
        let table = SchemaTable([
            7: .avro(try AvroSchema(#""string""#)), 8: .avro(try AvroSchema(AvroFixture.record(#""long""#))),
        ])
        let columns = [ColumnDefinition("K", .varchar, .key), ColumnDefinition("F", .bigint, .value)]
        let source = AvroFixture.source(columns)
        let outcome = AvroFixture.decode(
            source, table, key: AvroFixture.framed([2, 97]), value: AvroFixture.framed([4], id: 8))
        #expect(outcome.row == [.text("a"), .bigint(2)])
        let bad = AvroFixture.decode(source, table, key: [1], value: AvroFixture.framed([4], id: 8))
        #expect(bad.bad?.place == "key, byte 0" && bad.bad?.reason == .noSchemaID)
    }
}
