// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillraceReport

/// Takes an assignment from stage to stage, measures each, and says so.
///
///     offsets       S ─── silent re-read ─── C ─── batch stage ─── cut ─── stream stage ───
final class StageProgress {
    private let context: RunContext
    /// Of the stage that is under way.
    private(set) var meter: StageMeter?

    init(_ context: RunContext) { self.context = context }

    /// The stream stage is under way.
    var isLive: Bool { meter?.mode == .stream }

    func report(_ assignment: Assignment) {
        guard let meter else { return }
        let inputs = assignment.starts.filter { !context.exchange.isExchange($0.partition.topic) }
        let total =
            meter.mode == .batch ? inputs.reduce(0) { $0 +| Int(clamping: max($1.cut -| $1.next, 0)) } : nil
        context.observer.progress(
            stage: meter.mode == .batch ? "batch" : "stream", records: assignment.reader.recordsRead, total: total,
            elapsedMilliseconds: meter.elapsedMilliseconds(context.clock))
    }

    // MARK: beginnings

    /// Queries that were added to a program (`--new-queries backfill`) run over the history up to where the others have
    /// committed; those are read again silently on the way, as far as they need it. The added ones have arrived at x:
    /// what was final there was emitted.
    ///
    ///     offsets       from ───────── x ──────────── C ───────── cut ─────────►
    ///     added         [ published   )[ batch        │ batch     │ stream
    ///     the others               [ read again       │ batch     │ stream
    ///
    /// C stays the committed offset until the backfill has come there; x is in the commit's metadata.
    func beginBackfill(_ assignment: Assignment) throws {
        try settle(assignment)
        let pipeline = assignment.pipeline
        pipeline.finishRestore(pendingSources: Set(pipeline.sources.indices), of: assignment.backfilling)
        begin(.batch, pipeline)
        try assignment.reader.setBounds(assignment.starts.map { Optional($0.next) })
    }

    /// All queries stand at the committed offsets, and go on together.
    func endBackfill(_ assignment: Assignment) throws {
        end(assignment.pipeline, ends: assignment.starts.map(\.next))
        try beginBatch(assignment)
        assignment.endBackfill()
        // What was filled in need not be read again.
        context.state.flushSoon()
    }

    /// The history begins: all sources have arrived at the committed offsets, and from here on results are new.
    func beginBatch(_ assignment: Assignment) throws {
        try settle(assignment)
        finishRestore(assignment)
        begin(.batch, assignment.pipeline)
        // What comes through an exchange now is the history of other partitions, and has no end of its own.
        try assignment.reader.setBounds(
            assignment.starts.map {
                context.exchange.isExchange($0.partition.topic) ? nil : max($0.cut, $0.next)
            }, goesOn: !context.options.endsAtCut, isAwaited: { !assignment.pipeline.isExchange($0) })
    }

    /// The batch stage has arrived at the cut in every partition, and is committed: the stream stage begins exactly
    /// there.
    func handOver(_ assignment: Assignment) throws {
        endBatch(assignment)
        for start in assignment.starts where !context.exchange.isExchange(start.partition.topic) {
            let cut = max(start.cut, start.next)
            context.log(
                LogLine(
                    .info, "\(start.partition): hand-over at offset \(cut)", partition: start.partition, offset: cut))
        }
        context.log(LogLine(.info, "live"))
        assignment.pipeline.beginStage()
        begin(.stream, assignment.pipeline)
        try assignment.reader.setBounds(assignment.starts.map { _ in nil })
    }

    private func begin(_ mode: StageReport.Mode, _ pipeline: Pipeline) {
        context.recorder?.beginStage(mode)
        context.observer.stageBegan(mode)
        meter = StageMeter(mode, pipeline, clock: context.clock)
    }

    private func settle(_ assignment: Assignment) throws {
        assignment.reader.pool.waitUntilIdle()
        try context.exchange.check(assignment.pipeline)
    }

    private func finishRestore(_ assignment: Assignment) {
        let pipeline = assignment.pipeline
        let starts = assignment.starts
        for (source, start) in zip(pipeline.sources, starts) { source.arrive(at: start.next) }
        pipeline.admit(Set(starts.indices.filter { starts[$0].isAdded }))
        let goingOn =
            assignment.backfilling.isEmpty
            ? nil : Set(context.identities.indices).subtracting(assignment.backfilling)
        pipeline.finishRestore(
            pendingSources: Set(starts.indices.filter { starts[$0].metadata?.changesArePending == true }),
            of: goingOn)
    }

    // MARK: ends

    /// The batch stage is committed up to the cut.
    func endBatch(_ assignment: Assignment) {
        end(assignment.pipeline, ends: assignment.starts.map { max($0.cut, $0.next) })
    }

    /// - Parameter ends: the end of each source's slice; nil: as far as it was read.
    func end(_ pipeline: Pipeline, ends: [Int64]?) {
        guard let meter else { return }
        self.meter = nil
        context.history.stages += meter.reports(pipeline, ends: ends, clock: context.clock).filter {
            $0.records > 0 || $0.rows > 0 || $0.mode == .stream
        }
    }
}
