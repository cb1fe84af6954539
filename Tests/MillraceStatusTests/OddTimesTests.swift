// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import Testing

@testable import MillraceReport
@testable import MillraceStatus

/// Timestamps, offsets and clocks near the bounds of their types: every view of a run shows something.
@Suite struct OddTimesTests {
    static let bounds: [Int64] = [.min, .min + 1, -1, 0, 1, 1 << 61, .max - 1, .max]

    @Test(arguments: bounds) func statusOfOddTimes(time: Int64) throws {
        for now in OddTimesTests.bounds {
            var view = try StatusFixture.fullView()
            view.nowMilliseconds = now
            view.activitySinceNanoseconds = .max
            view.snapshot.stateSinceMilliseconds = time
            view.snapshot.commits.lastMilliseconds = time
            view.snapshot.partitions = [
                PartitionStatus(
                    partition: TopicPartition("orders", 0), offset: time, end: .max, lag: .max, lagMilliseconds: .max,
                    watermark: time, watermarkOffset: time, idleMilliseconds: .max, records: .max, handOver: time),
                PartitionStatus(
                    partition: TopicPartition("orders", 1), offset: 0, end: .max, lag: .max, lagMilliseconds: .max,
                    watermark: nil, watermarkOffset: -1, idleMilliseconds: nil, records: 0, handOver: 0),
            ]
            view.snapshot.backfill = BackfillStatus(
                done: time, total: now, secondsLeft: nil, handOverMilliseconds: time)
            #expect(view.snapshot.lag == .max)
            #expect(!StatusJSON.text(view).isEmpty)
            #expect(!StatusMetrics.text(view).isEmpty)
            #expect(!StatusText.text(view).isEmpty)
            #expect(!StatusPage.response(view, isLive: true).body.isEmpty)
        }
    }
}
