// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
package import MillracePlan

/// Runs a program over a simulated log through the engine, in one of many ways.
package final class PipelineDriver {
    let graph: QueryGraph
    let log: SimulatedLog
    let way: DriverWay
    var random: SplitMix64
    let places: [TopicPartition]

    var pipeline: Pipeline
    var output: LineCollector
    /// Index of each source's next record.
    var positions: [Int]
    var committed: Commit
    var isInBatchStage: Bool
    /// Queries were added, or will not be.
    var hasAdded = false

    private let changelogs = SimulatedChangelogs()
    private var flushNumber: Int64 = 0

    /// What a transaction has made durable.
    struct Commit {
        var lines: [LineCollector.Line] = []
        var accounts: [AccountKey: RecordAccount] = [:]
        /// By source: where the next record lies, and where a re-read begins.
        var positions: [Int]
        var restorePoints: [SourcePartition.Checkpoint]
        var flushes: [SourcePartition.Flush?]
        var isBatchStage: Bool
        /// Nil: none is under way.
        var backfill: Backfill?
    }

    package struct Outcome {
        /// By query name and in the order of emission, EMIT CHANGES not reduced.
        package var lines: [(query: Int, text: String)]
        package var accounts: [AccountKey: RecordAccount]
    }

    /// Throws where the engine does not run the program.
    package static func run(_ program: ProgramPlan, over log: SimulatedLog, _ way: DriverWay) throws -> Outcome {
        try PipelineDriver(program, log, way).run()
    }

    private init(_ program: ProgramPlan, _ log: SimulatedLog, _ way: DriverWay) throws {
        graph = try QueryGraph(program)
        self.log = log
        self.way = way
        random = SplitMix64(seed: way.seed)
        let topics = graph.topics
        places = log.places.filter { topics.contains($0.topic) }
        positions = places.map { _ in 0 }
        output = LineCollector(program)
        pipeline = Self.makePipeline(graph, way, log.schemas, shards: way.shards, output)
        var restorePoints: [SourcePartition.Checkpoint] = []
        for place in places {
            let start = SourcePartition.Checkpoint(
                offset: 0, watermarks: pipeline.graph.initialWatermarks(ofTopic: place.topic))
            restorePoints.append(start)
            _ = pipeline.addSource(place, from: start)
        }
        if case .hybrid = way.mode { isInBatchStage = true } else { isInBatchStage = false }
        committed = Commit(
            positions: positions, restorePoints: restorePoints, flushes: places.map { _ in nil },
            isBatchStage: isInBatchStage)
    }

    private static let changelogPartitions: Int32 = 3

    private static func makePipeline(
        _ graph: QueryGraph, _ way: DriverWay, _ schemas: SchemaTable, shards: Int, _ output: LineCollector
    ) -> Pipeline {
        var options = PipelineOptions()
        options.shards = shards
        options.schemas = schemas
        if way.flushes {
            for (index, query) in graph.program.queries.enumerated() {
                if case .aggregate = query.operation { options.changelogs[index] = changelogPartitions }
            }
        }
        return Pipeline(graph, options: options, outputs: Array(repeating: output, count: shards))
    }

    // MARK: The run

    private func run() throws -> Outcome {
        var stops = way.restarts ? 1 + random.below(3) : 0
        while true {
            if isInBatchStage, (0..<places.count).allSatisfy({ positions[$0] >= stageEnd($0) }) { handOver() }
            guard step() else { break }
            if stops > 0, random.chance(20) {
                try restart()
                stops -= 1
            }
        }
        if stops > 0 { try restartAndCatchUp() }
        if way.isBounded {
            pipeline.end()
        } else {
            // Nothing comes any more: what waits has waited long enough.
            _ = pipeline.settleJoins(now: 1, wait: 0) { _ in true }
            pipeline.close(isForced: true)
            pipeline.emitChanges()
        }
        let lines = committed.lines + output.lines
        return Outcome(lines: lines.map { ($0.query, $0.text) }, accounts: allAccounts())
    }

    /// The index behind the last record of a source's present stage.
    private func stageEnd(_ source: Int) -> Int {
        let records = log.records(of: places[source])
        guard isInBatchStage, case .hybrid(let cut) = way.mode, let end = cut[places[source]] else {
            return records.count
        }
        return records.firstIndex { $0.offset >= end } ?? records.count
    }

    /// Reads one batch of some source, and maybe reads results out or commits. False where nothing is left.
    private func step() -> Bool {
        let ready = places.indices.filter { positions[$0] < stageEnd($0) }
        guard !ready.isEmpty else { return false }
        let source = random.pick(ready)
        let count = min(1 + random.below(way.batchSize), stageEnd(source) - positions[source])
        process(source, positions[source]..<positions[source] + count, isReread: false)
        positions[source] += count
        if random.chance(50) { pipeline.close(isForced: random.chance(20)) }
        if !way.isBounded, random.chance(30) { commit() }
        return true
    }

    func process(_ source: Int, _ range: Range<Int>, isReread: Bool) {
        let place = places[source]
        let records = RawRecords()
        for record in log.records(of: place)[range] {
            records.append(
                key: record.key, value: record.value, timestamp: record.timestamp, offset: record.offset,
                partition: place.partition, headers: record.headers)
        }
        pipeline.process(source: source, records, from: 0, to: range.count, isReread: isReread)
    }

    private func handOver() {
        isInBatchStage = false
        commit()
        pipeline.beginStage()
    }

    // MARK: Commit and restart

    func commit() {
        pipeline.close(isForced: true)
        if !isInBatchStage { pipeline.emitChanges() }
        if way.flushes, random.chance(40) {
            flushNumber += 1
            pipeline.flush(number: flushNumber, into: changelogs)
            changelogs.commit()
        }
        committed = Commit(
            lines: committed.lines + output.lines, accounts: allAccounts(),
            positions: places.indices.map { index($0, of: pipeline.sources[$0].nextOffset) },
            restorePoints: places.indices.map { pipeline.restorePoint($0) },
            flushes: pipeline.sources.map(\.flush), isBatchStage: isInBatchStage)
        output.lines = []
        baseAccounts = pipeline.recordAccounts
        for source in places.indices {
            pipeline.dropCheckpoints(source, before: committed.restorePoints[source].offset)
        }
    }

    /// The index of a source's first record from an offset on.
    private func index(_ source: Int, of offset: Int64) -> Int {
        let records = log.records(of: places[source])
        return records.firstIndex { $0.offset >= offset } ?? records.count
    }

    /// The process dies and another takes over from the last commit.
    func restart() throws {
        addQueries()
        output = LineCollector(graph.program)
        let shards = way.flushes ? random.pick([1, 2, 3]) : way.shards
        pipeline = Self.makePipeline(graph, way, log.schemas, shards: shards, output)
        baseAccounts = [:]
        positions = committed.positions
        isInBatchStage = committed.isBatchStage
        if let backfill = committed.backfill {
            for source in places.indices { takeUp(source, backfill) }
        } else {
            for (source, place) in places.enumerated() {
                // The topic of a table that is joined with is what it is kept in.
                if graph.isJoinedTable(place.topic) {
                    committed.restorePoints[source] = SourcePartition.Checkpoint(
                        offset: 0, watermarks: graph.initialWatermarks(ofTopic: place.topic))
                }
                _ = pipeline.addSource(
                    place, from: committed.restorePoints[source], flush: committed.flushes[source])
            }
        }
        if flushNumber > 0 { try load() }
        if let backfill = committed.backfill { return try run(backfill) }
        var ranges = places.indices.map { source -> Range<Int> in
            let first = index(source, of: committed.restorePoints[source].offset)
            return min(first, positions[source])..<positions[source]
        }
        while let source = ranges.indices.filter({ !ranges[$0].isEmpty }).randomElement(using: &random) {
            let count = min(1 + random.below(way.batchSize), ranges[source].count)
            process(source, ranges[source].prefix(count), isReread: true)
            ranges[source] = ranges[source].dropFirst(count)
        }
        for source in places.indices { pipeline.noteEnd(source) }
        for source in places.indices { pipeline.noteOpen(source) }
        pipeline.finishRestore(pendingSources: isInBatchStage ? Set(places.indices) : [])
    }

    /// What a flush that is committed has put to the changelogs.
    private func load() throws {
        for query in pipeline.options.changelogs.keys.sorted() {
            for place in pipeline.changelogPlaces(query) {
                let partitions = place.map { [places[$0].partition] } ?? Array(0..<Self.changelogPartitions)
                for partition in partitions {
                    let image = try changelogs.image(query, partition)
                    // Of queries that were added since.
                    guard committed.flushes.contains(where: { $0?.queries.contains(query) == true }) else {
                        try pipeline.forget(query, place, image)
                        continue
                    }
                    guard pipeline.marker(place, in: image)?.number == flushNumber else {
                        throw StateError("the changelog has no flush \(flushNumber)")
                    }
                    _ = try pipeline.load(query, place, image)
                }
            }
        }
    }

    private func restartAndCatchUp() throws {
        try restart()
        while true {
            if isInBatchStage, (0..<places.count).allSatisfy({ positions[$0] >= stageEnd($0) }) { handOver() }
            guard step() else { return }
        }
    }

    // MARK: Accounts

    /// What this pipeline had counted at the last commit.
    var baseAccounts: [AccountKey: RecordAccount] = [:]

    /// What was committed and what came since.
    func allAccounts() -> [AccountKey: RecordAccount] {
        var result = committed.accounts
        result.add(pipeline.recordAccounts, since: baseAccounts)
        return result
    }
}
