// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import Testing

@Suite struct FlatDecodeTests {
    typealias Outcome = FormatFixture.Outcome

    @Test(arguments: [
        ("1,x,2.5", Outcome.row([.integer(1), .text("x"), .double(2.5)])),
        ("1,x,2.5\n", .row([.integer(1), .text("x"), .double(2.5)])),
        ("1,x,2.5\r\n", .row([.integer(1), .text("x"), .double(2.5)])),
        (",,", .row([.null, .null, .null])), ("1,\"\",", .row([.integer(1), .text(""), .null])),
        ("1, x ,2", .row([.integer(1), .text(" x "), .double(2)])),
        ("1,\"a,\"\"b\"\"\n\",2", .row([.integer(1), .text("a,\"b\"\n"), .double(2)])),
        ("1,\"a\" ,2", .row([.integer(1), .text("a"), .double(2)])),
        ("\"1\",a\"b,\"2\"", .row([.integer(1), .text("a\"b"), .double(2)])),
        ("1,é,2", .row([.integer(1), .text("é"), .double(2)])),
        ("1,x", .bad(.fieldCount)), ("1,x,2,3", .bad(.fieldCount)), ("", .bad(.fieldCount)),
        ("1.5,x,2", .bad(.wrongType)), ("1,x,y", .bad(.wrongType)), ("3000000000,x,2", .bad(.outOfRange)),
        ("1,\"x,2", .bad(.malformed)), ("1,\"x\"y,2", .bad(.malformed)), ("1,x,2\n3,y,4", .bad(.malformed)),
    ]) func delimited(text: String, expected: Outcome) {
        let source = FormatFixture.source(
            FormatFixture.values([.integer, .varchar, .double]), value: FormatDefinition(.delimited))
        #expect(FormatFixture.decode(source, value: Array(text.utf8), padding: ",9") == expected)
    }

    @Test func otherDelimiters() {
        for delimiter in [UInt8(ascii: "|"), UInt8(ascii: "\t"), UInt8(ascii: " ")] {
            let source = FormatFixture.source(
                FormatFixture.values([.integer, .varchar]), value: FormatDefinition(.delimited, delimiter: delimiter))
            let text = [UInt8(ascii: "\""), UInt8(ascii: "7"), UInt8(ascii: "\""), delimiter, UInt8(ascii: ",")]
            #expect(FormatFixture.decode(source, value: text) == .row([.integer(7), .text(",")]))
        }
    }

