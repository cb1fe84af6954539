// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillraceReport

/// Runs a member of the group on the poll thread: performs what the machine says, and tells it what came of it.
///
///     event ─► RunMachine ─► actions ─► performed one by one ─► event …
///                                          └ one fails: those behind it are dropped, the failure is the event
final class RunDriver {
    private let context: RunContext
    private var machine: RunMachine
    private var assignment: Assignment?
    private let placement: Placement
    private let topics: TopicWatch
    private let cycle: CommitCycle
    private let stages: StageProgress
    private let memory: MemoryPressure
    private let drain: DrainReader
    private let snapshots: SnapshotPublisher
    /// How it ended; nil: not yet.
    private var end: Result<RunReport, any Error>?

    init(_ context: RunContext) {
        self.context = context
        machine = RunMachine(context.setup, partitions: context.partitions, failures: context.history.failures)
        placement = Placement(context)
        topics = TopicWatch(context)
        cycle = CommitCycle(context, topics)
        stages = StageProgress(context)
        memory = MemoryPressure(context)
        drain = DrainReader(context)
        snapshots = SnapshotPublisher(context: context)
        context.committer.onEvents = { [unowned self] in hear($0) }
    }

    /// What the group says while something else waits for a broker goes to the machine's queue.
    private func hear(_ events: [ConsumerEvent]) {
        if !events.isEmpty { _ = machine.handle(.heard(events), at: moment) }
    }

    private var moment: RunMoment {
        RunMoment(
            now: context.clock.monotonicNanoseconds(), isStopRequested: context.observer.isStopRequested,
            isDrainRequested: context.recorder?.isDrainRequested ?? false,
            isPauseRequested: context.recorder?.isPauseRequested ?? false)
    }

    /// Runs until it is over. Behind a failure the open transaction is given up, so that readers need not wait for it.
    /// - Throws: `MembershipLost` where a new member may go on with the history.
    func run() throws -> RunReport {
        context.log(LogLine(.info, "joining the group \(context.options.application)"))
        while end == nil { turn() }
        context.history.failures = machine.failures
        do {
            let report = try end?.get()
            leaveJob()
            return report ?? RunReport(stages: [], accounts: [])
        } catch {
            // Without brokers there is nothing to do, and a process that has taken the name over has ended it.
            if let failure = error as? RunFailure, failure.code != .unreachable, failure.code != .tryAgain {
                try? context.committer.abort()
            }
            if !(error is MembershipLost) { leaveJob() }
            throw error
        }
    }

    /// Performs actions until none is left.
    private func turn() {
        // With several threads a snapshot is made behind an emission, which has waited for all of them.
        if assignment == nil || context.options.threads == 1 || !machine.emissionIsPending { publishSnapshot() }
        var actions = machine.handle(.turn, at: moment)[...]
        while let action = actions.popFirst(), end == nil {
            do {
                let event = try perform(action)
                let next = machine.handle(event, at: moment)
                if !next.isEmpty { actions = (next + actions)[...] }
            } catch {
                actions = machine.handle(.failed(reason(error)), at: moment)[...]
            }
        }
    }

    private func reason(_ error: any Error) -> RunError {
        switch error {
        case let error as RunError: error
        case let error as KafkaError: .kafka(error, isUncertain: context.committer.isCommitUncertain)
        case let error as OffsetsInDoubt: .doubt(error.message)
        case let error as StateAhead: .stateAhead(error.failure)
        case let error as ReplacedInput: .replacedInput(error.partition)
        case let error as RunFailure: .failure(error)
        default: .failure(RunFailure(.internalError, .internalError, "\(error)"))
        }
    }

    // MARK: actions

    /// Performs an action that has an answer.
    private func perform(_ action: RunAction) throws -> RunEvent {
        let consumer = context.consumer
        switch action {
        case .poll(let milliseconds):
            return .polled(consumer.poll(timeoutMilliseconds: milliseconds), fatal: consumer.fatalError)
        case .awaitTakeover: return .takeover(awaitTakeover())
        case .place(let partitions, let replaced): return .placed(try place(partitions, replaced))
        case .read(let milliseconds, let isReread): return try read(milliseconds, isReread: isReread)
        case .commit(let commit): return try self.commit(commit)
        case .lookAtCoverage:
            return .coverage(try coverage(), generation: consumer.groupMetadata()?.generation ?? -1)
        case .lookAtWidths: return .widths(topics.widths() ?? [:])
        case .lookAtInputs: return .inputs(topics.existingInputs())
        case .identify(let names): return topics.identify(names, assignment)
        case .lookAtOthers(let others): return .othersSeen(try OtherPrograms(context: context).look(others))
        case .lookAtJob: return .job(over: partsOver())
        case .lookAtDrain(let ofExchanges):
            return .drained(drain.isAllCommitted(machine.allPartitions, ofExchanges: ofExchanges))
        case .beginBackfill, .endBackfill, .beginBatch, .handOver, .lookAtParts, .beginDrain, .readExchanges:
            return try performStage(action, placed())
        default:
            try act(action)
            return .done(action)
        }
    }

