// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillracePlan
import MillraceReport

/// The poll thread of a continuous run: serves the group, reads, computes, commits.
final class RunLoop {
    let graph: QueryGraph
    let options: RunOptions
    unowned let observer: any RunObserver
    let clock: any Clock
    let consumer: any GroupReader
    let committer: any Committer
    let groupOffsets: GroupOffsets
    let state: StateKeeper
    let exchange: ExchangeKeeper
    let outputs: OutputPlan
    /// What the queries compute, by query.
    let identities: [QueryIdentity]
    /// The input's and the exchanges', as far as this process knows them; in order.
    var allPartitions: [TopicPartition]
    /// How many partitions each topic had when this process began.
    let partitionCounts: [String: Int32]

    /// Shows how the run stands, where somebody may want to see it.
    let recorder: StatusRecorder?
    /// The group has answered: it has given partitions, or said that there are none for now.
    var hasBeenAssigned = false
    /// What the group has given this process.
    var assigned: Set<TopicPartition> = []
    var assignment: Assignment?
    var pendingEvents: [ConsumerEvent] = []
    var lastCommit: UInt64 = 0
    private var lastReadOut: UInt64 = 0
    /// Records were run whose results have not been collected.
    var readOutIsPending = false
    /// What was done before, and by whom.
    var history: RunHistory
    var meter: StageMeter?
    /// Nil: none is under way.
    var drain: Drain?
    /// A pause is under way.
    var isHeld = false
    var watermarkWatch = WatermarkWatch()
    var coverageWatch = CoverageWatch()
    let rejectionWatch: RejectionWatch
    var memoryWatch: MemoryWatch
    var keyWatch: KeyPartitionWatch
    var badRecordWatch = BadRecordWatch()
    var transactionWatch = OpenTransactionWatch()
    var logWatch = LogWatch()
    var inputWatch = InputWatch()
    var outputWatch: OutputWatch
    /// The last record that was read of each partition by assignments that are over.
    var lastRecords: [TopicPartition: CommitMetadata.Fingerprint] = [:]
    /// Partitions whose log is another than the committed one; until the next commit.
    var replacedInputs: Set<TopicPartition> = []
    /// Changelogs are ahead of what the group is said to have committed. Loading them may take any time.
    var stateDoubt = RunLoop.noStateDoubt
    static let noStateDoubt = Doubt(longestGap: .max)
    /// How long that is taken for something that passes, in ns.
    static let statePatience: UInt64 = 60_000_000_000
    /// The group was left, to be joined again when everything that was assigned is given back.
    var isRejoining = false

    /// The bounded slice that this process shares with others; nil: the run has no end of its own.
    let job: JobSlice?
    /// When to look at what the others have done.
    var nextLookAtJob: UInt64 = 0
    /// It has been told that there is nothing left to do here.
    var isWaitingForJob = false
    /// All partitions of the job are over.
    var isJobOver = false

    init(
        graph: QueryGraph, options: RunOptions, observer: any RunObserver, clock: any Clock, consumer: any GroupReader,
        committer: any Committer, groupOffsets: GroupOffsets, exchange: ExchangeKeeper, outputs: OutputPlan,
        allPartitions: [TopicPartition], job: JobSlice?, recorder: StatusRecorder?, history: RunHistory
    ) {
        self.graph = graph
        self.options = options
        self.observer = observer
        self.clock = clock
        self.consumer = consumer
        self.committer = committer
        self.groupOffsets = groupOffsets
        self.exchange = exchange
        state = StateKeeper(
            graph, options: options, exchanges: exchange.exchanges, committer: committer, consumer: consumer,
            clock: clock, observer: observer)
        self.outputs = outputs
        identities = graph.identities(settings: options.resultSettings)
        rejectionWatch = RejectionWatch(errors: options.errors)
        outputWatch = OutputWatch(PlannedTopic.all(graph, options).map(\.name))
        memoryWatch = MemoryWatch(limit: options.stateMemoryBytes)
        keyWatch = KeyPartitionWatch(options.keyPartitioning)
        self.allPartitions = allPartitions
        self.job = job
        partitionCounts = Dictionary(
            allPartitions.map { ($0.topic, $0.partition + 1) }, uniquingKeysWith: { max($0, $1) })
        self.recorder = recorder
        self.history = history
    }

