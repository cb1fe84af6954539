// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// One partition of an input topic, as the engine sees it: its watermarks, and where a restart may begin to read.
///
/// A topic may be declared several times (with other columns or another TIMESTAMP); each such root has its watermark.
package final class SourcePartition {
    /// A place where a re-read may begin: before the record at `offset` the watermarks were these.
    package struct Checkpoint: Hashable, Sendable {
        package var offset: Int64
        /// One a root of the topic, in the order of `QueryGraph.roots(ofTopic:)`, and behind them the merge time where
        /// the topic is joined (`MergeGate`).
        package var watermarks: [Watermark]

        package init(offset: Int64, watermarks: [Watermark]) {
            self.offset = offset
            self.watermarks = watermarks
        }
    }

    /// A flush of state to the changelogs: what it holds is not read again.
    package struct Flush: Hashable, Sendable {
        package var number: Int64
        /// The state has the records before this place.
        package var checkpoint: Checkpoint
        /// Those whose state it holds.
        package var queries: Set<Int>

        package init(number: Int64, checkpoint: Checkpoint, queries: Set<Int>) {
            self.number = number
            self.checkpoint = checkpoint
            self.queries = queries
        }
    }

    /// Queries that take the source up at one place. A program that has changed has several such places:
    ///
    ///     offsets      from ────── x ──────── S ─────────────── C ──────────────► new records
    ///     known                               [ state, silent ) [ results
    ///     backfilled   [ state    )[ results ───────────────────────────────────
    ///     live                                                  [ results
    package struct Entry: Hashable, Sendable {
        /// The state of these queries is made of the records from here on; watermarks of roots that none of them reads
        /// do not count.
        package var checkpoint: Checkpoint
        package var queries: Set<Int>
        /// While records are read again, those before this offset make no results: they were published.
        package var emits: Int64

        package init(checkpoint: Checkpoint, queries: Set<Int>, emits: Int64) {
            self.checkpoint = checkpoint
            self.queries = queries
            self.emits = emits
        }
    }

    package let topicPartition: TopicPartition
    let ordinal: SourceOrdinal
    /// The thread that computes it.
    package let shard: Int
    /// Indexes of the roots that read the topic.
    package let roots: [Int]
    /// One a root of this topic, and behind them the merge time where it is joined.
    package internal(set) var watermarks: [Watermark]
    /// By root: the offset of the record that has set the watermark; −1: none yet.
    package internal(set) var watermarkOffsets: [Int64]
    /// By query: what became of the records.
    package internal(set) var accounts: [Account]
    /// Ascending by offset; the first is where the run (or the restored state) began.
    private var checkpoints: [Checkpoint]
    /// The offset behind the last record processed.
    package internal(set) var nextOffset: Int64
    /// The last flush; nil: there was none.
    package internal(set) var flush: Flush?
    /// Where joins of streams had to be read again from as of the last flush: rows behind the flush are paired with
    /// rows from there on. Nil: nothing that was flushed stands behind such a join.
    var joinFloor: Checkpoint?
    /// What comes in here, if it is a partition of an exchange; then it has no roots and no watermarks of its own.
    let exchange: ExchangeInput?
    /// Who takes what of the records that are read again.
    let takeUp: TakeUp
    /// By query; nil where the partitions of its keys do not matter.
    let keyWatches: [KeyWatch?]

    private static let maximumCheckpoints = 4096

    init(
        topicPartition: TopicPartition, ordinal: SourceOrdinal, shard: Int, roots: [Int], takeUp: TakeUp,
        flush: Flush?, exchange: ExchangeInput?, keyWatches: [KeyWatch?]
    ) {
        let start = takeUp.start
        self.takeUp = takeUp
        self.topicPartition = topicPartition
        self.ordinal = ordinal
        self.shard = shard
        self.roots = roots
        watermarks = start.watermarks
        watermarkOffsets = roots.map { _ in -1 }
        accounts = takeUp.takes.map { _ in Account() }
        checkpoints = [start]
        nextOffset = start.offset
        self.flush = flush
        self.exchange = exchange
        self.keyWatches = keyWatches
    }

    /// The highest event time so far, of whatever record; of a topic that is not joined none.
    var mergeTime: Watermark {
        get { watermarks.count > roots.count ? watermarks[roots.count] : .none }
        set { if watermarks.count > roots.count { watermarks[roots.count] = newValue } }
    }

    /// Where the run, or the restored state, began.
    var firstCheckpoint: Checkpoint { checkpoints[0] }

    /// The silent re-read has come to `offset`, though a compacted log may have no record there any more.
    package func arrive(at offset: Int64) {
        nextOffset = max(nextOffset, offset)
        raiseWatermarks(at: nextOffset)
    }

    /// The re-read has come to `offset`: what was committed of the watermarks there holds.
    func raiseWatermarks(at offset: Int64) {
        for mark in takeUp.marks where mark.offset <= offset {
            watermarks[mark.root] = max(watermarks[mark.root], mark.watermark)
        }
    }

    /// Nothing has been read, and what is before these times is over.
    func begin(at watermarks: [Watermark]) {
        self.watermarks = watermarks
        checkpoints = [Checkpoint(offset: nextOffset, watermarks: watermarks)]
    }

    /// Its last record was run: every window is final.
    func end() { watermarks = watermarks.map { _ in .end } }

    /// Notes that a batch begins at this offset, with the watermarks as they are.
    func noteBatch(at offset: Int64) {
        guard let last = checkpoints.last, last.offset < offset else { return }
        checkpoints.append(Checkpoint(offset: offset, watermarks: watermarks))
        if checkpoints.count > SourcePartition.maximumCheckpoints {
            // Every second one will do: a re-read that begins earlier arrives at the same state.
            checkpoints = checkpoints.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        }
    }

    /// The latest place before which no record is as late in time as `time`, and the end where there is no such record.
    func restorePoint(earliestTime: EventTime, next: Int64) -> Checkpoint {
        if earliestTime == .max { return Checkpoint(offset: next, watermarks: watermarks) }
        let usable = checkpoints.last { checkpoint in checkpoint.watermarks.allSatisfy { $0 < earliestTime } }
        return usable ?? checkpoints[0]
    }

    /// Forgets places before a committed restore point.
    func dropCheckpoints(before offset: Int64) {
        while checkpoints.count > 1, checkpoints[1].offset <= offset { checkpoints.removeFirst() }
    }
}
