// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport
import MillraceSQL
import MillraceSettings
import MillraceTestKit
import Testing

@testable import MillraceEngine
@testable import MillraceRun

/// A transaction that stays open: whoever waits behind it says so, and for what.
struct OpenTransactionWatchTests {
    private static let second: UInt64 = 1_000_000_000
    private let place = OpenTransactionWatch.Place(partition: TopicPartition("t", 0), position: 411, end: 425)

    @Test func whatStandsStillIsNamedOnceAMinute() throws {
        var watch = OpenTransactionWatch()
        #expect(watch.due([place], now: 0).isEmpty)
        #expect(watch.due([place], now: OpenTransactionWatch.patience - 1).isEmpty)
        #expect(watch.due([place], now: OpenTransactionWatch.patience) == [place])
        let line = watch.note(place, now: OpenTransactionWatch.patience)
        #expect(line.code == .openTransaction && line.level == .warn)
        #expect(line.message.hasPrefix("t/0 cannot be read behind offset 411 (of 425): a transaction is open there"))
        #expect(line.message.contains("describe-producers --topic t --partition 0"))
        #expect(watch.due([place], now: OpenTransactionWatch.patience + OpenTransactionWatch.pause - 1).isEmpty)
        #expect(watch.due([place], now: OpenTransactionWatch.patience + OpenTransactionWatch.pause) == [place])
    }

    @Test func whatGoesOnIsForgotten() {
        var watch = OpenTransactionWatch()
        _ = watch.due([place], now: 0)
        var next = place
        next.position = 412
        #expect(watch.due([next], now: 9 * Self.second).isEmpty)
        #expect(watch.due([], now: 20 * Self.second).isEmpty)
        #expect(watch.due([next], now: 30 * Self.second).isEmpty)
        #expect(watch.failure(after: 1, now: 90 * Self.second) == nil)
    }

    /// Only what a transaction holds ends a run: a broker that is away has said nothing of one.
    @Test func itFailsBehindTheLimit() throws {
        var watch = OpenTransactionWatch()
        _ = watch.due([place], now: 0)
        #expect(watch.failure(after: 10 * Self.second, now: 20 * Self.second) == nil)
        _ = watch.note(place, now: 5 * Self.second)
        #expect(watch.failure(after: 10 * Self.second, now: 9 * Self.second) == nil)
        let failure = try #require(watch.failure(after: 10 * Self.second, now: 10 * Self.second))
        #expect(failure.errorCode == .openTransaction && failure.code == .tryAgain)
    }

    // MARK: over a simulated cluster

    private static let program = """
        CREATE STREAM s (k VARCHAR KEY, n INT) WITH (KAFKA_TOPIC='in', VALUE_FORMAT='JSON');
        CREATE TABLE t WITH (KAFKA_TOPIC='out') AS SELECT k, COUNT(*) AS c FROM s GROUP BY k EMIT CHANGES;
        """

    private final class Lines: RunObserver {
        var lines: [LogLine] = []
        /// Asked whether to stop; says so when `stops` does.
        var stops: () -> Bool = { false }
        func log(_ line: LogLine) { lines.append(line) }
        func progress(stage: String, records: Int, total: Int?, elapsedMilliseconds: Int64) {}
        func stageBegan(_ mode: StageReport.Mode) {}
        func write(_ text: UnsafeRawBufferPointer) throws {}
        var isStopRequested: Bool { stops() }
    }

    private func run(_ cluster: SimulatedCluster, _ observer: Lines, endsAtCut: Bool) throws {
        var options = RunOptions(application: "app", cluster: cluster, from: .earliest)
        options.endsAtCut = endsAtCut
        _ = try ContinuousRun(QueryGraph(SQL.compile(Self.program)), options: options, observer: observer).run()
    }

    private func makeCluster() throws -> SimulatedCluster {
        let cluster = SimulatedCluster(seed: 1)
        _ = try cluster.admin().createTopics(
            [NewTopic(name: "in", partitions: 1), NewTopic(name: "out", partitions: 1)], timeoutMilliseconds: 1000)
        let writer = try cluster.writer(WriterOptions())
        try write(to: "in", by: writer)
        return cluster
    }

    private func write(to topic: String, by writer: any LogWriter) throws {
        let records = RawRecords()
        for number in 0..<20 {
            records.append(
                key: Array("k\(number % 3)".utf8), value: Array("{\"n\":\(number)}".utf8), timestamp: 1000, partition: 0
            )
        }
        try writer.send(records, to: writer.topic(topic))
        if !writer.isTransactional { try writer.flush(timeoutMilliseconds: 1000) }
    }

    /// A writer with an open transaction in a topic.
    private func open(_ topic: String, _ cluster: SimulatedCluster) throws -> any LogWriter {
        var options = WriterOptions(transactionalID: "somebody")
        options.transactionTimeoutMilliseconds = 900_000
        let writer = try cluster.writer(options)
        try writer.initTransactions(timeoutMilliseconds: 1000)
        try writer.beginTransaction()
        try write(to: topic, by: writer)
        return writer
    }

    @Test func aStateBehindAnOpenTransactionIsWaitedForWithAWordAndNotForEver() throws {
        let cluster = try makeCluster()
        try run(cluster, Lines(), endsAtCut: true)
        let changelog = try #require(cluster.snapshot.topics.keys.first { $0.hasSuffix("-changelog") })
        let writer = try open(changelog, cluster)
        let observer = Lines()
        let began = cluster.simulatedTime.milliseconds
        let failure = #expect(throws: RunFailure.self) { try self.run(cluster, observer, endsAtCut: true) }
        #expect(failure?.errorCode == .openTransaction, "\(String(describing: failure))")
        #expect((120_000..<300_000).contains(cluster.simulatedTime.milliseconds - began))
        let said = observer.lines.filter { $0.code == .openTransaction }
        #expect(said.first?.message.hasPrefix("\(changelog)/0 cannot be read behind offset") == true)
        #expect((2...4).contains(said.count), "\(said.count)")
        try writer.abortTransaction(timeoutMilliseconds: 1000)
        try run(cluster, Lines(), endsAtCut: true)
    }

    @Test func anInputBehindAnOpenTransactionIsNamed() throws {
        let cluster = try makeCluster()
        let writer = try open("in", cluster)
        let observer = Lines()
        let end = cluster.simulatedTime.milliseconds + 60_000
        observer.stops = { cluster.simulatedTime.milliseconds > end }
        try run(cluster, observer, endsAtCut: false)
        let said = observer.lines.filter { $0.code == .openTransaction }
        #expect(said.first?.message.hasPrefix("in/0 cannot be read behind offset 20 (of 40)") == true)
        #expect(said.count == 1)
        try writer.abortTransaction(timeoutMilliseconds: 1000)
    }
}
