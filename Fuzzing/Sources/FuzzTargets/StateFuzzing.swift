// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceSQL

@testable import MillraceEngine

/// What comes back from changelogs and exchanges. Almost any change of a record makes its checksum wrong, so that most
/// inputs get the right one: what lies behind it is to be tested.
enum StateFuzzing {
    /// All accumulators, in every kind of scope.
    private static let queries = [
        """
        g, COUNT(*) AS a, COUNT(i) AS b, SUM(i) AS c, SUM(b) AS d, SUM(x) AS e, SUM(m) AS f, AVG(x) AS g1, MIN(v) AS h,
          MAX(b) AS i1, MIN(x) AS j, STDDEV_SAMP(x) AS l, COUNT_DISTINCT(v) AS o FROM s GROUP BY g
        """,
        """
        g, COLLECT_LIST(v) AS a, COLLECT_SET(b) AS b1, TOPK(i, 3) AS c, COLLECT_LIST(i) AS d,
          EARLIEST_BY_OFFSET(v) AS e, LATEST_BY_OFFSET(x) AS f, LATEST_BY_OFFSET(v, 3) AS h
          FROM s GROUP BY g
        """,
        """
        i, c, l, y, MIN(d) AS a, MAX(c) AS b1, MIN(p) AS e, MAX(m) AS f, LATEST_BY_OFFSET(y) AS h, COLLECT_LIST(l) AS j,
          COLLECT_LIST(c) AS n, EARLIEST_BY_OFFSET(d) AS o, TOPK(m, 2) AS q FROM s GROUP BY i, c, l, y
        """,
        """
        g, COUNT(*) AS n, MAX(v) AS m, COLLECT_SET(v) AS l FROM s
          WINDOW TUMBLING (SIZE 1 SECONDS, GRACE PERIOD 0 SECONDS) GROUP BY g EMIT FINAL
        """,
        """
        g, COUNT(*) AS n, SUM(x) AS m, LATEST_BY_OFFSET(v) AS l FROM s
          WINDOW HOPPING (SIZE 10 SECONDS, ADVANCE BY 3 SECONDS, GRACE PERIOD 1 SECONDS) GROUP BY g
        """,
        """
        g, COUNT(*) AS n, MIN(v) AS m, COLLECT_LIST(i) AS l FROM s
          WINDOW SESSION (1 SECONDS, GRACE PERIOD 0 SECONDS) GROUP BY g EMIT FINAL
        """,
    ]
    private static let kinds: [ChangelogKey.Kind] = [.group, .group, .group, .paneGroup, .paneGroup, .sessions]
    private static let programs = queries.map { query in
        Result {
            try QueryGraph(
                SQL.compile(
                    """
                    CREATE STREAM s (k VARCHAR KEY, g VARCHAR, v VARCHAR, i INT, b BIGINT, x DOUBLE, m DECIMAL(9, 2),
                      d DATE, c TIME, p TIMESTAMP, y BYTES, l ARRAY<STRUCT<e INT, f MAP<STRING, DECIMAL(5, 1)>>>)
                      WITH (KAFKA_TOPIC='s', FORMAT='JSON');
                    CREATE TABLE t AS SELECT \(query);
                    """))
        }
    }
    private static let record =
        #"{"g":"a","v":"x","i":1,"b":2,"x":1.5,"m":1.25,"d":1,"c":2,"p":3,"y":"QQ==","l":[{"e":1,"f":{"a":1.5}},null]}"#
    private static let topic = "app-T-exchange"

    // MARK: changelogs

    /// Records of a changelog; then the state is read out, flushed and read again.
    static func runChangelog(_ input: [UInt8]) throws {
        var bytes = InputBytes(input)
        let choice = bytes.choice(of: queries.count)
        let image = ChangelogImage()
        do throws(ChangelogError) {
            try image.add(records(&bytes, kinds[choice], isExchange: false))
        } catch {
            return try require(!error.reason.isEmpty, "an error without a reason")
        }
        let pipeline = try pipeline(choice, isExchange: false)
        let place = pipeline.changelogPlaces(0)[0]
        _ = pipeline.marker(place, in: image)
        let other = try Self.pipeline(choice, isExchange: false)
        do throws(StateError) {
            try other.forget(0, place, image)
            other.flush(number: 1, into: NoChangelog())
        } catch {
            try require(!error.reason.isEmpty, "an error without a reason")
        }
        do throws(StateError) {
            _ = try pipeline.load(0, place, image)
        } catch {
            return try require(!error.reason.isEmpty, "an error without a reason")
        }
        try checkRewriting(image, of: choice)
        readOut(pipeline)
    }

    /// State that could be read is written as something that reads as the same.
    private static func checkRewriting(_ image: ChangelogImage, of choice: Int) throws {
        let query = try programs[choice].get().program.queries[0]
        guard kinds[choice] != .sessions, case .aggregate(let aggregation) = query.operation else { return }
        let (first, second) = (MergeSlot(aggregation.aggregates), MergeSlot(aggregation.aggregates))
        try image.forEachEntry(topic: nil) { entry throws(StateError) in
            var reader = StateReader(entry.value)
            try first.read(from: &reader)
            let written = write(first)
            let copy = UnsafeMutableRawBufferPointer.copy(written)
            defer { copy.deallocate() }
            var again = StateReader(UnsafeRawBufferPointer(copy))
            try second.read(from: &again)
            try again.finish()
            guard write(second) == written else { throw StateError("written and read it is something else") }
        }
    }