    /// Runs until it is over. Behind a failure the open transaction is given up, so that readers need not wait for it.
    /// - Throws: `MembershipLost` where a new member may go on with this one's `history`.
    func run() throws -> RunReport {
        do {
            let report = try runToEnd()
            leaveJob()
            return report
        } catch {
            let failure = (error as? RunFailure) ?? (error as? KafkaError).map { RunFailure($0) }
            // Without brokers there is nothing to do, and whoever has taken the name over has ended it.
            if let failure, failure.code != .unreachable, failure.code != .tryAgain { try? committer.abort() }
            if !(error is MembershipLost) { leaveJob() }
            throw error
        }
    }

    private func runToEnd() throws -> RunReport {
        observer.log(LogLine(.info, "joining the group \(options.application)"))
        while !observer.isStopRequested {
            if isSnapshotCheap { showStatus() }
            do {
                try watchCoverage()
                if assignment != nil { try watchOutputs() }
                if try watchInputs() {
                    try serveEvents(timeoutMilliseconds: 50)
                } else if assignment == nil {
                    try serveEvents(timeoutMilliseconds: 50)
                    if !assigned.isEmpty, assignment == nil, !isRejoining { try start() }
                    if assigned.isEmpty, !isRejoining, isDrainRequested || isJobDone() { break }
                } else if try step() {
                    break
                }
            } catch let error as KafkaError where canRecover(from: error) {
                try recover(from: error)
            } catch let doubt as OffsetsInDoubt {
                wait(for: doubt)
            } catch let error as MembershipLost {
                try leave(error)
            } catch let error as ReplacedInput {
                // What to do about it is decided where the next assignment begins.
                replacedInputs.insert(error.partition)
                groupOffsets.noteReplaced(error.partition)
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
        // What a topic has refused once it refuses again.
        if error.category == .tooLarge || error.category == .refused { return false }
        // The topics were there when the run began: a broker that has just come back may not know them yet.
        if error.category == .missingTopic { return true }
        return error.requiresAbort || error.isFenced || error.isFatal || error.category == .unreachable
    }

    // MARK: phases

    enum Phase {
        case restoring
        /// Queries that were added run over the history; the others are read again silently meanwhile.
        case backfill
        case batch
        case stream
    }

    var phase = Phase.restoring

    /// One turn of the loop. Returns true when the run is over by itself.
    private func step() throws -> Bool {
        guard let assignment else { return false }
        try serveEvents(timeoutMilliseconds: 0)
        guard self.assignment === assignment else { return false }
        if try hold(assignment) { return false }
        if phase == .stream, try drain(assignment) { return true }
        guard self.assignment === assignment else { return false }
        if hasEndedParts {
            try serveEvents(timeoutMilliseconds: 100)
            return isJobDone()
        }
        let count = try assignment.reader.pump(
            timeoutMilliseconds: longestWait(assignment), maximumRecords: 16_384,
            isReread: phase == .restoring || phase == .backfill)
        if count > 0 { try (phase == .restoring ? FaultPoint.restoring : .computed).reach() }
        switch phase {
        case .restoring:
            try watchMemory(assignment)
            if assignment.reader.isDone { try finishRestore(assignment) }
            return false
        case .backfill:
            if count > 0 { readOutIsPending = true }
            if readOutIsPending, isReadOutDue(assignment, records: count) { try readOut(assignment) }
            try watchMemory(assignment)
            if assignment.reader.isDone {
                try finishBackfill(assignment)
            } else if isCommitDue {
                try commitBackfill(assignment)
            }
            return false
        case .batch, .stream:
            if count > 0 { readOutIsPending = true }
            if readOutIsPending, isReadOutDue(assignment, records: count) { try readOut(assignment) }
            if job != nil {
                try endParts(assignment)
            } else if phase == .batch, assignment.reader.isDone {
                try handOver(assignment)
                return options.endsAtCut
            }
            if isCommitDue { try commit(assignment) }
            try watchMemory(assignment)
            try watchLogs(assignment)
            try checkOthers(assignment)
            report(assignment)
            return false
        }
    }

    /// How long to wait for records, in ms: arrivals end it at once, so that only the commit of what was read has to be
    /// in time, and the group's events and a wish to stop soon enough.
    private func longestWait(_ assignment: Assignment) -> Int32 {
        let longest: Int64 = 200
        if readOutIsPending { return 1 }
        guard phase != .restoring, assignment.hasProgress else { return Int32(clamping: longest) }
        let passed = clock.milliseconds(since: lastCommit)
        return Int32(clamping: min(max(options.commitIntervalMilliseconds -| passed, 0), longest))
    }

    /// Live, few records wait until those sent before have arrived: one request on its way at a time costs the broker
    /// much less than several small ones, and librdkafka's thread spins while it may not send what it holds. With
    /// several threads that have much to do results are read out now and then only, because everything has to stop for
    /// it.
    /// - Parameter records: how many were read in this turn.
    private func isReadOutDue(_ assignment: Assignment, records: Int) -> Bool {
        let passed = clock.nanoseconds(since: lastReadOut)
        if phase != .stream || records >= RunLoop.manyRecords { return options.threads == 1 || passed >= 200_000_000 }
        return passed >= 10_000_000 || assignment.sender.isIdle
    }
    /// From so many in one turn on, a run has to catch up.
    private static let manyRecords = 4096

    private func readOut(_ assignment: Assignment) throws {
        lastReadOut = clock.monotonicNanoseconds()
        readOutIsPending = false
        assignment.reader.pool.waitUntilIdle()
        try exchange.check(assignment.pipeline)
        try keyWatch.check(assignment.pipeline) { observer.log($0) }
        try measureBlocking {
            let queries = phase == .backfill ? assignment.backfilling : nil
            try assignment.sender.sendResults { assignment.pipeline.close(isForced: false, of: queries) }
        }
        try rejectionWatch.checkFailures(assignment.sender.collectors)
        try FaultPoint.sent.reach()
        showStatus()
    }

    private var isCommitDue: Bool {
        clock.hasPassed(milliseconds: options.commitIntervalMilliseconds, since: lastCommit)
    }

    /// All sources have arrived at the committed offsets: from here on results are new.
    func finishRestore(_ assignment: Assignment) throws {
        assignment.reader.pool.waitUntilIdle()
        try exchange.check(assignment.pipeline)
        if !assignment.backfilling.isEmpty, phase == .restoring { return try beginBackfill(assignment) }
        for (source, start) in zip(assignment.pipeline.sources, assignment.starts) { source.arrive(at: start.next) }
        assignment.pipeline.admit(Set(assignment.starts.indices.filter { assignment.starts[$0].isAdded }))
        assignment.pipeline.finishRestore(
            pendingSources: Set(
                assignment.starts.indices.filter { assignment.starts[$0].metadata?.changesArePending == true }),
            of: goingOn(assignment))
        try beginBatch(assignment)
    }

    /// The queries whose re-read is over at the committed offsets; nil: all.
    private func goingOn(_ assignment: Assignment) -> Set<Int>? {
        assignment.backfilling.isEmpty ? nil : Set(identities.indices).subtracting(assignment.backfilling)
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
            observer.log(
                LogLine(
                    .info, "\(start.partition): hand-over at offset \(cut)", partition: start.partition, offset: cut))
        }
        observer.log(LogLine(.info, "live"))
        observer.stageBegan(.stream)
        assignment.pipeline.beginStage()
        phase = .stream
        recorder?.beginStage(.stream)
        meter = StageMeter(.stream, assignment.pipeline, clock: clock)
        try assignment.reader.setBounds(assignment.starts.map { _ in nil })
    }

    func note(_ reports: [StageReport]) {
        history.stages += reports.filter { $0.records > 0 || $0.rows > 0 || $0.mode == .stream }
    }

    private func report(_ assignment: Assignment) {
        guard let meter else { return }
        let inputs = assignment.starts.filter { !exchange.isExchange($0.partition.topic) }
        let total = phase == .batch ? inputs.reduce(0) { $0 +| Int(clamping: max($1.cut -| $1.next, 0)) } : nil
        observer.progress(
            stage: phase == .batch ? "batch" : "stream", records: assignment.reader.recordsRead, total: total,
            elapsedMilliseconds: meter.elapsedMilliseconds(clock))
    }
}