    /// Performs an action on what is placed.
    private func performStage(_ action: RunAction, _ assignment: Assignment) throws -> RunEvent {
        func began(_ stage: RunMachine.Stage, _ begin: (Assignment) throws -> Void) throws -> RunEvent {
            try begin(assignment)
            return .stageBegan(stage, facts(assignment))
        }
        switch action {
        case .beginBackfill: return try began(.backfill, stages.beginBackfill)
        case .endBackfill: return try began(.batch, stages.endBackfill)
        case .beginBatch: return try began(.batch, stages.beginBatch)
        case .handOver: return try began(.live, stages.handOver)
        case .lookAtParts(let isQuiet): return .parts(reached: partsAtTheirEnds(assignment, isQuiet: isQuiet))
        case .beginDrain(let inputs): try drain.begin(inputs, assignment)
        default: try drain.readExchanges(assignment)
        }
        return .bounded(facts(assignment))
    }

    /// Performs an action that has no answer.
    private func act(_ action: RunAction) throws {
        let (consumer, recorder) = (context.consumer, context.recorder)
        switch action {
        case .listen(let milliseconds): hear(consumer.poll(timeoutMilliseconds: milliseconds))
        case .subscribe: try consumer.subscribe(topics: [context.layout.lead])
        case .unsubscribe: try consumer.unsubscribe()
        case .acknowledge(let isStandby):
            recorder?.noteRebalance(isStandby: isStandby)
            try consumer.incrementalAssign(positions: [:])
        case .widen(let partitions): try placement.widen(partitions)
        case .take(let partitions): try placement.take(partitions)
        case .giveUp(let partitions): try placement.giveUp(partitions)
        case .emit(let isBackfill):
            try cycle.emit(placed(), isBackfill: isBackfill)
            publishSnapshot()
        case .rollBack: try rollBack()
        case .abandon:
            discard()
            close()
        case .close: close()
        case .endBatch: stages.endBatch(try placed())
        case .lookAtOutputs: try topics.lookAtOutputs()
        case .lookAtLogs: try topics.lookAtLogs(placed())
        case .lookAtMemory: try memory.look(placed())
        case .reportProgress: stages.report(try placed())
        case .noteFailure(let error, let isUncertain): context.groupOffsets.note(error, isUncertain: isUncertain)
        case .forgetOffsets(let partitions): context.groupOffsets.forget(partitions)
        case .forgetLog(let partition): context.groupOffsets.noteReplaced(partition)
        case .noteSilence(let message): recorder?.noteSilence(message)
        case .noteAborted: recorder?.noteAborted()
        case .hurryOutputs: topics.hurryOutputs()
        case .show(let state): recorder?.enter(state)
        case .noteRebalance: recorder?.noteRebalance(isStandby: false)
        case .say(let line): context.log(line)
        case .reach(let point): try point.reach()
        case .end(let end): self.end = finish(end)
        default: break
        }
    }

    private func placed() throws -> Assignment {
        guard let assignment else {
            throw RunFailure(.internalError, .internalError, "a step of the run without partitions")
        }
        return assignment
    }

    private func facts(_ assignment: Assignment) -> RunFacts {
        RunFacts(
            isAtBounds: assignment.reader.isDone, hasProgress: assignment.hasProgress,
            isSenderIdle: assignment.sender.isIdle, areAllPartsOver: assignment.isOver,
            isWaitingForJoins: stages.isLive && assignment.pipeline.isWaitingForJoins)
    }

    private func publishSnapshot() { snapshots.publish(assignment, stages.meter) }

    // MARK: the group

    /// Within this time a member hears of its group, in ms.
    private static let heartbeat: Int64 = 1500

    private func awaitTakeover() -> KafkaError? {
        let began = context.clock.monotonicNanoseconds()
        while context.consumer.fatalError == nil, !context.observer.isStopRequested {
            if context.clock.hasPassed(milliseconds: RunDriver.heartbeat, since: began) { return nil }
            hear(context.consumer.poll(timeoutMilliseconds: 50))
        }
        return context.consumer.fatalError
    }

    private func coverage() throws -> CoverageWatch.Finding {
        let lead = context.layout.lead
        if machine.assigned.count == machine.allPartitions.count { return .complete }
        guard let group = try? context.consumer.describeGroup(timeoutMilliseconds: 1000) else { return .unsettled }
        try context.layout.check(group.members, application: context.options.application)
        return CoverageWatch.Finding(group, machine.allPartitions.filter { $0.topic == lead })
    }

