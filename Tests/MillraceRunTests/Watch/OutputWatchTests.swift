// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import Testing
@testable import MillraceRun

@Suite struct OutputWatchTests {
    private let first = TopicPartition("totals", 0)
    private let second = TopicPartition("totals", 1)

    /// A watch that has looked once.
    private func watch() -> OutputWatch {
        var watch = OutputWatch(["totals"])
        _ = watch.note(counts: ["totals": 2], now: 0)
        _ = watch.note(ends: [first: 10, second: 7])
        return watch
    }

    @Test func aTopicThatGrowsIsTheSame() {
        var watch = watch()
        #expect(watch.partitions == [first, second])
        #expect(!watch.isDue(now: OutputWatch.interval - 1))
        let (wider, longer) = (
            watch.note(counts: ["totals": 3], now: 1), watch.note(ends: [first: 10, second: 8])
        )
        #expect(wider == nil && longer == nil)
        #expect(watch.partitions.count == 3)
    }

    @Test func aTopicThatWasMadeAgainIsShorterOrNarrower() {
        var watch = watch()
        var narrow = watch
        #expect(narrow.note(counts: ["totals": 1], now: 1) == .narrower("totals", before: 2, now: 1))
        #expect(watch.note(ends: [first: 12, second: 0]) == .shorter(second, before: 7, now: 0))
    }

    @Test func aTopicMayBeUnknownForAMoment() {
        var watch = watch()
        var losses = (1...3).map { _ in watch.note(counts: [:], now: 1) }
        #expect(losses == [nil, nil, nil])
        #expect(watch.partitions.isEmpty)
        losses = [watch.note(counts: ["totals": 2], now: 2), watch.note(counts: [:], now: 3)]
        #expect(losses == [nil, nil])
        losses = (1...3).map { _ in watch.note(counts: [:], now: 4) }
        #expect(losses == [nil, nil, .deleted("totals")])
    }

    /// The topic was made again, and holds more than it did at the first look already.
    @Test func whatWasCommittedIsThere() {
        var watch = watch()
        watch.endLook([first: 10, second: 7])
        watch.note(committed: ["totals": 20])
        #expect(watch.lacking([first: 10, second: 7]) == nil, "markers may be on their way")
        watch.endLook([first: 10, second: 7])
        #expect(watch.lacking([first: 20, second: 17]) == nil)
        #expect(watch.lacking([first: 11, second: 8]) == .lacking("totals", sent: 20, held: 2))
    }
}
