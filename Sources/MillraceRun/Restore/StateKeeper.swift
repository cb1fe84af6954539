// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillracePlan
import MillraceReport

/// A flush takes longer than there is time.
struct FlushLate: Error {}

/// Keeps the state of a run in its changelogs: loads it into a new assignment, and flushes it with some of the commits.
final class StateKeeper {
    let plan: ChangelogPlan
    /// By query.
    let fingerprints: [UInt64]
    private let graph: QueryGraph
    private let options: RunOptions
    private let committer: any Committer
    private let consumer: any GroupReader
    private let clock: any Clock
    private unowned let observer: any RunObserver
    private var flusher: ChangelogSender?
    private var lastFlush: UInt64

    init(
        _ graph: QueryGraph, options: RunOptions, exchanges: [Int: QueryExchange], committer: any Committer,
        consumer: any GroupReader, clock: any Clock, observer: any RunObserver
    ) {
        self.graph = graph
        self.options = options
        self.committer = committer
        self.consumer = consumer
        self.clock = clock
        self.observer = observer
        plan = ChangelogPlan(graph, options)
        fingerprints = graph.program.queries.indices.map {
            StateFingerprint.of($0, in: graph, exchange: exchanges[$0])
        }
        lastFlush = clock.monotonicNanoseconds()
    }

    // MARK: loading

    /// The changelogs of an assignment: those that are kept, and those that its commits name. One that was kept once
    /// goes on being kept, because its query's state can come from nowhere else.
    func changelogs(_ starts: [Assignment.Start]) throws -> [StateLoader.Source] {
        let named = Set(starts.flatMap { $0.metadata?.flush?.queries ?? [] })
        let queries = graph.program.queries.indices.filter {
            plan.queries.contains($0) || named.contains(fingerprints[$0])
        }
        guard !queries.isEmpty else { return [] }
        let counts = try consumer.partitionCounts(
            ofTopics: queries.map(plan.topic), timeoutMilliseconds: BrokerPatience.timeout)
        return queries.map {
            StateLoader.Source(query: $0, topic: plan.topic($0), partitions: counts[plan.topic($0)])
        }
    }

    /// Which queries a pipeline has to keep account of for the next flush, with their changelogs' partitions.
    func kept(_ changelogs: [StateLoader.Source]) -> [Int: Int32] {
        guard plan.isOn else { return [:] }
        return Dictionary(
            uniqueKeysWithValues: changelogs.compactMap { source in source.partitions.map { (source.query, $0) } })
    }

    /// The flush that a partition's commit names, as far as it concerns the queries of now.
    func flush(_ start: Assignment.Start) -> SourcePartition.Flush? {
        guard let flush = start.metadata?.flush else { return nil }
        let queries = fingerprints.indices.filter { flush.queries.contains(fingerprints[$0]) && start.goesOn($0) }
        guard !queries.isEmpty else { return nil }
        return SourcePartition.Flush(
            number: flush.number,
            checkpoint: SourcePartition.Checkpoint(offset: flush.offset, watermarks: flush.watermarks),
            queries: Set(queries))
    }

    /// Loads the state of an assignment.
    /// - Parameter goesOn: asked now and then; false ends it.
    /// - Returns: whether it came to the end.
    func load(
        _ pipeline: Pipeline, _ starts: [Assignment.Start], _ changelogs: [StateLoader.Source], goesOn: () -> Bool
    ) throws -> Bool {
        let began = clock.monotonicNanoseconds()
        let loader = StateLoader(
            pipeline, starts, options: options, plan: plan, fingerprints: fingerprints, clock: clock, observer: observer
        )
        guard try loader.load(changelogs, goesOn: goesOn) else { return false }
        let milliseconds = clock.milliseconds(since: began)
        for (query, count) in loader.loaded.sorted(by: { $0.key < $1.key }) {
            observer.log(
                LogLine(
                    .info,
                    "\(graph.program.queries[query].name): state of \(NumberDisplay.count(Int64(count))) groups "
                        + "from \(plan.topic(query)), \(milliseconds) ms", topic: plan.topic(query)))
        }
        if plan.isOn {
            let topics = changelogs.filter { $0.partitions != nil }.map { ($0.query, $0.topic) }
            flusher = topics.isEmpty ? nil : try ChangelogSender(Dictionary(uniqueKeysWithValues: topics), committer)
        }
        lastFlush = clock.monotonicNanoseconds()
        return true
    }

    // MARK: flushing

    var isDue: Bool {
        plan.isOn && clock.hasPassed(milliseconds: plan.intervalMilliseconds, since: lastFlush)
    }

    /// The next commit flushes.
    func flushSoon() { lastFlush = 0 }

    /// How long a flush may take.
    enum FlushLimit: Equatable {
        case none
        /// There is none.
        case noFlush
        /// To this time, monotonic, in ns.
        case until(UInt64)
    }

    /// Writes what the changelogs lack into the transaction that the next commit ends.
    /// - Throws: `FlushLate`: the transaction has a part of the state, and must not be committed.
    func flush(_ pipeline: Pipeline, _ limit: FlushLimit = .none) throws {
        let number = (pipeline.sources.compactMap { $0.flush?.number }.max() ?? 0) +| 1
        flusher?.isLate = { [clock] in
            if case .until(let end) = limit { clock.monotonicNanoseconds() > end } else { false }
        }
        try flusher?.send { pipeline.flush(number: number, into: $0) }
        try FaultPoint.stateSent.reach()
        lastFlush = clock.monotonicNanoseconds()
    }
}
