// SPDX-License-Identifier: Apache-2.0
import Testing
@testable import MillraceRun

struct CoverageWatchTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func itLooksOnlyAfterAnAssignment() {
        var watch = CoverageWatch()
        #expect(!watch.isWatching && !watch.isDue(now: .max))
        watch.noteAssigned(now: 10 * Self.second)
        #expect(!watch.isDue(now: 12 * Self.second))
        #expect(watch.isDue(now: 13 * Self.second))
        let mustRejoin = watch.note(.complete, generation: 1, now: 13 * Self.second)
        #expect(!mustRejoin)
        #expect(!watch.isWatching)
    }

    @Test func aGapThatStaysIsActedOn() {
        var watch = CoverageWatch()
        watch.noteAssigned(now: 0)
        let first = watch.note(.gap, generation: 4, now: 3 * Self.second)
        #expect(!first && !watch.isDue(now: 5 * Self.second) && watch.isDue(now: 6 * Self.second))
        let second = watch.note(.gap, generation: 4, now: 6 * Self.second)
        #expect(second)
        // Not at once again: the group needs its time.
        let third = watch.note(.gap, generation: 4, now: 9 * Self.second)
        #expect(!third)
    }

    @Test(arguments: [CoverageWatch.Finding.unsettled, .complete])
    func aGapThatChangesIsNot(between: CoverageWatch.Finding) {
        var watch = CoverageWatch()
        watch.noteAssigned(now: 0)
        let answers = [
            watch.note(.gap, generation: 4, now: 3 * Self.second),
            watch.note(.gap, generation: 5, now: 6 * Self.second),
            watch.note(between, generation: 5, now: 9 * Self.second),
            watch.note(.gap, generation: 5, now: 12 * Self.second),
        ]
        #expect(!answers.contains(true))
    }
}
