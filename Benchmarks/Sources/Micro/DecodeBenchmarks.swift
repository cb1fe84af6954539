// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan

/// Records to columns.
enum DecodeBenchmarks {
    static let all = [
        Benchmark("decode.json-90", "JSON of 90 bytes, its 3 fields") { try decode(.json, Orders.json) },
        Benchmark("decode.json-600", "JSON of 600 bytes, 3 of its 20 fields") { try decode(.json, Orders.wide) },
        Benchmark("decode.avro-90", "the fields of JSON of 90 bytes in Avro, all 3") {
            try avro(AvroOrders.schema, AvroOrders.value)
        },
        Benchmark("decode.avro-600", "the fields of JSON of 600 bytes in Avro, 3 of 20") {
            try avro(AvroOrders.wideSchema, AvroOrders.wide)
        },
        Benchmark("decode.protobuf-90", "the fields of JSON of 90 bytes in Protobuf, all 3") {
            try protobuf(ProtobufOrders.schema, ProtobufOrders.value)
        },
        Benchmark("decode.protobuf-600", "the fields of JSON of 600 bytes in Protobuf, 3 of 20") {
            try protobuf(ProtobufOrders.wideSchema, ProtobufOrders.wide)
        },
        Benchmark("decode.delimited", "DELIMITED, 3 columns") { try decode(.delimited, Orders.delimited) },
        Benchmark("decode.key", "KAFKA key of 12 bytes; of the JSON value no field, but its text is checked") {
            try key()
        },
    ]

    private static func decode(
        _ format: FormatDefinition.Name, _ value: @escaping (inout Generator) -> String
    ) throws -> Workload {
        let batches = Orders.batches(16, keys: 1000, value: value)
        return try decode(format, columns: [1, 2, 3], batches, bytes: Orders.valueBytes(batches))
    }

    private static func avro(
        _ schema: String, _ value: @escaping (inout Generator) -> [UInt8]
    ) throws -> Workload {
        let batches = Orders.batches(16, keys: 1000, bytes: value)
        let schemas = SchemaTable([1: .avro(try AvroSchema(schema))])
        return try decode(.avro, columns: [1, 2, 3], batches, bytes: Orders.valueBytes(batches), schemas)
    }

    private static func protobuf(
        _ schema: String, _ value: @escaping (inout Generator) -> [UInt8]
    ) throws -> Workload {
        let batches = Orders.batches(16, keys: 1000, bytes: value)
        let schemas = SchemaTable([1: .protobuf(try ProtobufSchema(schema))])
        return try decode(.protobuf, columns: [1, 2, 3], batches, bytes: Orders.valueBytes(batches), schemas)
    }

    private static func key() throws -> Workload {
        let batches = Orders.batches(16, keys: 1000)
        return try decode(.json, columns: [0], batches, bytes: Orders.bytes(batches))
    }

    private static func decode(
        _ format: FormatDefinition.Name, columns: [Int], _ batches: [RawRecords], bytes: Int,
        _ schemas: SchemaTable = SchemaTable()
    ) throws -> Workload {
        var source = try Orders.plan("CREATE STREAM result AS SELECT * FROM orders;").source
        source.valueFormat = FormatDefinition(format)
        let decoder = RecordDecoder(source: source, columns: columns, strict: false)
        decoder.use(schemas)
        let batch = decoder.makeBatch()
        for records in batches {
            decoder.decode(records, from: 0, to: records.count, into: batch)
            if let bad = batch.badRows.first { throw BenchmarkError("bad row: \(bad.detail)") }
        }
        return Workload(batches: batches.count, bytes: bytes) { number in
            let records = batches[number % batches.count]
            decoder.decode(records, from: 0, to: records.count, into: batch)
            return batch.rows
        }
    }
}
