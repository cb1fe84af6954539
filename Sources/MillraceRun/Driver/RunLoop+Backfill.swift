// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceReport

/// Queries that were added to a program (`--new-queries backfill`) run over the history up to where the others have
/// committed; those are read again silently on the way, as far as they need it.
///
///     offsets       from ───────── x ──────────── C ───────── cut ─────────►
///     added         [ published   )[ batch        │ batch     │ stream
///     the others               [ read again       │ batch     │ stream
///
/// C stays the committed offset until the backfill has come there; x is in the commit's metadata.
extension RunLoop {
    /// The added queries have arrived at x: what was final there was emitted.
    func beginBackfill(_ assignment: Assignment) throws {
        let queries = assignment.backfilling
        let pipeline = assignment.pipeline
        pipeline.finishRestore(pendingSources: Set(pipeline.sources.indices), of: queries)
        phase = .backfill
        recorder?.beginStage(.batch)
        observer.stageBegan(.batch)
        meter = StageMeter(.batch, pipeline, clock: clock)
        lastCommit = clock.monotonicNanoseconds()
        try assignment.reader.setBounds(assignment.starts.map { Optional($0.next) })
        if assignment.reader.isDone { try finishBackfill(assignment) }
    }

    /// Publishes what the added queries have made, and notes how far they are.
    func commitBackfill(_ assignment: Assignment) throws {
        try send(assignment) { assignment.pipeline.close(isForced: true, of: assignment.backfilling) }
        guard assignment.hasBackfillProgress else { return }
        try commit(assignment.backfillToCommit(), assignment)
        assignment.noteBackfillCommitted()
    }

    /// The names of queries, as the log has them.
    func names(_ queries: Set<Int>) -> String {
        queries.sorted().map { graph.program.queries[$0].name }.joined(separator: ", ")
    }

    /// All queries stand at the committed offsets, and go on together.
    func finishBackfill(_ assignment: Assignment) throws {
        let names = names(assignment.backfilling)
        if let meter { note(meter.reports(assignment.pipeline, ends: assignment.starts.map(\.next), clock: clock)) }
        try finishRestore(assignment)
        assignment.backfilling = []
        // What was filled in need not be read again.
        state.flushSoon()
        try commit(assignment, isBackfillEnd: true)
        observer.log(LogLine(.info, "the history of \(names) is published"))
    }
}
