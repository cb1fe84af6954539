// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceSQL
import Testing

@testable import MillraceEngine

private final class NoOutput: PipelineOutput {
    func receive(_ batch: ResultBatch, query: Int, source: TopicPartition?) {}
    func reject(_ rejection: Rejection) {}
}

/// Keys that lie in two partitions, found by the watches; compared with a search through all records.
@Suite struct KeyWatchTests {
    private struct Row {
        var key: String
        var partition: Int32
        var time: Int64
    }

    private static let partitions: Int32 = 4

    private static func home(_ key: String, _ partitions: Int32 = partitions) -> Int32 {
        Array(key.utf8).withUnsafeBytes { Murmur2.partition(ofKey: $0, partitions: partitions) }
    }

    private static func pipeline(_ query: String, keyPartitioning: KeyPartitioning? = nil) throws -> Pipeline {
        let program = try SQL.compile(
            """
            CREATE STREAM s (k VARCHAR KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
            CREATE STREAM p AS SELECT k, v FROM s WHERE v >= 0;
            CREATE TABLE t AS SELECT k, COUNT(*) AS n FROM p \(query) GROUP BY k;
            """, keyPartitioning: keyPartitioning)
        var options = PipelineOptions()
        options.shards = 2
        options.partitionCounts = ["s": partitions]
        let pipeline = Pipeline(try QueryGraph(program), options: options, outputs: [NoOutput(), NoOutput()])
        for partition in 0..<partitions {
            _ = pipeline.addSource(
                TopicPartition("s", partition), from: SourcePartition.Checkpoint(offset: 0, watermarks: [.none]))
        }
        return pipeline
    }

