// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceKafka

/// The partitions that a run has at the moment, with the pipeline that computes them. Every change of the assignment
/// and every aborted transaction makes a new one from what is committed.
///
///     offsets       S ─── silent re-read ─── C ─── batch stage ─── cut ─── stream stage ───
final class Assignment {
    /// Where one partition starts.
    struct Start {
        var partition: TopicPartition
        /// What the group has committed; nil: nothing yet.
        var metadata: CommitMetadata?
        /// First offset that is read.
        var read: Int64
        /// First offset whose results are new.
        var next: Int64
        /// The end of the log when the assignment was made.
        var cut: Int64
        /// How many partitions the topic had when the application began.
        var firstPartitions: Int32
        /// The partition was added to its topic later.
        var isAdded = false
        /// What was missing of the log, and is left out.
        var loss: InputLoss?
        /// Of a job; nil: the run is none.
        var part: JobPart?
    }

    let starts: [Start]
    let pipeline: Pipeline
    let reader: SliceReader
    let sender: OutputSender
    /// By query.
    let fingerprints: [UInt64]
    /// Where each source stood at the last commit.
    var committedOffsets: [Int64]
    /// The sources whose part of the job is over.
    var endedParts: Set<Int> = []
    /// No EMIT CHANGES result was emitted since the beginning: the first batch stage is not over.
    var changesArePending: Bool

    init(
        starts: [Start], pipeline: Pipeline, fingerprints: [UInt64], reader: SliceReader, sender: OutputSender,
        changesArePending: Bool
    ) {
        self.starts = starts
        self.pipeline = pipeline
        self.fingerprints = fingerprints
        self.reader = reader
        self.sender = sender
        self.changesArePending = changesArePending
        committedOffsets = starts.map(\.next)
    }

    /// Whether something was read since the last commit.
    var hasProgress: Bool {
        zip(pipeline.sources, committedOffsets).contains { $0.nextOffset != $1 } || sender.hasUncommitted
    }

    /// Whether all its parts of the job are over.
    var isOver: Bool { endedParts.count == starts.count }

    /// What a commit now has to say about each input partition.
    func offsetsToCommit() -> [OffsetToCommit] {
        pipeline.sources.enumerated().map { index, source in
            let point = pipeline.restorePoint(index)
            let metadata = CommitMetadata(
                restoreOffset: min(point.offset, source.nextOffset), watermarks: point.watermarks,
                lastRecord: reader.lastRecords[index], changesArePending: changesArePending,
                flush: source.flush.map { flush in
                    CommitMetadata.Flush(
                        number: flush.number, offset: flush.checkpoint.offset,
                        watermarks: flush.checkpoint.watermarks,
                        queries: flush.queries.sorted().map { fingerprints[$0] })
                }, firstPartitions: starts[index].firstPartitions,
                exchanged: pipeline.exchangedQueries(index).map { fingerprints[$0] }, part: part(index))
            return OffsetToCommit(
                partition: source.topicPartition, offset: source.nextOffset, metadata: metadata.text)
        }
    }

    private func part(_ source: Int) -> JobPart? {
        guard var part = starts[source].part else { return nil }
        part.isOver = endedParts.contains(source)
        return part
    }

    /// The commit has succeeded.
    func noteCommitted(_ offsets: [OffsetToCommit]) {
        sender.noteCommitted()
        for (index, entry) in offsets.enumerated() {
            committedOffsets[index] = entry.offset
            if let metadata = CommitMetadata(entry.metadata) {
                pipeline.dropCheckpoints(index, before: metadata.restoreOffset)
            }
        }
    }
}
