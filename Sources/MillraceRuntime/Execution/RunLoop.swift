// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceKafka
import MillracePlan

/// The poll thread of a continuous run: serves the group, reads, computes, commits.
final class RunLoop {
    private let graph: QueryGraph
    let options: RunOptions
    unowned let observer: any RunObserver
    let clock: any Clock
    let consumer: Consumer
    private let committer: any Committer
    private let state: StateKeeper
    private let exchange: ExchangeKeeper
    private let outputs: OutputPlan
    /// The input's and the exchanges', as far as this process knows them; in order.
    private var allPartitions: [TopicPartition]
    /// How many partitions each topic had when this process began.
    private let partitionCounts: [String: Int32]

    /// Shows how the run stands, where somebody may want to see it.
    let recorder: StatusRecorder?
    /// What the group has given this process.
    private var assigned: Set<TopicPartition> = []
    private(set) var assignment: Assignment?
    private var pendingEvents: [ConsumerEvent] = []
    private var lastCommit: UInt64 = 0
    private var lastReadOut: UInt64 = 0
    /// Records were run whose results have not been collected.
    private(set) var readOutIsPending = false
    private(set) var totals = RunTotals()
    private(set) var stages: [StageReport] = []
    private(set) var meter: StageMeter?
    /// A drain is under way: every partition is read to where its log ended when it began.
    var isDraining = false
    /// A pause is under way.
    var isHeld = false
    private var failures = FailureHistory()
    private var known = KnownCommits()
    private var watermarkWatch = WatermarkWatch()
    private var coverageWatch = CoverageWatch()
    private let rejectionWatch: RejectionWatch
    var memoryWatch: MemoryWatch
    var logWatch = LogWatch()
    /// Partitions whose log is another than the committed one; until the next commit.
    private var replacedInputs: Set<TopicPartition> = []
    /// The group was left, to be joined again when everything that was assigned is given back.
    private var isRejoining = false

    init(
        graph: QueryGraph, options: RunOptions, observer: any RunObserver, clock: any Clock, consumer: Consumer,
        committer: any Committer, exchange: ExchangeKeeper, outputs: OutputPlan, allPartitions: [TopicPartition],
        recorder: StatusRecorder?
    ) {
        self.graph = graph
        self.options = options
        self.observer = observer
        self.clock = clock
        self.consumer = consumer
        self.committer = committer
        self.exchange = exchange
        state = StateKeeper(
            graph, options: options, exchanges: exchange.exchanges, committer: committer, consumer: consumer,
            clock: clock, observer: observer)
        self.outputs = outputs
        rejectionWatch = RejectionWatch(errors: options.errors)
        memoryWatch = MemoryWatch(limit: options.stateMemoryBytes)
        self.allPartitions = allPartitions
        partitionCounts = Dictionary(
            allPartitions.map { ($0.topic, $0.partition + 1) }, uniquingKeysWith: { max($0, $1) })
        self.recorder = recorder
    }

    /// Runs until it is over. Behind a failure the open transaction is given up, so that readers need not wait for it.
    func run() throws -> RunReport {
        do {
            return try runToEnd()
        } catch {
            let failure = (error as? RunFailure) ?? (error as? KafkaError).map { RunFailure($0) }
            if failure?.code == .data || failure?.code == .memory { try? committer.abort() }
            throw error
        }
    }

    private func runToEnd() throws -> RunReport {
        observer.note("joining the group \(options.application)")
        while !observer.isStopRequested {
            if isSnapshotCheap { showStatus() }
            do {
                try watchCoverage()
                if assignment == nil {
                    try serveEvents(timeoutMilliseconds: 50)
                    if !assigned.isEmpty, assignment == nil, !isRejoining { try start() }
                    if assigned.isEmpty, !isRejoining, isDrainRequested { break }
                } else if try step() {
                    break
                }
            } catch let error as KafkaError where canRecover(from: error) {
                try recover(from: error)
            } catch let error as ReplacedInput {
                // What to do about it is decided where the next assignment begins.
                replacedInputs.insert(error.partition)
                try rollBack()
            }
        }
        recorder?.enter(.stopping)
        showStatus()
        do {
            return try finish()
        } catch let error as KafkaError where canRecover(from: error) {
            // The last commit failed, by a rebalance for example: what it held is left to the next start.
            try recover(from: error)
            return try finish()
        }
    }