    private static func write(_ slot: MergeSlot) -> [UInt8] {
        var writer = StateWriter()
        slot.accumulators.write(slot.slot, to: &writer)
        return Array(UnsafeRawBufferPointer(start: writer.bytes.base, count: writer.bytes.count))
    }

    // MARK: exchanges

    static func runExchange(_ input: [UInt8]) throws {
        var bytes = InputBytes(input)
        let choice = bytes.choice(of: queries.count)
        let records = records(&bytes, kinds[choice], isExchange: true)
        let pipeline = try pipeline(choice, isExchange: true)
        for row in 0..<records.count {
            pipeline.process(source: 0, records, from: row, to: row + 1, isReread: false)
            if let failure = pipeline.exchangeFailure {
                return try require(!failure.error.reason.isEmpty, "an error without a reason")
            }
            if row % 2 == 0 { pipeline.close(isForced: true) }
        }
        _ = pipeline.feedingWatermarks(0)
        _ = pipeline.isBetweenValues
        readOut(pipeline)
    }

    // MARK: parts of both

    /// Records out of an input:
    ///
    ///     how (1) │ key (2 + n) │ value (2 + n)    …
    ///
    ///     how     bit 0: the bytes as they are; bit 1: a null value; bit 2: a marker or progress; bits 3 and 4: piece
    private static func records(
        _ bytes: inout InputBytes, _ kind: ChangelogKey.Kind, isExchange: Bool
    ) -> RawRecords {
        let records = RawRecords(capacity: 4, byteCapacity: 256)
        while !bytes.isEmpty, records.count < 64 {
            let how = bytes.byte()
            var key = bytes.field()
            var value = bytes.field()
            if how & 1 == 0 {
                let special: ChangelogKey.Kind = isExchange ? .progress : .marker
                let place = isExchange ? 0 : ChangelogKey.regroupingPlace
                let prefix = ChangelogKey.Prefix(
                    kind: how & 4 == 0 ? kind : special, place: place, piece: UInt16(how >> 3 & 3))
                var arena = ByteArena()
                prefix.append(to: &arena)
                key = Array(UnsafeRawBufferPointer(start: arena.base, count: arena.count)) + key
                let sum = key.withUnsafeBytes { key in
                    value.withUnsafeBytes { ChangelogKey.checksum(key, $0) }
                }
                value += withUnsafeBytes(of: sum.bigEndian) { Array($0) }
            }
            records.append(
                key: key, value: how & 2 == 0 ? value : nil, timestamp: 0, offset: Int64(records.count))
        }
        return records
    }

    private static func pipeline(_ choice: Int, isExchange: Bool) throws -> Pipeline {
        var options = PipelineOptions()
        options.changelogs = [0: 1]
        if isExchange {
            options.exchanges = [
                0: QueryExchange(
                    topic: topic, partitions: 1, sources: [TopicPartition("s", 0), TopicPartition("s", 1)])
            ]
        }
        let graph = try programs[choice].get()
        let pipeline = Pipeline(graph, options: options, outputs: [EncodingOutput(graph.program.queries[0].sink)])
        _ = pipeline.addSource(
            isExchange ? TopicPartition(topic, 0) : TopicPartition("s", 0),
            from: SourcePartition.Checkpoint(offset: 0, watermarks: isExchange ? [] : [.none]))
        if isExchange { pipeline.finishRestore(pendingSources: []) }
        return pipeline
    }

    /// Everything that a run does with its state, with a record more.
    private static func readOut(_ pipeline: Pipeline) {
        pipeline.finishRestore(pendingSources: [0])
        if !pipeline.isExchange(0) {
            let records = RawRecords(capacity: 1, byteCapacity: 64)
            records.append(
                key: [], value: Array(record.utf8), timestamp: 5_000,
                offset: pipeline.sources[0].nextOffset)
            pipeline.process(source: 0, records, from: 0, to: 1, isReread: false)
        }
        pipeline.close(isForced: true)
        pipeline.emitChanges()
        pipeline.flush(number: 7, into: NoChangelog())
        _ = pipeline.restorePoint(0)
        _ = pipeline.stateBytes(0)
        _ = pipeline.openWindows(0, limit: 3)
        pipeline.end()
    }

    /// Writes what comes out.
    private final class EncodingOutput: PipelineOutput {
        private let encoder: RecordEncoder
        private let lines: JSONLineEncoder
        private let records = RawRecords()

        init(_ sink: SourceDefinition) {
            encoder = RecordEncoder(sink: sink)
            lines = JSONLineEncoder(sink: sink)
        }

        func receive(_ batch: ResultBatch, query: Int, source: TopicPartition?) {
            records.removeAll()
            encoder.encode(batch, partitionCount: 3, inputPartition: 0, into: records)
            records.removeAll()
            lines.encode(batch, into: records)
        }

        func reject(_ rejection: Rejection) {}
    }

    private final class NoChangelog: ChangelogSink {
        func put(query: Int, partition: Int32, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {}
    }
}
