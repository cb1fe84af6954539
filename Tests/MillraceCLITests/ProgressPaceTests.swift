// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MillraceCLI

struct ProgressPaceTests {
    /// A run that has read 5,000,000 records of history goes live: of those the stream stage has read none.
    @Test(arguments: [true, false])
    func theFirstRateOfAStageCountsWhatItHasReadItself(isDrawn: Bool) {
        var pace = ProgressPace()
        func rate(_ stage: String, _ records: Int, at milliseconds: Int64) -> Double? {
            pace.rate(
                stage: stage, records: records, hasEnd: stage == "batch", elapsedMilliseconds: milliseconds,
                isDrawn: isDrawn)
        }
        #expect(rate("batch", 4096, at: 3) == nil)
        #expect(rate("batch", 5_004_096, at: 10_003) == 500_000)
        #expect(rate("stream", 5_004_096, at: 2) == nil)
        #expect(rate("stream", 5_004_100, at: 90) == nil)
        #expect(rate("stream", 5_005_096, at: 100_002) == 10)
    }

    @Test func aStageThatBeginsAgainIsAnother() {
        var pace = ProgressPace()
        func rate(_ records: Int, at milliseconds: Int64) -> Double? {
            pace.rate(stage: "batch", records: records, hasEnd: true, elapsedMilliseconds: milliseconds, isDrawn: true)
        }
        #expect(rate(0, at: 0) == nil)
        #expect(rate(1000, at: 1000) == 1000)
        #expect(rate(900_000, at: 10) == nil)
        #expect(rate(900_100, at: 1010) == 100)
    }
}
