// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceKafka
import MillraceLog
import MillraceSQL
import MillraceSettings
@testable import MillraceReport
@testable import MillraceRun

/// A run at one moment, with everything in it that a status can show.
enum StatusFixture {
    /// What somebody might write into a record to be run by whoever looks at the page.
    static let hostile = "<script>alert('x')</script>\"&\\\r\n\u{1B}[31m\u{202E}"
    static let canary = "hunter2-canary"
    static let now: Int64 = 1_793_491_200_000

    static let program = """
        CREATE STREAM orders (user VARCHAR KEY, amount DOUBLE) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON');
        CREATE TABLE totals WITH (KAFKA_TOPIC='totals', VALUE_FORMAT='JSON') AS
          SELECT user, SUM(amount) AS total FROM orders WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 5 SECONDS)
          WHERE amount > 0 GROUP BY user EMIT FINAL;
        """

    static func identity() throws -> StatusIdentity {
        let graph = try QueryGraph(try SQL.compile(program))
        var properties = try KafkaProperties(bootstrap: "localhost:9092")
        try properties.set("sasl.password", canary)
        try properties.set("sasl.username", "svc-orders")
        var options = RunOptions(application: "orders", cluster: KafkaCluster(properties), from: .earliest)
        options.deadLetterTopic = "orders.dead"
        return StatusIdentity(graph, options, version: "1.2.3", startedMilliseconds: now - 60_000)
    }

    static func partition(_ number: Int32, lag: Int64 = 0, watermark: Int64? = now - 1000) -> PartitionStatus {
        PartitionStatus(
            partition: TopicPartition("orders", number), offset: 100, end: 100 + lag, lag: lag,
            lagMilliseconds: lag > 0 ? 9000 : 0, watermark: watermark, watermarkOffset: 99, idleMilliseconds: nil,
            records: 100, handOver: 60)
    }

    static func stage(_ mode: StageReport.Mode, isRunning: Bool) -> StageStatus {
        StageStatus(
            report: StageReport(
                query: "CTAS_TOTALS_1", mode: mode, slices: [.init(topic: "orders", partition: 0, from: 0, to: 60)],
                records: 1000, rows: 100, elapsedNanoseconds: 2_000_000_000),
            isRunning: isRunning, recentSpeed: isRunning ? 250 : 0, recentRows: isRunning ? 25 : 0)
    }

    static func snapshot() -> StatusSnapshot {
        var snapshot = StatusSnapshot(
            takenMilliseconds: now, takenNanoseconds: 100_000_000_000, state: .live, stateSinceMilliseconds: now - 5000)
        snapshot.hasJoined = true
        snapshot.cluster = "cluster-1"
        snapshot.partitions = [partition(0), partition(1)]
        snapshot.stages = [stage(.batch, isRunning: false), stage(.stream, isRunning: true)]
        snapshot.rate = 100
        snapshot.load.busy = 0.25
        snapshot.load.totals = [.init(mode: "stream", busySeconds: 1, blockedSeconds: 0.5, idleSeconds: 3)]
        snapshot.backfill = BackfillStatus(done: 120, total: 120, secondsLeft: nil, handOverMilliseconds: now - 5000)
        snapshot.deadLetters = 3
        snapshot.accounts = [
            AccountReport(
                query: "CTAS_TOTALS_1", topic: "orders", partition: 0, read: 2000, used: 1989, filtered: 8, late: 2,
                bad: 1)
        ]
        snapshot.rejections = [
            RejectionReport(
                query: "CTAS_TOTALS_1", kind: .bad, reason: "wrong type \(hostile)", count: 1,
                samples: [.init(TopicPartition("orders", 0), offset: 7)]),
            RejectionReport(
                query: "CTAS_TOTALS_1", kind: .late, reason: "late", count: 2,
                samples: [.init(TopicPartition("orders", 1), offset: 9)]),
        ]
        snapshot.failures = [FailureReport(query: "CTAS_TOTALS_1", reason: "division by zero", count: 3)]
        snapshot.keys = [
            KeyReport(
                query: "CTAS_TOTALS_1", topic: "orders", misplaced: 7, key: KeyReport.display(Array(hostile.utf8)),
                partition: 0, home: 1, split: 0, isWhole: false)
        ]
        snapshot.commits.committed = 4
        snapshot.commits.aborted = 1
        snapshot.commits.lastMilliseconds = now - 300
        for seconds in [0.004, 0.012, 0.2, 60] { snapshot.commits.durations.add(seconds: seconds) }
        snapshot.history = [
            .init(recordsPerSecond: 10, rowsPerSecond: 1), .init(recordsPerSecond: 20, rowsPerSecond: 2),
        ]
        snapshot.queries = [
            QueryStatus(
                name: "CTAS_TOTALS_1", input: "orders", upstream: nil, output: "totals",
                clauses: ["WHERE", "GROUP BY USER", "TUMBLING 10 s", "EMIT FINAL"], rows: 200, entries: 20,
                windows: OpenWindows(
                    count: 2, next: [.init(start: now - 10_000, end: now, closing: now + 5000, entries: 20)]),
                heldBy: .init(partition: TopicPartition("orders", 1), behindMilliseconds: 61_000),
                recentResults: [
                    RecentResult(
                        key: hostile, windowStart: now - 20_000, windowEnd: now - 10_000, isDeleted: false,
                        columns: [.init(name: "TOTAL", value: hostile)], milliseconds: now - 400)
                ])
        ]
        return snapshot
    }

    static func view(_ change: (inout StatusView) -> Void = { _ in }) throws -> StatusView {
        var view = StatusView(
            identity: try identity(), snapshot: snapshot(),
            notes: [StatusNote(milliseconds: now - 900, text: "hand-over \(hostile)")],
            activitySinceNanoseconds: 100_000_000_000, nowNanoseconds: 100_200_000_000, nowMilliseconds: now)
        view.snapshot.queries[0].heldBy = nil
        change(&view)
        return view
    }

    /// With a partition that holds results back, so that every family of metrics has a sample.
    static func fullView() throws -> StatusView {
        try view { view in
            view.snapshot.queries[0].heldBy = .init(partition: TopicPartition("orders", 1), behindMilliseconds: 61_000)
            view.snapshot.backfill?.secondsLeft = 3
        }
    }
}
