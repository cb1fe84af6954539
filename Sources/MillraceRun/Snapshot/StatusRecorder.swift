// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceReport

/// The poll thread's side of the status: measures what it does and makes a snapshot of it twice a second. Nothing here
/// is done per record, and a snapshot that is dear to make is made less often.
final class StatusRecorder {
    /// What a snapshot is made of. The pipeline must be at rest.
    struct Moment {
        var assignment: Assignment?
        /// Nil outside of a stage.
        var meter: StageMeter?
        /// Those that are over.
        var stages: [StageReport]
        /// What earlier assignments have counted.
        var totals: RunTotals
        var bytesRead: Int
        /// The ends of the logs, where they are known.
        var ends: [TopicPartition: Int64]
        /// The next position of each partition, transaction markers passed.
        var positions: [TopicPartition: Int64]
        /// The cluster's id, where it is known.
        var cluster: String?
    }

    private static let interval: UInt64 = 500_000_000
    /// Making snapshots takes at most one part in so many of the poll thread's time.
    private static let thrift: UInt64 = 500
    private static let idleAfter: UInt64 = 15_000_000_000
    private static let windowsListed = 5

    private let board: StatusBoard
    private let graph: QueryGraph
    private let clock: any Clock
    private let clauses: [[String]]

    private var nextDue: UInt64 = 0
    private var state = RunState.joining
    private var stateSince: Int64
    private var commits = CommitStatus()
    private var rebalances = 0
    private var hasJoined = false
    private var blocked: UInt64 = 0
    private var load = LoadMeter()
    private var rates = RecentRates()
    private var recent = RecentAccounts()
    private var handOver: Int64?
    private var probe = BrokerProbe()
    private var backfill: BackfillStatus?
    private var lastMove: [TopicPartition: (offset: Int64, at: UInt64)] = [:]

    init(_ board: StatusBoard, _ graph: QueryGraph, clock: any Clock) {
        self.board = board
        self.graph = graph
        self.clock = clock
        clauses = graph.program.queries.map(QueryClauses.texts)
        stateSince = clock.wallMilliseconds()
    }

    // MARK: what happens

    var isPauseRequested: Bool { board.isPauseRequested }
    var isDrainRequested: Bool { board.isDrainRequested }

    /// A new state is published with the next snapshot, which is due at once.
    func enter(_ new: RunState) {
        guard new != state else { return }
        state = new
        stateSince = clock.wallMilliseconds()
        nextDue = 0
        // None of these is entered without answers of the brokers.
        if [.standby, .restoring, .backfill, .live].contains(new) { board.begin(.working) }
        if new == .backfill { handOver = nil }
        if new == .live, handOver == nil { handOver = stateSince }
    }

    func beginStage(_ mode: StageReport.Mode) {
        enter(mode == .batch ? .backfill : .live)
        let none = graph.program.queries.map { _ in Int64(0) }
        rates.beginStage(
            RecentRates.Sample(nanoseconds: clock.monotonicNanoseconds(), records: none, rows: none))
    }

    /// The group has given partitions, or none.
    func noteRebalance(isStandby: Bool) {
        rebalances += 1
        hasJoined = true
        board.begin(.working)
        if isStandby { enter(.standby) }
        nextDue = 0
    }

    /// Whether to ask now if the brokers answer.
    func isProbeDue(lastFailureMilliseconds: Int64, bytesRead: Int) -> Bool {
        let finding = probe.look(
            lastFailureMilliseconds: lastFailureMilliseconds, bytesRead: bytesRead, now: clock.monotonicNanoseconds())
        if finding == .reading { board.begin(.working) }
        return finding == .due
    }

    /// The brokers were asked, and answered.
    /// - Parameter askedMilliseconds: when they were asked, since 1970.
    func noteAnswer(askedMilliseconds: Int64) {
        probe.noteAnswer(askedMilliseconds: askedMilliseconds)
        board.begin(.working)
    }

    /// No broker answers, and why.
    func noteSilence(_ failure: String) { board.begin(.waitingForBroker(failure)) }

    func noteAborted() { commits.aborted += 1 }

