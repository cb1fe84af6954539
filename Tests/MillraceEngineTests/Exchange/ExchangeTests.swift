// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceSQL
import Testing

@testable import MillraceEngine

/// What goes through an exchange, record by record. That results are those of one process: `DriverWay.processes`.
@Suite struct ExchangeTests {
    /// A topic of one partition in memory.
    private final class Log: ChangelogSink {
        var records: [(key: [UInt8], value: [UInt8])] = []

        func put(query: Int, partition: Int32, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
            records.append((Array(key), value.map { Array($0) } ?? []))
        }
    }

    private final class Rows: PipelineOutput {
        var count = 0

        func receive(_ batch: ResultBatch, query: Int, source: TopicPartition?) { count += batch.selection.count }
        func reject(_ rejection: Rejection) {}
    }

    private static let exchange = "app-T-exchange"
    private static let changes = "COUNT(*) AS n, COLLECT_LIST(v) AS l FROM s GROUP BY g"
    private static let tumbling =
        "COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 SECONDS, GRACE PERIOD 0 SECONDS) GROUP BY g EMIT FINAL"
    private static let session =
        "COUNT(*) AS n FROM s WINDOW SESSION (1 SECONDS, GRACE PERIOD 0 SECONDS) GROUP BY g EMIT FINAL"

    private let rows = Rows()

    /// A process that has these partitions of the input, or that of the exchange.
    private func process(_ query: String, inputs: [Int32] = [], merges: Bool = false) throws -> Pipeline {
        let program = try SQL.compile(
            """
            CREATE STREAM s (k VARCHAR KEY, g VARCHAR, v VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
            CREATE TABLE t AS SELECT g, \(query);
            """)
        var options = PipelineOptions()
        options.changelogs = [0: 1]
        options.exchanges = [
            0: QueryExchange(
                topic: Self.exchange, partitions: 1, sources: [TopicPartition("s", 0), TopicPartition("s", 1)])
        ]
        let pipeline = Pipeline(try QueryGraph(program), options: options, outputs: [rows])
        for partition in inputs {
            _ = pipeline.addSource(
                TopicPartition("s", partition), from: SourcePartition.Checkpoint(offset: 0, watermarks: [.none]))
        }
        if merges {
            _ = pipeline.addSource(
                TopicPartition(Self.exchange, 0), from: SourcePartition.Checkpoint(offset: 0, watermarks: []))
        }
        pipeline.finishRestore(pendingSources: [])
        return pipeline
    }

    /// Runs records `group, time` of the first source.
    private func run(_ pipeline: Pipeline, _ groups: [(group: String, time: Int64)], text: String = "x") {
        let records = RawRecords()
        let first = pipeline.sources[0].nextOffset
        for (index, row) in groups.enumerated() {
            records.append(
                key: [], value: Array("{\"g\":\"\(row.group)\",\"v\":\"\(text)\"}".utf8), timestamp: row.time,
                offset: first + Int64(index))
        }
        pipeline.process(source: 0, records, from: 0, to: records.count, isReread: false)
    }

    /// Reads what has come since.
    private func read(_ pipeline: Pipeline, _ log: Log, to end: Int? = nil) {
        let records = RawRecords()
        for offset in Int(pipeline.sources[0].nextOffset)..<(end ?? log.records.count) {
            records.append(
                key: log.records[offset].key, value: log.records[offset].value, timestamp: 0, offset: Int64(offset))
        }
        pipeline.process(source: 0, records, from: 0, to: records.count, isReread: false)
    }

    /// A commit hands over what there is once, and says how far each partition has come where it has moved.
    @Test(arguments: [changes, tumbling, session])
    func whatIsHandedOverIsForgotten(query: String) throws {
        let pipeline = try process(query, inputs: [0])
        let log = Log()
        run(pipeline, [("a", 100), ("b", 200), ("a", 300)])
        pipeline.handOverPartials(to: log)
        #expect(log.records.count == 3)
        #expect(pipeline.restorePoint(0).offset == 3)
        pipeline.handOverPartials(to: log)
        #expect(log.records.count == 3)
        run(pipeline, [("a", 400)])
        pipeline.handOverPartials(to: log)
        #expect(log.records.count == 5)
        #expect(pipeline.exchangedQueries(0) == [0])
    }

