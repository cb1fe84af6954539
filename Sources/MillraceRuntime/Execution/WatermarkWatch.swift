// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan

/// Says what a person would wonder about: a record that has carried time far ahead, and so closed all windows, and a
/// silent partition that holds results back. Each thing is said once.
struct WatermarkWatch {
    /// How far ahead of the clock a watermark may run before it is named, in ms.
    private static let day: Int64 = 86_400_000
    /// How far behind the others a partition may be before it is named, in ms.
    private static let silence: Int64 = 60_000

    private var aheadSaid: Set<TopicPartition> = []
    private var silentSaid: Set<TopicPartition> = []

    /// Lines for people about the present watermarks.
    mutating func notes(_ pipeline: Pipeline, wallMilliseconds: Int64) -> [String] {
        notesAhead(pipeline, wallMilliseconds) + notesSilent(pipeline)
    }

    private mutating func notesAhead(_ pipeline: Pipeline, _ now: Int64) -> [String] {
        pipeline.sources.compactMap { source in
            for (watermark, offset) in zip(source.watermarks, source.watermarkOffsets)
            where watermark != .none && watermark > now + WatermarkWatch.day {
                guard aheadSaid.insert(source.topicPartition).inserted else { return nil }
                var time: [UInt8] = []
                TimeText.appendTimestamp(watermark, to: &time)
                return
                    "\(source.topicPartition)@\(offset) has the event time \(String(decoding: time, as: UTF8.self)), "
                    + "more than a day ahead of the clock: it closes all windows before (see future.limit)"
            }
            return nil
        }
    }

    /// Results of a query that regroups wait for its slowest partition.
    private mutating func notesSilent(_ pipeline: Pipeline) -> [String] {
        var lines: [String] = []
        for (index, query) in pipeline.graph.program.queries.enumerated() {
            guard case .aggregate(let aggregation) = query.operation, aggregation.window != nil,
                !aggregation.isPartitionAffine, query.emit == .final
            else { continue }
            let feeding = pipeline.sources.filter { !pipeline.graph.feedingRoots[index].isDisjoint(with: $0.roots) }
            let highest = feeding.flatMap(\.watermarks).max() ?? .none
            guard highest != .none else { continue }
            for source in feeding {
                let lowest = source.watermarks.min() ?? .none
                let isSilent = lowest == .none || lowest < highest - WatermarkWatch.silence
                if !isSilent {
                    silentSaid.remove(source.topicPartition)
                } else if silentSaid.insert(source.topicPartition).inserted {
                    lines.append(
                        "\(query.name) waits for \(source.topicPartition): "
                            + (lowest == .none
                                ? "it has no records" : "its time is \((highest - lowest) / 1000) s behind"))
                }
            }
        }
        return lines
    }
}
