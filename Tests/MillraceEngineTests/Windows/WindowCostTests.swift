// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceReport
import MillraceSQL
import MillraceTestKit
import Testing

@testable import MillraceEngine

/// What windows cost: so much a record, however many there are.
@Suite(.serialized) struct WindowCostTests {
    private final class NoOutput: PipelineOutput {
        var rows = 0
        func receive(_ batch: ResultBatch, query: Int, source: TopicPartition?) { rows += batch.selection.count }
        func reject(_ rejection: Rejection) {}
    }

    private func pipeline(_ window: String, emit: String) throws -> (Pipeline, NoOutput) {
        let plan = try SQL.compile(
            """
            CREATE STREAM s (k VARCHAR KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
            CREATE TABLE t AS SELECT k, COUNT(*) AS n FROM s WINDOW \(window) GROUP BY k EMIT \(emit);
            """)
        let output = NoOutput()
        let pipeline = Pipeline(try QueryGraph(plan), options: PipelineOptions(), outputs: [output])
        _ = pipeline.addSource(TopicPartition("s", 0), from: .init(offset: 0, watermarks: [.none]))
        return (pipeline, output)
    }

    private func run(_ pipeline: Pipeline, _ times: [Int64]) {
        let records = RawRecords()
        var offset: Int64 = 0
        for start in stride(from: 0, to: times.count, by: 500) {
            records.removeAll()
            for time in times[start..<min(start + 500, times.count)] {
                records.append(key: [107], value: [123, 125], timestamp: time, offset: offset)
                offset += 1
            }
            pipeline.process(source: 0, records, from: 0, to: records.count, isReread: false)
            pipeline.close(isForced: false)
        }
    }

    enum Order { case ascending, descending, shuffled }

    /// One group; each record in a pane of its own. Four times the records take about four times as long: what is
    /// quadratic takes sixteen times.
    @Test(
        arguments: [
            ("TUMBLING (SIZE 1 MILLISECOND, GRACE PERIOD 1 DAY)", "FINAL", .ascending),
            ("TUMBLING (SIZE 1 MILLISECOND, GRACE PERIOD 1 DAY)", "FINAL", .descending),
            ("TUMBLING (SIZE 1 MILLISECOND, GRACE PERIOD 1 DAY)", "CHANGES", .shuffled),
            ("TUMBLING (SIZE 1 MILLISECOND, GRACE PERIOD 0 SECONDS)", "FINAL", .ascending),
            ("HOPPING (SIZE 5 MILLISECONDS, ADVANCE BY 1 MILLISECOND, GRACE PERIOD 1 DAY)", "FINAL", .shuffled),
            (
                "HOPPING (SIZE 5 MILLISECONDS, ADVANCE BY 2 MILLISECONDS, GRACE PERIOD 0 SECONDS)", "CHANGES",
                .ascending
            ),
        ] as [(String, String, Order)])
    func windowsOfAMillisecondAreLinear(window: String, emit: String, order: Order) throws {
        func cost(_ count: Int) throws -> Double {
            var times = (0..<count).map { Int64($0) }
            if order == .descending { times.reverse() }
            if order == .shuffled { times.shuffle() }
            let (pipeline, output) = try pipeline(window, emit: emit)
            let time = GrowthCheck.seconds {
                run(pipeline, times)
                for _ in 0..<20 {
                    _ = pipeline.openWindows(0, limit: 5)
                    _ = pipeline.stateBytes(0)
                }
                pipeline.emitChanges()
                pipeline.end()
            }
            #expect(output.rows > 0)
            return time
        }
        _ = try cost(1000)
        let (some, twice, fourTimes) = (try cost(15_000), try cost(30_000), try cost(60_000))
        #expect(fourTimes < max(some, 0.01) * 8, "\(some), \(twice) and \(fourTimes) s")
    }