    /// Runs what may have to wait for Kafka.
    func measureBlocking<Result>(_ body: () throws -> Result) rethrows -> Result {
        let wall = clock.monotonicNanoseconds()
        let used = ThreadClock.cpuNanoseconds()
        defer {
            let passed = clock.nanoseconds(since: wall)
            let working = ThreadClock.cpuNanoseconds() -| used
            blocked = blocked +| (passed -| working)
        }
        return try body()
    }

    func measureCommit<Result>(_ body: () throws -> Result) rethrows -> Result {
        let start = clock.monotonicNanoseconds()
        board.begin(.committing)
        let result = try measureBlocking(body)
        board.begin(.working)
        commits.committed += 1
        commits.lastMilliseconds = clock.wallMilliseconds()
        commits.durations.add(seconds: Double(clock.nanoseconds(since: start)) / 1e9)
        return result
    }

    // MARK: snapshots

    var isDue: Bool { clock.monotonicNanoseconds() >= nextDue }

    func publish(_ moment: Moment) {
        let now = clock.monotonicNanoseconds()
        var snapshot = StatusSnapshot(
            takenMilliseconds: clock.wallMilliseconds(), takenNanoseconds: now, state: state,
            stateSinceMilliseconds: stateSince)
        snapshot.hasJoined = hasJoined
        snapshot.rebalances = rebalances
        snapshot.commits = commits
        snapshot.bytesRead = moment.bytesRead
        snapshot.cluster = moment.cluster
        addStages(moment, now, to: &snapshot)
        addLoad(moment, now, to: &snapshot)
        addAccounts(moment, to: &snapshot)
        if let assignment = moment.assignment {
            snapshot.partitions = partitions(assignment, moment, now, snapshot.takenMilliseconds)
            updateBackfill(assignment, speed: snapshot.running.map(\.recentSpeed).max() ?? 0)
        }
        snapshot.backfill = backfill
        snapshot.queries = queries(moment, snapshot.stages)
        board.publish(snapshot)
        let took = clock.nanoseconds(since: now)
        nextDue = now +| max(StatusRecorder.interval, took *| StatusRecorder.thrift)
    }

    private func addStages(_ moment: Moment, _ now: UInt64, to snapshot: inout StatusSnapshot) {
        snapshot.stages = moment.stages.map { StageStatus(report: $0, isRunning: false) }
        if let meter = moment.meter, let assignment = moment.assignment {
            let ends = meter.mode == .batch ? assignment.starts.map { max($0.cut, $0.next) } : nil
            let reports = meter.reports(assignment.pipeline, ends: ends, clock: clock)
            rates.add(
                RecentRates.Sample(
                    nanoseconds: now, records: reports.map(\.records), rows: reports.map(\.rows)))
            snapshot.stages += reports.enumerated().map { index, report in
                StageStatus(
                    report: report, isRunning: true, recentSpeed: rates.speed(index), recentRows: rates.rows(index))
            }
        }
        snapshot.rate = StageStatus.rate(snapshot.stages)
        snapshot.history = rates.history
    }

    private func addLoad(_ moment: Moment, _ now: UInt64, to snapshot: inout StatusSnapshot) {
        let threads = [ThreadClock.cpuNanoseconds()] + (moment.assignment?.reader.pool.cpuNanoseconds ?? [])
        load.add(
            LoadMeter.Sample(wall: now, threads: threads, blocked: blocked),
            mode: moment.meter?.mode.rawValue ?? "restore")
        snapshot.load = load.status
    }

    private func addAccounts(_ moment: Moment, to snapshot: inout StatusSnapshot) {
        var totals = moment.totals
        if let assignment = moment.assignment { totals.add(assignment.pipeline, assignment.sender.collectors) }
        snapshot.accounts = totals.accountReports
        snapshot.recentAccounts = recent.add(snapshot.accounts, nanoseconds: snapshot.takenNanoseconds)
        snapshot.rejections = totals.rejectionReports
        snapshot.deadLetters = Int64(totals.deadLetters)
        snapshot.failures = totals.failureReports
        snapshot.keys = totals.keyReports
        snapshot.notes = graph.program.queries.compactMap { query in
            guard snapshot.stages.allSatisfy({ $0.report.query != query.name || $0.report.rows == 0 }) else {
                return nil
            }
            var facts = totals.facts(query.name)
            guard facts.read > 0, facts.used == 0 else { return nil }
            facts.isLive = true
            let topic = graph.source(named: query.input)?.topic ?? query.input
            facts.topics = [EmptyResult.Topic(name: topic, held: 1, written: 1, inSlice: 1)]
            facts.groupBy = QueryClauses.texts(query).first { $0.hasPrefix("GROUP BY") }
            return facts.note
        }
    }

