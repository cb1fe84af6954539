// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceKafka
import MillracePlan
import MillraceSQL
import Testing
@testable import MillraceAdvisor
@testable import MillraceReport
@testable import MillraceRun
@testable import MillraceSettings

/// Timestamps, offsets, options and clocks near the bounds of their types: none of them ends the process.
@Suite struct ExtremeTimesTests {
    static let bounds: [Int64] = [.min, .min + 1, -1, 0, 1, 1 << 61, .max - 1, .max]

    private static func graph(_ window: String, hasTimeColumn: Bool) throws -> QueryGraph {
        try QueryGraph(
            try SQL.compile(
                """
                CREATE STREAM s (k VARCHAR KEY, v INT, ts BIGINT)
                  WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON'\(hasTimeColumn ? ", TIMESTAMP='ts'" : ""));
                CREATE TABLE t AS SELECT k, COUNT(*) AS n FROM s WINDOW \(window) GROUP BY k EMIT FINAL;
                """))
    }

    private static let windows = [
        "TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 365 DAYS)",
        "HOPPING (SIZE 10 SECONDS, ADVANCE BY 3 SECONDS, GRACE PERIOD 1 DAY)",
        "SESSION (365 DAYS, GRACE PERIOD 365 DAYS)",
    ]

    /// `--from` and `--to` with any number that is taken, and with any margin.
    @Test(arguments: windows, [false, true]) func positionsOfAnySize(window: String, hasTimeColumn: Bool) throws {
        let graph = try Self.graph(window, hasTimeColumn: hasTimeColumn)
        for time in Self.bounds where time >= 0 {
            for position in [SlicePosition.time(time), .ago(milliseconds: time)] {
                for now in Self.bounds {
                    let told = try #require(position.eventTime(wallMilliseconds: now))
                    #expect(told >= 0)
                    for margin in [nil, 0, 1, .max] as [Int64?] {
                        let start = try #require(position.readStart(graph, wallMilliseconds: now, margin: margin))
                        #expect(start >= 0 && start <= told)
                        #expect(told +| graph.timeBehindEnd(margin: margin) >= told)
                    }
                }
            }
        }
    }

    /// The longest way back that a user can write reaches to 1970, not to a time before, which Kafka takes for a code.
    @Test func longBeforeTheBeginning() throws {
        let position = try SlicePosition.parse("-106751991167d", as: .from)
        #expect(position.eventTime(wallMilliseconds: 1_800_000_000_000) == 0)
    }

    @Test(arguments: bounds) func edgesOfWindows(time: Int64) throws {
        for text in Self.windows {
            let query = try Self.graph(text, hasTimeColumn: false).program.queries[0]
            guard case .aggregate(let aggregation) = query.operation else { continue }
            let window = try #require(aggregation.window)
            #expect(window.edge(atOrBefore: time) <= time)
        }
    }

    /// The first and the last record of a log say when it was written; both may be anything.
    @Test(arguments: bounds, bounds) func estimatesOfOddLogs(oldest: Int64, newest: Int64) throws {
        for text in Self.windows {
            let graph = try Self.graph(text, hasTimeColumn: false)
            let estimate = try #require(
                StateEstimate(
                    0, graph, isFlushed: false,
                    input: LogExtent(records: 10_000_000_000, oldest: oldest, newest: newest)))
            #expect((0...10_000_000_000).contains(try #require(estimate.groups)))
            #expect(!estimate.text.isEmpty)
        }
    }

    @Test(arguments: bounds) func doctorOfOddLogs(oldest: Int64) throws {
        for from in [SlicePosition.earliest, .latest, .time(0), .time(.max), .ago(milliseconds: .max)] {
            var fixture = DoctorFixture()
            fixture.from = from
            fixture.snapshot.topics["orders"]?.partitions[0].oldest = oldest
            _ = try fixture.findings()
        }
    }

    /// What another program has written into the commits, or a broker has lost.
    @Test(arguments: bounds, bounds) func lossesOfOddOffsets(committed: Int64, low: Int64) {
        for high in Self.bounds where high >= low {
            let loss = InputLoss(
                TopicPartition("orders", 0), committed: committed, restore: committed, low: low, high: high,
                isReplaced: false)
            if let loss { #expect(loss.skipped >= 0, "\(loss)") }
        }
    }

    /// A monotonic clock that lies: nothing is long ago.
    @Test func clocksThatGoBack() {
        var doubt = Doubt()
        let doubted = [100, 10].map { doubt.note(now: $0, patience: 50) }
        #expect(doubted == [false, false])
        var history = FailureHistory()
        let tries = [UInt64.max, 0].map { history.note(isFenced: true, now: $0) }
        #expect(tries == [true, true])
        var rates = RecentRates()
        rates.beginStage(RecentRates.Sample(nanoseconds: .max, records: [1], rows: [1]))
        for time in [0, 5, .max, 1] as [UInt64] {
            rates.add(RecentRates.Sample(nanoseconds: time, records: [2], rows: [2]))
        }
        var accounts = RecentAccounts()
        for time in [.max, 0, 5, .max] as [UInt64] { _ = accounts.add([], nanoseconds: time) }
    }
}