    /// Runs rows as they come, a few at a time.
    private static func run(_ pipeline: Pipeline, _ rows: [Row], closes: Bool) {
        for first in stride(from: 0, to: rows.count, by: 7) {
            for row in rows[first..<min(first + 7, rows.count)] {
                let records = RawRecords()
                let source = pipeline.sources[Int(row.partition)]
                records.append(
                    key: Array(row.key.utf8), value: Array(#"{"v":1}"#.utf8), timestamp: row.time,
                    offset: source.nextOffset)
                pipeline.process(source: Int(row.partition), records, from: 0, to: 1, isReread: false)
            }
            if closes { pipeline.close(isForced: true) }
            _ = pipeline.findSplitKey()
        }
    }

    /// Keys of which two partitions have windows, from the first to the last, that overlap.
    private static func split(_ rows: [Row], size: Int64?) -> Set<String> {
        var spans: [String: [Int32: ClosedRange<Int64>]] = [:]
        for row in rows {
            let window = size.map { row.time / $0 } ?? 0
            let span = spans[row.key]?[row.partition]
            spans[row.key, default: [:]][row.partition] =
                min(span?.lowerBound ?? window, window)...max(span?.upperBound ?? window, window)
        }
        return Set(
            spans.filter { _, places in
                places.contains { place, span in places.contains { $0.key != place && $0.value.overlaps(span) } }
            }.keys)
    }

    @Test(arguments: 0..<60) func whatASearchFinds(seed: Int) throws {
        var random = SystemRandomNumberGenerator()
        let window: Int64? = seed % 3 == 0 ? nil : 100
        let pipeline = try Self.pipeline(
            ["", "WINDOW TUMBLING (SIZE 100 MILLISECONDS, GRACE PERIOD 1 MILLISECONDS)", "WINDOW SESSION (1 DAY)"][
                seed % 3])
        // Mostly well placed; some as before the topic was widened, some anywhere.
        let wrong = Int.random(in: 0...30, using: &random)
        var time: Int64 = 0
        let rows = (0..<400).map { _ -> Row in
            time += Int64.random(in: 0...20, using: &random)
            let key = "k\(Int.random(in: 0..<40, using: &random))"
            let partition =
                switch Int.random(in: 0..<100, using: &random) {
                case ..<wrong: Self.home(key, 2)
                case 98: Int32.random(in: 0..<Self.partitions, using: &random)
                default: Self.home(key)
                }
            return Row(key: key, partition: partition, time: time)
        }
        Self.run(pipeline, rows, closes: seed % 3 == 1)
        let expected = Self.split(rows, size: seed % 3 == 1 ? window : nil)
        #expect(pipeline.splitKeyCount(1) == expected.count, "\(expected)")
        let places = Set(rows.map { "\($0.key) \($0.partition)" })
        let misplaced = places.filter { place in
            let parts = place.split(separator: " ")
            return Self.home(String(parts[0])) != Int32(parts[1])
        }
        #expect(pipeline.misplacedKeys(1).reduce(0) { $0 + $1.count } == misplaced.count)
        #expect(pipeline.hasAllPartitions(1))
    }

    /// Another partitioner is no fault: each key is in one partition.
    @Test(arguments: ["", "WINDOW TUMBLING (SIZE 100 MILLISECONDS)", "WINDOW SESSION (50 MILLISECONDS)"])
    func anotherPartitioner(window: String) throws {
        let pipeline = try Self.pipeline(window)
        Self.run(
            pipeline,
            (0..<500).map { number in
                let key = "k\(number % 50)"
                return Row(key: key, partition: (Self.home(key) + 1) % Self.partitions, time: Int64(number * 10))
            }, closes: true)
        #expect(pipeline.splitKeyCount(1) == 0)
        let found = pipeline.misplacedKeys(1)
        #expect(found.reduce(0) { $0 + $1.count } == 50)
        let first = try #require(found.first)
        #expect(Self.home(String(decoding: first.key, as: UTF8.self)) == first.home)
    }

    /// Whichever comes first, and where one partition's windows were closed and dropped before the other's began.
    @Test(arguments: [false, true]) func oneAfterTheOther(wrongFirst: Bool) throws {
        let pipeline = try Self.pipeline("WINDOW TUMBLING (SIZE 100 MILLISECONDS, GRACE PERIOD 0 SECONDS)")
        let (right, wrong) = (Self.home("anna"), (Self.home("anna") + 1) % Self.partitions)
        let order = wrongFirst ? [wrong, right] : [right, wrong]
        for partition in order {
            Self.run(
                pipeline,
                [10, 20, 500].map { Row(key: "anna", partition: partition, time: $0) }
                    + [Row(key: "ben", partition: partition, time: 10_000)], closes: true)
        }
        #expect(pipeline.splitKeyCount(1) >= 1)
    }

    /// The key of a topic that was widened between two windows has no window in two partitions.
    @Test func windowsThatDoNotMeet() throws {
        let pipeline = try Self.pipeline("WINDOW HOPPING (SIZE 100 MILLISECONDS, ADVANCE BY 50 MILLISECONDS)")
        let (right, wrong) = (Self.home("anna"), (Self.home("anna") + 1) % Self.partitions)
        Self.run(pipeline, [Row(key: "anna", partition: wrong, time: 110)], closes: true)
        Self.run(pipeline, [Row(key: "anna", partition: right, time: 210)], closes: true)
        #expect(pipeline.splitKeyCount(1) == 0)
        // The windows from 150 and from 200 read both.
        Self.run(pipeline, [Row(key: "anna", partition: wrong, time: 160)], closes: true)
        #expect(pipeline.splitKeyCount(1) == 1)
    }

    /// A query that regroups does not ask.
    @Test func regroupingNeedsNoWatch() throws {
        let pipeline = try Self.pipeline("", keyPartitioning: .any)
        Self.run(pipeline, (0..<4).map { Row(key: "anna", partition: $0, time: 1) }, closes: false)
        #expect(pipeline.findSplitKey() == nil)
        #expect(pipeline.misplacedKeys(1).isEmpty)
        #expect(pipeline.groupCount(1) <= 2)
    }

    @Test func whatIsSaidOutsideWins() throws {
        func isAffine(_ set: String, _ outside: KeyPartitioning?) throws -> Bool {
            let program = try SQL.compile(
                set + "CREATE STREAM s (k VARCHAR KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');"
                    + "CREATE TABLE t AS SELECT k, COUNT(*) AS n FROM s GROUP BY k;", keyPartitioning: outside)
            guard case .aggregate(let aggregation) = program.queries[0].operation else { return false }
            return aggregation.isPartitionAffine
        }
        let any = "SET 'keys.partitioning' = 'any';"
        #expect(try isAffine("", nil))
        #expect(try !isAffine(any, nil))
        #expect(try isAffine(any, .murmur2))
        #expect(try !isAffine("", .any))
        #expect(try isAffine(any + "UNSET 'keys.partitioning';", nil))
    }

    /// The limit is on memory: what comes behind it is not looked at, and that is known.
    @Test func theLimit() {
        let watch = KeyWatch(partition: 0, partitions: 2)
        for number in 0..<(KeyWatch.limit + 10) {
            withUnsafeBytes(of: number.bigEndian) {
                watch.note(hash: UInt64(number) &* 0x9E37_79B9_7F4A_7C15, first: 0, last: 0, key: $0)
            }
        }
        #expect(watch.count == KeyWatch.limit)
        #expect(watch.isCut)
        #expect(watch.misplacedCount < watch.count)
    }
}