    /// Whether going back to the last commit is a way out.
    private func canRecover(from error: KafkaError) -> Bool {
        // Whatever was too large once is so again.
        if error.category == .tooLarge { return false }
        return error.requiresAbort || error.isFenced || error.isFatal || error.category == .unreachable
    }

    // MARK: phases

    enum Phase {
        case restoring
        case batch
        case stream
    }

    private(set) var phase = Phase.restoring

    /// One turn of the loop. Returns true when the run is over by itself.
    private func step() throws -> Bool {
        guard let assignment else { return false }
        try serveEvents(timeoutMilliseconds: 0)
        guard self.assignment === assignment else { return false }
        if try hold(assignment) { return false }
        if phase == .stream, try drain(assignment) { return true }
        let count = try assignment.reader.pump(
            timeoutMilliseconds: longestWait(assignment), maximumRecords: 16_384, isSilent: phase == .restoring)
        if count > 0 { try (phase == .restoring ? FaultPoint.restoring : .computed).reach() }
        switch phase {
        case .restoring:
            try watchMemory(assignment)
            if assignment.reader.isDone { try finishRestore(assignment) }
            return false
        case .batch, .stream:
            if count > 0 { readOutIsPending = true }
            if readOutIsPending, isReadOutDue(assignment, records: count) { try readOut(assignment) }
            if phase == .batch, assignment.reader.isDone {
                try handOver(assignment)
                return options.endsAtCut
            }
            if isCommitDue { try commit(assignment) }
            try watchMemory(assignment)
            if phase == .stream { try watchLogs(assignment) }
            report(assignment)
            return false
        }
    }

    /// How long to wait for records, in ms: arrivals end it at once, so that only the commit of what was read has to be
    /// in time, and the group's events and a wish to stop soon enough.
    private func longestWait(_ assignment: Assignment) -> Int32 {
        let longest: Int64 = 200
        if readOutIsPending { return 1 }
        guard phase != .restoring, assignment.hasProgress else { return Int32(longest) }
        let passed = Int64((clock.monotonicNanoseconds() - lastCommit) / 1_000_000)
        return Int32(min(max(options.commitIntervalMilliseconds - passed, 0), longest))
    }

    /// Live, few records wait until those sent before have arrived: one request on its way at a time costs the broker
    /// much less than several small ones, and librdkafka's thread spins while it may not send what it holds. With
    /// several threads that have much to do results are read out now and then only, because everything has to stop for
    /// it.
    /// - Parameter records: how many were read in this turn.
    private func isReadOutDue(_ assignment: Assignment, records: Int) -> Bool {
        let passed = clock.monotonicNanoseconds() - lastReadOut
        if phase == .batch || records >= RunLoop.manyRecords { return options.threads == 1 || passed >= 200_000_000 }
        return passed >= 10_000_000 || assignment.sender.isIdle
    }
    /// From so many in one turn on, a run has to catch up.
    private static let manyRecords = 4096

    private func readOut(_ assignment: Assignment) throws {
        lastReadOut = clock.monotonicNanoseconds()
        readOutIsPending = false
        assignment.reader.pool.waitUntilIdle()
        try exchange.check(assignment.pipeline)
        try measureBlocking {
            try assignment.sender.sendResults { assignment.pipeline.close(isForced: false) }
        }
        try rejectionWatch.checkFailures(assignment.sender.collectors)
        try FaultPoint.sent.reach()
        showStatus()
    }

