// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
package import MillracePlan

/// Runs a program over a simulated log in several processes that share its partitions and exchange partial results, as
/// members of a consumer group do: partitions move, members commit when they like, and die.
///
///     member ── commit ──► lines, offsets, exchange, changelogs: all of it, or, where it dies before, nothing
package final class GroupDriver {
    /// One process.
    private final class Member {
        let partitions: [TopicPartition]
        let pipeline: Pipeline
        let output: LineCollector
        /// What its pipeline had counted at its last commit.
        var accounts: [AccountKey: RecordAccount] = [:]

        init(_ partitions: [TopicPartition], _ pipeline: Pipeline, _ output: LineCollector) {
            self.partitions = partitions
            self.pipeline = pipeline
            self.output = output
        }
    }

    /// What the group has committed of a partition.
    private struct Commit {
        var offset: Int64
        var restorePoint: SourcePartition.Checkpoint
        var flush: SourcePartition.Flush?
        /// The partition's part of a bounded slice is over.
        var isOver: Bool
    }

    private static let exchangePartitions: Int32 = 3

    private let graph: QueryGraph
    private let way: DriverWay
    private var random: SplitMix64
    private let inputs: [TopicPartition]
    private let exchanges: [Int: QueryExchange]
    private let topics: SimulatedTopics
    private let schemas: SchemaTable
    private let changelogs = SimulatedChangelogs()
    private var commits: [TopicPartition: Commit] = [:]
    private var lines: [LineCollector.Line] = []
    private var accounts: [AccountKey: RecordAccount] = [:]
    private var members: [Member] = []

    /// Throws where the engine does not run the program.
    package static func run(
        _ program: ProgramPlan, over log: SimulatedLog, _ way: DriverWay
    ) throws -> PipelineDriver.Outcome {
        try GroupDriver(program, log, way).run()
    }

    private init(_ program: ProgramPlan, _ log: SimulatedLog, _ way: DriverWay) throws {
        let graph = try QueryGraph(program)
        self.graph = graph
        self.way = way
        random = SplitMix64(seed: way.seed)
        let inputs = log.places.filter { graph.topics.contains($0.topic) }
        self.inputs = inputs
        var exchanges: [Int: QueryExchange] = [:]
        for (index, query) in program.queries.enumerated() {
            guard case .aggregate(let aggregation) = query.operation, !aggregation.isPartitionAffine else { continue }
            let feeding = Set(graph.feedingRoots[index].map { graph.roots[$0].source.topic })
            exchanges[index] = QueryExchange(
                topic: "\(query.name)-exchange", partitions: Self.exchangePartitions,
                sources: inputs.filter { feeding.contains($0.topic) })
        }
        self.exchanges = exchanges
        topics = SimulatedTopics(log, exchanges)
        schemas = log.schemas
    }

    // MARK: The run

    private func run() throws -> PipelineDriver.Outcome {
        try shareOut()
        var troubles = 4 + random.below(8)
        while true {
            if try !step() {
                // What the last commits have put into the exchange is still to be read.
                for member in members { try commit(member) }
                if try !step(), isOver { break }
            }
            if troubles > 0, random.chance(10) {
                troubles -= 1
                try random.chance(50) ? restart(random.below(members.count)) : shareOut()
            }
        }
        return PipelineDriver.Outcome(lines: lines.map { ($0.query, $0.text) }, accounts: accounts)
    }

    private var partitions: [TopicPartition] {
        inputs
            + exchanges.keys.sorted().flatMap { query in
                (0..<Self.exchangePartitions).map { TopicPartition(exchanges[query]?.topic ?? "", $0) }
            }
    }

    /// Whether all parts of a bounded slice are over.
    private var isOver: Bool { !way.isBounded || partitions.allSatisfy { commits[$0]?.isOver == true } }

    /// Some member reads one batch of one of its partitions, and maybe commits. False where nothing is left to read.
    private func step() throws -> Bool {
        var ready: [(member: Member, source: Int)] = []
        for member in members {
            for (source, place) in member.pipeline.sources.enumerated()
            where topics.end(of: place.topicPartition) > place.nextOffset { ready.append((member, source)) }
        }
        guard !ready.isEmpty else { return false }
        let (member, source) = random.pick(ready)
        let from = member.pipeline.sources[source].nextOffset
        read(member, source, from: from, to: .max, isReread: false)
        if random.chance(30) { member.pipeline.close(isForced: false) }
        if random.chance(25) { try commit(member) }
        return true
    }

    /// Reads one batch.
    private func read(_ member: Member, _ source: Int, from: Int64, to: Int64, isReread: Bool) {
        let place = member.pipeline.sources[source].topicPartition
        let records = topics.records(
            of: place, from: from, to: to, limit: 1 + random.below(way.batchSize))
        member.pipeline.process(source: source, records, from: 0, to: records.count, isReread: isReread)
    }

    // MARK: Commits

    private func commit(_ member: Member) throws {
        let pipeline = member.pipeline
        if let failure = pipeline.exchangeFailure {
            throw StateError("\(failure.partition)@\(failure.error.offset): \(failure.error.reason)")
        }
        pipeline.close(isForced: true)
        let ended = endedSources(pipeline)
        if way.isBounded { pipeline.end(ended) } else { pipeline.emitChanges() }
        if pipeline.isBetweenValues, pipeline.needsFlush, random.chance(40) {
            let number = (pipeline.sources.compactMap { $0.flush?.number }.max() ?? 0) + 1
            pipeline.flush(number: number, into: changelogs)
            changelogs.commit()
        }
        pipeline.handOverPartials(to: topics)
        topics.endTransaction()
        for (source, place) in pipeline.sources.enumerated() {
            let point = pipeline.restorePoint(source)
            let isOver = ended.contains(source) || commits[place.topicPartition]?.isOver == true
            commits[place.topicPartition] = Commit(
                offset: place.nextOffset, restorePoint: point, flush: place.flush, isOver: isOver)
            pipeline.dropCheckpoints(source, before: point.offset)
            if pipeline.isExchange(source), random.chance(50) {
                topics.delete(place.topicPartition, before: point.offset)
            }
        }
        lines += member.output.lines
        member.output.lines = []
        let now = pipeline.recordAccounts
        accounts.add(now, since: member.accounts)
        member.accounts = now
    }

    /// Those whose part of a bounded slice ends with this commit; now and then it comes later.
    private func endedSources(_ pipeline: Pipeline) -> Set<Int> {
        guard way.isBounded else { return [] }
        return Set(
            pipeline.sources.indices.filter { source in
                let place = pipeline.sources[source]
                guard commits[place.topicPartition]?.isOver != true, random.chance(80) else { return false }
                return pipeline.isExchange(source)
                    ? pipeline.isExhausted(source) : place.nextOffset >= topics.end(of: place.topicPartition)
            })
    }

    // MARK: The group

    /// Gives every partition to somebody: those who have it now commit, or die.
    private func shareOut() throws {
        for member in members where random.chance(70) { try commit(member) }
        let count = 1 + random.below(way.processes)
        var shares = Array(repeating: [TopicPartition](), count: count)
        for partition in partitions { shares[random.below(count)].append(partition) }
        members = try shares.map(makeMember)
    }

    /// A member dies and comes back.
    private func restart(_ number: Int) throws { members[number] = try makeMember(members[number].partitions) }

    private func makeMember(_ partitions: [TopicPartition]) throws -> Member {
        var options = PipelineOptions()
        options.shards = random.pick([1, way.shards])
        options.exchanges = exchanges
        options.schemas = schemas
        for (index, query) in graph.program.queries.enumerated() {
            guard case .aggregate = query.operation else { continue }
            if way.flushes || exchanges[index] != nil { options.changelogs[index] = Self.exchangePartitions }
        }
        let output = LineCollector(graph.program)
        let pipeline = Pipeline(
            graph, options: options, outputs: Array(repeating: output, count: options.shards))
        let member = Member(partitions, pipeline, output)
        let open = partitions.filter { commits[$0]?.isOver != true }
        for partition in open {
            let start = SourcePartition.Checkpoint(
                offset: 0, watermarks: pipeline.graph.initialWatermarks(ofTopic: partition.topic))
            _ = pipeline.addSource(
                partition, from: commits[partition]?.restorePoint ?? start, flush: commits[partition]?.flush)
        }
        try load(pipeline)
        for (source, partition) in open.enumerated() {
            let end = commits[partition]?.offset ?? 0
            while pipeline.sources[source].nextOffset < end {
                let before = pipeline.sources[source].nextOffset
                read(member, source, from: before, to: end, isReread: true)
                if pipeline.sources[source].nextOffset == before { pipeline.sources[source].arrive(at: end) }
            }
        }
        pipeline.finishRestore(pendingSources: way.isBounded ? Set(open.indices) : [])
        return member
    }

    private func load(_ pipeline: Pipeline) throws {
        for query in pipeline.options.changelogs.keys.sorted() {
            for place in pipeline.changelogPlaces(query) {
                guard let place else { throw StateError("a query that regroups has one place only") }
                guard let flush = pipeline.sources[place].flush else { continue }
                let image = try changelogs.image(query, pipeline.sources[place].topicPartition.partition)
                guard pipeline.marker(place, in: image)?.number == flush.number else {
                    throw StateError("the changelog has no flush \(flush.number)")
                }
                _ = try pipeline.load(query, place, image)
            }
        }
    }
}
