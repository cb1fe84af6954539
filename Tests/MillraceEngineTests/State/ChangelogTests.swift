// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceSQL
import Testing

@testable import MillraceEngine

/// A changelog of one partition in memory.
private final class Log: ChangelogSink {
    struct Record {
        var key: [UInt8]
        var value: [UInt8]?
    }

    var records: [Record] = []

    func put(query: Int, partition: Int32, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
        records.append(Record(key: Array(key), value: value.map { Array($0) }))
    }

    func image() throws(ChangelogError) -> ChangelogImage {
        let raw = RawRecords(capacity: 4, byteCapacity: 256)
        for (offset, record) in records.enumerated() {
            raw.append(key: record.key, value: record.value, timestamp: 0, offset: Int64(offset))
        }
        let image = ChangelogImage()
        try image.add(raw)
        return image
    }
}

private final class NoOutput: PipelineOutput {
    func receive(_ batch: ResultBatch, query: Int, source: TopicPartition?) {}
    func reject(_ rejection: Rejection) {}
}

@Suite struct ChangelogTests {
    private func pipeline(_ query: String, from offset: Int64 = 0) throws -> Pipeline {
        let program = try SQL.compile(
            """
            CREATE STREAM s (k VARCHAR KEY, v VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
            CREATE TABLE t AS SELECT k, \(query);
            """)
        var options = PipelineOptions()
        options.changelogs = [0: 1]
        let pipeline = Pipeline(try QueryGraph(program), options: options, outputs: [NoOutput()])
        _ = pipeline.addSource(
            TopicPartition("s", 0), from: SourcePartition.Checkpoint(offset: offset, watermarks: [.none]))
        return pipeline
    }

    /// Runs records `key, time`; the value is a JSON object with a text of `length`.
    private func run(_ pipeline: Pipeline, _ rows: [(key: String, time: Int64)], length: Int = 1) {
        let records = RawRecords()
        let first = pipeline.sources[0].nextOffset
        let text = String(repeating: "x", count: length)
        for (index, row) in rows.enumerated() {
            records.append(
                key: Array(row.key.utf8), value: Array("{\"v\":\"\(text)\"}".utf8), timestamp: row.time,
                offset: first + Int64(index))
        }
        pipeline.process(source: 0, records, from: 0, to: records.count, isReread: false)
        pipeline.close(isForced: true)
        pipeline.emitChanges()
    }

    private static let unwindowed = "COUNT(*) AS n FROM s GROUP BY k"
    private static let tumbling =
        "COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 SECONDS, GRACE PERIOD 0 SECONDS) GROUP BY k EMIT FINAL"
    private static let session =
        "COUNT(*) AS n FROM s WINDOW SESSION (1 SECONDS, GRACE PERIOD 0 SECONDS) GROUP BY k EMIT FINAL"

    /// A flush costs what changed, not what there is.
    @Test(arguments: [unwindowed, tumbling, session])
    func aFlushWritesWhatChanged(query: String) throws {
        let pipeline = try pipeline(query)
        let log = Log()
        run(pipeline, (0..<1000).map { ("k\($0)", 100) })
        pipeline.flush(number: 1, into: log)
        #expect(log.records.count == 1001)
        run(pipeline, [("k7", 200), ("k8", 200), ("k7", 300), ("new", 200)])
        log.records = []
        pipeline.flush(number: 2, into: log)
        #expect(log.records.count == 4)
        log.records = []
        pipeline.flush(number: 3, into: log)
        #expect(log.records.count == 1)
    }

    /// What was dropped is deleted, but only what the changelog has.
    @Test(arguments: [tumbling, session])
    func droppedStateIsDeleted(query: String) throws {
        let pipeline = try pipeline(query)
        let log = Log()
        run(pipeline, (0..<10).map { ("k\($0)", 100) })
        pipeline.flush(number: 1, into: log)
        #expect(try log.image().count == 10)
        run(pipeline, [("between", 2_500), ("late", 10_000)])
        log.records = []
        pipeline.flush(number: 2, into: log)
        #expect(log.records.filter { $0.value == nil }.count == 10)
        // The last one, and the marker.
        #expect(log.records.filter { $0.value != nil }.count == 2)
    }

    @Test(arguments: [unwindowed, tumbling, session])
    func loadedStateIsFlushedAsTheSameBytes(query: String) throws {
        let first = try pipeline(query)
        let log = Log()
        run(first, (0..<50).map { ("k\($0 % 20)", 100 + Int64($0)) })
        first.flush(number: 1, into: log)
        let second = try pipeline(query)
        #expect(try second.load(0, 0, try log.image()) == 20)
        #expect(second.groupCount(0) == first.groupCount(0))
        // Nothing has changed: only the marker is written.
        let more = Log()
        second.flush(number: 2, into: more)
        #expect(more.records.count == 1)
        run(first, [("k3", 300)])
        run(second, [("k3", 300)])
        let (left, right) = (Log(), Log())
        first.flush(number: 3, into: left)
        second.flush(number: 3, into: right)
        #expect(left.records[0].key == right.records[0].key)
        #expect(left.records[0].value == right.records[0].value)
    }