    @Test func unreadFieldsAreNotConverted() {
        let source = FormatFixture.source(
            FormatFixture.values([.integer, .integer]), value: FormatDefinition(.delimited))
        #expect(FormatFixture.decode(source, value: Array("x,1".utf8), columns: [1]) == .row([.integer(1)]))
        #expect(
            FormatFixture.decode(source, value: Array("x,1".utf8), columns: [1], strict: true) == .bad(.wrongType))
    }

    @Test(
        arguments: [
            (DataType.integer, [0xFF, 0xFF, 0xFF, 0xFE], Outcome.row([.integer(-2)])),
            (.integer, [1, 2, 3], .bad(.wrongLength)), (.integer, [], .bad(.wrongLength)),
            (.bigint, [0, 0, 0, 0, 0, 0, 1, 0], .row([.bigint(256)])), (.bigint, [0, 0, 1, 0], .bad(.wrongLength)),
            (.double, [0x3F, 0xF8, 0, 0, 0, 0, 0, 0], .row([.double(1.5)])), (.double, [0x3F], .bad(.wrongLength)),
            (.varchar, [0x61, 0xC3, 0xA9], .row([.text("aé")])), (.varchar, [], .row([.text("")])),
            (.varchar, [0xFF], .bad(.invalidText)), (.bytes, [0xFF], .row([.bytes([0xFF])])),
        ] as [(DataType, [UInt8], Outcome)]) func kafka(type: DataType, bytes: [UInt8], expected: Outcome)
    {
        let source = FormatFixture.source(FormatFixture.values([type]), value: FormatDefinition(.kafka))
        #expect(FormatFixture.decode(source, value: bytes) == expected)
        let keyed = FormatFixture.source([ColumnDefinition("K", type, .key)])
        #expect(FormatFixture.decode(keyed, key: bytes, value: Array("{}".utf8)) == expected)
    }

    static let mixed: [ColumnDefinition] = [
        ColumnDefinition("K", .varchar, .key), ColumnDefinition("V", .integer, .value),
        ColumnDefinition("H", .array(.structure([Field("KEY", .varchar), Field("VALUE", .bytes)])), .headers),
        ColumnDefinition("ONE", .bytes, .header("one")),
    ]

    @Test func keysAndHeaders() {
        let source = FormatFixture.source(Self.mixed)
        let headers = [
            RawRecords.Header(name: "one", value: [1]), RawRecords.Header(name: "two", value: nil),
            RawRecords.Header(name: "one", value: [2]),
        ]
        let all = Value.array([
            .structure([.text("one"), .bytes([1])]), .structure([.text("two"), .null]),
            .structure([.text("one"), .bytes([2])]),
        ])
        let key = Array("k".utf8)
        let value = Array("{\"v\":1}".utf8)
        #expect(
            FormatFixture.decode(source, key: key, value: value, headers: headers)
                == .row([.text("k"), .integer(1), all, .bytes([2])]))
        #expect(FormatFixture.decode(source, key: nil, value: value) == .row([.null, .integer(1), .array([]), .null]))
        #expect(FormatFixture.decode(source, key: key, value: nil) == .null([.text("k"), .null, .array([]), .null]))
        #expect(FormatFixture.decode(source, key: [0xFF], value: value) == .bad(.invalidText))
        #expect(FormatFixture.decode(source, key: [0xFF], value: nil) == .bad(.invalidText))
        #expect(FormatFixture.decode(source, key: [0xFF], value: value, columns: [1]) == .row([.integer(1)]))
        #expect(
            FormatFixture.decode(source, key: key, value: value, columns: [1, 0]) == .row([.integer(1), .text("k")]))
    }

    @Test func jsonKeys() {
        let one = [ColumnDefinition("K", .integer, .key)]
        let two = one + [ColumnDefinition("L", .varchar, .key)]
        let format = FormatDefinition(.json)
        let value = Array("{}".utf8)
        func decode(_ columns: [ColumnDefinition], _ key: String) -> Outcome {
            FormatFixture.decode(FormatFixture.source(columns, key: format), key: Array(key.utf8), value: value)
        }
        #expect(decode(one, "12") == .row([.integer(12)]))
        #expect(decode(one, "null") == .row([.null]))
        #expect(decode(one, "{\"K\":1}") == .bad(.wrongType))
        #expect(decode(two, "{\"k\":1,\"L\":\"x\"}") == .row([.integer(1), .text("x")]))
        #expect(decode(two, "null") == .row([.null, .null]))
        #expect(decode(two, "{\"k\":1") == .bad(.malformed))
        let none = FormatFixture.source(one, key: FormatDefinition(.none))
        #expect(FormatFixture.decode(none, key: [1, 2], value: value) == .row([.null]))
    }

    @Test func windowedKeys() {
        let columns = [ColumnDefinition("K", .varchar, .key), ColumnDefinition("V", .integer, .value)]
        let records = RawRecords()
        func bytes(_ value: Int64) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
        let value = Array("{\"v\":1}".utf8)
        records.append(key: Array("ab".utf8) + bytes(5000) + bytes(1000), value: value, timestamp: 0)
        records.append(key: bytes(5000), value: value, timestamp: 0)
        records.append(key: nil, value: value, timestamp: 0)
        records.append(key: bytes(-1) + bytes(7), value: nil, timestamp: 0)
        func decode(_ windowedKey: WindowedKey) -> DecodedBatch {
            let source = FormatFixture.source(columns, windowedKey: windowedKey)
            let decoder = RecordDecoder(source: source, columns: [0, 1], strict: false)
            let batch = decoder.makeBatch()
            decoder.decode(records, from: 0, to: 4, into: batch)
            return batch
        }
        let session = decode(.session)
        #expect((0..<4).map { session.status[$0] } == [.ok, .bad, .bad, .nullValue])
        #expect(session.badRows.map(\.reason) == [.noWindow, .noWindow])
        #expect(session.columns[0].value(0) == .text("ab") && session.columns[0].value(3) == .text(""))
        #expect((0..<4).map { session.windowStarts?[$0] } == [1000, 0, 0, 7])
        #expect((0..<4).map { session.windowEnds?[$0] } == [5000, 0, 0, -1])
        let time = decode(.time(sizeMilliseconds: 60_000))
        #expect((0..<4).map { time.status[$0] }[1...2] == [.ok, .bad])
        #expect(time.windowStarts?[1] == 5000 && time.windowEnds?[1] == 65_000)
        #expect(time.columns[0].value(1) == .text(""))
    }
}
