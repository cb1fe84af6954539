// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceSQL
import Testing

@testable import MillraceEngine

/// A table's row may be a million times as large as the rows that are joined with it.
@Suite struct JoinSizeTests {
    private final class Output: PipelineOutput {
        var rows = 0
        var largest = 0

        func receive(_ batch: ResultBatch, query: Int, source: TopicPartition?) {
            rows += batch.selection.count
            largest = max(largest, batch.values.reduce(0) { $0 + $1.payloadBytes })
        }

        func reject(_ rejection: Rejection) {}
    }

    @Test func whatIsFoundIsBounded() throws {
        let program = """
            CREATE STREAM s (k STRING KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
            CREATE TABLE t (k STRING PRIMARY KEY, text STRING) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');
            CREATE STREAM j AS SELECT s.k, text, v FROM s LEFT JOIN t ON s.k = t.k;
            """
        let output = Output()
        let pipeline = Pipeline(try QueryGraph(try SQL.compile(program)), options: .init(), outputs: [output])
        func start(_ topic: String) -> SourcePartition.Checkpoint {
            SourcePartition.Checkpoint(offset: 0, watermarks: pipeline.graph.initialWatermarks(ofTopic: topic))
        }
        let stream = pipeline.addSource(TopicPartition("s", 0), from: start("s"))
        let table = pipeline.addSource(TopicPartition("t", 0), from: start("t"))
        let value = RawRecords()
        value.append(
            key: [65], value: Array(#"{"TEXT":"\#(String(repeating: "x", count: 1_000_000))"}"#.utf8), timestamp: 1,
            offset: 0)
        pipeline.process(source: table, value, from: 0, to: 1, isReread: false)
        pipeline.noteEnd(table)
        for batch in 0..<4 {
            let records = RawRecords()
            for row in 0..<1000 {
                records.append(
                    key: [row % 2 == 0 ? 65 : 66], value: Array(#"{"V":1}"#.utf8), timestamp: 5,
                    offset: Int64(batch * 1000 + row))
            }
            pipeline.process(source: stream, records, from: 0, to: 1000, isReread: false)
        }
        pipeline.end()
        #expect(output.rows == 4000)
        #expect(output.largest < 40_000_000, "\(output.largest) bytes at once")
    }
}