    /// A value that is too long for one record comes back whole; when it gets shorter its other pieces go.
    @Test func longValuesComeInPieces() throws {
        let first = try pipeline("COLLECT_LIST(v) AS vs FROM s GROUP BY k")
        let log = Log()
        run(first, (0..<8).map { _ in ("k", 100) }, length: 100_000)
        first.flush(number: 1, into: log)
        #expect(log.records.allSatisfy { ($0.value?.count ?? 0) < 300_000 })
        #expect(log.records.count > 3)
        let second = try pipeline("COLLECT_LIST(v) AS vs FROM s GROUP BY k", from: 8)
        #expect(try second.load(0, 0, try log.image()) == 1)
        let (left, right) = (Log(), Log())
        run(first, [("k", 200)])
        run(second, [("k", 200)])
        first.flush(number: 2, into: left)
        second.flush(number: 2, into: right)
        #expect(left.records.map(\.value).dropLast() == right.records.map(\.value).dropLast())
        // One piece lost.
        log.records.removeAll { $0.key.last == UInt8(ascii: "k") && $0.key[4] == 1 }
        #expect(throws: StateError.self) {
            try self.pipeline("COLLECT_LIST(v) AS vs FROM s GROUP BY k").load(0, 0, try log.image())
        }
    }

    /// State of an earlier life is not loaded, and gone behind the next flush.
    @Test func strangersAreDeleted() throws {
        let old = try pipeline(Self.unwindowed)
        let log = Log()
        run(old, (0..<10).map { ("old\($0)", 100) })
        old.flush(number: 9, into: log)
        let new = try pipeline(Self.unwindowed)
        try new.forget(0, 0, try log.image())
        #expect(new.groupCount(0) == 0)
        run(new, [("new", 100), ("old3", 100)])
        new.flush(number: 1, into: log)
        let image = try log.image()
        #expect(new.marker(0, in: image)?.number == 1)
        let again = try pipeline(Self.unwindowed)
        #expect(try again.load(0, 0, image) == 2)
    }

    /// Fault 66.
    @Test func everyChangedByteIsFound() throws {
        let pipeline = try pipeline(Self.tumbling)
        let log = Log()
        run(pipeline, [("key", 100)])
        pipeline.flush(number: 1, into: log)
        let whole = log.records
        for (number, record) in whole.enumerated() {
            for place in record.key.indices {
                log.records = whole
                log.records[number].key[place] ^= 0x40
                #expect(throws: ChangelogError.self) { try log.image() }
            }
            for place in record.value?.indices ?? 0..<0 {
                log.records = whole
                log.records[number].value?[place] ^= 0x01
                #expect(throws: ChangelogError.self) { try log.image() }
            }
            for length in 0..<(record.value?.count ?? 0) {
                log.records = whole
                log.records[number].value?.removeLast((record.value?.count ?? 0) - length)
                #expect(throws: ChangelogError.self) { try log.image() }
            }
        }
    }

    /// Fault 15.
    @Test func aNewerFormatIsNamed() throws {
        let log = Log()
        log.records = [Log.Record(key: [0x20, 0, 0, 0, 0], value: [1, 2, 3])]
        let error = #expect(throws: ChangelogError.self) { try log.image() }
        #expect(error?.reason == "it was written by a newer Millrace, in format 2")
        #expect(error?.offset == 0)
    }

    /// Fault 68.
    @Test func stateOfAnotherKindOfWindowIsRefused() throws {
        let pipeline = try pipeline(Self.tumbling)
        let log = Log()
        run(pipeline, [("key", 100)])
        pipeline.flush(number: 1, into: log)
        let image = try log.image()
        for query in [Self.unwindowed, Self.session] {
            #expect(throws: StateError.self) { try self.pipeline(query).load(0, 0, image) }
        }
    }

    /// A pane where no event time can lie: the arithmetic of windows would end the process.
    @Test(arguments: [(Int64.min, 0), (-10, -10), (.max, .max), (10, 20), (1 << 62, 0), (10, -10)] as [(Int64, Int64)])
    func panesOutOfTimeAreRefused(start: Int64, firstWindow: Int64) {
        PanePlace(start: start, firstWindow: firstWindow).withName { name in
            let error = #expect(throws: StateError.self) { try PanePlace.read(name) }
            #expect("\(error.map { "\($0)" } ?? "")".contains("\(start)"))
        }
    }

    /// What a restart reads again begins at the flush.
    @Test func aFlushMovesTheRestorePoint() throws {
        let pipeline = try pipeline(Self.unwindowed)
        run(pipeline, (0..<10).map { ("k", 100 + Int64($0)) })
        #expect(pipeline.restorePoint(0).offset == 0)
        pipeline.flush(number: 1, into: Log())
        run(pipeline, [("k", 200)])
        #expect(pipeline.restorePoint(0) == SourcePartition.Checkpoint(offset: 10, watermarks: [109]))
    }
}
