// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport
import Testing

@testable import MillraceRun

struct BadRecordWatchTests {
    private func report(_ count: Int64, kind: RejectionReport.Kind = .bad, reason: String = "wrong type")
        -> RejectionReport
    {
        RejectionReport(
            query: "Q", kind: kind, reason: reason, subject: "AMOUNT DOUBLE",
            example: "AMOUNT DOUBLE cannot be \"secret\"", count: count,
            samples: [RejectionReport.Place(TopicPartition("t", 0), offset: 17)])
    }

    @Test func theFirstIsSaidAtOnceAndMoreOnceAMinute() throws {
        var watch = BadRecordWatch()
        #expect(watch.note([], now: 5) == nil)
        let line = watch.note([report(2)], now: 10)
        let first = try #require(line)
        #expect(first.message == "bad records: 2; Q: wrong type: AMOUNT DOUBLE (2, the first t/0@17)")
        #expect(first.code == .undecodableRecord && first.level == .warn)
        #expect(watch.note([report(500)], now: 10 + CountedNotice.pause - 1) == nil)
        let next = watch.note([report(500), report(7, reason: "bad JSON")], now: 10 + CountedNotice.pause)
        let second = try #require(next)
        #expect(
            second.message.hasPrefix("bad records: 507, 505 more than the last time; Q: wrong type: AMOUNT DOUBLE (500")
        )
        #expect(second.message.contains("Q: bad JSON: AMOUNT DOUBLE (7"))
        // Nothing new.
        #expect(watch.note([report(507)], now: 10 + 9 * CountedNotice.pause) == nil)
    }

    /// Values may be somebody's secrets; late records are no mistake of anybody's.
    @Test func neitherValuesNorLateRecords() {
        var watch = BadRecordWatch()
        #expect(watch.note([report(3, kind: .late)], now: 1) == nil)
        #expect(watch.note([report(1)], now: 2)?.message.contains("secret") == false)
    }
}
