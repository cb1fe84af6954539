// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillracePlan

/// How a pipeline runs; but for `futureLimit` and `decodesStrictly` nothing here changes what its final results are.
package struct PipelineOptions: Sendable {
    /// Compute threads; partition i of the assignment goes to thread i mod shards.
    package var shards = 1
    /// A slice that begins at a time: windows that start before its window edge are not emitted, and queries without
    /// windows see no earlier rows.
    package var fromTime: EventTime?
    /// A slice that ends at a time: windows that end after it are not emitted, and queries without windows see no row
    /// at or after it.
    package var toTime: EventTime?
    /// Whether columns that no query reads are converted too.
    package var decodesStrictly = false
    /// A record is bad whose TIMESTAMP column lies further than this ahead of its Kafka timestamp, in ms; nil: none is.
    /// A rule on the log: it changes results, in all modes alike.
    package var futureLimit: Int64?
    /// Whether records without a key or group, which are filtered, are rejected one by one too.
    package var rejectsNullKeys = false
    /// The queries that keep a changelog of their state, by index, with the number of its partitions.
    package var changelogs: [Int: Int32] = [:]
    /// The queries that several processes compute together, by index. They keep a changelog, too.
    package var exchanges: [Int: QueryExchange] = [:]
    /// How many partitions the input topics have; of those that are named here keys are watched.
    package var partitionCounts: [String: Int32] = [:]
    /// What the ids of schemas in records mean. A batch must not be processed before its ids are known.
    package var schemas: any SchemaLookup = SchemaTable()

    package init() {}
}

