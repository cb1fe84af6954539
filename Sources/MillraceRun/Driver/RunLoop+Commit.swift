// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillraceReport

/// The cycle of commits, and the way back to the last one.
extension RunLoop {
    /// - Parameters:
    ///   - isLast: of this assignment: the state is flushed too, so that the next one finds it.
    ///   - isBackfillEnd: queries that were added have come as far as the others.
    ///   - ending: sources whose part of a job ends with this commit.
    ///   - flush: whether the state may be flushed, and until when.
    func commit(
        _ assignment: Assignment, isHandOver: Bool = false, isLast: Bool = false, isBackfillEnd: Bool = false,
        ending: Set<Int> = [], flush: StateKeeper.FlushLimit = .none
    ) throws {
        if phase == .backfill { return try commitBackfill(assignment) }
        let emitsChanges = phase == .stream || isHandOver || !assignment.changesArePending
        let pipeline = assignment.pipeline
        try send(assignment) {
            pipeline.close(isForced: true)
            if emitsChanges { pipeline.emitChanges() }
            if !ending.isEmpty { pipeline.end(ending) }
        }
        let isFlushing =
            flush != .noFlush && pipeline.needsFlush && pipeline.isBetweenValues && (isLast || state.isDue)
        guard assignment.hasProgress || isHandOver || isBackfillEnd || isFlushing || !ending.isEmpty else { return }
        assignment.endedParts.formUnion(ending)
        try measureBlocking {
            if isFlushing { try state.flush(pipeline, flush) }
            try exchange.handOver(pipeline)
        }
        let offsets = assignment.offsetsToCommit()
        try commit(offsets, assignment)
        assignment.noteCommitted(offsets)
        if isFlushing { exchange.deleteOld(pipeline) }
        // The partitions of a bounded slice need not keep up with each other.
        if job != nil { return }
        let now = clock.monotonicNanoseconds()
        if let line = badRecordWatch.note(pipeline, assignment.sender.collectors, earlier: history.totals, now: now) {
            observer.log(line)
        }
        for line in watermarkWatch.notes(pipeline, wallMilliseconds: clock.wallMilliseconds())
            + keyWatch.notes(pipeline)
        {
            observer.log(line)
        }
    }

    /// The last commit of a run, with the state. Who was asked to stop has little time: a large state follows its
    /// results in a transaction of its own, which is given up where it takes too long.
    func commitLast(_ assignment: Assignment) throws {
        let bytes = identities.indices.reduce(0) { $0 +| assignment.pipeline.stateBytes($1) }
        guard observer.isStopRequested, bytes > RunLoop.smallStateBytes else {
            return try commit(assignment, isLast: true)
        }
        let end = clock.monotonicNanoseconds() +| RunLoop.longestLastFlush
        try commit(assignment, flush: .noFlush)
        do {
            try commit(assignment, isLast: true, flush: .until(end))
        } catch is FlushLate {
            try committer.abort()
            observer.log(
                LogLine(
                    .info,
                    "the state is too large to be flushed before the end: the next start goes on from the flush "
                        + "before, and reads again what came since"))
        }
    }
    /// So much state is flushed within a fraction of a second.
    private static let smallStateBytes = 8 << 20
    /// In ns.
    private static let longestLastFlush: UInt64 = 700_000_000

    /// Sends all that a commit publishes, unless something in it must not be.
    /// - Parameter readOut: emits it.
    func send(_ assignment: Assignment, _ readOut: () -> Void) throws {
        assignment.reader.pool.waitUntilIdle()
        readOutIsPending = false
        try exchange.check(assignment.pipeline)
        try keyWatch.check(assignment.pipeline) { observer.log($0) }
        try measureBlocking { try assignment.sender.sendResults(of: readOut) }
        try rejectionWatch.checkFailures(assignment.sender.collectors)
        try rejectionWatch.checkLimit(assignment.pipeline, assignment.sender.collectors, earlier: history.totals)
        lastCommit = clock.monotonicNanoseconds()
    }

    /// Commits what was sent with these offsets.
    func commit(_ offsets: [OffsetToCommit], _ assignment: Assignment) throws {
        try measureCommit { try committer.commit(offsets) }
        outputWatch.note(committed: assignment.sender.takeSentRecords())
        history.failures.noteCommit()
        replacedInputs.subtract(offsets.map(\.partition))
        groupOffsets.noteCommit(offsets)
        planLooksAtOthers(assignment)
    }

