// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan

/// Whole queries: records in, encoded results out, as one compute thread runs them.
///
/// The same 16 batches come again and again, each time 16,384 ms and as many offsets later, so that windows fill and
/// close for ever.
enum PipelineBenchmarks {
    static let all = [
        Benchmark("pipeline.filter", "WHERE that one record in ten passes, 3 columns") {
            try run("CREATE STREAM result AS SELECT id, description, amount FROM orders WHERE amount > 910000;")
        },
        Benchmark("pipeline.project", "every record, CASE, LIKE and arithmetic") {
            try run(
                """
                CREATE STREAM result AS SELECT id,
                    CASE WHEN price > 700 THEN 'high' WHEN price > 300 THEN 'middle' ELSE 'low' END AS level,
                    CASE WHEN description LIKE 'note%' THEN amount * 2 ELSE amount + 1 END AS part,
                    price * amount AS total
                    FROM orders;
                """)
        },
        Benchmark("pipeline.tumbling", "count and sum of 16,384 ms, 1,000 keys, EMIT FINAL") {
            try run(aggregation("WINDOW TUMBLING (SIZE 16384 MILLISECONDS, GRACE PERIOD 0 MILLISECONDS)", .final))
        },
        Benchmark("pipeline.hopping", "the same every 4,096 ms") {
            try run(
                aggregation(
                    """
                    WINDOW HOPPING (SIZE 16384 MILLISECONDS, ADVANCE BY 4096 MILLISECONDS,
                        GRACE PERIOD 0 MILLISECONDS)
                    """, .final))
        },
        Benchmark("pipeline.session", "count and sum, gap 4,000 ms, 1,000 keys, EMIT FINAL") {
            try run(aggregation("WINDOW SESSION (4000 MILLISECONDS, GRACE PERIOD 0 MILLISECONDS)", .final))
        },
        Benchmark("pipeline.unwindowed", "count and sum, 1,000 keys, changes every 16,384 records") {
            try run(aggregation("", .changes))
        },
        Benchmark("pipeline.flushed", "the same, the state flushed as often") {
            try run(aggregation("", .changes), flushes: true)
        },
        Benchmark("pipeline.explode", "5 rows of each record: the elements of an array, written out") {
            try run(
                "CREATE STREAM result AS SELECT id, price, EXPLODE(ARRAY[amount, 2, 3, 4, 5]) AS n FROM orders;")
        },
        Benchmark("pipeline.regroup", "tumbling, by a VARCHAR and a BIGINT of the value, 4 partitions") {
            try run(
                """
                CREATE TABLE result WITH (KEY_FORMAT = 'JSON') AS
                    SELECT SUBSTRING(description, 1, 8) AS what, amount / 10000 AS class, COUNT(*) AS n, SUM(price) AS s
                    FROM orders WINDOW TUMBLING (SIZE 16384 MILLISECONDS, GRACE PERIOD 0 MILLISECONDS)
                    GROUP BY SUBSTRING(description, 1, 8), amount / 10000 EMIT FINAL;
                """, partitions: 4)
        },
    ]

    private static func aggregation(_ window: String, _ emit: QueryPlan.Emit) -> String {
        """
        CREATE TABLE result AS SELECT id, COUNT(*) AS n, SUM(amount) AS s
            FROM orders \(window) GROUP BY id EMIT \(emit == .final ? "FINAL" : "CHANGES");
        """
    }

    private static func run(_ text: String, partitions: Int = 1, flushes: Bool = false) throws -> Workload {
        let plan = try Orders.plan(text)
        let records = Orders.batches(16, keys: 1000, partitions: partitions)
        let output = EncodedOutput(plan.program)
        var options = PipelineOptions()
        if flushes { options.changelogs = [0: 4] }
        let pipeline = Pipeline(try QueryGraph(plan.program), options: options, outputs: [output])
        let changelog = FlushedBytes()
        for partition in 0..<partitions {
            let start = SourcePartition.Checkpoint(
                offset: 0, watermarks: pipeline.graph.initialWatermarks(ofTopic: "orders"))
            _ = pipeline.addSource(TopicPartition("orders", Int32(partition)), from: start)
        }
        func process(_ number: Int) -> Int {
            let batch = records[number % records.count]
            if number >= records.count { PipelineBenchmarks.moveOn(batch, rounds: 1, of: records.count, partitions) }
            pipeline.process(
                source: number % records.count % partitions, batch, from: 0, to: batch.count, isReread: false)
            pipeline.close(isForced: false)
            if number % records.count == records.count - 1 {
                pipeline.emitChanges()
                if flushes { pipeline.flush(number: Int64(number), into: changelog) }
            }
            return output.collect() + changelog.collect()
        }
        // Two rounds show that results come and that nothing is rejected.
        for number in 0..<2 * records.count { consume(process(number)) }
        guard output.rows > 0, output.rejected == 0 else {
            throw BenchmarkError("\(output.rows) results, \(output.rejected) rejected")
        }
        let rounds = 2 * records.count
        return Workload(batches: records.count, bytes: Orders.bytes(records)) { number in process(rounds + number) }
    }

    /// A batch's records come again, later.
    private static func moveOn(_ batch: RawRecords, rounds: Int, of batches: Int, _ partitions: Int) {
        let times = Int64(rounds * batches * Workload.batchRows) * Orders.step
        let offsets = Int64(rounds * batches / partitions * Workload.batchRows)
        for row in 0..<batch.count {
            batch.timestamps[row] += times
            batch.offsets[row] += offsets
        }
    }
}

/// Counts what a flush puts, and forgets it.
private final class FlushedBytes: ChangelogSink {
    private var bytes = 0

    func put(query: Int, partition: Int32, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
        bytes += key.count + (value?.count ?? 0)
    }

    /// The bytes that came since the last call.
    func collect() -> Int {
        defer { bytes = 0 }
        return bytes
    }
}

/// Encodes results as the product does, and forgets them.
private final class EncodedOutput: PipelineOutput {
    private let encoders: [RecordEncoder]
    private let records = RawRecords()
    private(set) var rows = 0
    private(set) var rejected = 0

    init(_ program: ProgramPlan) {
        encoders = program.queries.map { RecordEncoder(sink: $0.sink) }
    }

    func receive(_ batch: ResultBatch, query: Int, source: TopicPartition?) {
        encoders[query].encode(batch, partitionCount: 4, inputPartition: source?.partition ?? 0, into: records)
        rows += batch.selection.count
    }

    func reject(_ rejection: Rejection) { rejected += 1 }

    /// The bytes that came since the last call.
    func collect() -> Int {
        let bytes = records.byteCount
        records.removeAll()
        return bytes
    }
}