    private func place(_ partitions: [TopicPartition], _ replaced: Set<TopicPartition>) throws -> RunPlacement? {
        let assignment = try placement.place(partitions, replaced: replaced) {
            hear(context.consumer.poll(timeoutMilliseconds: 0))
            publishSnapshot()
        }
        self.assignment = assignment
        return assignment.map { RunPlacement(hasBackfill: !$0.backfilling.isEmpty, facts: facts($0)) }
    }

    /// A process that leaves a job does not come back: it leaves the group, as far as that can be done at once, so that
    /// the others get its partitions now, not when its session has run out.
    private func leaveJob() {
        if context.job == nil { return }
        let clock = context.clock
        let end = clock.monotonicNanoseconds() +| 3_000_000_000
        do {
            try context.consumer.unsubscribe()
            while !context.consumer.assignment.isEmpty, clock.monotonicNanoseconds() < end {
                for event in context.consumer.poll(timeoutMilliseconds: 50) {
                    switch event {
                    case .revoked(let partitions), .lost(let partitions):
                        try context.consumer.incrementalUnassign(partitions)
                    case .assigned: try context.consumer.incrementalAssign(positions: [:])
                    case .partitionError, .error: break
                    }
                }
            }
        } catch {
            context.log(LogLine(.warn, "cannot leave the group: \(error)"))
        }
    }

    // MARK: stages

    private func read(_ milliseconds: Int32, isReread: Bool) throws -> RunEvent {
        let assignment = try placed()
        var count = try assignment.reader.pump(
            timeoutMilliseconds: milliseconds, maximumRecords: 16_384, isReread: isReread)
        if stages.isLive {
            count += assignment.reader.settleJoins(
                now: context.clock.monotonicNanoseconds(), waitMilliseconds: context.options.joinWaitMilliseconds)
        }
        if count > 0 { try (machine.work?.stage == .restoring ? FaultPoint.restoring : .computed).reach() }
        return .read(records: count, facts(assignment))
    }

    private func commit(_ commit: RunCommit) throws -> RunEvent {
        let assignment = try placed()
        if commit == .drained {
            assignment.reader.pool.waitUntilIdle()
            drain.arrive(assignment)
        }
        let outcome = try cycle.commit(commit, assignment, isLive: stages.isLive)
        return .committed(commit, sentAt: outcome.sentAt, partitions: outcome.partitions, facts(assignment))
    }

    // MARK: a job

    /// A job is a bounded slice that several processes share. Each partition ends by itself, with everything that is
    /// left of it, and the job is done when all are over; until then every process stays, to take over from those that
    /// die.
    ///
    ///     input partition ── its end ─► what is left is emitted, or handed over with the end ─► over
    ///     exchange's partition ── the ends of all that feed it ─► what is left is emitted ─► over
    private func partsAtTheirEnds(_ assignment: Assignment, isQuiet: Bool) -> Set<Int> {
        let pipeline = assignment.pipeline
        // What comes through exchanges is looked at with nothing under way, behind an emission.
        return Set(
            pipeline.sources.indices.filter { source in
                if assignment.endedParts.contains(source) { return false }
                return pipeline.isExchange(source)
                    ? isQuiet && pipeline.isExhausted(source) : assignment.reader.hasReachedBound(source)
            })
    }

    private func partsOver() -> Int? {
        guard let commits = try? context.consumer.committed(machine.allPartitions, timeoutMilliseconds: 500) else {
            return nil
        }
        return commits.values.count { CommitMetadata($0.metadata)?.part?.isOver == true }
    }

    // MARK: ends

    /// Throws away what was done since the last commit.
    private func rollBack() throws {
        discard()
        try context.committer.abort()
        close()
    }

    private func discard() {
        assignment?.reader.pool.waitUntilIdle()
        assignment?.sender.discard()
    }

    private func close() {
        guard let assignment else { return }
        stages.end(assignment.pipeline, ends: nil)
        context.history.totals.add(assignment.pipeline, assignment.sender.collectors)
        topics.keepLastRecords(assignment)
        self.assignment = nil
        context.recorder?.enter(.joining)
    }

    private func finish(_ end: RunEnd) -> Result<RunReport, any Error> {
        switch end {
        case .done: return .success(report())
        case .failed(let failure):
            if failure.errorCode == .stoppedEarly { close() }
            return .failure(failure)
        case .membershipLost(let error):
            context.history.bytesRead += context.consumer.bytesRead
            context.history.memory = context.groupOffsets.memory
            return .failure(MembershipLost(error: error))
        }
    }

    private func report() -> RunReport {
        var report = RunReport(stages: [], accounts: [])
        var notes = NoteFinder(graph: context.graph, options: context.options, clock: context.clock)
        if let assignment {
            assignment.reader.pool.waitUntilIdle()
            if stages.isLive { report.partials = PartialReport.of(assignment.pipeline) }
            notes.waiting = WaitingWindows.all(assignment.pipeline)
            close()
        }
        let history = context.history
        report.add(history.stages, history.totals)
        report.notes = notes.notes(report, history.totals)
        return report
    }
}
