// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import Testing

@Suite struct TimeTextTests {
    static func bytes<T>(_ text: String, _ body: (UnsafeRawBufferPointer) -> T) -> T {
        Array(text.utf8).withUnsafeBytes { body($0) }
    }

    static func text(_ body: (inout [UInt8]) -> Void) -> String {
        var bytes: [UInt8] = []
        body(&bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func civilDatesThereAndBack() {
        var expected = CivilDate(year: -401, month: 1, day: 1)
        var day = expected?.days ?? 0
        for _ in 0..<(146_097 * 7) {
            let date = CivilDate(days: day)
            #expect(date == expected)
            #expect(date.days == day)
            day += 1
            expected =
                CivilDate(year: date.year, month: date.month, day: date.day + 1)
                ?? CivilDate(year: date.year, month: date.month + 1, day: 1)
                ?? CivilDate(year: date.year + 1, month: 1, day: 1)
        }
    }

    @Test(
        arguments: [
            ("1970-01-01", 0), ("1969-12-31", -1), ("2000-02-29", 11016), ("2024-02-29", 19782), ("2023-02-29", nil),
            ("1900-02-29", nil), ("0000-03-01", -719468), ("-0001-12-31", -719529), ("+10000-01-01", 2932897),
            ("2024-13-01", nil),
            ("2024-00-10", nil), ("2024-04-31", nil), ("2024-4-1", nil), ("24-04-01", nil), ("2024-04-01 ", nil),
            ("2024-02", nil), ("", nil), ("10000-01-01", nil), ("+999999999-01-01", nil),
        ] as [(String, Int32?)])
    func dates(text: String, days: Int32?) {
        #expect(TimeTextTests.bytes(text) { TimeText.date($0) } == days)
        if let days { #expect(TimeTextTests.text { TimeText.appendDate(Int64(days), to: &$0) } == text) }
    }

    @Test func daysOfYearAndWeek() {
        #expect(CivilDate(days: 0).dayOfWeek == 4)
        #expect(CivilDate(days: -1).dayOfWeek == 3)
        #expect(CivilDate(days: -4).dayOfWeek == 7)
        #expect(CivilDate(year: 2024, month: 12, day: 31)?.dayOfYear == 366)
    }

    @Test(
        arguments: [
            ("00:00", 0, "00:00"), ("12:34:56.789", 45_296_789, "12:34:56.789"), ("12:34:56", 45_296_000, "12:34:56"),
            ("12:34:00", 45_240_000, "12:34"), ("23:59:59.999999999", 86_399_999, "23:59:59.999"),
            ("01:02:03.4", 3_723_400, "01:02:03.400"), ("24:00", nil, ""), ("12:60", nil, ""), ("12:00:60", nil, ""),
            ("1:00", nil, ""), ("12", nil, ""), ("12:00:00.", nil, ""), ("12:00Z", nil, ""),
        ] as [(String, Int32?, String)])
    func times(text: String, milliseconds: Int32?, written: String) {
        #expect(TimeTextTests.bytes(text) { TimeText.time($0) } == milliseconds)
        if let milliseconds { #expect(TimeTextTests.text { TimeText.appendTime(milliseconds, to: &$0) } == written) }
    }

    @Test(
        arguments: [
            ("2024-02-29T12:34:56.789", 1_709_210_096_789), ("2024-02-29 12:34:56.789", 1_709_210_096_789),
            ("2024-02-29T12:34:56.789Z", 1_709_210_096_789), ("2024-02-29T12:34:56.789+02:00", 1_709_202_896_789),
            ("2024-02-29T12:34:56.789-0530", 1_709_229_896_789), ("1969-12-31T23:59:59.999", -1),
            ("2024", 1_704_067_200_000), ("2024-02", 1_706_745_600_000), ("2024-02-29", 1_709_164_800_000),
            ("2024-02-29T12", 1_709_208_000_000), ("2024-02-29T12:34", 1_709_210_040_000), ("2024-02-30T00:00:00", nil),
            ("2024-02-29T", nil), ("2024-02-29Tx", nil), ("2024-02-29T12:34:56+25:00", nil), ("now", nil),
            ("+400000000-01-01", nil),
        ] as [(String, Int64?)])
    func timestamps(text: String, milliseconds: Int64?) {
        #expect(TimeTextTests.bytes(text) { TimeText.timestamp($0) } == milliseconds)
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000"), (-1, "1969-12-31T23:59:59.999"),
            (1_709_210_096_789, "2024-02-29T12:34:56.789"),
            (-62_135_596_800_000, "0001-01-01T00:00:00.000"), (Int64.max, "+292278994-08-17T07:12:55.807"),
            (Int64.min, "-292275055-05-16T16:47:04.192"),
        ] as [(Int64, String)])
    func writtenTimestamps(milliseconds: Int64, expected: String) {
        #expect(TimeTextTests.text { TimeText.appendTimestamp(milliseconds, to: &$0) } == expected)
    }

    @Test(
        arguments: [
            ("2024-02-29T12:34:56Z", 1_709_210_096_000), ("2024-02-29t12:34:56.5z", 1_709_210_096_500),
            ("2024-02-29T14:34:56+02:00", 1_709_210_096_000), ("2024-02-29T12:34:56", nil), ("2024-02-29T12:34Z", nil),
            ("2024-02-29", nil), ("2024-02-29T12:34:56+0200", nil), ("2024-02-29T12:34:56Zx", nil),
        ] as [(String, Int64?)])
    func rfc3339(text: String, milliseconds: Int64?) {
        #expect(TimeTextTests.bytes(text) { TimeText.rfc3339($0) } == milliseconds)
    }

    @Test(
        arguments: [
            ("UTC", 0), ("Z", 0), ("GMT", 0), ("+02:00", 7200), ("-0530", -19800), ("+2", 7200), ("UTC+01", 3600),
            ("GMT-8", -28800), ("Europe/Berlin", nil), ("+19:00", nil), ("", nil), ("+02:", nil), ("PST", nil),
        ] as [(String, Int64?)])
    func zones(text: String, seconds: Int64?) {
        #expect(FixedZone(Array(text.utf8))?.offsetMilliseconds == seconds.map { $0 * 1000 })
    }
}
