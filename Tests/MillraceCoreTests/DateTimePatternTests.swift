// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import Testing

@Suite struct DateTimePatternTests {
    /// 2024-02-29T12:34:56.789Z, a Thursday.
    static let leapDay: Int64 = 1_709_210_096_789

    @Test(arguments: [
        ("yyyy-MM-dd HH:mm:ss.SSS", "2024-02-29 12:34:56.789"), ("yyyy-MM-dd'T'HH:mm:ssX", "2024-02-29T12:34:56Z"),
        ("yyyyMMddHHmmssSSS", "20240229123456789"), ("dd/MM/yy h:mm a", "29/02/24 12:34 PM"),
        ("EEE, d MMM uuuu", "Thu, 29 Feb 2024"), ("EEEE d MMMM y G", "Thursday 29 February 2024 AD"),
        ("D e E LLL", "60 5 Thu Feb"), ("H:m:s.S n A", "12:34:56.7 789000000 45296789"), ("''''yyyy''", "'2024'"),
        ("yyyy-MM-dd[ HH:mm][ VV]", "2024-02-29 12:34 GMT"), ("xxx XXX Z z O ZZZZZ", "+00:00 Z +0000 GMT GMT Z"),
        ("k K hh", "12 0 12"), ("'year' yyyyy", "year 02024"),
    ])
    func format(pattern: String, expected: String) throws {
        var bytes: [UInt8] = []
        try DateTimePattern(pattern).append(DateTimePatternTests.leapDay, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test func formatInAZone() throws {
        let zone = try #require(FixedZone(Array("-05:30".utf8)))
        var bytes: [UInt8] = []
        try DateTimePattern("yyyy-MM-dd HH:mm X XX XXX x Z O OOOO VV").append(
            DateTimePatternTests.leapDay, zone: zone, to: &bytes)
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == "2024-02-29 07:04 -0530 -0530 -05:30 -0530 -0530 GMT-5:30 GMT-05:30 -05:30")
    }

    @Test func formatBefore1970AndFarAway() throws {
        func text(_ pattern: String, _ value: Int64) throws -> String {
            var bytes: [UInt8] = []
            try DateTimePattern(pattern).append(value, to: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
        #expect(try text("yyyy-MM-dd HH:mm:ss.SSS EEE", -1) == "1969-12-31 23:59:59.999 Wed")
        #expect(try text("uuuu yyyy G", -62_167_219_200_001) == "-0001 0002 BC")
        #expect(try text("yyyy", 253_402_300_800_000) == "+10000")
    }

    @Test(
        arguments: [
            ("yyyy-MM-dd HH:mm:ss.SSS", "2024-02-29 12:34:56.789", leapDay),
            ("yyyyMMddHHmmssSSS", "20240229123456789", leapDay),
            ("yyyy-MM-dd'T'HH:mm:ss.SSSX", "2024-02-29T14:34:56.789+02", leapDay),
            ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2024-02-29T14:34:56.789+02:00", leapDay),
            ("yyyy-MM-dd'T'HH:mm:ss.SSSX", "2024-02-29T12:34:56.789Z", leapDay),
            ("yyyy-MM-dd HH:mm:ss.SSS VV", "2024-02-29 13:34:56.789 UTC+01:00", leapDay),
            ("yyyy-MM-dd", "2021-06-31", 1_625_011_200_000), ("yyyy-MM-dd", "2021-06-32", nil),
            ("yyyy-MM-dd", "2021-13-01", nil),
            ("yyyy-MM-dd", "2021-6-1", nil), ("y-M-d", "2021-6-1", 1_622_505_600_000),
            ("yyyy-MM-dd", "2021-06-01x", nil),
            ("HH:mm", "13:25", 48_300_000), ("HH:mm", "24:00", 86_400_000), ("HH:mm", "24:01", nil),
            ("HH:mm", "12:60", nil),
            ("h:mm a", "12:05 am", 300_000), ("h:mm a", "1:05 PM", 47_100_000), ("h:mm a", "13:05 PM", nil),
            ("d MMM yyyy", "1 feb 1969", -28_857_600_000), ("EEE d MMM yyyy", "Thu 29 Feb 2024", 1_709_164_800_000),
            ("EEE d MMM yyyy", "Fri 29 Feb 2024", nil), ("yyyy-DDD", "2024-060", 1_709_164_800_000),
            ("yyyy-DDD", "2023-366", nil), ("yy-MM-dd", "24-02-29", 1_709_164_800_000), ("yyyy", "20201", nil),
            ("yyyy", "+20201", 575_314_790_400_000), ("yyyy-MM-dd[ HH:mm]", "2024-02-29", 1_709_164_800_000),
            ("yyyy-MM-dd[ HH:mm]", "2024-02-29 00:01", 1_709_164_860_000), ("MMMM", "September", 20_995_200_000),
            ("yyyy-MM-dd'T'", "2024-02-29T", 1_709_164_800_000), ("uuuu", "-0001", -62_198_755_200_000),
            ("S", "7", 700),
            ("O", "GMT+8", -28_800_000), ("yyyy yyyy", "2024 2025", nil),
        ] as [(String, String, Int64?)])
    func parse(pattern: String, text: String, expected: Int64?) throws {
        let parsed = try DateTimePattern(pattern)
        #expect(Array(text.utf8).withUnsafeBytes { parsed.parse($0) } == expected)
    }

    @Test(arguments: ["YYYY", "w", "q", "'open", "]", "{", "#", "HHH", "V", "zzzz", "pp", "SSSSSSSSSS", "b", "aa"])
    func badPatterns(pattern: String) {
        #expect(throws: DateTimePattern.PatternError.self) { try DateTimePattern(pattern) }
    }

    @Test func knowsWhatItShows() throws {
        #expect(try DateTimePattern("yyyy[ HH]").hasTime)
        #expect(try !DateTimePattern("yyyy-MM X").hasTime)
        #expect(try !DateTimePattern("HH:mm").hasDate)
    }
}
