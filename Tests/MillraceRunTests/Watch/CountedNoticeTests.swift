// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MillraceRun

struct CountedNoticeTests {
    @Test func theFirstAtOnceAndMoreOnceAMinute() {
        var notice = CountedNotice()
        #expect(notice.take(0, now: 5) == nil)
        #expect(notice.take(2, now: 10) == 2)
        #expect(!notice.isDue(now: 11))
        #expect(notice.take(500, now: 10 + CountedNotice.pause - 1) == nil)
        #expect(notice.take(500, now: 10 + CountedNotice.pause) == 498)
        #expect(notice.take(500, now: 10 + 9 * CountedNotice.pause) == nil)
    }

    @Test func supersededRecordsAreNamedByTopic() {
        #expect(SupersededWatch.text(["users": 2, "orders": 12_000, "rates": 0]) == "orders 12,000, users 2")
    }
}