    private func partitions(
        _ assignment: Assignment, _ moment: Moment, _ now: UInt64, _ wall: Int64
    ) -> [PartitionStatus] {
        let moves = lastMove
        let held = assignment.reader.sourcesHeld
        lastMove = [:]
        return zip(assignment.pipeline.sources, assignment.starts).enumerated().map { index, pair in
            let (source, start) = pair
            let name = source.topicPartition
            let end = max(moment.ends[name] ?? -1, start.cut, source.nextOffset)
            let isAtEnd = !held.contains(index) && (moment.positions[name] ?? source.nextOffset) >= end
            let lag = isAtEnd ? 0 : end -| source.nextOffset
            var move = moves[name] ?? (source.nextOffset, now)
            if move.offset != source.nextOffset { move = (source.nextOffset, now) }
            lastMove[name] = move
            let last = assignment.reader.lastRecords[index]?.timestamp
            let lowest = source.watermarks.min() ?? .none
            let isIdle = lag == 0 && now -| move.at >= StatusRecorder.idleAfter
            return PartitionStatus(
                partition: name, offset: source.nextOffset, end: end, lag: lag,
                lagMilliseconds: lag > 0 ? last.map { max(wall -| $0, 0) } ?? 0 : 0,
                watermark: lowest == .none ? nil : lowest,
                watermarkOffset: zip(source.watermarks, source.watermarkOffsets).min { $0.0 < $1.0 }?.1 ?? -1,
                idleMilliseconds: isIdle ? Int64((now -| move.at) / 1_000_000) : nil,
                records: Int64(source.accounts.map(\.read).max() ?? 0), handOver: max(start.cut, start.next))
        }
    }

    private func updateBackfill(_ assignment: Assignment, speed: Double) {
        var done: Int64 = 0
        var total: Int64 = 0
        for (source, start) in zip(assignment.pipeline.sources, assignment.starts) {
            let size = max(start.cut -| start.next, 0)
            total = total +| size
            done = done +| min(max(source.nextOffset -| start.next, 0), size)
        }
        if handOver != nil { done = total }
        let left = Double(total -| done)
        let isRunning = handOver == nil && state != .restoring
        backfill = BackfillStatus(
            done: done, total: total, secondsLeft: isRunning && speed > 0 ? left / speed : nil,
            handOverMilliseconds: handOver)
    }

    private func queries(_ moment: Moment, _ stages: [StageStatus]) -> [QueryStatus] {
        graph.program.queries.enumerated().map { index, query in
            let upstream = graph.upstream(of: query)
            let topic = graph.source(named: query.input)?.topic
            var status = QueryStatus(
                name: query.name, input: upstream == nil ? topic ?? query.input : query.input, upstream: upstream,
                output: query.sink.topic, clauses: clauses[index],
                rows: stages.filter { $0.report.query == query.name }.reduce(0) { $0 + $1.report.rows }, entries: 0,
                windows: nil, heldBy: nil, recentResults: [])
            guard let assignment = moment.assignment else { return status }
            let pipeline = assignment.pipeline
            status.entries = pipeline.groupCount(index)
            status.bytes = Int64(pipeline.stateBytes(index))
            status.windows = pipeline.openWindows(index, limit: StatusRecorder.windowsListed)
            status.heldBy = WatermarkHold.of(pipeline, index).min {
                ($0.behindMilliseconds ?? .max) > ($1.behindMilliseconds ?? .max)
            }.map { QueryStatus.Held(partition: $0.partition, behindMilliseconds: $0.behindMilliseconds) }
            let samplers = assignment.sender.collectors.compactMap(\.sampler)
            status.recentResults = Array(
                samplers.flatMap { $0.latest[index] }.sorted { $0.milliseconds < $1.milliseconds }.suffix(3))
            for sampler in samplers { sampler.rearm() }
            return status
        }
    }
}
