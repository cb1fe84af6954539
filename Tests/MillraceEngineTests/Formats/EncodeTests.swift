// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import Testing

@Suite struct EncodeTests {
    static func value(_ type: DataType, _ value: Value, _ format: FormatDefinition = FormatDefinition(.json)) -> String?
    {
        let sink = FormatFixture.source([ColumnDefinition("C", type, .value)], value: format)
        return FormatFixture.text(FormatFixture.value(FormatFixture.encode(sink, values: [value])))
    }

    static let nested = DataType.structure([
        Field("A", .array(.integer)), Field("m", .map(key: .varchar, value: .boolean)),
    ])

    static let cells: [(DataType, Value, String)] = [
        (.integer, .integer(.min), "-2147483648"), (.bigint, .bigint(.min), "-9223372036854775808"),
        (.bigint, .bigint(0), "0"), (.double, .double(1), "1.0"), (.double, .double(1e10), "1.0E10"),
        (.double, .double(.nan), "null"), (.double, .double(-.infinity), "null"), (.boolean, .boolean(true), "true"),
        (.boolean, .boolean(false), "false"), (.integer, .null, "null"),
        (.decimal(precision: 5, scale: 2), .decimal(Decimal128(unscaled: -5, scale: 2)), "-0.05"),
        (.decimal(precision: 5, scale: 0), .decimal(Decimal128(unscaled: 12345, scale: 0)), "12345"),
        (.decimal(precision: 5, scale: 0), .decimal(Decimal128(unscaled: 0, scale: 0)), "0"),
        (.decimal(precision: 5, scale: 5), .decimal(Decimal128(unscaled: 1, scale: 5)), "0.00001"),
        (
            .decimal(precision: 38, scale: 1), .decimal(Decimal128(unscaled: Decimal128.powersOfTen[38] - 1, scale: 1)),
            "9999999999999999999999999999999999999.9"
        ),
        (.varchar, .text("a\"b\\c/\n\r\t\u{8}\u{c}\u{1}\u{1f}é😀"), #""a\"b\\c/\n\r\t\b\f\u0001\u001Fé😀""#),
        (.varchar, .text(""), "\"\""), (.varchar, .text("exactly8\"and more\u{7f}"), "\"exactly8\\\"and more\u{7f}\""),
        (.bytes, .bytes([1, 2, 3, 4]), "\"AQIDBA==\""), (.date, .date(-1), "-1"), (.time, .time(5), "5"),
        (.timestamp, .timestamp(1_700_000_000_123), "1700000000123"), (.array(.integer), .array([]), "[]"),
        (.array(.varchar), .array([.text("x"), .null]), "[\"x\",null]"),
        (.map(key: .integer, value: .double), .map([.init(key: .integer(-7), value: .double(0.5))]), "{\"-7\":0.5}"),
        (
            nested, .structure([.array([.integer(1), .null]), .map([.init(key: .text("k\""), value: .null)])]),
            #"{"A":[1,null],"m":{"k\"":null}}"#
        ),
        (nested, .null, "null"), (nested, .structure([.null, .null]), #"{"A":null,"m":null}"#),
    ]

    @Test(arguments: cells) func json(type: DataType, value: Value, expected: String) {
        #expect(Self.value(type, value) == "{\"C\":\(expected)}")
        let bare = Self.value(type, value, FormatDefinition(.json, wrapsSingleValue: false))
        #expect(bare == (value == .null ? nil : expected))
        let column = Column(type)
        column.append(.null)
        column.append(value)
        var printed: [UInt8] = []
        JSONText().append(column, row: 1, to: &printed)
        #expect(String(decoding: printed, as: UTF8.self) == expected)
    }

    /// Texts are copied a word or half a word at a time: each length, with what needs an escape at each place.
    @Test(arguments: 0..<20) func textsOfEachLength(length: Int) {
        let plain = String("abcdefghijklmnopqrst".prefix(length))
        #expect(Self.value(.varchar, .text(plain)) == "{\"C\":\"\(plain)\"}")
        for place in 0..<length {
            for (character, escape) in [
                ("\"", #"\""#), ("\\", #"\\"#), ("\n", #"\n"#), ("\u{1}", #"\u0001"#), ("é", "é"),
            ] {
                let (head, tail) = (plain.prefix(place), plain.dropFirst(place + 1))
                let expected = "{\"C\":\"\(head)\(escape)\(tail)\"}"
                #expect(Self.value(.varchar, .text("\(head)\(character)\(tail)")) == expected)
            }
        }
    }

    @Test func objects() {
        let sink = FormatFixture.source(
            [
                ColumnDefinition("K", .varchar, .key), ColumnDefinition("L", .integer, .key),
                ColumnDefinition("A", .integer, .value), ColumnDefinition("b\"", .varchar, .value),
            ], key: FormatDefinition(.json))
        let output = FormatFixture.encode(
            sink, keys: [.text("k"), .null], values: [.integer(1), .text("x")], flags: .open)
        #expect(FormatFixture.text(FormatFixture.key(output)) == #"{"K":"k","L":null}"#)
        let keyless = FormatFixture.encode(sink, keys: [.null, .null], values: [.integer(1), .text("x")])
        #expect(FormatFixture.key(keyless) == nil, "all of several columns NULL are a null key")
        #expect(FormatFixture.text(FormatFixture.value(output)) == #"{"A":1,"b\"":"x"}"#)
        #expect(output.timestamps[0] == 77 && output.count == 1)
        let deleted = FormatFixture.encode(
            sink, keys: [.text("k"), .integer(1)], values: [.integer(1), .null], flags: [.tombstone, .open])
        #expect(FormatFixture.value(deleted) == nil && FormatFixture.key(deleted) != nil)
    }

    @Test(
        arguments: [
            ([Value.text("a"), .text("b"), .integer(1)], "a,b,1"), ([.null, .null, .null], ",,"),
            ([.text(""), .text(""), .null], "\"\",,"),
            ([.text("a,b"), .text("say \"hi\""), .integer(1)], "\"a,b\",\"say \"\"hi\"\"\",1"),
            ([.text("\""), .text("\"\""), .integer(1)], "\"\"\"\",\"\"\"\"\"\",1"),
            ([.text("a "), .text(" b"), .integer(1)], "\"a \",\" b\",1"),
            ([.text("l\nm"), .text("#x"), .null], "\"l\nm\",\"#x\","),
            ([.text("éa"), .text("éa"), .integer(-1)], "\"éa\",éa,-1"),
            ([.text("-a"), .text("-a"), .null], "\"-a\",-a,"), ([.text("_a"), .text("_a"), .null], "\"_a\",_a,"),
            ([.text("@"), .text("[z]"), .null], "\"@\",[z],"), ([.text("{"), .text("$"), .null], "\"{\",$,"),
            ([.text("0"), .text("9"), .null], "0,9,"), ([.text("Az"), .text("zA"), .null], "Az,zA,"),
            ([.text("z"), .text("!"), .null], "z,\"!\","), ([.text("a\t"), .text("b"), .null], "\"a\t\",b,"),
        ] as [([Value], String)]) func delimited(row: [Value], expected: String)
    {
        let sink = FormatFixture.source(
            FormatFixture.values([.varchar, .varchar, .integer]), value: FormatDefinition(.delimited))
        let output = FormatFixture.encode(sink, values: row)
        #expect(FormatFixture.text(FormatFixture.value(output)) == expected)
        let back = row.enumerated().map { $1 == .text("") && $0 > 0 ? .null : $1 }
        #expect(FormatFixture.decode(sink, value: Array(expected.utf8)) == .row(back))
    }

    /// Numbers are quoted by the rule for texts.
    @Test func delimitedNumbers() {
        let sink = FormatFixture.source(
            FormatFixture.values([.integer, .double, .decimal(precision: 4, scale: 2)]),
            value: FormatDefinition(.delimited))
        func line(_ values: [Value]) -> String? {
            FormatFixture.text(FormatFixture.value(FormatFixture.encode(sink, values: values)))
        }
        let price = Value.decimal(Decimal128(unscaled: -5, scale: 2))
        #expect(line([.integer(-1), .double(-1.5), price]) == "\"-1\",-1.5,-0.05")
        #expect(line([.integer(1), .double(1.5), .null]) == "1,1.5,")
        #expect(line([.null, .double(-1), price]) == ",-1.0,-0.05")
    }

    @Test(
        arguments: [
            (DataType.integer, Value.integer(-2), [0xFF, 0xFF, 0xFF, 0xFE]),
            (.bigint, .bigint(256), [0, 0, 0, 0, 0, 0, 1, 0]),
            (.double, .double(1.5), [0x3F, 0xF8, 0, 0, 0, 0, 0, 0]), (.varchar, .text("é"), [0xC3, 0xA9]),
            (.bytes, .bytes([0, 255]), [0, 255]), (.varchar, .null, nil), (.varchar, .text(""), []),
        ] as [(DataType, Value, [UInt8]?)]) func kafka(type: DataType, value: Value, expected: [UInt8]?)
    {
        let sink = FormatFixture.source(
            [ColumnDefinition("K", type, .key), ColumnDefinition("V", type, .value)], value: FormatDefinition(.kafka))
        let output = FormatFixture.encode(sink, keys: [value], values: [value])
        #expect(FormatFixture.key(output) == expected)
        #expect(FormatFixture.value(output) == expected)
    }

    @Test func windows() {
        let columns = [ColumnDefinition("K", .varchar, .key)]
        let window: (start: Int64, end: Int64) = (0x0102, 0x0304)
        let time = FormatFixture.source(columns, windowedKey: .time(sizeMilliseconds: 10))
        let session = FormatFixture.source(columns, windowedKey: .session)
        let plain = FormatFixture.encode(FormatFixture.source(columns), keys: [.text("key")], values: [])
        let timed = FormatFixture.encode(time, keys: [.text("key")], values: [], window: window)
        let sessioned = FormatFixture.encode(session, keys: [.text("key")], values: [], window: window)
        let key = Array("key".utf8)
        #expect(FormatFixture.key(timed) == key + [0, 0, 0, 0, 0, 0, 1, 2])
        #expect(FormatFixture.key(sessioned) == key + [0, 0, 0, 0, 0, 0, 3, 4] + [0, 0, 0, 0, 0, 0, 1, 2])
        #expect(timed.partitions[0] == plain.partitions[0] && sessioned.partitions[0] == plain.partitions[0])
    }

    /// Hashes from the table in Kafka's `UtilsTest`.
    @Test(
        arguments: [
            ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ] as [(String, Int32)]) func partitions(key: String, hash: Int32)
    {
        let sink = FormatFixture.source([ColumnDefinition("K", .varchar, .key)])
        for count in [1, 8, 31] {
            let output = FormatFixture.encode(sink, keys: [.text(key)], values: [], partitions: count)
            #expect(output.partitions[0] == (hash & Int32.max) % Int32(count))
        }
    }

    @Test func recordsWithoutKey() {
        for format in [FormatDefinition.Name.none, .kafka, .json] {
            let sink = FormatFixture.source([ColumnDefinition("K", .varchar, .key)], key: FormatDefinition(format))
            let key: Value = format == .none ? .text("x") : .null
            let output = FormatFixture.encode(sink, keys: [key], values: [], partitions: 4, inputPartition: 7)
            #expect(FormatFixture.key(output) == nil && output.partitions[0] == 3)
        }
    }

    /// Many rows of all types, some not selected, grown from a small arena, come back as they were.
    @Test func roundTrip() {
        let types = DecodeRobustnessTests.types
        let sink = FormatFixture.source(
            [ColumnDefinition("K", .bigint, .key)] + FormatFixture.values(types), key: FormatDefinition(.json))
        let bytes = Array(DecodeRobustnessTests.record.utf8)
        let records = RawRecords()
        for row in 0..<300 {
            let value = row % 7 == 3 ? Array("{\"c4\":\"\(row)\\n\"}".utf8) : bytes
            records.append(key: Array("\(row)".utf8), value: value, timestamp: Int64(row))
        }
        let decoder = RecordDecoder(source: sink, columns: Array(sink.columns.indices), strict: true)
        let (first, second) = (decoder.makeBatch(), decoder.makeBatch())
        decoder.decode(records, from: 0, to: 300, into: first)
        #expect(first.badRows.isEmpty)
        let selection = Selection()
        selection.reset(rows: 300)
        for row in 0..<300 where row % 3 != 1 { selection.append(row) }
        let output = RawRecords(capacity: 1, byteCapacity: 64)
        output.append(key: nil, value: nil, timestamp: 5)
        RecordEncoder(sink: sink).encode(
            ResultBatch(
                rows: 300, selection: selection, keys: [first.columns[0]], values: Array(first.columns[1...]),
                timestamps: UnsafePointer(records.timestamps)),
            partitionCount: 3, inputPartition: 0, into: output)
        #expect(output.count == 201)
        decoder.decode(output, from: 1, to: 201, into: second)
        #expect(second.badRows.isEmpty)
        for position in 0..<200 {
            let row = Int(selection.indices[position])
            #expect(output.timestamps[position + 1] == Int64(row))
            #expect(first.columns.map { $0.value(row) } == second.columns.map { $0.value(position) })
        }
    }
}
