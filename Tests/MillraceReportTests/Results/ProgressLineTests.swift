// SPDX-License-Identifier: Apache-2.0
import Testing
@testable import MillraceReport

struct ProgressLineTests {
    private func line(_ records: Int64, of total: Int64?, rate: Double = 400_000) -> ProgressLine {
        ProgressLine(
            activity: "batch", records: records, total: total, elapsedNanoseconds: 3_400_000_000, rate: rate)
    }

    @Test func plainLines() {
        #expect(
            line(1_200_000, of: 4_000_000).plain
                == "batch 1,200,000 of 4,000,000 records, 30 %, 400,000/s, 7 s left")
        #expect(line(3_999_999, of: 4_000_000).plain.contains(" 99 %"))
        #expect(line(10, of: 10).plain == "batch 10 of 10 records, 100 %, 400,000/s, took 3.4 s")
        #expect(line(0, of: 0, rate: 0).plain == "batch 0 of 0 records, 100 %, 0/s, took 3.4 s")
        #expect(line(5, of: nil, rate: 1.25).plain == "batch 5 records, 1.25/s")
        #expect(line(1, of: 10, rate: 0).plain == "batch 1 of 10 records, 10 %, 0/s")
        #expect(line(1, of: .max, rate: 1e-9).plain.hasSuffix("0.000000001/s"))
    }

    @Test(arguments: 0...200)
    func terminalLinesFit(width: Int) {
        let text = line(1_200_000, of: 4_000_000).terminal(width: width)
        #expect(text.count < max(width, 1))
        #expect(text.contains("█") == (width >= 73))
        #expect(text.contains("░") == text.contains("█"))
    }

    @Test(
        arguments: [
            (0, "0 µs"), (850_999, "850 µs"), (12_340_000, "12.3 ms"), (999_900_000, "1 s"), (3_400_000_000, "3.4 s"),
            (59_400_000_000, "59.4 s"), (59_600_000_000, "1m 00s"), (125_000_000_000, "2m 05s"),
            (3_720_000_000_000, "1h 02m"),
        ] as [(UInt64, String)])
    func durations(nanoseconds: UInt64, text: String) {
        #expect(NumberDisplay.duration(nanoseconds: nanoseconds) == text)
    }

    @Test(
        arguments: [
            (0, "0"), (412_318.4, "412,318"), (99.96, "100"), (15.34, "15.3"), (1.256, "1.26"), (0.05, "0.05"),
            (0.01234, "0.0123"), (0.2, "0.2"), (1e-12, "0"), (-1.5, "-1.5"), (.nan, "0"), (.infinity, "0"),
            (1e300, "0"),
        ] as [(Double, String)])
    func decimals(value: Double, text: String) {
        #expect(NumberDisplay.decimal(value) == text)
    }

    @Test(
        arguments: [
            (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"), (.min, "-9,223,372,036,854,775,808"),
        ] as [(Int64, String)])
    func counts(value: Int64, text: String) {
        #expect(NumberDisplay.count(value) == text)
    }
}
