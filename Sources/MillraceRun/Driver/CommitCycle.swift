// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillraceReport

/// Publishes what an assignment has made: sends results as they are ready, and commits them with the input's offsets.
///
///     read, computed ─► emit ─► … ─► emit ─► commit: all that is left, the state where it is due, exchanges, offsets
final class CommitCycle {
    /// What a commit has done.
    struct Outcome {
        /// When the results were on their way, in ns.
        var sentAt: UInt64
        /// Whose offsets were committed; empty: there was nothing to commit.
        var partitions: [TopicPartition] = []
    }

    private let context: RunContext
    private let topics: TopicWatch
    private let rejectionWatch: RejectionWatch
    private var watermarkWatch = WatermarkWatch()
    private var keyWatch: KeyPartitionWatch
    private var badRecordWatch = BadRecordWatch()
    private var supersededWatch = SupersededWatch()

    init(_ context: RunContext, _ topics: TopicWatch) {
        self.context = context
        self.topics = topics
        rejectionWatch = RejectionWatch(errors: context.options.errors)
        keyWatch = KeyPartitionWatch(context.options.keyPartitioning)
    }

    /// Sends the results that are ready.
    /// - Parameter isBackfill: only of the queries that fill in the history.
    func emit(_ assignment: Assignment, isBackfill: Bool) throws {
        let queries = isBackfill ? assignment.backfilling : nil
        try send(assignment) { assignment.pipeline.close(isForced: false, of: queries) }
        try FaultPoint.sent.reach()
    }

    /// - Parameter isLive: the batch stage is over.
    func commit(_ commit: RunCommit, _ assignment: Assignment, isLive: Bool) throws -> Outcome {
        if commit == .backfill { return try commitBackfill(assignment) }
        if commit == .end { return try commitEnd(assignment, isLive: isLive) }
        return try self.commit(commit, assignment, isLive: isLive, flush: .none)
    }

    /// The last commit of a run, with the state. A run that was asked to stop has little time: a large state follows
    /// its results in a transaction of its own, which is given up where it takes too long.
    private func commitEnd(_ assignment: Assignment, isLive: Bool) throws -> Outcome {
        let pipeline = assignment.pipeline
        let bytes = context.identities.indices.reduce(0) { $0 +| pipeline.stateBytes($1) }
        guard context.observer.isStopRequested, bytes > CommitCycle.smallStateBytes else {
            return try commit(.last, assignment, isLive: isLive, flush: .none)
        }
        let end = context.clock.monotonicNanoseconds() +| CommitCycle.longestLastFlush
        let outcome = try commit(.usual, assignment, isLive: isLive, flush: .noFlush)
        do {
            return try commit(.last, assignment, isLive: isLive, flush: .until(end))
        } catch is FlushLate {
            try context.committer.abort()
            context.log(
                LogLine(
                    .info,
                    "the state is too large to be flushed before the end: the next start goes on from the flush "
                        + "before, and reads again what came since"))
            return outcome
        }
    }
    /// So much state is flushed within a fraction of a second.
    private static let smallStateBytes = 8 << 20
    /// In ns.
    private static let longestLastFlush: UInt64 = 700_000_000

    /// - Parameter flush: whether the state may be flushed, and until when.
    private func commit(
        _ commit: RunCommit, _ assignment: Assignment, isLive: Bool, flush: StateKeeper.FlushLimit
    ) throws -> Outcome {
        if commit == .handOver { assignment.changesArePending = false }
        let emitsChanges = isLive || !assignment.changesArePending
        let ending: Set<Int> = if case .ending(let sources) = commit { sources } else { [] }
        let pipeline = assignment.pipeline
        var outcome = try sendAll(assignment) {
            pipeline.close(isForced: true)
            if emitsChanges { pipeline.emitChanges() }
            if !ending.isEmpty { pipeline.end(ending) }
        }
        let state = context.state
        let isFlushing =
            flush != .noFlush && pipeline.needsFlush && pipeline.isBetweenValues && (commit == .last || state.isDue)
        let isForced =
            commit == .handOver || commit == .backfillEnd || commit == .drained
            || commit == .renewal || !ending.isEmpty
        guard assignment.hasProgress || isForced || isFlushing else { return outcome }
        assignment.endedParts.formUnion(ending)
        try measureBlocking {
            if isFlushing { try state.flush(pipeline, flush) }
            try context.exchange.handOver(pipeline)
        }
        // Before the commit: a process that dies behind it has said so.
        let now = context.clock.monotonicNanoseconds()
        if let line = supersededWatch.note(pipeline, earlier: context.history.totals, now: now) { context.log(line) }
        let offsets = assignment.offsetsToCommit()
        outcome.partitions = try publish(offsets, assignment)
        assignment.noteCommitted(offsets)
        if isFlushing { context.exchange.deleteOld(pipeline) }
        if commit == .backfillEnd {
            context.log(LogLine(.info, "the history of \(context.names(assignment.backfilled)) is published"))
        }
        sayWhatIsOdd(assignment)
        return outcome
    }

    /// In the midst of a backfill: publishes what the added queries have made, and notes how far they are.
    private func commitBackfill(_ assignment: Assignment) throws -> Outcome {
        var outcome = try sendAll(assignment) {
            assignment.pipeline.close(isForced: true, of: assignment.backfilling)
        }
        guard assignment.hasBackfillProgress else { return outcome }
        outcome.partitions = try publish(assignment.backfillToCommit(), assignment)
        assignment.noteBackfillCommitted()
        return outcome
    }

    /// Sends all that a commit publishes, unless something in it must not be.
    /// - Parameter readOut: emits it.
    private func sendAll(_ assignment: Assignment, _ readOut: () -> Void) throws -> Outcome {
        try send(assignment, readOut)
        try rejectionWatch.checkLimit(
            assignment.pipeline, assignment.sender.collectors, earlier: context.history.totals)
        return Outcome(sentAt: context.clock.monotonicNanoseconds())
    }

    private func send(_ assignment: Assignment, _ readOut: () -> Void) throws {
        assignment.reader.pool.waitUntilIdle()
        try context.exchange.check(assignment.pipeline)
        try keyWatch.check(assignment.pipeline) { context.log($0) }
        try measureBlocking { try assignment.sender.sendResults(of: readOut) }
        try rejectionWatch.checkFailures(assignment.sender.collectors)
    }

    /// Commits what was sent with these offsets.
    private func publish(_ offsets: [OffsetToCommit], _ assignment: Assignment) throws -> [TopicPartition] {
        let committer = context.committer
        try context.recorder?.measureCommit { try committer.commit(offsets) } ?? committer.commit(offsets)
        topics.note(committed: assignment.sender.takeSentRecords())
        context.groupOffsets.noteCommit(offsets)
        return offsets.map(\.partition)
    }

    private func sayWhatIsOdd(_ assignment: Assignment) {
        // The partitions of a bounded slice need not keep up with each other.
        if context.job != nil { return }
        let pipeline = assignment.pipeline
        let now = context.clock.monotonicNanoseconds()
        if let line = badRecordWatch.note(
            pipeline, assignment.sender.collectors, earlier: context.history.totals, now: now)
        {
            context.log(line)
        }
        for line in watermarkWatch.notes(pipeline, wallMilliseconds: context.clock.wallMilliseconds())
            + keyWatch.notes(pipeline)
        {
            context.log(line)
        }
    }

    /// Runs what may have to wait for Kafka.
    private func measureBlocking(_ body: () throws -> Void) rethrows {
        try context.recorder?.measureBlocking(body) ?? body()
    }
}