    private var isCommitDue: Bool {
        clock.monotonicNanoseconds() - lastCommit >= UInt64(options.commitIntervalMilliseconds) * 1_000_000
    }

    /// All sources have arrived at the committed offsets: from here on results are new.
    private func finishRestore(_ assignment: Assignment) throws {
        assignment.reader.pool.waitUntilIdle()
        try exchange.check(assignment.pipeline)
        for (source, start) in zip(assignment.pipeline.sources, assignment.starts) { source.arrive(at: start.next) }
        assignment.pipeline.admit(Set(assignment.starts.indices.filter { assignment.starts[$0].isAdded }))
        assignment.pipeline.finishRestore(
            pendingSources: Set(
                assignment.starts.indices.filter { assignment.starts[$0].metadata?.changesArePending == true }))
        try beginBatch(assignment)
    }

    private func beginBatch(_ assignment: Assignment) throws {
        phase = .batch
        recorder?.beginStage(.batch)
        observer.stageBegan(.batch)
        meter = StageMeter(.batch, assignment.pipeline, clock: clock)
        lastCommit = clock.monotonicNanoseconds()
        // What comes through an exchange now is the history of other partitions, and has no end of its own.
        try assignment.reader.setBounds(
            assignment.starts.map { exchange.isExchange($0.partition.topic) ? nil : max($0.cut, $0.next) },
            isAwaited: { !assignment.pipeline.isExchange($0) })
    }

    /// The batch stage has arrived at the cut in every partition: its results go out, the stream stage begins exactly
    /// there.
    private func handOver(_ assignment: Assignment) throws {
        assignment.changesArePending = false
        try commit(assignment, isHandOver: true)
        try FaultPoint.handedOver.reach()
        let cuts = assignment.starts.map { max($0.cut, $0.next) }
        if let meter { note(meter.reports(assignment.pipeline, ends: cuts, clock: clock)) }
        // The stage is reported: `close` has nothing to add to it.
        meter = nil
        if options.endsAtCut { return }
        for (start, cut) in zip(assignment.starts, cuts) where !exchange.isExchange(start.partition.topic) {
            observer.note("\(start.partition): hand-over at offset \(cut)")
        }
        observer.note("live")
        observer.stageBegan(.stream)
        assignment.pipeline.beginStage()
        phase = .stream
        recorder?.beginStage(.stream)
        meter = StageMeter(.stream, assignment.pipeline, clock: clock)
        try assignment.reader.setBounds(assignment.starts.map { _ in nil })
    }

    private func note(_ reports: [StageReport]) {
        stages += reports.filter { $0.records > 0 || $0.rows > 0 || $0.mode == .stream }
    }

    private func report(_ assignment: Assignment) {
        guard let meter else { return }
        let inputs = assignment.starts.filter { !exchange.isExchange($0.partition.topic) }
        let total = phase == .batch ? inputs.reduce(0) { $0 + Int(max($1.cut, $1.next) - $1.next) } : nil
        observer.progress(
            stage: phase == .batch ? "batch" : "stream", records: assignment.reader.recordsRead, total: total,
            elapsedMilliseconds: meter.elapsedMilliseconds(clock))
    }

    // MARK: the assignment

    func serveEvents(timeoutMilliseconds: Int32) throws {
        pendingEvents += committer.takeEvents()
        pendingEvents += consumer.poll(timeoutMilliseconds: timeoutMilliseconds)
        // An event that could not be answered for now is answered later: the group waits for it.
        while let event = pendingEvents.first {
            try handle(event)
            pendingEvents.removeFirst()
        }
        if let error = consumer.fatalError { throw fencedOut(error) }
        if isRejoining, assigned.isEmpty {
            isRejoining = false
            try consumer.subscribe(topics: graph.topics + exchange.topics)
        }
    }

