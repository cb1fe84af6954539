// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceKafka
import MillraceLog
import Testing
@testable import MillraceRun

@Suite struct InputWatchTests {
    private let second: UInt64 = 1_000_000_000

    @Test func nobodyLooksWhileRecordsCome() {
        var watch = InputWatch()
        #expect(!watch.isDue(now: 60 * second, isIdle: false))
        #expect(watch.isDue(now: 60 * second, isIdle: true))
        #expect(watch.look(["a"], found: ["a"], now: 60 * second) == .quiet)
        #expect(!watch.isDue(now: 64 * second, isIdle: true))
        #expect(watch.isDue(now: 65 * second, isIdle: true))
    }

    @Test func aTopicMayComeBack() {
        var watch = InputWatch()
        let (isNew, isNewAgain) = (watch.noteMissing("a", now: 10 * second), watch.noteMissing("a", now: 11 * second))
        #expect(isNew && !isNewAgain, "it is said once")
        #expect(watch.isWaiting)
        #expect(watch.look(["a", "b"], found: ["b"], now: 12 * second) == .quiet)
        #expect(watch.look(["a", "b"], found: nil, now: 30 * second) == .quiet, "nobody has answered")
        #expect(watch.look(["a", "b"], found: ["a", "b"], now: 31 * second) == .back(["a"]))
        #expect(!watch.isWaiting)
    }

    @Test func aTopicThatStaysAwayIsGone() {
        var watch = InputWatch()
        _ = watch.noteMissing("a", now: 10 * second)
        #expect(watch.look(["a"], found: [], now: 20 * second - 1) == .quiet)
        #expect(watch.look(["a"], found: [], now: 20 * second) == .gone("a"))
        // A process that waits for partitions finds it out by itself.
        var idle = InputWatch()
        #expect(idle.look(["a"], found: [], now: 10 * second) == .quiet)
        #expect(idle.isDue(now: 20 * second, isIdle: false))
        #expect(idle.look(["a"], found: [], now: 20 * second) == .gone("a"))
    }
}

@Suite struct LogIdentityTests {
    private let partition = TopicPartition("orders", 0)

    private func record(_ offset: Int64, value: String) -> SampledRecord {
        SampledRecord(
            partition: partition, offset: offset, timestamp: 1000, key: Array("k".utf8), value: Array(value.utf8))
    }

    private func fingerprint(_ offset: Int64, value: String) -> CommitMetadata.Fingerprint {
        let records = RawRecords()
        records.append(
            key: Array("k".utf8), value: Array(value.utf8), timestamp: 1000, offset: offset, partition: 0)
        return SliceReader.fingerprint(records, 0)
    }

    @Test func aLogIsKnownByARecordOfIt() {
        let read = fingerprint(7, value: "v")
        let range = OffsetRange(low: 0, high: 10)
        #expect(LogIdentity.verdict(read, in: range, found: record(7, value: "v")) == .same)
        #expect(LogIdentity.verdict(read, in: range, found: record(7, value: "w")) == .another)
        #expect(LogIdentity.verdict(read, in: OffsetRange(low: 0, high: 7), found: nil) == .another)
        #expect(LogIdentity.verdict(read, in: nil, found: nil) == .another, "the new topic is narrower")
    }

    @Test func aRecordThatIsGoneTellsNothing() {
        let read = fingerprint(7, value: "v")
        #expect(LogIdentity.verdict(read, in: OffsetRange(low: 8, high: 10), found: nil) == .unknown)
        #expect(LogIdentity.verdict(read, in: OffsetRange(low: 0, high: 10), found: record(8, value: "v")) == .unknown)
        #expect(LogIdentity.verdict(read, in: OffsetRange(low: 0, high: 10), found: nil) == .unknown)
    }
}
