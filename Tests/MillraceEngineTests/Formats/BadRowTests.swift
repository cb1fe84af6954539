// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import Testing

/// A bad record is told with its column, the column's type and the value.
struct BadRowTests {
    private func detail(_ source: SourceDefinition, key: String? = nil, _ value: String) throws -> String {
        let records = RawRecords(capacity: 1, byteCapacity: 64)
        records.append(key: key.map { Array($0.utf8) }, value: Array(value.utf8), timestamp: 0)
        // What lies behind it in memory must not be told.
        records.append(key: Array("secret".utf8), value: Array("\"secret\"}".utf8), timestamp: 0)
        let decoder = RecordDecoder(source: source, columns: Array(source.columns.indices), strict: false)
        let batch = decoder.makeBatch()
        decoder.decode(records, from: 0, to: 1, into: batch)
        try #require(batch.badRows.count == 1, "\(value)")
        return batch.badRows[0].detail
    }

    /// Offsets count from the byte 0.
    @Test(arguments: [
        ("\0\0\0\0\u{7}{\"c0\":\"x\"}", #"wrong type: C0 INTEGER cannot be "x" (value, byte 12)"#),
        ("\0\0\0\0\u{7}{\"c0\":1", "not valid in its format: the value ends too early (value, byte 12)"),
        (
            "{\"c0\":1}",
            #"no schema id: the value does not begin with a byte 0 and the id of a schema, but with {"c0":1}"#
                + " (value, byte 0)"
        ),
    ])
    func behindTheIDOfASchema(value: String, detail: String) throws {
        let source = FormatFixture.source(
            FormatFixture.values([.integer]), value: FormatDefinition(.jsonSchema))
        #expect(try self.detail(source, value) == detail)
    }

    static let item = DataType.structure([Field("PRICE", .double), Field("TAGS", .array(.integer))])

    static let json: [(DataType, String, String)] = [
        (.double, #"{"c0":"many"}"#, #"wrong type: C0 DOUBLE cannot be "many" (value, byte 7)"#),
        (.double, #"{"c0":true,"x":1}"#, "wrong type: C0 DOUBLE cannot be true (value, byte 6)"),
        (
            .double, #"{"c0": {"a":[1,"}"]} ,"x":1}"#,
            #"wrong type: C0 DOUBLE cannot be {"a":[1,"}"]} (value, byte 7)"#
        ),
        (.integer, #"{"c0":3000000000}"#, "out of range: C0 INTEGER cannot hold 3000000000 (value, byte 6)"),
        (
            .decimal(precision: 4, scale: 2), #"{"c0":123.45}"#,
            "out of range: C0 DECIMAL(4, 2) cannot hold 123.45 (value, byte 6)"
        ),
        (.date, #"{"c0":"2024-02-30"}"#, #"wrong type: C0 DATE cannot be "2024-02-30" (value, byte 7)"#),
        (
            .varchar, "[1,2]", "wrong type: the value is not a JSON object, but [1,2] (value, byte 0)"
        ),
        (
            item, #"{"c0":{"price":"free"}}"#, #"wrong type: DOUBLE in C0 cannot be "free" (value, byte 16)"#
        ),
        (
            item, #"{"c0":{"tags":[1,"x"]}}"#, #"wrong type: INTEGER in C0 cannot be "x" (value, byte 18)"#
        ),
        (item, #"{"c0":"x"}"#, #"wrong type: C0 STRUCT cannot be "x" (value, byte 7)"#),
        (.integer, #"{"c0":NaN}"#, "not valid in its format: the value goes wrong at NaN} (value, byte 6)"),
        (.integer, #"{"c0":1"#, "not valid in its format: the value ends too early (value, byte 7)"),
        (
            .integer, "{\"c0\":\"\\u001b[2J\"}",
            #"wrong type: C0 INTEGER cannot be "\u001b[2J" (value, byte 7)"#
        ),
    ]

    @Test(arguments: json)
    func ofJSON(type: DataType, value: String, detail: String) throws {
        #expect(try self.detail(FormatFixture.source(FormatFixture.values([type])), value) == detail)
    }

    @Test func ofDelimited() throws {
        let source = FormatFixture.source(
            FormatFixture.values([.varchar, .double]), value: FormatDefinition(.delimited))
        #expect(try detail(source, "a,many\n") == #"wrong type: C1 DOUBLE cannot be "many" (value, byte 2)"#)
        #expect(
            try detail(source, #"a,"so ""many""""#)
                == #"wrong type: C1 DOUBLE cannot be "so ""many""" (value, byte 3)"#)
        #expect(
            try detail(source, "a,1,2")
                == #"wrong number of fields: the value has not 2 fields, but "a,1,2" (value, byte 4)"#)
    }

    @Test func ofKafka() throws {
        let source = FormatFixture.source(
            [ColumnDefinition("K", .integer, .key)] + FormatFixture.values([.double]),
            value: FormatDefinition(.kafka))
        #expect(
            try detail(source, key: "abcd", "12345")
                == "wrong length: C0 DOUBLE has 8 bytes, not 5 (value, byte 0)")
        #expect(
            try detail(source, key: "abc", "12345678")
                == "wrong length: K INTEGER has 4 bytes, not 3 (key, byte 0)")
    }

    @Test func aLongValueIsCut() throws {
        let value = "{\"c0\":\"" + String(repeating: "personal ", count: 1000) + "\"}"
        let text = try detail(FormatFixture.source(FormatFixture.values([.double])), value)
        #expect(text.utf8.count < 160 && text.contains("…"), "\(text)")
    }
}
