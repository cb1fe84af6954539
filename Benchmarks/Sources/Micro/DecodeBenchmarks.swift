// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan

/// Records to columns.
enum DecodeBenchmarks {
    static let all = [
        Benchmark("decode.json-90", "JSON of 90 bytes, its 3 fields") { try decode(.json, Orders.json) },
        Benchmark("decode.json-600", "JSON of 600 bytes, 3 of its 20 fields") { try decode(.json, Orders.wide) },
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

    private static func key() throws -> Workload {
        let batches = Orders.batches(16, keys: 1000)
        return try decode(.json, columns: [0], batches, bytes: Orders.bytes(batches))
    }

    private static func decode(
        _ format: FormatDefinition.Name, columns: [Int], _ batches: [RawRecords], bytes: Int
    ) throws -> Workload {
        var source = try Orders.plan("CREATE STREAM result AS SELECT * FROM orders;").source
        source.valueFormat = FormatDefinition(format)
        let decoder = RecordDecoder(source: source, columns: columns, strict: false)
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
