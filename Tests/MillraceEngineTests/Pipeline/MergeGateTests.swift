// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceSQL
import Testing

@testable import MillraceEngine

@Suite struct MergeGateTests {
    private final class Run {
        var order: [String] = []
        var superseded = 0
    }

    private static let program = """
        CREATE STREAM s (k STRING KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
        CREATE TABLE t (k STRING PRIMARY KEY, v INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');
        """

    /// A gate over s/0, s/1, t/0, t/1 (sources 0 to 3).
    /// - Parameter time: the merge time of what the streams have had before.
    private func gate(_ run: Run, from time: Watermark = .none) throws -> MergeGate {
        let plan = try SQL.compile(Self.program + "CREATE STREAM j AS SELECT s.k, t.v FROM s JOIN t ON s.k = t.k;")
        let gate = MergeGate(try QueryGraph(plan).joined) { turn in
            for row in turn.rows { run.order.append("\(turn.source)@\(turn.records.offsets[row])") }
            run.superseded += turn.superseded
        }
        for index in 0..<4 {
            let partition = TopicPartition(index < 2 ? "s" : "t", Int32(index % 2))
            guard let source = plan.sources.first(where: { $0.topic == partition.topic }) else { continue }
            let start = SourcePartition.Checkpoint(offset: 0, watermarks: [.none, index < 2 ? time : .none])
            gate.add(
                index,
                SourcePartition(
                    topicPartition: partition, ordinal: SourceOrdinal(topic: 0, partition: partition.partition),
                    shard: 0, roots: [0], takeUp: TakeUp(from: start, roots: 1, queries: 1, flush: nil), flush: nil,
                    exchange: nil, keyWatches: [nil]),
                MergeTimes(source, PipelineOptions()))
        }
        return gate
    }

    /// Takes records of these times; offsets count from `first`.
    private func take(_ gate: MergeGate, _ source: Int, first: Int64 = 0, _ times: Int64...) {
        gate.take(source, records(times, first: first), from: 0, to: times.count)
    }

    private func records(_ times: Int64...) -> RawRecords { records(times, first: 0) }

    private func records(_ times: [Int64], first: Int64) -> RawRecords {
        let records = RawRecords()
        for (place, time) in times.enumerated() {
            records.append(key: [65], value: [65], timestamp: time, offset: first + Int64(place))
        }
        return records
    }

    @Test func aStreamWaitsForEachPartitionOfTheTable() throws {
        let run = Run()
        let gate = try gate(run)
        take(gate, 0, 10, 20, 30)
        take(gate, 2, 15)
        #expect(run.order.isEmpty)
        take(gate, 3, 25)
        gate.end(1)
        // t/0 may still have records of 15 to 20.
        #expect(run.order == ["0@0", "2@0"])
        take(gate, 2, first: 1, 40)
        #expect(run.order == ["0@0", "2@0", "0@1", "3@0"])
        gate.end(3)
        #expect(run.order == ["0@0", "2@0", "0@1", "3@0", "0@2"])
        gate.endAll()
        #expect(run.order.last == "2@1")
    }

    /// The rows of x are looked up in y, and make the table that those of s are looked up in: y, x, s.
    @Test func aTableThatIsJoinedItselfComesBetween() throws {
        let plan = try SQL.compile(
            """
            CREATE TABLE y (k STRING PRIMARY KEY, v INT) WITH (KAFKA_TOPIC='y', VALUE_FORMAT='JSON');
            CREATE STREAM x (k STRING KEY, v INT) WITH (KAFKA_TOPIC='x', VALUE_FORMAT='JSON');
            CREATE STREAM s (k STRING KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
            CREATE STREAM made WITH (KAFKA_TOPIC='made') AS SELECT x.k AS k, y.v AS v FROM x JOIN y ON x.k = y.k;
            CREATE TABLE d (k STRING PRIMARY KEY, v INT) WITH (KAFKA_TOPIC='made', VALUE_FORMAT='JSON');
            CREATE STREAM j AS SELECT s.k AS k, d.v AS v FROM s JOIN d ON s.k = d.k;
            """)
        let joined = try QueryGraph(plan).joined
        #expect(joined.levels == ["y": 0, "x": 1, "s": 2])
        let run = Run()
        let gate = MergeGate(joined) { turn in
            for row in turn.rows { run.order.append("\(turn.source)@\(turn.records.offsets[row])") }
            run.superseded += turn.superseded
        }
        for (index, topic) in ["y", "x", "s"].enumerated() {
            let source = try #require(plan.sources.first { $0.topic == topic })
            let start = SourcePartition.Checkpoint(offset: 0, watermarks: [.none, .none])
            gate.add(
                index,
                SourcePartition(
                    topicPartition: TopicPartition(topic, 0), ordinal: SourceOrdinal(topic: 0, partition: 0), shard: 0,
                    roots: [0], takeUp: TakeUp(from: start, roots: 1, queries: 2, flush: nil), flush: nil,
                    exchange: nil, keyWatches: [nil, nil]),
                MergeTimes(source, PipelineOptions()))
        }
        take(gate, 2, 10, 20)
        take(gate, 1, 10, 30)
        #expect(run.order.isEmpty)
        take(gate, 0, 10, 21)
        #expect(run.order == ["0@0", "1@0", "2@0", "2@1"])
        gate.endAll()
        #expect(run.order.last == "1@1" && run.superseded == 0)
        // Behind what was looked up in it, and before what it is looked up in.
        gate.open(1)
        take(gate, 1, first: 2, 20)
        #expect(run.superseded == 0)
    }

