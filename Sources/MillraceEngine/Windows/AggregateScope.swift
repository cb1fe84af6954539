// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The results of one aggregation that are read out together: of one source partition where the query is
/// partition-affine, of the whole process where it regroups. Its partial results, one a thread and stage, are merged
/// when they are read; merging them in any order gives the same.
///
///     scope ── part (stage 0, thread 0)   part (stage 0, thread 1)   part (stage 1, thread 0) …
class AggregateScope {
    /// Which windows a bounded slice by time may emit.
    struct Bounds {
        /// Windows that start before are not emitted (sessions: are marked partial up to here).
        var earliestStart: Int64 = .min
        /// Windows that end after are not emitted.
        var latestEnd: Int64 = .max
    }

    let aggregation: Aggregation
    let emitsChanges: Bool
    let builder: ResultBuilder
    let bounds: Bounds
    let emitted: EmittedGroups?
    /// Makes the records of the scope's changelog; nil: the query keeps none.
    let changelog: ChangelogWriter?

    init(
        aggregation: Aggregation, emitsChanges: Bool, builder: ResultBuilder, bounds: Bounds, emitted: EmittedGroups?,
        changelog: ChangelogWriter?
    ) {
        self.aggregation = aggregation
        self.emitsChanges = emitsChanges
        self.builder = builder
        self.bounds = bounds
        self.emitted = emitted
        self.changelog = changelog
    }

    /// Emits what became final at the watermark (EMIT FINAL: all of it; EMIT CHANGES: what changed) and drops it.
    /// - Parameters:
    ///   - watermark: the lowest of the scope's source partitions.
    ///   - isForced: look even where it costs more than it may find.
    func close(watermark: Watermark, isForced: Bool) {}

    /// EMIT CHANGES: emits every group that changed since it was last emitted.
    func emitChanges() {}

    /// Emits what is left at the end of a bounded slice; windows that the watermark has not closed are marked open.
    func end(watermark: Watermark) {}

    /// Drops what is final at the watermark without emitting it: it was emitted before the restart.
    func dropClosed(watermark: Watermark) {}

    /// After a restore: notes all that is left as emitted, or, with `arePending`, as not emitted yet.
    func finishRestore(arePending: Bool) {}

    /// The earliest event time that the state holds records of; `.max`: none; `.min`: back to the beginning.
    var earliestTime: Int64 { .max }

    /// Reads out the state of one stage's parts alone (nil: of all parts), changing nothing: a stage's partial result.
    func readParts(stage: Int?, into body: @escaping (ResultBatch) -> Void) {}

    /// Writes what its changelog lacks. All that is final was emitted before.
    func flush(into changelog: ChangelogWriter) {}

    /// Adds an entry of its changelog to the state, which has nothing of that name yet.
    func load(_ entry: ChangelogImage.Entry) throws(StateError) {}

    /// The group key of an entry and the first and the last window (start) that it is in.
    func keyAndWindows(
        _ entry: ChangelogImage.Entry
    ) throws(StateError) -> (key: UnsafeRawBufferPointer, first: Int64, last: Int64) {
        (entry.name, .min, .max)
    }

    /// Writes all of it, and forgets it: a partial result that is merged elsewhere.
    func handOver(to exchange: ChangelogWriter) {}

    /// Adds a partial result to what there is.
    func merge(_ entry: ChangelogImage.Entry, by scratch: MergeSlot) throws(StateError) {}

    /// Bytes of memory that all parts take, about.
    var heldBytes: Int { emitted?.heldBytes ?? 0 }

    /// Number of groups in all parts.
    var groupCount: Int { 0 }
}