    /// Looks for partitions without an owner now and then after an assignment, until there are none.
    private func watchCoverage() throws {
        guard coverageWatch.isWatching, !isRejoining else { return }
        let now = clock.monotonicNanoseconds()
        guard coverageWatch.isDue(now: now) else { return }
        let generation = consumer.groupMetadata()?.generation ?? -1
        guard coverageWatch.note(coverage(), generation: generation, now: now) else { return }
        observer.note("some partitions belong to no process: joining the group again")
        try suspend(isLost: false)
        isRejoining = true
        try consumer.unsubscribe()
    }

    private func coverage() -> CoverageWatch.Finding {
        if assigned.count == allPartitions.count { return .complete }
        guard let group = try? consumer.describeGroup(timeoutMilliseconds: 1000) else { return .unsettled }
        return CoverageWatch.Finding(group, allPartitions)
    }

    private func handle(_ event: ConsumerEvent) throws {
        switch event {
        case .assigned(let partitions):
            coverageWatch.noteAssigned(now: clock.monotonicNanoseconds())
            recorder?.noteRebalance(isStandby: partitions.isEmpty && assigned.isEmpty)
            guard !partitions.isEmpty else { return try consumer.incrementalAssign(positions: [:]) }
            try suspend(isLost: false)
            try FaultPoint.assigned.reach()
            try admit(partitions)
            assigned.formUnion(partitions)
            // Placed for good by `start`; until then nothing is fetched.
            let starts = try planner.starts(partitions.sorted())
            try consumer.incrementalAssign(
                positions: Dictionary(uniqueKeysWithValues: starts.map { ($0.partition, $0.read) }))
        case .revoked(let partitions):
            try suspend(isLost: false)
            try FaultPoint.revoked.reach()
            giveUp(partitions)
            try consumer.incrementalUnassign(partitions)
        case .lost(let partitions):
            try suspend(isLost: true)
            try FaultPoint.lost.reach()
            giveUp(partitions)
            try consumer.incrementalUnassign(partitions)
        case .partitionError(let partition, let error) where error.isOffsetOutOfRange:
            // The start of the next assignment sees what is missing.
            guard failures.note(isFenced: false, now: clock.monotonicNanoseconds()) else {
                throw RunFailure(.data, "\(partition): \(error.message)")
            }
            observer.note("\(partition): \(error.message)")
            try suspend(isLost: false)
        case .partitionError(_, let error): throw RunFailure(error)
        case .error(let error) where error.isFatal: throw fencedOut(error)
        case .error(let error) where error.category == .authentication: throw error
        case .error: break
        }
    }

    /// Partitions that nobody knew when this process began were added to a topic: whatever is as wide as the input
    /// follows.
    private func admit(_ partitions: [TopicPartition]) throws {
        let added = Set(partitions).subtracting(allPartitions)
        guard !added.isEmpty else { return }
        let all = (allPartitions + added).sorted()
        let directory = try TopicDirectory(graph, properties: options.properties)
        try directory.prepareChangelogs(state.plan, inputPartitions: all, note: observer.note)
        for producer in committer.changelogProducers {
            try producer.refresh(state.plan.queries.map(state.plan.topic), timeoutMilliseconds: 5000)
        }
        allPartitions = all
    }

    private var planner: StartPlanner {
        StartPlanner(
            consumer: consumer, graph: graph, options: options, clock: clock, known: known, replaced: replacedInputs,
            partitionCounts: partitionCounts, exchange: exchange)
    }

    private func giveUp(_ partitions: [TopicPartition]) {
        assigned.subtract(partitions)
        known.forget(partitions)
        replacedInputs.subtract(partitions)
    }

    /// Stops computing and, unless the partitions are lost, commits what was done.
    private func suspend(isLost: Bool) throws {
        guard let assignment else { return }
        assignment.reader.pool.waitUntilIdle()
        if isLost || phase == .restoring {
            assignment.sender.discard()
            try committer.abort()
        } else {
            try commit(assignment, isLast: true)
        }
        close(assignment)
    }

