// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillraceReport
import MillraceSettings

/// Decides where each partition of a continuous run starts: where the group has committed, or, the first time, where
/// the user said. Everything that would skip or repeat a record silently is an error here.
struct StartPlanner {
    /// Short, because neither the group nor a wish to stop is heard meanwhile; whoever asks tries again. The committed
    /// offsets are not told while a transaction that holds some is open.
    private static let timeout: Int32 = 4000

    let consumer: any GroupReader
    let graph: QueryGraph
    let options: RunOptions
    let clock: any Clock
    let groupOffsets: GroupOffsets
    /// Those whose log is known to be another than the committed one.
    let replaced: Set<TopicPartition>
    /// How many partitions each topic had when this process began.
    let partitionCounts: [String: Int32]
    let exchange: ExchangeKeeper
    /// Nil: the run is no job.
    let job: JobSlice?
    /// What the queries compute, by query.
    let identities: [QueryIdentity]

    func starts(_ partitions: [TopicPartition]) throws -> [Assignment.Start] {
        var committed = try groupOffsets.committed(partitions, timeoutMilliseconds: StartPlanner.timeout)
        let without = partitions.filter { committed[$0] == nil }
        if !without.isEmpty {
            // The first partition of a topic is as old as the topic: its commit tells how wide that was.
            committed = try groupOffsets.committed(
                partitions + without.map { TopicPartition($0.topic, 0) }, timeoutMilliseconds: StartPlanner.timeout)
        }
        let first = firstPartitions(committed)
        let bounds = try consumer.offsetRanges(partitions, timeoutMilliseconds: StartPlanner.timeout)
        let added = partitions.filter { committed[$0] == nil && $0.partition >= first[$0.topic] ?? .max }
        if job != nil, let partition = added.first { throw JobOpening.failure(added: partition) }
        try exchange.check(added: added)
        // An exchange is read from where it begins: the position of the user is one of the input.
        let fresh = partitions.filter {
            committed[$0] == nil && !added.contains($0) && !exchange.isExchange($0.topic)
        }
        let firstOffsets = try firstOffsets(fresh)
        return try partitions.map { partition in
            let range = bounds[partition] ?? OffsetRange(low: 0, high: 0)
            let width = first[partition.topic] ?? 1
            guard let commit = committed[partition] else {
                // All of a partition that was added is new, wherever the application was told to begin.
                // A table is made of all records.
                let isTable = graph.isJoinedTable(partition.topic)
                let offset = (isTable ? nil : firstOffsets[partition]) ?? range.low
                return Assignment.Start(
                    partition: partition, metadata: nil, read: offset, next: offset, cut: range.high,
                    firstPartitions: width, isAdded: added.contains(partition),
                    part: job.map { JobPart($0, end: nil) })
            }
            return try resume(partition, commit, range, firstPartitions: width)
        }
    }

    /// Where the user said to begin.
    private func firstOffsets(_ partitions: [TopicPartition]) throws -> [TopicPartition: Int64] {
        if partitions.isEmpty { return [:] }
        let resolver = SliceResolver(consumer, graph, clock: clock, margin: options.marginMilliseconds)
        let slice = try resolver.resolve(from: options.from, to: .latest, partitions: partitions)
        return Dictionary(uniqueKeysWithValues: slice.ranges.map { ($0.partition, $0.from) })
    }

    /// How many partitions each topic had when the application began.
    private func firstPartitions(_ committed: [TopicPartition: CommittedOffset]) -> [String: Int32] {
        var first = partitionCounts
        for (partition, commit) in committed {
            guard let width = CommitMetadata(commit.metadata)?.firstPartitions else { continue }
            first[partition.topic] = min(first[partition.topic] ?? width, width)
        }
        return first
    }

    private func resume(
        _ partition: TopicPartition, _ commit: CommittedOffset, _ range: OffsetRange, firstPartitions: Int32
    ) throws -> Assignment.Start {
        guard var metadata = CommitMetadata(commit.metadata)?.translated(to: graph, topic: partition.topic),
            metadata.part?.slice == job
        else { throw ProgramGate.foreignCommit(options.application, partition, commit) }
        try exchange.check(partition, metadata)
        if let loss = InputLoss(
            partition, committed: commit.offset,
            restore: min(metadata.restoreOffset, metadata.backfill?.restoreOffset ?? .max), low: range.low,
            high: range.high,
            isReplaced: replaced.contains(partition))
        {
            if isUnreadExchange(loss) {
                var start = loss.start(metadata, firstPartitions: firstPartitions)
                start.loss = nil
                return start
            }
            guard options.inputLost == .skip, !exchange.isExchange(partition.topic) else {
                throw loss.failure(application: options.application)
            }
            return loss.start(metadata, firstPartitions: firstPartitions)
        }
        if let end = metadata.part?.end, end > range.high {
            throw RunFailure(
                .data, .inputShortened,
                "\(partition) ends at offset \(range.high), before the slice of the job, which ends at \(end)",
                hint: "the topic was cut or made again: begin anew under another name (--job)")
        }
        if graph.isJoinedTable(partition.topic),
            !identities.indices.contains(where: { graph.isInput(partition.topic, of: $0) })
        {
            // Its topic is what the table is kept in: it is read again as a whole.
            metadata.restoreOffset = range.low
            metadata.watermarks = metadata.watermarks.map { _ in .none }
        }
        var start = Assignment.Start(
            partition: partition, metadata: metadata, read: metadata.restoreOffset, next: commit.offset,
            cut: metadata.part?.end ?? range.high, firstPartitions: firstPartitions, part: metadata.part)
        try takeUp(&start, metadata, low: range.low)
        // The last record processed is read again, to see that it is the same log.
        if let last = metadata.lastRecord, last.offset >= range.low { start.read = min(start.read, last.offset) }
        return start
    }

