// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceReport

/// Says while a run goes on that records of joined topics came too late to be joined as a replay joins them.
struct SupersededWatch {
    private var notice = CountedNotice()

    /// What there is to say.
    /// - Parameter earlier: what was counted before this pipeline.
    mutating func note(_ pipeline: Pipeline, earlier: RunTotals, now: UInt64) -> LogLine? {
        guard pipeline.graph.hasJoins, notice.isDue(now: now) else { return nil }
        var counts: [String: Int64] = earlier.superseded
        for source in pipeline.sources {
            counts[source.topicPartition.topic, default: 0] += source.accounts.reduce(0) {
                max($0, Int64($1.superseded))
            }
        }
        let count = counts.values.reduce(0, +|)
        guard let new = notice.take(count, now: now) else { return nil }
        let more = new == count ? "" : ", \(NumberDisplay.count(new)) more than the last time"
        return LogLine(
            .warn,
            "records that came too late for a join: \(NumberDisplay.count(count))\(more) "
                + "(\(SupersededWatch.text(counts))); a replay joins them with other rows (join.wait)",
            code: .supersededRows, kind: "superseded",
            fields: [LogLine.Field("superseded", .number(count))])
    }

    /// `orders 2, users 1`
    static func text(_ counts: [String: Int64]) -> String {
        counts.filter { $0.value > 0 }.sorted { $0.key < $1.key }
            .map { "\($0.key) \(NumberDisplay.count($0.value))" }.joined(separator: ", ")
    }
}
