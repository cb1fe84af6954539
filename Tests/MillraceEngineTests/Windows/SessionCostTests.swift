// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceSQL
import MillraceTestKit
import Testing

@testable import MillraceEngine

/// Takes what comes out.
private final class Sink: PipelineOutput {
    var rows = 0
    func receive(_ batch: ResultBatch, query: Int, source: TopicPartition?) { rows += batch.selection.count }
    func reject(_ rejection: Rejection) {}
}

/// Sessions of one key, however many and in whatever order they come: one more costs the same.
struct SessionCostTests {
    private static let gap: Int64 = 1000

    enum Order: String, CaseIterable { case ascending, reverse, random }

    /// When the sessions are: each apart from the others, touching the one before it, or apart until the gaps are
    /// filled.
    enum Shape: String, CaseIterable { case apart, touching, filledIn }

    private static func times(_ count: Int, _ order: Order, _ shape: Shape) -> [Int64] {
        var random = SplitMix64(seed: 3)
        let places =
            switch order {
            case .ascending: Array(0..<count)
            case .reverse: Array((0..<count).reversed())
            case .random: Array(0..<count).shuffled(using: &random)
            }
        let base: Int64 = 1_000_000_000
        switch shape {
        case .apart: return places.map { base + Int64($0) * 3 * gap }
        case .touching: return places.map { base + Int64($0) * gap }
        case .filledIn:
            let half = places.filter { $0 < count / 2 }
            return half.map { base + Int64($0) * 2 * gap } + half.map { base + (Int64($0) * 2 + 1) * gap }
        }
    }

    /// - Parameter partitions: several: the stream is grouped by a column that is not its key, so that parts of its
    ///   sessions lie in each of them.
    /// - Parameter commits: how many read out the changes, one at the end and the others evenly before it.
    private static func run(
        _ times: [Int64], emit: String, partitions: Int, commits: Int = 8, aggregate: String = "COUNT(*)"
    ) throws -> Int {
        let group = partitions > 1 ? "g" : "k"
        let plan = try SQL.compile(
            """
            CREATE STREAM s (k VARCHAR KEY, g VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
            CREATE TABLE t AS SELECT \(group), \(aggregate) AS n FROM s
              WINDOW SESSION (1 SECONDS, GRACE PERIOD 10000 DAYS) GROUP BY \(group) EMIT \(emit);
            """)
        let sink = Sink()
        let pipeline = Pipeline(try QueryGraph(plan), options: PipelineOptions(), outputs: [sink])
        let records = (0..<partitions).map { _ in RawRecords() }
        let sources = (0..<partitions).map { partition in
            pipeline.addSource(
                TopicPartition("s", Int32(partition)),
                from: SourcePartition.Checkpoint(offset: 0, watermarks: [.none]))
        }
        for (row, time) in times.enumerated() {
            // By its time, so that neighbours lie in different partitions.
            records[Int(time / gap) % partitions].append(
                key: Array("k".utf8), value: Array(#"{"g":"x"}"#.utf8), timestamp: time, offset: Int64(row))
        }
        let step = 500
        var dueCommits = 1
        for start in stride(from: 0, to: times.count, by: step) {
            for (source, records) in zip(sources, records) where start < records.count {
                pipeline.process(
                    source: source, records, from: start, to: min(start + step, records.count), isReread: false)
            }
            pipeline.close(isForced: true)
            if start * partitions >= times.count * dueCommits / commits {
                pipeline.emitChanges()
                dueCommits += 1
            }
        }
        pipeline.emitChanges()
        pipeline.end()
        return sink.rows
    }

    /// Each size has as many commits: how many results come out depends on how full the log is at each of them, so that
    /// four times the records are four times the results.
    @Test(arguments: Order.allCases, Shape.allCases) func sessionsGrowEvenly(_ order: Order, _ shape: Shape) throws {
        for emit in ["CHANGES", "FINAL"] {
            for partitions in [1, 2] {
                // A session that is emitted as a whole each time it grows would cost its size: COUNT has none.
                let growth = try GrowthCheck(sizes: 4000, 16_000) { count in
                    let rows = try Self.run(Self.times(count, order, shape), emit: emit, partitions: partitions)
                    #expect(rows > 0)
                }
                #expect(growth.isLinear, "EMIT \(emit), \(partitions) partitions: \(growth)")
            }
        }
    }

    /// A commit reads out what has changed, however much there is besides. Four times the commits of as many records
    /// each are more than four times the results, because what comes among many sessions takes back more of them.
    @Test(arguments: [Shape.touching, .filledIn]) func aCommitCostsWhatHasChanged(_ shape: Shape) throws {
        for partitions in [1, 2] {
            var rows = 0
            let growth = try GrowthCheck(sizes: 16_000, 64_000) { count in
                rows = try Self.run(
                    Self.times(count, .random, shape), emit: "CHANGES", partitions: partitions, commits: count / 2000)
                rows += count
            } work: {
                rows
            }
            #expect(growth.isProportional, "\(partitions) partitions: \(growth)")
        }
    }

    /// Sessions that join hold lists and sets.
    @Test(arguments: Order.allCases, ["COLLECT_LIST(k)", "COLLECT_SET(ROWOFFSET)", "COUNT_DISTINCT(ROWOFFSET)"])
    func joinedSessionsGrowEvenly(_ order: Order, _ aggregate: String) throws {
        for shape in [Shape.touching, .filledIn] {
            let growth = try GrowthCheck(sizes: 4000, 16_000) { count in
                _ = try Self.run(
                    Self.times(count, order, shape), emit: "FINAL", partitions: 1, aggregate: aggregate)
            }
            #expect(growth.isLinear, "\(shape): \(growth)")
        }
    }

    /// The same sessions whatever the order.
    @Test(arguments: Shape.allCases) func orderDecidesNothing(_ shape: Shape) throws {
        for partitions in [1, 2, 3] {
            let rows = try Order.allCases.map {
                try Self.run(Self.times(900, $0, shape), emit: "FINAL", partitions: partitions)
            }
            #expect(Set(rows) == [shape == .apart ? 900 : 1])
        }
    }
}