    /// A transaction failed: what it held is thrown away, and everything starts again from the last commit.
    func recover(from error: KafkaError) throws {
        groupOffsets.note(error, isUncertain: committer.isCommitUncertain)
        if error.isFenced { try leaveIfTakenOver() }
        // Brokers that are away come back some time; what fails again and again for another reason does not mend
        // itself.
        if error.category == .unreachable {
            recorder?.noteSilence(error.message)
            if observer.isStopRequested { throw stoppedWithoutCommit(error) }
            pendingEvents += consumer.poll(timeoutMilliseconds: 500)
        } else {
            guard history.failures.note(isFenced: error.isFenced, now: clock.monotonicNanoseconds()) else {
                throw error.isFenced ? fencedOut(error) : RunFailure(error)
            }
            if error.category == .missingTopic { outputWatch.hurry() }
            // These take a while to mend; of its membership it hears with the next heartbeat.
            if error.category == .missingTopic || error.isDamage || error.isOfMembership {
                pendingEvents += consumer.poll(timeoutMilliseconds: 1000)
            }
        }
        if assignment != nil {
            recorder?.noteAborted()
            observer.log(
                LogLine(
                    .warn, "transaction aborted, going back to the last commit: \(error.message)",
                    code: ErrorCode(error), kind: "transaction aborted"))
        } else {
            observer.log(LogLine(.warn, "trying again: \(error)", code: ErrorCode(error), kind: "trying again"))
        }
        try rollBack()
    }

    /// Its producers are fenced: by a transaction that took too long, or by another process of its name, of which the
    /// group says so with the next heartbeat. New producers would fence those of the other one in turn.
    private func leaveIfTakenOver() throws {
        let began = clock.monotonicNanoseconds()
        while consumer.fatalError == nil, !observer.isStopRequested {
            if clock.hasPassed(milliseconds: RunLoop.heartbeat, since: began) { return }
            pendingEvents += consumer.poll(timeoutMilliseconds: 50)
        }
        if let error = consumer.fatalError { try leave(MembershipLost(error: error)) }
    }

    /// Within this time a member hears of its group, in ms.
    private static let heartbeat: Int64 = 1500

    /// What the group is said to have committed cannot be true: asks again a little later.
    func wait(for doubt: OffsetsInDoubt) {
        recorder?.noteSilence(doubt.message)
        observer.log(
            LogLine(.warn, "asking again: \(doubt.message)", code: .offsetsForgotten, kind: "offsets in doubt"))
        pendingEvents += consumer.poll(timeoutMilliseconds: 500)
    }

    /// Throws away what was done since the last commit.
    func rollBack() throws {
        if let assignment {
            assignment.reader.pool.waitUntilIdle()
            assignment.sender.discard()
        }
        try committer.abort()
        if let assignment { close(assignment) }
    }

    /// Gives everything up, so that a new member can go on from the last commit.
    func leave(_ loss: MembershipLost) throws -> Never {
        guard history.failures.note(isFenced: true, now: clock.monotonicNanoseconds()) else {
            throw fencedOut(loss.error)
        }
        observer.log(
            LogLine(
                .warn, "another member of the group has this one's name, joining again: \(loss.error.message)",
                code: .takenOver, kind: "joining again"))
        // The next member's producers end the open transaction: those of now would take their ids back first.
        if let assignment {
            assignment.reader.pool.waitUntilIdle()
            assignment.sender.discard()
            close(assignment)
        }
        history.bytesRead += consumer.bytesRead
        history.memory = groupOffsets.memory
        throw loss
    }

    private func stoppedWithoutCommit(_ error: KafkaError) -> RunFailure {
        RunFailure(
            .unreachable, .unreachable, "stopped without a last commit: \(error.message)",
            hint: "nothing is lost or doubled: the next start goes on from the commit before")
    }

    func fencedOut(_ error: KafkaError) -> RunFailure {
        RunFailure(
            .tryAgain, .takenOver,
            "another instance runs as \(options.application)-\(options.instance): \(error.message)",
            hint: "stop one of them, or give it another name with --instance")
    }

    /// Commits what was done and makes the report.
    func finish() throws -> RunReport {
        var report = RunReport(stages: [], accounts: [])
        var notes = NoteFinder(graph: graph, options: options, clock: clock)
        if let assignment {
            assignment.reader.pool.waitUntilIdle()
            if phase != .restoring, !hasEndedParts { try commit(assignment, isLast: true) }
            if phase == .stream { report.partials = PartialReport.of(assignment.pipeline) }
            notes.waiting = WaitingWindows.all(assignment.pipeline)
            close(assignment)
        }
        if job != nil, !isJobOver { throw stoppedBeforeEnd }
        report.add(history.stages, history.totals)
        report.notes = notes.notes(report, history.totals)
        return report
    }
}
