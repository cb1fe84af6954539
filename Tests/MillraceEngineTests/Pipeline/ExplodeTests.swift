// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceSQL
import Testing

@testable import MillraceEngine

/// Several rows of one: what of it no result shows.
@Suite struct ExplodeTests {
    private final class Output: PipelineOutput {
        var rows: [Int: Int] = [:]
        var largest = 0
        var most = 0
        var rejections: [(query: Int, cause: RejectionCause, offset: Int64)] = []

        func receive(_ batch: ResultBatch, query: Int, source: TopicPartition?) {
            rows[query, default: 0] += batch.selection.count
            most = max(most, batch.rows)
            largest = max(largest, batch.values.reduce(0) { $0 + $1.payloadBytes })
        }

        func reject(_ rejection: Rejection) {
            rejections.append((rejection.query, rejection.cause, rejection.offset))
        }
    }

    private static let source = """
        CREATE STREAM s (k STRING KEY, text STRING, v ARRAY<BIGINT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
        CREATE STREAM e AS SELECT k, text, EXPLODE(v) AS v FROM s;

        """

    private static func run(
        _ program: String, _ records: [(key: String, value: String, time: Int64)], into output: Output,
        options: PipelineOptions = .init()
    ) throws -> Pipeline {
        let pipeline = Pipeline(try QueryGraph(try SQL.compile(program)), options: options, outputs: [output])
        let start = SourcePartition.Checkpoint(
            offset: 0, watermarks: pipeline.graph.initialWatermarks(ofTopic: "s"))
        let source = pipeline.addSource(TopicPartition("s", 0), from: start)
        let batch = RawRecords()
        for (offset, record) in records.enumerated() {
            batch.append(
                key: Array(record.key.utf8), value: Array(record.value.utf8), timestamp: record.time,
                offset: Int64(offset))
        }
        pipeline.process(source: source, batch, from: 0, to: records.count, isReread: false)
        pipeline.end()
        return pipeline
    }

    private static func array(_ count: Int) -> String { "[\((0..<count).map(String.init).joined(separator: ","))]" }

    /// A long text for each of many elements is not copied at once.
    @Test func whatIsCopiedIsBounded() throws {
        let output = Output()
        let text = String(repeating: "x", count: 200_000)
        _ = try Self.run(
            Self.source,
            [("a", #"{"V":\#(Self.array(2000))}"#, 1)]
                + (0..<3).map { ("b", #"{"TEXT":"\#(text)","V":\#(Self.array(500))}"#, Int64($0)) }, into: output)
        #expect(output.rows == [0: 3500])
        #expect(output.largest <= 5_000_000)
        #expect(output.most == 1024)
    }

    /// A record of which many rows are late is one dead letter; the rows are all counted.
    @Test func aRecordIsRejectedOnce() throws {
        let output = Output()
        let program =
            Self.source + "CREATE TABLE t AS SELECT v, COUNT(*) AS n FROM e "
            + "WINDOW TUMBLING (SIZE 1 SECOND, GRACE PERIOD 0 SECONDS) GROUP BY v;"
        let pipeline = try Self.run(
            program,
            [
                ("a", #"{"V":[1,2]}"#, 5000), ("b", #"{"V":\#(Self.array(3000))}"#, 10), ("c", #"{"V":[7]}"#, 20),
                ("d", #"{"V":[]}"#, 20),
            ], into: output)
        #expect(output.rejections.map(\.offset) == [1, 2])
        #expect(output.rejections.allSatisfy { $0.query == 1 && $0.cause == .late })
        #expect(pipeline.reasons(1) == [RejectionReason("late"): 3001])
        #expect(pipeline.sources[0].accounts[1].late == 3001)
        #expect(pipeline.sources[0].accounts[0].used == 3)
        #expect(pipeline.sources[0].accounts[0].filtered == 1)
        #expect(pipeline.filteredRows(0).withoutElements == 1)
    }

    /// A record is bad, and a dead letter, once, however many of its rows have no time.
    @Test func aRecordIsBadOnce() throws {
        let output = Output()
        let program = """
            CREATE STREAM s (k STRING KEY, v ARRAY<BIGINT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
            CREATE STREAM e WITH (TIMESTAMP='v') AS SELECT k, EXPLODE(v) AS v FROM s;
            """
        let times = (0..<3000).map { $0 % 2 == 0 ? "-1" : "\($0)" }.joined(separator: ",")
        let pipeline = try Self.run(
            program, [("a", #"{"V":[\#(times)]}"#, 1), ("b", #"{"V":[5]}"#, 2), ("c", #"{"V":[-1]}"#, 3)], into: output)
        #expect(output.rows == [0: 1501])
        #expect(output.rejections.map(\.offset) == [0, 2])
        #expect(pipeline.reasons(0).map(\.value) == [2])
        #expect(pipeline.sources[0].accounts[0].bad == 2)
        #expect(pipeline.sources[0].accounts[0].used == 1)
    }

    /// The watch of keys sees the key of the record that a row was made of.
    @Test func keysAreThoseOfTheRecords() throws {
        let output = Output()
        var options = PipelineOptions()
        options.partitionCounts = ["s": 4]
        let keys = (0..<40).map { "k\($0)" }
        let home = keys.filter { key in
            Array(key.utf8).withUnsafeBytes { Murmur2.partition(ofKey: $0, partitions: 4) } == 0
        }
        let pipeline = try Self.run(
            Self.source + "CREATE TABLE t AS SELECT k, COUNT(*) AS n FROM e GROUP BY k;",
            keys.enumerated().map { ($0.element, #"{"V":\#(Self.array(1 + $0.offset % 5))}"#, 1) }, into: output,
            options: options)
        #expect(pipeline.sources[0].keyWatches[1]?.misplacedCount == keys.count - home.count)
    }

    /// Sub-offsets have room for three.
    @Test func levelsAreLimited() throws {
        var program = Self.source
        for level in 1...3 {
            let input = level == 1 ? "e" : "e\(level - 1)"
            program += "CREATE STREAM e\(level) AS SELECT k, EXPLODE(ARRAY[v]) AS v FROM \(input);\n"
            guard level > 2 else {
                _ = try QueryGraph(try SQL.compile(program))
                continue
            }
            let plan = try SQL.compile(program)
            let error = #expect(throws: SourceError.self) { _ = try QueryGraph(plan) }
            #expect(error?.location?.line == 5)
            #expect(error?.message.contains("4 queries, one behind the other") == true)
        }
    }

    /// Elements from the 2,097,153rd on have no sub-offset of their own: such an array makes no row.
    @Test func arraysThatAreTooLongFail() throws {
        let output = Output()
        let zeros = Array(repeating: "0", count: TableFunction.mostRows + 1).joined(separator: ",")
        let pipeline = try Self.run(
            Self.source, [("a", #"{"V":[\#(zeros)]}"#, 1), ("b", #"{"V":[1]}"#, 1)], into: output)
        #expect(output.rows == [0: 1])
        #expect(pipeline.failures(0)[.overflow] == 1)
        #expect(pipeline.sources[0].accounts[0].filtered == 1)
    }
}
