// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan

/// A partition that holds back final results of a query that regroups: they wait for the slowest one.
struct WatermarkHold {
    /// How far behind the others a partition may be before it is named, in ms.
    private static let silence: Int64 = 60_000

    /// Index into the program's queries.
    var query: Int
    var partition: TopicPartition
    /// How far its watermark is behind the highest; nil: no record of it has a time yet.
    var behindMilliseconds: Int64?

    /// Of all queries, in the order of the program and of the partitions.
    static func all(_ pipeline: Pipeline) -> [WatermarkHold] {
        pipeline.graph.program.queries.indices.flatMap { of(pipeline, $0) }
    }

    static func of(_ pipeline: Pipeline, _ index: Int) -> [WatermarkHold] {
        let query = pipeline.graph.program.queries[index]
        guard case .aggregate(let aggregation) = query.operation, aggregation.window != nil,
            !aggregation.isPartitionAffine, query.emit == .final
        else { return [] }
        let feeding = pipeline.feedingWatermarks(index)
        let highest = feeding.map(\.watermark).max() ?? .none
        guard highest != .none else { return [] }
        return feeding.compactMap { partition, lowest in
            guard lowest == .none || lowest < highest -| silence else { return nil }
            return WatermarkHold(
                query: index, partition: partition, behindMilliseconds: lowest == .none ? nil : highest -| lowest)
        }
    }
}