    @Test func topicsThatAreLookedUpInEachOtherAreRefused() throws {
        let sources = """
            CREATE STREAM a (k STRING KEY, v INT) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON');
            CREATE STREAM b (k STRING KEY, v INT) WITH (KAFKA_TOPIC='b', VALUE_FORMAT='JSON');
            CREATE TABLE ta (k STRING PRIMARY KEY, v INT) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON');
            CREATE TABLE tb (k STRING PRIMARY KEY, v INT) WITH (KAFKA_TOPIC='b', VALUE_FORMAT='JSON');
            CREATE STREAM p AS SELECT a.k AS k, tb.v AS v FROM a JOIN tb ON a.k = tb.k;
            """
        let one = try SQL.compile(sources)
        #expect(try QueryGraph(one).joined.levels == ["b": 0, "a": 1])
        let ring = try SQL.compile(
            sources + "CREATE STREAM q AS SELECT b.k AS k, ta.v AS v FROM b JOIN ta ON b.k = ta.k;")
        let error = try #require(throws: SourceError.self) { try QueryGraph(ring) }
        #expect(error.message.contains("in each other"))
    }

    @Test func atOneTimeTheTableGoesFirst() throws {
        let run = Run()
        let gate = try gate(run)
        gate.end(1)
        gate.end(3)
        take(gate, 0, 10, 10)
        take(gate, 2, 10, 10, 11)
        gate.endAll()
        #expect(run.order == ["2@0", "2@1", "0@0", "0@1", "2@2"])
    }

    /// The merge time is that of the prefix: a late record waits as long as the one before it, and no longer.
    @Test func timesNeverFall() throws {
        let run = Run()
        let gate = try gate(run)
        gate.end(1)
        gate.end(3)
        take(gate, 0, 50, 5, 60)
        take(gate, 2, 7, 55)
        #expect(run.order == ["2@0", "0@0", "0@1", "2@1"])
        gate.endAll()
        #expect(run.order == ["2@0", "0@0", "0@1", "2@1", "0@2"])
    }

    /// A key of a table may lie in two of its partitions; partitions of the stream need no order.
    @Test func partitionsOfATableKeepTheirOrder() throws {
        let run = Run()
        let gate = try gate(run)
        gate.end(0)
        gate.end(1)
        take(gate, 2, 10, 30)
        #expect(run.order.isEmpty)
        take(gate, 3, 20, 40)
        gate.endAll()
        #expect(run.order == ["2@0", "3@0", "2@1", "3@1"])
    }

    // MARK: live

    private static let wait: UInt64 = 100

    /// All sources but these have been read to their ends.
    private func settle(_ gate: MergeGate, at now: UInt64, behind: Set<Int> = []) -> Int {
        gate.settle(now: now, wait: Self.wait) { !behind.contains($0) }
    }

