// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan

/// Queries that are added at a restart (`DriverWay.addsQueries`): as a run does it with `--new-queries backfill`, with
/// commits and deaths in the midst of it.
extension PipelineDriver {
    /// What a commit says of a backfill under way.
    struct Backfill {
        var queries: Set<Int>
        /// By source: index of the next record, and where its re-read begins.
        var positions: [Int]
        var restorePoints: [SourcePartition.Checkpoint]
    }

    /// At the first restart: what some queries have made never was.
    func addQueries() {
        guard way.addsQueries, !hasAdded else { return }
        hasAdded = true
        let queries = pickQueries()
        let names = Set(queries.map { graph.program.queries[$0].name })
        committed.lines.removeAll { queries.contains($0.query) }
        committed.accounts = committed.accounts.filter { !names.contains($0.key.query) }
        for source in places.indices { committed.flushes[source]?.queries.subtract(queries) }
        committed.backfill = Backfill(
            queries: queries, positions: places.map { _ in 0 },
            restorePoints: places.map {
                SourcePartition.Checkpoint(offset: 0, watermarks: pipeline.graph.initialWatermarks(ofTopic: $0.topic))
            })
    }

    /// Some query, with all that read its results and all aggregations that it reads from.
    private func pickQueries() -> Set<Int> {
        var queries: Set<Int> = [random.below(graph.program.queries.count)]
        var size = 0
        while queries.count > size {
            size = queries.count
            for query in queries {
                queries.formUnion(graph.downstream[query].map(\.query))
                for writer in graph.program.queries.indices
                where graph.downstream[writer].contains(where: { $0.query == query }) {
                    if case .aggregate = graph.program.queries[writer].operation { queries.insert(writer) }
                    if graph.isBehindAggregation(writer) { queries.insert(writer) }
                }
            }
        }
        return queries
    }

    private func offset(_ source: Int, _ position: Int) -> Int64 {
        let records = log.records(of: places[source])
        return position < records.count ? records[position].offset : log.nextOffset(places[source])
    }

    func takeUp(_ source: Int, _ backfill: Backfill) {
        let others = Set(graph.program.queries.indices).subtracting(backfill.queries)
        let entries = [
            SourcePartition.Entry(
                checkpoint: committed.restorePoints[source], queries: others, emits: offset(source, positions[source])),
            SourcePartition.Entry(
                checkpoint: backfill.restorePoints[source], queries: backfill.queries,
                emits: offset(source, backfill.positions[source])),
        ]
        _ = pipeline.addSource(
            places[source], entries: entries.filter { !$0.queries.isEmpty }, firstOffsets: [:],
            flush: committed.flushes[source])
    }

    /// From the restart to where the queries that were there before stand.
    func run(_ backfill: Backfill) throws {
        let queries = backfill.queries
        var reached = places.indices.map { source -> Int in
            let first = min(
                backfill.restorePoints[source].offset,
                queries.count < graph.program.queries.count ? committed.restorePoints[source].offset : .max)
            return log.records(of: places[source]).firstIndex { $0.offset >= first } ?? positions[source]
        }
        func read(to ends: [Int], _ afterwards: () throws -> Bool) throws -> Bool {
            while let source = ends.indices.filter({ reached[$0] < ends[$0] }).randomElement(using: &random) {
                let count = min(1 + random.below(way.batchSize), ends[source] - reached[source])
                process(source, reached[source]..<reached[source] + count, isReread: true)
                reached[source] += count
                guard try afterwards() else { return false }
            }
            return true
        }
        _ = try read(to: backfill.positions) { true }
        pipeline.finishRestore(pendingSources: Set(places.indices), of: queries)
        var deaths = 2
        let isOver = try read(to: positions) {
            if random.chance(50) { pipeline.close(isForced: random.chance(20), of: queries) }
            if random.chance(30) { commitBackfill(queries, reached) }
            guard deaths > 0, random.chance(10) else { return true }
            deaths -= 1
            try restart()
            return false
        }
        // After a death the rest was done by the next life.
        guard isOver else { return }
        pipeline.finishRestore(
            pendingSources: isInBatchStage ? Set(places.indices) : [],
            of: Set(graph.program.queries.indices).subtracting(queries))
        commit()
    }

    private func commitBackfill(_ queries: Set<Int>, _ reached: [Int]) {
        pipeline.close(isForced: true, of: queries)
        committed.lines += output.lines
        committed.accounts = allAccounts()
        committed.backfill = Backfill(
            queries: queries, positions: reached,
            restorePoints: places.indices.map { pipeline.restorePoint($0, of: queries) })
        output.lines = []
        baseAccounts = pipeline.recordAccounts
    }
}
