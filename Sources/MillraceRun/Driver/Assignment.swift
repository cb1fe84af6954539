// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog

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
        /// Where which queries take the partition up; empty: all of them at the commit, or at `next`.
        var entries: [SourcePartition.Entry] = []
        /// Of queries that began in the middle of the log, by index.
        var firstOffsets: [Int: Int64] = [:]
        /// Queries that fill in the history before `next`; nil: none do.
        var backfill: SourcePartition.Entry?
        /// Queries that begin at `next`.
        var live: Set<Int> = []

        /// Whether the commit is of this query, too: its state goes on.
        func goesOn(_ query: Int) -> Bool {
            backfill?.queries.contains(query) != true && !live.contains(query)
        }
    }

    let starts: [Start]
    let pipeline: Pipeline
    let reader: SliceReader
    let sender: OutputSender
    /// Of the queries' states, by query.
    let fingerprints: [UInt64]
    /// What the queries compute, by query.
    let identities: [QueryIdentity]
    /// What the commits of each source say of the program.
    private let programs: [CommittedProgram]
    /// Whether the processes of another version of the program are replaced one by one.
    let isUpgrade: Bool
    /// The queries that fill in the history; empty: none does, or they are as far as the others.
    private(set) var backfilling: Set<Int>
    /// Those that have filled it in.
    private(set) var backfilled: Set<Int> = []
    /// Where the backfill stood at the last commit, by source.
    private var backfilledOffsets: [Int64]
    /// Where each source stood at the last commit.
    var committedOffsets: [Int64]
    /// The sources whose part of the job is over.
    var endedParts: Set<Int> = []
    /// When to look at what the other processes of the group have committed, monotonic, in ns; set by the first commit.
    var looksAtOthers: [UInt64]?
    /// No EMIT CHANGES result was emitted since the beginning: the first batch stage is not over.
    var changesArePending: Bool

    init(
        starts: [Start], pipeline: Pipeline, fingerprints: [UInt64], identities: [QueryIdentity], isUpgrade: Bool,
        reader: SliceReader, sender: OutputSender, changesArePending: Bool
    ) {
        self.starts = starts
        self.pipeline = pipeline
        self.fingerprints = fingerprints
        self.identities = identities
        self.isUpgrade = isUpgrade
        programs = starts.map { Assignment.program($0, identities, pipeline.graph) }
        backfilling = starts.reduce(into: []) { $0.formUnion($1.backfill?.queries ?? []) }
        backfilledOffsets = starts.map { $0.backfill?.emits ?? $0.next }
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
            var metadata = CommitMetadata(
                restoreOffset: min(point.offset, source.nextOffset), watermarks: point.watermarks,
                lastRecord: reader.lastRecords[index], changesArePending: changesArePending,
                flush: source.flush.map { flush in
                    CommitMetadata.Flush(
                        number: flush.number, offset: flush.checkpoint.offset,
                        watermarks: flush.checkpoint.watermarks,
                        queries: flush.queries.sorted().map { fingerprints[$0] })
                }, firstPartitions: starts[index].firstPartitions,
                exchanged: pipeline.exchangedQueries(index).map { fingerprints[$0] }, program: programs[index],
                part: part(index))
            metadata.isUpgrade = isUpgrade
            return OffsetToCommit(
                partition: source.topicPartition, offset: source.nextOffset, metadata: metadata.text)
        }
    }

    private static func program(
        _ start: Start, _ identities: [QueryIdentity], _ graph: QueryGraph
    ) -> CommittedProgram {
        let topic = start.partition.topic
        return CommittedProgram(
            roots: graph.rootNames(ofTopic: topic),
            queries: identities.indices.filter { graph.topics(feeding: $0).contains(topic) }.map {
                CommittedProgram.Query(identities[$0], firstOffset: start.firstOffsets[$0])
            })
    }

    // MARK: a backfill

    /// Whether the backfill has gone on since the last commit.
    var hasBackfillProgress: Bool {
        zip(pipeline.sources, backfilledOffsets).contains { $0.nextOffset > $1 } || sender.hasUncommitted
    }

    /// What a commit in the midst of a backfill says: the queries that were there before stand where they stood.
    func backfillToCommit() -> [OffsetToCommit] {
        starts.enumerated().compactMap { index, start in
            guard let backfill = start.backfill, var metadata = start.metadata else { return nil }
            let source = pipeline.sources[index]
            let point = pipeline.restorePoint(index, of: backfill.queries)
            let next = min(max(source.nextOffset, backfill.emits), start.next)
            metadata.program = programs[index]
            metadata.isUpgrade = isUpgrade
            metadata.backfill = CommitMetadata.Backfill(
                next: next, restoreOffset: min(point.offset, next), watermarks: point.watermarks,
                queries: backfill.queries.sorted().map { identities[$0].fingerprint })
            return OffsetToCommit(partition: start.partition, offset: start.next, metadata: metadata.text)
        }
    }

    /// The queries that filled in the history are as far as the others.
    func endBackfill() {
        backfilled = backfilling
        backfilling = []
    }

    /// Such a commit has succeeded.
    func noteBackfillCommitted() {
        sender.noteCommitted()
        backfilledOffsets = pipeline.sources.map(\.nextOffset)
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
