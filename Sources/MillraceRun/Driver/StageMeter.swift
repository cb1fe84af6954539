// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceReport

/// Measures one stage: what it read, what came out, how long it took.
struct StageMeter {
    let mode: StageReport.Mode
    private let startNanoseconds: UInt64
    private let recordsBefore: [Int]
    private let rowsBefore: [Int]
    private let starts: [Int64]

    init(_ mode: StageReport.Mode, _ pipeline: Pipeline, clock: any Clock) {
        self.mode = mode
        startNanoseconds = clock.monotonicNanoseconds()
        recordsBefore = StageMeter.records(pipeline)
        rowsBefore = pipeline.graph.program.queries.indices.map { pipeline.rowsOut($0) }
        starts = pipeline.sources.map(\.nextOffset)
    }

    func elapsedMilliseconds(_ clock: any Clock) -> Int64 {
        clock.milliseconds(since: startNanoseconds)
    }

    /// The stage of each query, as it stands now.
    /// - Parameter ends: the end of each source's slice; nil: as far as it was read.
    func reports(_ pipeline: Pipeline, ends: [Int64]?, clock: any Clock) -> [StageReport] {
        let elapsed = max(clock.nanoseconds(since: startNanoseconds), 1)
        let records = StageMeter.records(pipeline)
        return pipeline.graph.program.queries.enumerated().map { index, query in
            let slices = pipeline.sources.enumerated().compactMap { place, source -> StageReport.Slice? in
                guard !pipeline.graph.feedingRoots[index].isDisjoint(with: source.roots) else { return nil }
                return StageReport.Slice(
                    topic: source.topicPartition.topic, partition: source.topicPartition.partition,
                    from: starts[place], to: ends?[place] ?? source.nextOffset)
            }
            return StageReport(
                query: query.name, upstream: pipeline.graph.upstream(of: query), mode: mode,
                slices: slices, records: Int64(records[index] - recordsBefore[index]),
                rows: Int64(pipeline.rowsOut(index) - rowsBefore[index]), elapsedNanoseconds: elapsed)
        }
    }

    /// By query: the records that it has read, late and bad ones too.
    private static func records(_ pipeline: Pipeline) -> [Int] {
        pipeline.graph.program.queries.indices.map { query in
            pipeline.sources.reduce(pipeline.accountBehindAggregation(query).read) { $0 + $1.accounts[query].read }
        }
    }
}