    /// A window is final when every partition has passed it, whoever has it.
    @Test(arguments: [tumbling, session])
    func aWindowWaitsForAllPartitions(query: String) throws {
        let first = try process(query, inputs: [0])
        let second = try process(query, inputs: [1])
        let merged = try process(query, merges: true)
        let log = Log()
        run(first, [("a", 100), ("a", 9_000)])
        first.handOverPartials(to: log)
        read(merged, log)
        merged.close(isForced: true)
        #expect(rows.count == 0)
        #expect(merged.feedingWatermarks(0).map(\.watermark) == [9_000, .none])
        run(second, [("a", 150), ("b", 200)])
        second.handOverPartials(to: log)
        read(merged, log)
        merged.close(isForced: true)
        #expect(rows.count == 0)
        run(second, [("c", 8_000)])
        second.handOverPartials(to: log)
        read(merged, log)
        merged.close(isForced: true)
        #expect(rows.count == 2)
        #expect(merged.exchangeFailure == nil)
    }

    /// A session that joins two others of the key, and one within another.
    @Test func sessionsGrowTogether() throws {
        let first = try process(Self.session, inputs: [0])
        let second = try process(Self.session, inputs: [1])
        let merged = try process(Self.session, merges: true)
        let log = Log()
        run(first, [("a", 1_000), ("a", 3_500), ("a", 6_500)])
        first.handOverPartials(to: log)
        read(merged, log)
        #expect(merged.groupCount(0) == 3)
        run(second, [("a", 1_900), ("a", 2_700)])
        second.handOverPartials(to: log)
        read(merged, log)
        #expect(merged.groupCount(0) == 2)
        run(second, [("a", 2_000)])
        second.handOverPartials(to: log)
        read(merged, log)
        #expect(merged.groupCount(0) == 2)
        #expect(merged.exchangeFailure == nil)
    }

    /// Values that are longer than a record come in pieces, those of two processes one among the other.
    @Test func longValuesComeInPieces() throws {
        let text = String(repeating: "y", count: 700_000)
        let logs = try [0 as Int32, 1].map { partition -> Log in
            let pipeline = try process(Self.changes, inputs: [partition])
            let log = Log()
            run(pipeline, [("a", 100)], text: text)
            pipeline.handOverPartials(to: log)
            return log
        }
        #expect(logs.map(\.records.count) == [4, 4])
        let log = Log()
        for place in 0..<4 { log.records += logs.map { $0.records[place] } }
        let merged = try process(Self.changes, merges: true)
        for end in 1...8 {
            read(merged, log, to: end)
            #expect(merged.exchangeFailure == nil)
            #expect(merged.isBetweenValues == (end >= 6))
        }
        #expect(merged.groupCount(0) == 1)
        merged.emitChanges()
        #expect(rows.count == 1)
    }

    /// What was read twice would count twice.
    @Test func whatComesAgainIsRefused() throws {
        let log = Log()
        let merged = try process(Self.changes, merges: true)
        for _ in 1...2 {
            let pipeline = try process(Self.changes, inputs: [0])
            run(pipeline, [("a", 100), ("b", 200)])
            pipeline.handOverPartials(to: log)
        }
        read(merged, log, to: 3)
        #expect(merged.exchangeFailure == nil)
        read(merged, log)
        #expect(merged.exchangeFailure?.error.offset == 5)
        #expect(merged.exchangeFailure?.error.reason.contains("s/0 was computed from offset 0 on") == true)
    }

    @Test func anotherVersionIsRefused() throws {
        let log = Log()
        let pipeline = try process("MAX(v) AS n, COLLECT_LIST(v) AS l FROM s GROUP BY g", inputs: [0])
        run(pipeline, [])
        run(pipeline, [("", 100)])
        pipeline.handOverPartials(to: log)
        let merged = try process(Self.changes, merges: true)
        read(merged, Log())
        log.records.removeFirst()
        read(merged, log)
        #expect(merged.exchangeFailure?.error.reason.contains("another version") == true)
    }

    /// Damaged records are errors, never traps.
    @Test(arguments: [changes, tumbling, session])
    func anyBytesAreAnError(query: String) throws {
        let pipeline = try process(query, inputs: [0])
        let log = Log()
        run(pipeline, (0..<3).map { ("g\($0)", $0 * 700) })
        pipeline.handOverPartials(to: log)
        for (key, value) in log.records {
            for place in 0..<(key.count + value.count) {
                let damaged = Log()
                damaged.records = [(key, value)]
                if place < key.count {
                    damaged.records[0].key[place] ^= 0x21
                } else {
                    damaged.records[0].value[place - key.count] ^= 0x21
                }
                damaged.records.append((key, Array(value.prefix(place))))
                for record in damaged.records.reversed() {
                    let merged = try process(query, merges: true)
                    let one = Log()
                    one.records = [record]
                    // The last of the prefixes is all of it.
                    guard record.value != value || record.key != key else { continue }
                    read(merged, one)
                    #expect(merged.exchangeFailure != nil)
                }
            }
        }
    }
}