    private func close(_ assignment: Assignment) {
        if phase != .restoring, let meter { note(meter.reports(assignment.pipeline, ends: nil, clock: clock)) }
        totals.add(assignment.pipeline, assignment.sender.collectors)
        meter = nil
        isHeld = false
        isDraining = false
        readOutIsPending = false
        self.assignment = nil
        recorder?.enter(.joining)
    }

    /// Makes a pipeline for what is assigned, from what is committed.
    private func start() throws {
        if graph.needsAllPartitions, exchange.exchanges.isEmpty, assigned.count < allPartitions.count {
            throw RunFailure(
                .tryAgain,
                "another process of \(options.application) has some of the partitions, "
                    + "and this program groups by something else than the record key",
                hint: "stop the other one, or wait for its session to end; with --exchange from the start it runs "
                    + "in several")
        }
        let starts = try planner.starts(assigned.sorted())
        try consumer.rewind(positions: Dictionary(uniqueKeysWithValues: starts.map { ($0.partition, $0.read) }))
        describe(starts)
        recorder?.enter(.restoring)
        let changelogs = try state.changelogs(starts)
        let assignment = try makeAssignment(starts, changelogs: state.kept(changelogs))
        let isLoaded = try state.load(assignment.pipeline, starts, changelogs) {
            pendingEvents += consumer.poll(timeoutMilliseconds: 0)
            showStatus()
            return !observer.isStopRequested
        }
        guard isLoaded else { return }
        try exchange.prepare()
        self.assignment = assignment
        phase = .restoring
        try assignment.reader.setBounds(starts.map { Optional($0.next) })
        if assignment.reader.isDone { try finishRestore(assignment) }
    }

    private func makeAssignment(_ starts: [Assignment.Start], changelogs: [Int: Int32]) throws -> Assignment {
        let collectors = (0..<options.threads).map { _ in
            OutputCollector(
                graph, mode: outputs.mode(graph),
                rejections: RejectionCollector(graph, errors: options.errors, deadLetters: outputs.deadLetters))
        }
        if recorder != nil {
            for collector in collectors { collector.sampler = ResultSampler(graph.program.queries, clock: clock) }
        }
        var pipelineOptions = options.pipelineOptions
        pipelineOptions.changelogs = changelogs
        pipelineOptions.exchanges = exchange.exchanges
        let pipeline = Pipeline(graph, options: pipelineOptions, outputs: collectors)
        for start in starts {
            _ = pipeline.addSource(
                start.partition,
                from: SourcePartition.Checkpoint(
                    offset: start.metadata?.restoreOffset ?? start.next,
                    watermarks: start.metadata?.watermarks
                        ?? pipeline.initialWatermarks(ofTopic: start.partition.topic)),
                flush: state.flush(start))
        }
        let sender = try OutputSender(
            graph, collectors: collectors, producers: committer.producers, deadLetterTopic: options.deadLetterTopic,
            observer: observer)
        sender.willSend = { [committer] in try committer.begin() }
        let reader = SliceReader(
            consumer, pipeline, ComputePool(pipeline), batchRows: options.batchRows ?? 4096)
        reader.prepare()
        for (index, start) in starts.enumerated() {
            reader.keepLastRecord(index, start.metadata?.lastRecord)
            if start.read < start.next { reader.expectedRecords[index] = start.metadata?.lastRecord }
        }
        return Assignment(
            starts: starts, pipeline: pipeline, fingerprints: state.fingerprints, reader: reader, sender: sender,
            changesArePending: starts.allSatisfy { $0.metadata == nil || $0.metadata?.changesArePending == true })
    }

    private func describe(_ starts: [Assignment.Start]) {
        for start in starts {
            if let loss = start.loss { observer.note(loss.note) }
            if start.isAdded { observer.note("\(start.partition): added to the topic, read from its beginning") }
            let reread = start.next - (start.metadata?.restoreOffset ?? start.next)
            observer.note(
                "\(start.partition): from offset \(start.next), "
                    + "at most \(max(start.cut - start.next, 0)) records of history"
                    + (reread > 0 ? ", \(reread) read again for the state" : ""))
        }
    }