    /// 86,400,000 windows a record: they are counted at once, and a pane costs what it holds.
    @Test func aDayOfMillisecondsIsCounted() throws {
        let plan = SQL.check(
            """
            CREATE STREAM s (k VARCHAR KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
            CREATE TABLE t AS SELECT k, COUNT(*) AS n FROM s
              WINDOW HOPPING (SIZE 1 DAY, ADVANCE BY 1 MILLISECOND, GRACE PERIOD 1 DAY) GROUP BY k EMIT FINAL;
            """, windowsPerRecord: .max
        ).plan
        let pipeline = Pipeline(try QueryGraph(plan), options: PipelineOptions(), outputs: [NoOutput()])
        _ = pipeline.addSource(TopicPartition("s", 0), from: .init(offset: 0, watermarks: [.none]))
        let time = GrowthCheck.seconds {
            run(pipeline, [100_000_000, 100_000_001, 100_000_002])
            for _ in 0..<100 {
                let open = pipeline.openWindows(0, limit: 5)
                #expect(open?.count == 86_400_002 && open?.next.count == 5)
                #expect(open?.next.map(\.entries) == [1, 2, 3, 3, 3])
                #expect(open?.next.first?.start == 13_600_001)
            }
        }
        #expect(time < 1)
    }

    /// An hour by a second, as it is watched: a snapshot looks at panes, not at the windows of each.
    @Test func anHourBySecondsIsCheapToWatch() throws {
        let (pipeline, _) = try pipeline(
            "HOPPING (SIZE 1 HOUR, ADVANCE BY 1 SECOND, GRACE PERIOD 1 DAY)", emit: "FINAL")
        run(pipeline, (0..<20_000).map { Int64($0) * 1000 })
        var open: OpenWindows?
        let time = GrowthCheck.seconds { open = pipeline.openWindows(0, limit: 5) }
        #expect(open?.count == 20_000)
        #expect(open?.next.map(\.entries) == Array(repeating: 3600, count: 5))
        #expect(time < 0.3, "\(time) s")
    }

    @Test func aPaneOfOneGroupIsSmall() throws {
        let (pipeline, _) = try pipeline("TUMBLING (SIZE 1 MILLISECOND, GRACE PERIOD 1 DAY)", emit: "FINAL")
        run(pipeline, (0..<10_000).map { Int64($0) })
        #expect(pipeline.stateBytes(0) < 10_000 * 1000, "\(pipeline.stateBytes(0) / 10_000) bytes a window")
    }

    /// A large window of several parts is read out in pieces, in the order of its keys.
    @Test func aLargeWindowOfSeveralPartsKeepsItsOrder() throws {
        final class Keys: PipelineOutput {
            var keys: [[UInt8]] = []
            var counts: [Int64] = []
            func receive(_ batch: ResultBatch, query: Int, source: TopicPartition?) {
                for position in 0..<batch.selection.count {
                    let row = Int(batch.selection.indices[position])
                    if case .varchar(let key) = batch.keys[0].value(row) { keys.append(key) }
                    if case .bigint(let count) = batch.values[0].value(row) { counts.append(count) }
                }
            }
            func reject(_ rejection: Rejection) {}
        }
        let plan = try SQL.compile(
            """
            CREATE STREAM s (k VARCHAR KEY, v VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
            CREATE TABLE t AS SELECT v, COUNT(*) AS n FROM s
              WINDOW HOPPING (SIZE 2 SECONDS, ADVANCE BY 1 SECOND, GRACE PERIOD 1 DAY) GROUP BY v EMIT FINAL;
            """)
        let output = Keys()
        var options = PipelineOptions()
        options.shards = 2
        let pipeline = Pipeline(try QueryGraph(plan), options: options, outputs: [output, output])
        for partition in 0..<2 as Range<Int32> {
            _ = pipeline.addSource(TopicPartition("s", partition), from: .init(offset: 0, watermarks: [.none]))
        }
        let count = 40_000
        for source in 0..<2 {
            let records = RawRecords()
            for number in 0..<count {
                let key = source == 0 ? number : count - number / 2
                records.append(
                    key: [107], value: Array(#"{"v":"k\#(key)"}"#.utf8), timestamp: 1000 + Int64(number % 2) * 1000,
                    offset: Int64(number))
            }
            pipeline.process(source: source, records, from: 0, to: count, isReread: false)
        }
        pipeline.end()
        // The window of 1 to 3 s has all of them.
        #expect(output.counts.reduce(0, +) == Int64(count) * 4)
        let starts = output.keys.indices.dropFirst().filter {
            !output.keys[$0 - 1].lexicographicallyPrecedes(output.keys[$0])
        }
        #expect(starts.count == 2, "each of the three windows comes in the order of its keys")
    }
}
