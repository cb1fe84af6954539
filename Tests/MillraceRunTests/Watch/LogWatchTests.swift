// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import Testing
@testable import MillraceRun

@Suite struct LogWatchTests {
    private let first = TopicPartition("orders", 0)
    private let second = TopicPartition("orders", 1)

    @Test func aLogThatGoesOnIsTheSame() {
        var watch = LogWatch()
        #expect(watch.isDue(now: 0))
        #expect(watch.begin([first: 70], now: 0) == [first: 70])
        #expect(watch.end([first: 6], next: [first: 7]).isEmpty)
        #expect(!watch.isDue(now: 4_999_999_999))
        #expect(watch.isDue(now: 5_000_000_000))
        // The mark stays; retention may have removed what was before it.
        #expect(watch.begin([first: 900], now: 1) == [first: 70])
        #expect(watch.end([first: 8], next: [first: 90]).isEmpty)
    }

    @Test func aFirstOffsetThatGoesDownIsOfAnotherLog() {
        var watch = LogWatch()
        _ = watch.begin([first: 70, second: 70], now: 0)
        #expect(watch.end([first: 6, second: 3], next: [first: 7, second: 4]).isEmpty)
        _ = watch.begin([first: 80, second: 80], now: 1)
        #expect(
            watch.end([first: 0, second: 3], next: [first: 20, second: 9]) == [
                LogWatch.Finding(partition: first, seen: 7)
            ])
        // That is said once: what follows is compared with the new log.
        _ = watch.begin([first: 90, second: 90], now: 2)
        #expect(watch.end([first: 0, second: 3], next: [:]).isEmpty)
    }

    /// A broker that has crashed makes its index of times anew, and finds another of the records of that time.
    @Test func anotherRecordOfTheSameTimeIsNoOtherLog() {
        var watch = LogWatch()
        _ = watch.begin([first: 70], now: 0)
        #expect(watch.end([first: 591], next: [first: 600]).isEmpty)
        _ = watch.begin([first: 80], now: 1)
        #expect(watch.end([first: 588], next: [first: 640]).isEmpty)
        _ = watch.begin([first: 90], now: 2)
        #expect(watch.end([first: 0], next: [first: 650]) == [LogWatch.Finding(partition: first, seen: 640)])
    }

    /// A mark at the beginning of a log, or of which nothing is left, shows nothing: another one is taken.
    @Test func marksAreRenewed() {
        var watch = LogWatch()
        _ = watch.begin([first: 70, second: 70], now: 0)
        _ = watch.end([first: 0], next: [:])
        #expect(watch.begin([first: 80, second: 81], now: 1) == [first: 80, second: 81])
        _ = watch.end([first: 5, second: 5], next: [:])
        #expect(watch.begin([second: 90], now: 2) == [second: 81])
        #expect(watch.begin([first: 91, second: 90], now: 3) == [first: 91, second: 81])
    }
}