    // MARK: commits

    /// - Parameter isLast: of this assignment: the state is flushed too, so that the next one finds it.
    func commit(_ assignment: Assignment, isHandOver: Bool = false, isLast: Bool = false) throws {
        assignment.reader.pool.waitUntilIdle()
        readOutIsPending = false
        try exchange.check(assignment.pipeline)
        let emitsChanges = phase == .stream || isHandOver || !assignment.changesArePending
        try measureBlocking {
            try assignment.sender.sendResults {
                assignment.pipeline.close(isForced: true)
                if emitsChanges { assignment.pipeline.emitChanges() }
            }
        }
        try rejectionWatch.checkFailures(assignment.sender.collectors)
        try rejectionWatch.checkLimit(assignment.pipeline, assignment.sender.collectors, earlier: totals)
        lastCommit = clock.monotonicNanoseconds()
        let pipeline = assignment.pipeline
        let isFlushing = pipeline.needsFlush && pipeline.isBetweenValues && (isLast || state.isDue)
        guard assignment.hasProgress || isHandOver || isFlushing else { return }
        try measureBlocking {
            if isFlushing { try state.flush(pipeline) }
            try exchange.handOver(pipeline)
        }
        let offsets = assignment.offsetsToCommit()
        try measureCommit { try committer.commit(offsets) }
        failures.noteCommit()
        replacedInputs.removeAll()
        assignment.noteCommitted(offsets)
        known.note(offsets)
        if isFlushing { exchange.deleteOld(pipeline) }
        for line in watermarkWatch.notes(pipeline, wallMilliseconds: clock.wallMilliseconds()) {
            observer.note(line)
        }
    }

    /// A transaction failed: what it held is thrown away, and everything starts again from the last commit.
    private func recover(from error: KafkaError) throws {
        known.note(error, isUncertain: committer.isCommitUncertain)
        // Brokers that are away come back some time; what fails again and again for another reason does not mend
        // itself.
        if error.category == .unreachable {
            recorder?.noteProbe(failure: error.message)
            if observer.isStopRequested { throw stoppedWithoutCommit(error) }
            pendingEvents += consumer.poll(timeoutMilliseconds: 500)
        } else {
            guard failures.note(isFenced: error.isFenced, now: clock.monotonicNanoseconds()) else {
                throw error.isFenced ? fencedOut(error) : RunFailure(error)
            }
        }
        if assignment != nil {
            recorder?.noteAborted()
            observer.note("transaction aborted, going back to the last commit: \(error.message)")
        } else {
            observer.note("trying again: \(error)")
        }
        try rollBack()
    }

    /// Throws away what was done since the last commit.
    private func rollBack() throws {
        if let assignment {
            assignment.reader.pool.waitUntilIdle()
            assignment.sender.discard()
        }
        try committer.abort()
        if let assignment { close(assignment) }
    }

    private func stoppedWithoutCommit(_ error: KafkaError) -> RunFailure {
        RunFailure(
            .unreachable, "stopped without a last commit: \(error.message)",
            hint: "nothing is lost or doubled: the next start goes on from the commit before")
    }

    private func fencedOut(_ error: KafkaError) -> RunFailure {
        RunFailure(
            .tryAgain, "another instance runs as \(options.application)-\(options.instance): \(error.message)",
            hint: "stop one of them, or start it with another --application")
    }

    /// Commits what was done and makes the report.
    private func finish() throws -> RunReport {
        var report = RunReport(stages: [], accounts: [])
        if let assignment {
            assignment.reader.pool.waitUntilIdle()
            if phase != .restoring { try commit(assignment, isLast: true) }
            if phase == .stream { report.partials = PartialReport.of(assignment.pipeline) }
            close(assignment)
        }
        report.add(stages, totals)
        return report
    }
}