/// The whole engine of a program in one process: source partitions in, result rows out. No I/O, no clock, no threads of
/// its own; the caller decides when to close, emit and commit, and calls everything but `process` with no `process`
/// under way.
///
///     process(batch) …  ─►  close() often  ─►  emitChanges() at a commit  ─►  end() at the end of a bounded slice
package final class Pipeline {
    package let graph: QueryGraph
    package let options: PipelineOptions
    /// What `process` computes at once, and results are read out.
    private let rowsAtOnce: Int
    package private(set) var sources: [SourcePartition] = []
    private var shards: [Shard] = []
    /// The queries that count records which were run too late.
    private let orderedJoins: [Int]
    /// Brings what joins read into one order; nil: nothing is joined.
    private var gate: MergeGate?
    private let resultFailures: [FailureCounts]
    /// The stage that new state belongs to; counts from 0.
    private var stage = 0
    /// By query: its scopes by source partition (affine), by partition of its exchange, or one under −1 (regrouping in
    /// one process).
    private(set) var scopes: [[Int: AggregateScope]]
    /// By query: what waits for the next commit, to go through its exchange.
    private(set) var partials: [Int: PartialResults] = [:]
    /// By query: keys that lie in several partitions.
    var keyComparisons: [KeyComparison]
    /// By query, shard, and source partition (−1: regrouping): where rows go.
    private var states: [StateKey: AggregateOperator.State] = [:]

    private struct StateKey: Hashable {
        var query: Int
        var shard: Int
        var source: Int
    }

    /// - Parameter outputs: one a shard; results that are read out for several shards go to the first.
    package init(_ graph: QueryGraph, options: PipelineOptions, outputs: [any PipelineOutput]) {
        precondition(outputs.count == options.shards && options.shards > 0, "one output a shard")
        self.graph = graph
        self.options = options
        orderedJoins = graph.orderedJoinQueries
        rowsAtOnce = graph.rowsAtOnce
        scopes = Array(repeating: [:], count: graph.program.queries.count)
        resultFailures = graph.program.queries.map { _ in FailureCounts() }
        keyComparisons = graph.program.queries.map { _ in KeyComparison() }
        shards = outputs.map { output in
            Shard(graph, output: output, options: options) { [unowned self] query, source in state(query, source) }
        }
        guard graph.hasJoins else { return }
        gate = MergeGate(graph.joined) { [unowned self] in run($0) }
    }

    /// Adds a source partition, from a place with its watermarks (`Watermark.none` at the beginning of a slice).
    /// - Parameter flush: the flush that the state will be loaded from.
    /// - Returns: its index, for the other calls.
    package func addSource(
        _ topicPartition: TopicPartition, from start: SourcePartition.Checkpoint, flush: SourcePartition.Flush? = nil
    ) -> Int {
        let roots = graph.roots(ofTopic: topicPartition.topic)
        precondition(
            start.watermarks.count == graph.watermarkCount(ofTopic: topicPartition.topic), "one watermark a root")
        return addSource(
            topicPartition, roots,
            TakeUp(from: start, roots: roots.count, queries: graph.program.queries.count, flush: flush), flush)
    }

    /// Adds a source partition that queries take up at different places.
    /// - Parameters:
    ///   - firstOffsets: of queries that began in the middle of the log, by index.
    ///   - flush: the flush that the state of some will be loaded from.
    package func addSource(
        _ topicPartition: TopicPartition, entries: [SourcePartition.Entry], firstOffsets: [Int: Int64],
        flush: SourcePartition.Flush? = nil
    ) -> Int {
        let roots = graph.roots(ofTopic: topicPartition.topic)
        let queries = graph.program.queries.indices
        let count = graph.watermarkCount(ofTopic: topicPartition.topic)
        precondition(entries.allSatisfy { $0.checkpoint.watermarks.count == count }, "one watermark a root")
        var fed = roots.map { root in Set(queries.filter { graph.feedingRoots[$0].contains(root) }) }
        // The order of the records is everybody's.
        if count > roots.count { fed.append(Set(queries)) }
        return addSource(
            topicPartition, roots,
            TakeUp(entries, roots: fed, queries: queries.count, firstOffsets: firstOffsets, flush: flush), flush)
    }

    private func addSource(
        _ topicPartition: TopicPartition, _ roots: [Int], _ takeUp: TakeUp, _ flush: SourcePartition.Flush?
    ) -> Int {
        let exchange = makeExchangeInput(topicPartition.topic)
        let topic =
            exchange == nil
            ? graph.topics.firstIndex(of: topicPartition.topic) ?? 0 : Int(ChangelogKey.exchangePlace)
        let index = sources.count
        let isJoined = graph.joined.all.contains(topicPartition.topic)
        sources.append(
            SourcePartition(
                topicPartition: topicPartition,
                ordinal: SourceOrdinal(topic: Int32(topic), partition: topicPartition.partition),
                // What meets in joins is computed by one thread.
                shard: isJoined ? 0 : index % options.shards, roots: roots, takeUp: takeUp, flush: flush,
                exchange: exchange,
                keyWatches: keyWatches(topicPartition)))
        // The last life of the state has found out from where on pairs are needed.
        if let flush, flush.queries.contains(where: { graph.reaches[$0].isPaired }) {
            sources[index].joinFloor = takeUp.start
        }
        if isJoined, let root = roots.first {
            gate?.add(index, sources[index], MergeTimes(graph.roots[root].source, options))
        }
        prepareState(index)
        return index
    }

    /// What a partition of a topic feeds if the topic is an exchange.
    private func makeExchangeInput(_ topic: String) -> ExchangeInput? {
        guard let (query, exchange) = options.exchanges.first(where: { $0.value.topic == topic }),
            case .aggregate(let aggregation) = graph.program.queries[query].operation
        else { return nil }
        return ExchangeInput(
            query: query, exchange, fingerprint: fingerprint(query), calls: aggregation.aggregates)
    }

    /// Runs records `from ..< to`, all of one source partition, on the calling thread, which must be the source's
    /// shard's (`SourcePartition.shard`).
    package func process(source: Int, _ records: RawRecords, from: Int, to: Int, isReread: Bool) {
        let place = sources[source]
        guard let exchange = place.exchange else {
            if let gate, gate.contains(source) {
                return gate.take(source, records, from: from, to: to, isReread: isReread)
            }
            return run(place, records, from: from, to: to, isReread: isReread)
        }
        guard from < to, let scope = scopes[exchange.query][source] else { return }
        exchange.take(records, from: from, to: to, into: scope)
        place.nextOffset = records.offsets[to - 1] +| 1
    }

    private func run(_ source: SourcePartition, _ records: RawRecords, from: Int, to: Int, isReread: Bool) {
        for start in stride(from: from, to: to, by: rowsAtOnce) {
            shards[source.shard].process(
                source, records, from: start, to: min(start +| rowsAtOnce, to), isReread: isReread)
        }
    }

    /// Runs records of a joined topic whose turn has come.
    private func run(_ turn: MergeGate.Run) {
        let source = sources[turn.source]
        let (rows, times) = (turn.rows, turn.times)
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: rowsAtOnce) {
            let end = min(start +| rowsAtOnce, rows.upperBound)
            shards[source.shard].process(source, turn.records, from: start, to: end, isReread: turn.isReread)
            source.mergeTime = times[times.startIndex + (end - 1 - rows.lowerBound)]
            // At once, so that what is behind sees tables as they are at this time, however often `close` is called.
            settleDueStreamJoins(behind: source, isReread: turn.isReread)
        }
        guard turn.superseded > 0 else { return }
        for query in orderedJoins where !graph.feedingRoots[query].isDisjoint(with: source.roots) {
            source.accounts[query].superseded += turn.superseded
        }
    }

    // MARK: joins

    /// A source has come to the end of its slice: what waits for its records need not wait any more. This and what
    /// follows: on the thread of its shard, or with nothing under way.
    package func noteEnd(_ source: Int) { gate?.end(source) }

    /// A source has come to where it stops until all others have come so far: what is near to there goes on waiting.
    package func noteCut(_ source: Int) { gate?.cut(source) }

    /// Behind the end of a slice another one begins.
    package func noteOpen(_ source: Int) { gate?.open(source) }

    /// Bytes of a source's records that wait for those of other sources, because of joins.
    package func waitingBytes(_ source: Int) -> Int { gate?.waitingBytes(source) ?? 0 }

    /// Whether records wait for those of other sources.
    package var isWaitingForJoins: Bool { gate?.isWaiting ?? false }

    /// Live: what has waited for so long for the records of other sources is run, unless those have more to be read.
    /// - Parameters:
    ///   - now: monotonic, in ns.
    ///   - wait: how long a record of a stream waits, in ns; one of a table waits ten times as long.
    ///   - isCaughtUp: whether a source has been read to the end of its log.
    /// - Returns: how many records were run.
    package func settleJoins(now: UInt64, wait: UInt64, isCaughtUp: (Int) -> Bool) -> Int {
        gate?.settle(now: now, wait: wait, isCaughtUp: isCaughtUp) ?? 0
    }

    // MARK: state

    /// Makes the state of a source for the present stage, so that threads only read the table of states.
    private func prepareState(_ source: Int) {
        for query in graph.program.queries.indices {
            guard let aggregation = graph.aggregation(query) else { continue }
            let isPartial = supplies(source, query)
            guard isPartial || feeds(source, query) else { continue }
            let isAlone = !isPartial && (aggregation.isPartitionAffine || sources[source].exchange != nil)
            let place = isAlone ? source : -1
            let key = StateKey(query: query, shard: sources[source].shard, source: place)
            guard states[key] == nil else { continue }
            let scope = isPartial ? partialScope(query, aggregation) : scope(query, place, aggregation)
            switch scope {
            case let panes as PaneScope: states[key] = .panes(panes.makePart(stage: stage))
            case let sessions as SessionScope: states[key] = .sessions(sessions.makePart())
            default: preconditionFailure("a scope of another kind")
            }
        }
    }

    private func scope(_ query: Int, _ place: Int, _ aggregation: Aggregation) -> AggregateScope {
        if let found = scopes[query][place] { return found }
        let shard = shards[place < 0 ? 0 : sources[place].shard]
        let source = place < 0 || sources[place].exchange != nil ? nil : sources[place].topicPartition
        let new = makeScope(
            query, aggregation, emitsChanges: graph.program.queries[query].emit == .changes,
            changelog: changelogWriter(query, place, aggregation)
        ) { [unowned shard] batch in shard.passOnResults(batch, of: query, source: source) }
        scopes[query][place] = new
        return new
    }

    /// The scope of what goes through an exchange. Nothing is ever emitted from there.
    private func partialScope(_ query: Int, _ aggregation: Aggregation) -> AggregateScope {
        if let found = partials[query] { return found.scope }
        guard let exchange = options.exchanges[query] else { preconditionFailure("no exchange") }
        let new = makeScope(query, aggregation, emitsChanges: false, changelog: nil) { _ in }
        partials[query] = PartialResults(query: query, exchange, fingerprint: fingerprint(query), scope: new)
        return new
    }

    private func makeScope(
        _ query: Int, _ aggregation: Aggregation, emitsChanges: Bool, changelog: ChangelogWriter?,
        emit: @escaping (ResultBatch) -> Void
    ) -> AggregateScope {
        let isSession = PaneGeometry(aggregation.window) == nil
        let tracksEmitted = emitsChanges && (aggregation.having != nil || isSession)
        let builder = ResultBuilder(
            aggregation, sink: graph.program.queries[query].sink, tracksEmitted: tracksEmitted,
            rowsAtOnce: rowsAtOnce, failures: resultFailures[query], emit: emit)
        let bounds = AggregateScope.Bounds(
            earliestStart: options.fromTime.map { aggregation.window?.edge(atOrBefore: $0) ?? $0 } ?? .min,
            latestEnd: options.toTime ?? .max)
        let emitted = tracksEmitted ? EmittedGroups() : nil
        if let geometry = PaneGeometry(aggregation.window) {
            return PaneScope(
                geometry: geometry, aggregation: aggregation, emitsChanges: emitsChanges, builder: builder,
                bounds: bounds, emitted: emitted, changelog: changelog)
        }
        guard case .session(let gap)? = aggregation.window?.kind else {
            preconditionFailure("a window of another kind")
        }
        return SessionScope(
            gap: gap, aggregation: aggregation, emitsChanges: emitsChanges, builder: builder, bounds: bounds,
            emitted: emitted, changelog: changelog)
    }

    private func state(_ query: Int, _ source: SourcePartition) -> AggregateOperator.State {
        guard case .aggregate(let aggregation) = graph.program.queries[query].operation,
            let place = aggregation.isPartitionAffine ? sources.firstIndex(where: { $0 === source }) : -1,
            let state = states[StateKey(query: query, shard: source.shard, source: place)]
        else { preconditionFailure("no state for \(source.topicPartition)") }
        return state
    }

    /// New records belong to a new stage: its partial result is kept apart and merged when results are read out.
    /// (Partition-affine sessions stay in one part: a record's lateness there depends on the sessions before it. What
    /// goes through an exchange does, too: no stage is known there.)
    package func beginStage() {
        stage += 1
        var kept: [StateKey: AggregateOperator.State] = [:]
        for (key, state) in states {
            if case .sessions = state { kept[key] = state }
            if key.source < 0, partials[key.query] != nil { kept[key] = state }
        }
        states = kept
        for source in sources.indices { prepareState(source) }
    }

    // MARK: reading out

    /// The lowest watermark of the sources that feed a scope.
    private func watermark(_ query: Int, _ place: Int, without left: Set<Int> = []) -> Watermark {
        guard place < 0 else { return sources[place].exchange?.watermark ?? ownWatermark(place, query) }
        return sources.indices.reduce(.end) { left.contains($1) ? $0 : min($0, ownWatermark($1, query)) }
    }

    /// The lowest watermark of a source's roots that feed a query.
    func ownWatermark(_ source: Int, _ query: Int) -> Watermark {
        var lowest = Watermark.end
        for (root, watermark) in zip(sources[source].roots, sources[source].watermarks)
        where graph.timingRoots[query].contains(root) { lowest = min(lowest, watermark) }
        return lowest
    }

    /// Whether a source feeds a query's scopes.
    func feeds(_ source: Int, _ query: Int) -> Bool {
        if let exchange = sources[source].exchange { return exchange.query == query }
        return options.exchanges[query] == nil && reaches(source, query)
    }

    /// Whether rows of a source go through a query's exchange.
    func supplies(_ source: Int, _ query: Int) -> Bool { options.exchanges[query] != nil && reaches(source, query) }

    private func reaches(_ source: Int, _ query: Int) -> Bool {
        !graph.timingRoots[query].isDisjoint(with: sources[source].roots)
    }

    /// - Parameter queries: nil: of all.
    func forEachScope(
        of queries: Set<Int>? = nil, _ body: (_ query: Int, _ place: Int, _ scope: AggregateScope) -> Void
    ) {
        for query in scopes.indices where queries?.contains(query) ?? true {
            for place in scopes[query].keys.sorted() {
                if let scope = scopes[query][place] { body(query, place, scope) }
            }
        }
    }

    /// Emits and drops what is final. Cheap where nothing is; call it after every batch or so.
    /// - Parameters:
    ///   - isForced: before a commit: everything that is final at the present watermarks is emitted.
    ///   - queries: nil: all.
    package func close(isForced: Bool, of queries: Set<Int>? = nil) {
        settleStreamJoins(of: queries)
        forEachScope(of: queries) { query, place, scope in
            scope.close(watermark: watermark(query, place), isForced: isForced)
        }
    }

    /// Emits every changed group of the EMIT CHANGES queries.
    /// - Parameter queries: nil: of all of them.
    package func emitChanges(of queries: Set<Int>? = nil) {
        forEachScope(of: queries) { _, _, scope in if scope.emitsChanges { scope.emitChanges() } }
    }

    /// Emits all that is left at the end of a bounded slice.
    package func end() {
        gate?.endAll()
        settleStreamJoins(isAtEnd: true)
        forEachScope { query, place, scope in scope.end(watermark: watermark(query, place)) }
    }

    /// Emits all that is left of some sources at the end of their part of a bounded slice that several processes share:
    /// of partition-affine queries, and of partitions of exchanges. Nothing more may come from them.
    package func end(_ ended: Set<Int>) {
        forEachScope { query, place, scope in
            if ended.contains(place) { scope.end(watermark: watermark(query, place)) }
        }
        for source in ended { sources[source].end() }
    }

    /// Emits the rows of joins of streams that no partner can come for any more.
    /// - Parameters:
    ///   - queries: nil: of all.
    ///   - isReread: while records are read again: those rows are published.
    ///   - isAtEnd: no row comes any more.
    private func settleStreamJoins(of queries: Set<Int>? = nil, isReread: Bool = false, isAtEnd: Bool = false) {
        // A join stands behind those that it reads from.
        for query in graph.streamJoinQueries where queries?.contains(query) ?? true {
            let watermark = isAtEnd ? .end : watermark(query, -1)
            let flushed = isReread ? flushedWatermark(query) : nil
            for shard in shards { shard.settleStreamJoin(query, watermark: watermark, flushed: flushed) }
        }
    }

    /// The same behind a run of a source's records: of joins that it may have let a row go of, which it cannot unless
    /// its own time is behind the first that waits.
    private func settleDueStreamJoins(behind source: SourcePartition, isReread: Bool) {
        for query in graph.streamJoinQueries where shards[source.shard].streamJoinDue(query) < source.mergeTime {
            settleStreamJoins(of: [query], isReread: isReread)
        }
    }

    /// The lowest watermark of the sources that feed a query, as they were at the flush that was loaded.
    private func flushedWatermark(_ query: Int) -> Watermark {
        var lowest = Watermark.end
        for source in sources {
            for (place, root) in source.roots.enumerated() where graph.timingRoots[query].contains(root) {
                lowest = min(lowest, source.flush?.checkpoint.watermarks[place] ?? .none)
            }
        }
        return lowest
    }

    // MARK: restart

    /// Where a restart has to begin to read a source so that it arrives at the present state, given that all that is
    /// final was emitted (`close(isForced: true)`).
    /// - Parameter queries: whose state it has to be; nil: of all.
    package func restorePoint(_ source: Int, of queries: Set<Int>? = nil) -> SourcePartition.Checkpoint {
        var earliest = Int64.max
        let flush = sources[source].flush
        if sources[source].exchange != nil { return flush?.checkpoint ?? sources[source].firstCheckpoint }
        forEachScope(of: queries) { query, place, scope in
            // What was flushed is read again from there only.
            if flush?.queries.contains(query) == true { return }
            if place == source || (place < 0 && feeds(source, query)) {
                let own = scope.earliestTime
                if own != .max { earliest = min(earliest, own -| graph.reaches[query].spread) }
            }
        }
        earliest = min(earliest, earliestTimeOfStreamJoins(source, of: queries))
        let point = sources[source].restorePoint(earliestTime: earliest, next: sources[source].nextOffset)
        guard let flush, queries?.isDisjoint(with: flush.queries) != true else { return point }
        let flushed = flush.checkpoint.offset < point.offset ? flush.checkpoint : point
        guard let floor = sources[source].joinFloor, floor.offset < flushed.offset else { return flushed }
        return floor
    }

    /// Where a source has to be read again from for what joins of streams hold.
    func joinRestorePoint(_ source: Int) -> SourcePartition.Checkpoint {
        sources[source].restorePoint(
            earliestTime: earliestTimeOfStreamJoins(source, of: nil), next: sources[source].nextOffset)
    }

    private func earliestTimeOfStreamJoins(_ source: Int, of queries: Set<Int>?) -> Int64 {
        var earliest = Int64.max
        for query in graph.streamJoinQueries where queries?.contains(query) ?? true && reaches(source, query) {
            for shard in shards {
                let own = shard.earliestTime(ofStreamJoin: query)
                // Whether a row has met another has to be found out again, too.
                if own != .max { earliest = min(earliest, own -| graph.reaches[query].spread) }
            }
        }
        return earliest
    }

    /// The restore point is committed: older places are not needed any more.
    package func dropCheckpoints(_ source: Int, before offset: Int64) {
        sources[source].dropCheckpoints(before: offset)
    }

    /// These sources, of which nothing was read yet, were added to their topics later than the state was made. What was
    /// final without them has been emitted and stays final: their records are late for it. Call it before
    /// `finishRestore`.
    package func admit(_ added: Set<Int>) {
        for (query, plan) in graph.program.queries.enumerated() {
            guard case .aggregate(let aggregation) = plan.operation, !aggregation.isPartitionAffine,
                aggregation.window != nil
            else { continue }
            let final = watermark(query, -1, without: added)
            guard final != .end else { continue }
            for source in added.sorted().map({ sources[$0] }) {
                source.begin(
                    at: source.watermarks.enumerated().map { place, watermark in
                        guard place < source.roots.count, graph.feedingRoots[query].contains(source.roots[place]) else {
                            return watermark
                        }
                        return max(watermark, final)
                    })
            }
        }
    }

    /// The silent re-read has arrived at the committed offsets of all sources: what is final there was emitted then.
    /// - Parameters:
    ///   - pendingSources: those of which no EMIT CHANGES result had been emitted at that commit (it was in the midst
    ///     of a batch stage).
    ///   - queries: those whose re-read it is; nil: all.
    package func finishRestore(pendingSources: Set<Int>, of queries: Set<Int>? = nil) {
        settleStreamJoins(of: queries, isReread: true)
        forEachScope(of: queries) { query, place, scope in
            scope.dropClosed(watermark: watermark(query, place))
            let isPending = place < 0 ? !pendingSources.isEmpty : pendingSources.contains(place)
            scope.finishRestore(arePending: isPending && scope.emitsChanges)
        }
        if queries == nil { beginPartials() }
    }

    // MARK: figures

    /// Result rows of a query so far.
    package func rowsOut(_ query: Int) -> Int { shards.reduce(0) { $0 + $1.rowsOut[query] } }

    /// Accounts of a query behind an aggregation.
    package func accountBehindAggregation(_ query: Int) -> Account {
        shards.reduce(into: Account()) { $0 += $1.behindAggregation[query] }
    }

    /// Rejected records of a query by reason.
    package func reasons(_ query: Int) -> [RejectionReason: Int] {
        shards.reduce(into: [:]) { $0.merge($1.reasons[query]) { $0 + $1 } }
    }

    /// Why rows of a query were left out.
    package func filteredRows(_ query: Int) -> FilteredRows {
        shards.reduce(into: FilteredRows()) { $0 += $1.filteredRows(query) }
    }

    /// What the columns of a root source have held.
    package func coverage(_ root: Int) -> ColumnCoverage {
        shards.reduce(into: ColumnCoverage()) { $0.merge($1.coverage(root)) }
    }

    /// Failed expressions of a query by reason.
    package func failures(_ query: Int) -> FailureCounts {
        let total = FailureCounts()
        for shard in shards { total.merge(shard.failures[query]) }
        total.merge(resultFailures[query])
        return total
    }

    /// Reads out what one stage has aggregated (nil: all stages), changing nothing. For reports of small results.
    package func readPartialResult(_ query: Int, stage: Int?, into body: @escaping (ResultBatch) -> Void) {
        for place in scopes[query].keys.sorted() { scopes[query][place]?.readParts(stage: stage, into: body) }
    }

    /// Bytes of memory that the state of a query takes, about. Panes are looked at, groups are not.
    package func stateBytes(_ query: Int) -> Int {
        // What waits belongs to all joins together.
        let waiting = graph.joinQueries.first == query ? gate?.heldBytes ?? 0 : 0
        let joined = shards.reduce(waiting) { $0 + $1.joined(query).bytes }
        return scopes[query].values.reduce((partials[query]?.scope.heldBytes ?? 0) + watchedBytes(query) + joined) {
            $0 + $1.heldBytes
        }
    }

    /// Groups held in memory by a query.
    package func groupCount(_ query: Int) -> Int {
        scopes[query].values.reduce(shards.reduce(0) { $0 + $1.joined(query).rows }) { $0 + $1.groupCount }
    }
}
