// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceReport

/// Says what a person would wonder about: a record that has carried time far ahead, and so closed all windows, and a
/// silent partition that holds results back. Each thing is said once.
struct WatermarkWatch {
    /// How far ahead of the clock a watermark may run before it is named, in ms.
    private static let day: Int64 = 86_400_000

    private var aheadSaid: Set<TopicPartition> = []
    private var silentSaid: Set<TopicPartition> = []

    /// What is to be said about the present watermarks.
    mutating func notes(_ pipeline: Pipeline, wallMilliseconds: Int64) -> [LogLine] {
        notesAhead(pipeline, wallMilliseconds) + notesSilent(pipeline)
    }

    private mutating func notesAhead(_ pipeline: Pipeline, _ now: Int64) -> [LogLine] {
        pipeline.sources.compactMap { source in
            for (watermark, offset) in zip(source.watermarks, source.watermarkOffsets)
            where watermark != .none && watermark > now +| WatermarkWatch.day {
                guard aheadSaid.insert(source.topicPartition).inserted else { return nil }
                var time: [UInt8] = []
                TimeText.appendTimestamp(watermark, to: &time)
                return LogLine(
                    .warn,
                    "\(source.topicPartition)@\(offset) has the event time \(String(decoding: time, as: UTF8.self)), "
                        + "more than a day ahead of the clock: it closes all windows before (see future.limit)",
                    code: .futureTimestamps, partition: source.topicPartition, offset: offset)
            }
            return nil
        }
    }

    /// Results of a query that regroups wait for its slowest partition.
    private mutating func notesSilent(_ pipeline: Pipeline) -> [LogLine] {
        let holds = WatermarkHold.all(pipeline)
        let held = Set(holds.map(\.partition))
        silentSaid.formIntersection(held)
        let new = holds.filter { !silentSaid.contains($0.partition) }
        silentSaid.formUnion(held)
        return new.map { hold in
            LogLine(
                .warn,
                "\(pipeline.graph.program.queries[hold.query].name) waits for \(hold.partition): "
                    + (hold.behindMilliseconds.map { "its time is \($0 / 1000) s behind" } ?? "it has no records"),
                partition: hold.partition)
        }
    }
}