    /// Whether what is missing is what an exchange held before anything of it was read. A process that starts before
    /// the first commit deletes what an earlier life has left (`ExchangeKeeper.begin`), and another one of this life
    /// may have begun before it:
    ///
    ///     exchange/0     0 ── aborted ── 3
    ///     process 1      begins at 0, stands still …………………… commits 0
    ///     process 0                       deletes up to 3 ……………………… goes on from there
    ///
    /// Were something missing all the same, the next record would say so: each names the input that it is made of.
    private func isUnreadExchange(_ loss: InputLoss) -> Bool {
        exchange.isExchange(loss.partition.topic) && loss.kind == .cut && loss.committed == 0
    }

    /// Sorts the queries by what the commit says of them: those that go on, those that are filling in the history, and
    /// those that it does not know.
    /// - Parameter low: the first offset of the log.
    private func takeUp(_ start: inout Assignment.Start, _ metadata: CommitMetadata, low: Int64) throws {
        guard let program = metadata.program, !exchange.isExchange(start.partition.topic) else { return }
        let topic = start.partition.topic
        let fed = Set(identities.indices.filter { graph.topics(feeding: $0).contains(topic) })
        for query in program.queries {
            guard let first = query.firstOffset else { continue }
            for index in fed where identities[index].fingerprint == query.identity.fingerprint {
                start.firstOffsets[index] = first
            }
        }
        let change = ProgramChange(
            identities, topics: identities.indices.map(graph.topics(feeding:)), commits: [start.partition: metadata])
        try ProgramGate.require(options.newQueries, change, graph, options)
        let unknown = change.unknown.intersection(fed)
        let filling = Set(metadata.backfill?.queries ?? [])
        let running = fed.subtracting(unknown).filter { filling.contains(identities[$0].fingerprint) }
        if let backfill = metadata.backfill, !running.isEmpty {
            start.backfill = SourcePartition.Entry(
                checkpoint: SourcePartition.Checkpoint(
                    offset: backfill.restoreOffset, watermarks: backfill.watermarks),
                queries: running, emits: backfill.next)
        }
        if !unknown.isEmpty { try begin(unknown, &start, isBackfilling: !running.isEmpty) }
        var known = fed.subtracting(unknown).subtracting(running)
        // Of a topic that is also a stream, those that only look rows up in it read it again as a whole.
        let tables = known.filter { graph.isJoinedTable(topic) && !graph.isInput(topic, of: $0) }
        let isBoth = !tables.isEmpty && tables.count < fed.count
        guard start.backfill != nil || !start.live.isEmpty || !start.firstOffsets.isEmpty || isBoth else { return }
        let none = metadata.watermarks.map { _ in Watermark.none }
        if isBoth {
            known.subtract(tables)
            start.entries.append(
                SourcePartition.Entry(
                    checkpoint: SourcePartition.Checkpoint(offset: low, watermarks: none), queries: tables,
                    emits: start.next))
        }
        if !known.isEmpty {
            start.entries.append(
                SourcePartition.Entry(
                    checkpoint: SourcePartition.Checkpoint(
                        offset: metadata.restoreOffset, watermarks: metadata.watermarks),
                    queries: known, emits: start.next))
        }
        if let backfill = start.backfill { start.entries.append(backfill) }
        if !start.live.isEmpty {
            let first = graph.isJoinedTable(topic) ? low : start.next
            start.entries.append(
                SourcePartition.Entry(
                    checkpoint: SourcePartition.Checkpoint(offset: first, watermarks: none),
                    queries: start.live, emits: start.next))
        }
        start.read = start.entries.map(\.checkpoint.offset).min() ?? start.read
    }

    /// Queries of which the commit knows nothing begin as the user has said.
    private func begin(
        _ queries: Set<Int>, _ start: inout Assignment.Start, isBackfilling: Bool
    ) throws {
        if options.newQueries == .backfill {
            guard !isBackfilling else {
                throw RunFailure(
                    .configuration, .programChanged,
                    "\(options.application) is filling in the history of queries that were added before",
                    hint: "run that program until it is live, and change it then")
            }
            let first = try firstOffsets([start.partition])[start.partition] ?? start.next
            if first < start.next {
                start.backfill = SourcePartition.Entry(
                    checkpoint: SourcePartition.Checkpoint(
                        offset: first, watermarks: graph.initialWatermarks(ofTopic: start.partition.topic)),
                    queries: queries, emits: first)
                return
            }
        }
        start.live = queries
        let topic = start.partition.topic
        for query in queries where !graph.isJoinedTable(topic) || graph.isInput(topic, of: query) {
            start.firstOffsets[query] = start.next
        }
    }
}
