// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import Testing
@testable import MillraceEngine

/// Rows written by schemas that were not made of their columns: KEY_SCHEMA_ID and VALUE_SCHEMA_ID of results.
struct AvroWriteTests {
    /// The bytes of a row behind the schema's number, and what it lacks.
    private static func write(
        _ schema: String, _ columns: [(name: String, value: Value, type: DataType)]
    ) throws -> (bytes: [UInt8], missing: String?) {
        var format = FormatDefinition(.avro)
        format.schema = FormatSchema(try AvroSchema(schema), id: 7)
        let sink = FormatFixture.source(
            columns.map { ColumnDefinition($0.name, $0.type, .value) }, key: FormatDefinition(.none), value: format)
        try RecordEncoder.check(sink)
        var missing: String?
        let records = FormatFixture.encode(sink, values: columns.map(\.value)) { encoder, batch in
            missing = encoder.hasRequired ? encoder.missing(batch, row: 0) : nil
        }
        return (FormatFixture.value(records).map { Array($0.dropFirst(5)) } ?? [], missing)
    }

    private static func record(_ fields: String...) -> String {
        #"{"type":"record","name":"R","fields":[\#(fields.joined(separator: ","))]}"#
    }

    private static let number = #"{"name":"A","type":"int"}"#

    @Test func requiredFields() throws {
        let schema = Self.record(Self.number, #"{"name":"B","type":"string"}"#)
        let row = try Self.write(schema, [("A", .integer(-3), .integer), ("B", .varchar(Array("xy".utf8)), .varchar)])
        #expect(row.bytes == [5, 4, 0x78, 0x79])
        #expect(row.missing == nil)
        #expect(try Self.write(schema, [("A", .integer(1), .integer), ("B", .null, .varchar)]).missing == "B")
    }

    /// A null is written as the field's default, where it has one; fields that no column is for are, too.
    @Test func defaults() throws {
        let schema = Self.record(
            #"{"name":"title","type":"string","default":"no"}"#, #"{"name":"A","type":"int","default":123}"#,
            #"{"name":"note","type":["null","string"]}"#, #"{"name":"last","type":["int","null"],"default":1}"#)
        let title: [UInt8] = [4, 0x6E, 0x6F]
        let row = try Self.write(schema, [("A", .integer(2), .integer)])
        #expect(row.bytes == title + [4, 0, 0, 2])
        #expect(row.missing == nil)
        #expect(try Self.write(schema, [("A", .null, .integer)]).bytes == title + [0xF6, 1, 0, 0, 2])
    }

    /// A field in small letters is written from the column of capital ones.
    @Test func smallLetters() throws {
        let row = try Self.write(Self.record(#"{"name":"a","type":"long"}"#), [("A", .integer(1), .integer)])
        #expect(row.bytes == [2])
    }

    @Test func whatIsRequiredInOtherTypes() throws {
        let schema = Self.record(
            #"{"name":"S","type":["null",{"type":"record","name":"S","fields":[\#(Self.number)]}]}"#,
            #"{"name":"L","type":["null",{"type":"array","items":"int"}]}"#)
        let structure = DataType.structure([Field("A", .integer)])
        func missing(_ value: Value, _ list: Value) throws -> String? {
            try Self.write(schema, [("S", value, structure), ("L", list, .array(.integer))]).missing
        }
        #expect(try missing(.null, .null) == nil)
        #expect(try missing(.structure([.integer(1)]), .array([.integer(1)])) == nil)
        #expect(try missing(.structure([.null]), .null) == "A")
        #expect(try missing(.null, .array([.integer(1), .null])) == "L")
    }

    @Test(arguments: [
        (#"{"name":"A","type":"string"}"#, "as which INTEGER cannot be written"),
        (#"{"name":"B","type":"int"}"#, "which is no column and has no default"),
        (#"{"name":"B","type":"int","default":1}"#, "has no field for A"),
        (#"{"name":"A","type":["null","int","string"]}"#, "cannot be written"),
    ])
    func whatDoesNotFit(field: String, message: String) {
        let error = #expect(throws: SourceError.self) {
            try Self.write(Self.record(field), [("A", .integer(1), .integer)])
        }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }
}
