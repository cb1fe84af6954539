// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceSQL
import Testing

private final class SilentOutput: PipelineOutput {
    func receive(_ batch: ResultBatch, query: Int, source: TopicPartition?) {}
    func reject(_ rejection: Rejection) {}
}

/// Each NULL of an expression that failed is counted by reason, and at the function, column and place that it comes
/// from.
struct FailurePlaceTests {
    private static let program = """
        CREATE STREAM s (k VARCHAR KEY, t VARCHAR, a INT, b BIGINT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
        CREATE STREAM o AS
          SELECT k, PARSE_TIMESTAMP(t, 'yyyy-MM-dd') AS day, 10 / a AS x,
                 10 / a AS y, MAP(t := a) AS m
          FROM s WHERE CAST(t AS INT) IS NULL;
        CREATE TABLE sums AS SELECT k, SUM(b) AS total FROM s GROUP BY k;
        """

    private func failures() throws -> Pipeline {
        let pipeline = Pipeline(
            try QueryGraph(try SQL.compile(Self.program)), options: PipelineOptions(), outputs: [SilentOutput()])
        let checkpoint = SourcePartition.Checkpoint(offset: 0, watermarks: pipeline.graph.roots.map { _ in .none })
        let source = pipeline.addSource(TopicPartition("s", 0), from: checkpoint)
        let records = RawRecords()
        let values = [
            #"{"t":"2020-01-01","a":2,"b":9223372036854775807}"#, #"{"t":"x","a":0,"b":9223372036854775807}"#,
            #"{"t":null,"a":0,"b":1}"#,
        ]
        for (index, value) in values.enumerated() {
            records.append(
                key: Array("k".utf8), value: Array(value.utf8), timestamp: 1, offset: Int64(index))
        }
        // In two batches: counts add up.
        pipeline.process(source: source, records, from: 0, to: 2, isReread: false)
        pipeline.process(source: source, records, from: 2, to: 3, isReread: false)
        pipeline.emitChanges()
        return pipeline
    }

    private func place(_ function: String, _ subject: String, _ line: Int, _ column: Int) -> FailurePlace {
        FailurePlace(function: function, subject: subject, location: SourceLocation(line: line, column: column))
    }

    @Test func eachFailureHasItsPlace() throws {
        let counts = try failures().failures(0)
        #expect(counts[.badArgument, at: place("PARSE_TIMESTAMP", "column DAY", 3, 13)] == 1)
        #expect(counts[.divisionByZero, at: place("/", "column X", 3, 57)] == 2)
        #expect(counts[.divisionByZero, at: place("/", "column Y", 4, 13)] == 2)
        #expect(counts[.badArgument, at: place("MAP", "column M", 4, 23)] == 1)
        #expect(counts[.badCast, at: place("CAST to INTEGER", "WHERE", 5, 16)] == 2)
        #expect(counts.total == 8)
        #expect(counts.knownPlaces.count == 5)
        #expect(counts[.badArgument] == 2)
    }

    @Test func soHasAnAggregate() throws {
        let counts = try failures().failures(1)
        #expect(counts[.overflow, at: place("SUM", "column TOTAL", 6, 32)] == 1)
        #expect(counts.total == 1)
    }

    @Test func silentReadingCountsNothing() throws {
        let pipeline = Pipeline(
            try QueryGraph(try SQL.compile(Self.program)), options: PipelineOptions(), outputs: [SilentOutput()])
        let checkpoint = SourcePartition.Checkpoint(offset: 0, watermarks: pipeline.graph.roots.map { _ in .none })
        let source = pipeline.addSource(TopicPartition("s", 0), from: checkpoint)
        let records = RawRecords()
        records.append(key: nil, value: Array(#"{"t":"x","a":0,"b":1}"#.utf8), timestamp: 1, offset: 0)
        pipeline.process(source: source, records, from: 0, to: 1, isReread: true)
        pipeline.process(source: source, records, from: 0, to: 1, isReread: false)
        #expect(pipeline.failures(0)[.divisionByZero] == 2)
    }
}
