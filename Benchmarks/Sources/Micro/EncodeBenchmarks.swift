// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan

/// Columns to records.
enum EncodeBenchmarks {
    static let all = [
        Benchmark("encode.json", "a JSON object of 3 columns, and a KAFKA key") { try encode(.json) },
        Benchmark("encode.delimited", "DELIMITED, 3 columns, and a KAFKA key") { try encode(.delimited) },
        Benchmark("encode.key", "a KAFKA key and its partition, no value") { try encode(nil) },
    ]

    private static func encode(_ format: FormatDefinition.Name?) throws -> Workload {
        let plan = try Orders.plan("CREATE STREAM result AS SELECT id, description, amount, price FROM orders;")
        let records = Orders.batches(16, keys: 1000)
        let batches = try Orders.decoded(records, plan)
        var sink = plan.query.sink
        sink.valueFormat = FormatDefinition(format ?? .none)
        if format == nil { sink.columns = Array(sink.keyColumns) }
        let encoder = RecordEncoder(sink: sink)
        let selection = Selection()
        selection.selectAll(rows: Workload.batchRows)
        let results = zip(batches, records).map { batch, records in
            ResultBatch(
                rows: batch.rows, selection: selection, keys: [batch.columns[0]],
                values: format == nil ? [] : Array(batch.columns[1...]), timestamps: records.timestamps)
        }
        let output = RawRecords()
        var bytes = 0
        for result in results {
            output.removeAll()
            encoder.encode(result, partitionCount: 4, inputPartition: 0, into: output)
            bytes += output.byteCount
        }
        return Workload(batches: results.count, bytes: bytes) { number in
            output.removeAll()
            encoder.encode(results[number % results.count], partitionCount: 4, inputPartition: 0, into: output)
            return withExtendedLifetime(records) { output.byteCount }
        }
    }
}
