// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceTestKit

/// Decodes and encodes single records in Avro.
enum AvroFixture {
    /// A source whose only value column is `F`, of a type.
    static func source(
        _ type: DataType, reader: FormatSchema? = nil, wraps: Bool = true
    ) -> SourceDefinition {
        source([ColumnDefinition("F", type, .value)], reader: reader, wraps: wraps)
    }

    static func source(
        _ columns: [ColumnDefinition], reader: FormatSchema? = nil, wraps: Bool = true
    ) -> SourceDefinition {
        var format = FormatDefinition(.avro, wrapsSingleValue: wraps)
        format.schema = reader
        let key = FormatDefinition(.avro, wrapsSingleValue: false)
        return FormatFixture.source(columns, key: key, value: format)
    }

    /// A schema of a record with a field `f` of a type.
    static func record(_ type: String) -> String {
        #"{"type":"record","name":"R","fields":[{"name":"f","type":\#(type)}]}"#
    }

    /// The bytes behind schema 7's prefix.
    static func framed(_ bytes: [UInt8], id: UInt8 = 7) -> [UInt8] { [0, 0, 0, 0, id] + bytes }

    struct Outcome {
        var status: RowStatus
        var row: [Value]
        var bad: BadRow?
        var unknown: [Int32]
    }

    static func decode(
        _ source: SourceDefinition, _ table: SchemaTable, key: [UInt8]? = nil, value: [UInt8]?, columns: [Int]? = nil
    ) -> Outcome {
        let records = RawRecords(capacity: 1, byteCapacity: 64)
        records.append(key: key, value: value, timestamp: 0)
        let decoder = RecordDecoder(
            source: source, columns: columns ?? Array(source.columns.indices), strict: false)
        decoder.use(table)
        let batch = decoder.makeBatch()
        decoder.decode(records, from: 0, to: 1, into: batch)
        precondition(batch.columns.allSatisfy { $0.count == 1 }, "each column has a row for each record")
        return Outcome(
            status: batch.status[0], row: batch.columns.map { $0.value(0) }, bad: batch.badRows.first,
            unknown: batch.unknownSchemas)
    }

    /// The value of `F` in a record by schema 7, whose field `f` is of a type; `json` is the field's value.
    static func field(
        _ type: String, _ json: String, as column: DataType, reader: String? = nil
    ) throws -> Outcome {
        let schema = try AvroSchema(record(type))
        let bytes = AvroText.bytes(.object([.init("f", try JSONValue(json))]), schema.root, schema)
        return decode(
            source(column, reader: try reader.map { FormatSchema(try AvroSchema($0), id: 12) }),
            SchemaTable([7: .avro(schema)]), value: framed(bytes ?? []))
    }
}
