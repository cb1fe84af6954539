// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceSQL
import Testing

/// Counts what comes out.
private final class CountingOutput: PipelineOutput {
    var rows = 0
    var tombstones = 0
    var rejected: [String] = []
    var details: [String] = []

    func receive(_ batch: ResultBatch, query: Int, source: TopicPartition?) {
        rows += batch.selection.count
        for position in 0..<batch.selection.count {
            let flags = batch.flags?[Int(batch.selection.indices[position])] ?? []
            tombstones += flags.contains(.tombstone) ? 1 : 0
        }
    }

    func reject(_ rejection: Rejection) {
        rejected.append(rejection.reason.text)
        details.append("\(rejection.partition)@\(rejection.offset) \(rejection.cause.rawValue): \(rejection.detail)")
    }
}

@Suite struct PipelineOptionTests {
    private static let counts = """
        CREATE STREAM s (k VARCHAR KEY, ts BIGINT, other INT)
          WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', TIMESTAMP='ts');
        CREATE TABLE t AS SELECT k, COUNT(*) AS n FROM s
          WINDOW TUMBLING (SIZE 1 SECONDS, GRACE PERIOD 0 SECONDS) GROUP BY k EMIT FINAL;
        """

    private func run(
        _ options: PipelineOptions, _ values: [(json: String, timestamp: Int64)], program: String = counts
    ) throws -> CountingOutput {
        let program = try SQL.compile(program)
        let output = CountingOutput()
        let pipeline = Pipeline(try QueryGraph(program), options: options, outputs: [output])
        let source = pipeline.addSource(
            TopicPartition("s", 0), from: SourcePartition.Checkpoint(offset: 0, watermarks: [.none]))
        let records = RawRecords()
        for (index, value) in values.enumerated() {
            records.append(
                key: Array("k".utf8), value: Array(value.json.utf8), timestamp: value.timestamp, offset: Int64(index))
        }
        pipeline.process(source: source, records, from: 0, to: records.count, isReread: false)
        pipeline.close(isForced: true)
        pipeline.emitChanges()
        return output
    }

    private let brokenClock: [(json: String, timestamp: Int64)] = [
        (#"{"ts":1000}"#, 1000), (#"{"ts":90000000}"#, 1100), (#"{"ts":1200}"#, 1200),
    ]

    @Test func withoutALimitOneRecordClosesAllWindows() throws {
        let output = try run(PipelineOptions(), brokenClock)
        #expect(output.rows == 1)
        #expect(output.rejected == ["late"])
    }

    /// Fault 57.
    @Test func withALimitTheRecordIsBad() throws {
        var options = PipelineOptions()
        options.futureLimit = 60_000
        let output = try run(options, brokenClock)
        #expect(output.rows == 0)
        #expect(output.rejected == ["event time too far ahead"])
        let detail = "event time too far ahead: TS BIGINT is 90000000, the Kafka timestamp 1100"
        #expect(output.details == ["s/0@1 future: \(detail)"])
    }

    /// The column is named, and what it holds.
    @Test func aRowWithoutATimeIsBad() throws {
        let output = try run(PipelineOptions(), [(#"{"k":"a"}"#, 1000), (#"{"ts":-5}"#, 1000)])
        #expect(
            output.details == [
                "s/0@0 decode: no usable event time: TS BIGINT is NULL",
                "s/0@1 decode: no usable event time: TS BIGINT is -5, which lies before 1970",
            ])
    }

    /// Nothing was set that the column could be compared with.
    @Test(arguments: [Int64(0), -1]) func withoutAKafkaTimestampThereIsNoLimit(timestamp: Int64) throws {
        var options = PipelineOptions()
        options.futureLimit = 60_000
        let output = try run(options, [(#"{"ts":90000000}"#, timestamp)])
        #expect(output.rejected.isEmpty)
    }

    /// A group whose only value is NULL, in a format that writes nothing around it, is deleted.
    @Test(arguments: [("KAFKA", 1), ("DELIMITED", 1), ("JSON", 0)])
    func nullAloneIsANullValue(format: String, tombstones: Int) throws {
        let output = try run(
            PipelineOptions(), [(#"{"ts":null}"#, 1)],
            program: """
                CREATE STREAM s (k VARCHAR KEY, ts BIGINT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
                CREATE TABLE t WITH (VALUE_FORMAT='\(format)') AS SELECT k, MAX(ts) AS ts FROM s GROUP BY k;
                """)
        #expect(output.rows == 1)
        #expect(output.tombstones == tombstones)
    }

    /// The record that a result without a time comes from is rejected, with the column's name.
    @Test func aResultWithoutATimeRejectsItsRecord() throws {
        let output = try run(
            PipelineOptions(), [(#"{"ts":1}"#, 1), (#"{"ts":-1}"#, 2), (#"{"ts":null}"#, 3)],
            program: """
                CREATE STREAM s (k VARCHAR KEY, ts BIGINT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
                CREATE STREAM t WITH (TIMESTAMP='at') AS SELECT k, ts AS at FROM s;
                """)
        #expect(output.rows == 1)
        let detail = "decode: no usable event time in column AT of T"
        #expect(output.details == ["s/0@1 \(detail)", "s/0@2 \(detail)"])
    }

    @Test(arguments: [(false, 0), (true, 1)])
    func strictDecodingConvertsWhatNoQueryReads(isStrict: Bool, bad: Int) throws {
        var options = PipelineOptions()
        options.decodesStrictly = isStrict
        let output = try run(options, [(#"{"ts":1000,"other":"x"}"#, 1000)])
        #expect(output.rejected.count == bad)
    }
}