    @Test func aRowWaitsForSoLong() throws {
        let run = Run()
        let gate = try gate(run)
        take(gate, 0, 10, 20)
        #expect(settle(gate, at: 1000) == 0)
        take(gate, 0, first: 2, 30)
        #expect(settle(gate, at: 1050) == 0)
        #expect(settle(gate, at: 1100) == 2)
        #expect(run.order == ["0@0", "0@1"])
        #expect(settle(gate, at: 1149) == 0)
        #expect(settle(gate, at: 1150) == 1)
        #expect(!gate.isWaiting && run.superseded == 0)
    }

    /// What came while the process stood still has not been read when it goes on.
    @Test func timeInWhichNothingIsReadIsNoWaiting() throws {
        let run = Run()
        let gate = try gate(run)
        let wait: UInt64 = 100_000_000
        take(gate, 0, 10)
        _ = gate.settle(now: 0, wait: wait) { _ in true }
        let wake: UInt64 = 60_000_000_000
        #expect(gate.settle(now: wake, wait: wait) { _ in true } == 0)
        take(gate, 2, 5, 11)
        var rows = 0
        for turn in 1...10 { rows += gate.settle(now: wake + UInt64(turn) * 10_000_000, wait: wait) { _ in true } }
        #expect(rows == 2)
        #expect(run.order == ["2@0", "0@0"])
        #expect(run.superseded == 0)
    }

    /// What has more to be read is waited for, however long that takes.
    @Test func aRowWaitsForWhatIsBehind() throws {
        let run = Run()
        let gate = try gate(run)
        take(gate, 0, 10)
        _ = settle(gate, at: 0, behind: [2])
        #expect(settle(gate, at: 1_000_000, behind: [2]) == 0)
        #expect(run.order.isEmpty)
        take(gate, 2, 5, 11)
        #expect(run.order == ["2@0", "0@0"])
        #expect(run.superseded == 0)
    }

    /// A row of a table waits ten times as long for rows that are a little later.
    @Test func aTableWaitsLonger() throws {
        let run = Run()
        let gate = try gate(run)
        take(gate, 2, 20)
        _ = settle(gate, at: 0)
        #expect(settle(gate, at: 999) == 0)
        take(gate, 0, 10)
        _ = settle(gate, at: 999)
        #expect(settle(gate, at: 1099) == 2)
        #expect(run.order == ["0@0", "2@0"])
        #expect(run.superseded == 0)
    }

    /// ...and what comes too late counts from then on, and is counted.
    @Test func whatComesTooLateIsSuperseded() throws {
        let run = Run()
        let gate = try gate(run)
        take(gate, 0, 10, 20)
        _ = settle(gate, at: 0)
        #expect(settle(gate, at: 100) == 2)
        take(gate, 2, 15)
        #expect(settle(gate, at: 101) == 0)
        #expect(run.order == ["0@0", "0@1", "2@0"])
        #expect(run.superseded == 1)
        // A table's row at the time of a row of the stream belongs before it.
        take(gate, 3, 20, 21)
        _ = settle(gate, at: 102)
        #expect(settle(gate, at: 2000) == 1)
        #expect(run.order == ["0@0", "0@1", "2@0", "3@0", "3@1"])
        #expect(run.superseded == 2)
        // A row of the stream at the time of the table's belongs behind it.
        take(gate, 1, 20, 21)
        #expect(run.order.suffix(2) == ["1@0", "1@1"])
        #expect(run.superseded == 3)
    }

    /// At a cut what is near to it goes on waiting, for what belongs before it may lie behind the cut; but not much.
    @Test func whatIsNearToACutGoesOnWaiting() throws {
        let run = Run()
        let gate = try gate(run)
        take(gate, 0, 10, 20)
        take(gate, 2, 30)
        for source in 0..<4 { gate.cut(source) }
        #expect(run.order.isEmpty)
        for source in 0..<4 { gate.open(source) }
        take(gate, 3, 15, 40)
        take(gate, 1, 50)
        #expect(run.order == ["0@0", "3@0", "0@1"])
        take(gate, 0, first: 2, 35)
        #expect(run.order.last == "2@0")
        #expect(run.superseded == 0)
    }

    @Test func moreThanALittleDoesNotWaitAtACut() throws {
        let run = Run()
        let gate = try gate(run)
        for source in 1..<4 { gate.cut(source) }
        let records = RawRecords()
        for number in 0..<5000 {
            records.append(
                key: [65], value: Array(repeating: 65, count: 1000), timestamp: Int64(number), offset: Int64(number))
        }
        gate.take(0, records, from: 0, to: records.count)
        #expect(run.order.count > 2000 && run.order.count < 4000)
        #expect(gate.waitingBytes(0) <= 2 << 20)
    }

    /// A table that is larger than what may wait, behind a stream that is at its cut: it comes to its own cut.
    @Test func aLargeTableDoesNotWaitForAShortStream() throws {
        let run = Run()
        let gate = try gate(run)
        gate.cut(0)
        gate.cut(1)
        for first in stride(from: 0, to: 20_000, by: 1000) {
            for table in [2, 3] {
                let records = RawRecords()
                for number in first..<first + 1000 {
                    records.append(
                        key: [65], value: Array(repeating: 65, count: 1000), timestamp: Int64(number),
                        offset: Int64(number))
                }
                gate.take(table, records, from: 0, to: records.count)
                // What may wait before a source is not read on is more (`SliceReader`).
                #expect(gate.waitingBytes(table) < 5 << 20)
            }
        }
        #expect(run.order.count > 30_000 && run.superseded == 0)
    }

    /// Read again, nothing is counted; the order is the same, and what was waited for before is not waited for again.
    @Test func whatIsReadAgainIsNotSuperseded() throws {
        let run = Run()
        let gate = try gate(run)
        take(gate, 0, 10, 20)
        gate.take(2, records(15, 25), from: 0, to: 2, isReread: true)
        #expect(run.superseded == 0)
        for source in 0..<4 { gate.end(source) }
        for source in [0, 2] { gate.open(source) }
        #expect(run.order == ["0@0", "2@0", "0@1", "2@1"])
        take(gate, 0, first: 2, 22)
        #expect(run.order.last == "0@2" && run.superseded == 1)
        take(gate, 0, first: 3, 30)
        #expect(run.order.last == "0@2")
    }

    /// Merge times go on from the record before the first one that is read.
    @Test func aRestartKnowsTheTimeBefore() throws {
        let run = Run()
        let gate = try gate(run, from: 50)
        take(gate, 0, 10)
        take(gate, 2, 40)
        take(gate, 3, 40)
        #expect(run.order == ["2@0"])
        gate.endAll()
        // At 50 as its partition was before, and the table's at 40 had been joined.
        #expect(run.order == ["2@0", "3@0", "0@0"])
        #expect(run.superseded == 2)
    }

    @Test func whatWaitsIsCounted() throws {
        let run = Run()
        let gate = try gate(run)
        take(gate, 0, 10, 20)
        #expect(gate.waitingBytes(0) > 0)
        #expect(gate.waitingBytes(2) == 0)
        gate.endAll()
        #expect(gate.waitingBytes(0) == 0)
        #expect(run.order == ["0@0", "0@1"])
    }

    private func refusal(_ statements: String) -> String? {
        do throws(SourceError) {
            _ = try QueryGraph(try SQL.compile(Self.program + statements))
            return nil
        } catch { return error.message }
    }

    @Test func whatHasNoAnswerYetIsRefused() {
        let grouped = refusal(
            """
            CREATE STREAM o (k STRING KEY, v INT) WITH (KAFKA_TOPIC='o', VALUE_FORMAT='JSON');
            CREATE TABLE c AS SELECT k, COUNT(*) AS n FROM o GROUP BY k;
            CREATE STREAM j AS SELECT s.k, c.n FROM s JOIN c ON s.k = c.k;
            """)
        #expect(grouped?.hasPrefix("a join with C is not supported yet") == true)
        let itself = refusal(
            """
            CREATE TABLE u (k STRING PRIMARY KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
            CREATE STREAM j AS SELECT s.k, u.v FROM s JOIN u ON s.k = u.k;
            """)
        #expect(itself?.contains("a join of a topic with itself") == true)
        let twice = refusal(
            """
            CREATE TABLE u (k STRING PRIMARY KEY, v BIGINT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', TIMESTAMP='v');
            CREATE STREAM j AS SELECT s.k, t.v FROM s JOIN t ON s.k = t.k;
            CREATE STREAM l AS SELECT s.k, u.v FROM s JOIN u ON s.k = u.k;
            """)
        #expect(twice?.hasPrefix("t is declared with different TIMESTAMPs") == true)
        #expect(refusal("CREATE STREAM j AS SELECT s.k, t.v FROM s JOIN t ON s.k = t.k;") == nil)
    }
}
