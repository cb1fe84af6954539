// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MillraceRuntime

struct CoverageWatchTests {
    private static let second: UInt64 = 1_000_000_000

    private func look(
        _ watch: inout CoverageWatch, _ finding: CoverageWatch.Finding, generation: Int32, now: UInt64
    ) -> Bool {
        watch.note(finding, generation: generation, now: now)
    }

    @Test func itLooksOnlyAfterAnAssignment() {
        var watch = CoverageWatch()
        #expect(!watch.isWatching && !watch.isDue(now: .max))
        watch.noteAssigned(now: 10 * Self.second)
        #expect(!watch.isDue(now: 12 * Self.second))
        #expect(watch.isDue(now: 13 * Self.second))
        #expect(!look(&watch, .complete, generation: 1, now: 13 * Self.second))
        #expect(!watch.isWatching)
    }

    @Test func aGapThatStaysIsActedOn() {
        var watch = CoverageWatch()
        watch.noteAssigned(now: 0)
        #expect(!look(&watch, .gap, generation: 4, now: 3 * Self.second))
        #expect(!watch.isDue(now: 5 * Self.second))
        #expect(look(&watch, .gap, generation: 4, now: 6 * Self.second))
        // Not at once again: the group needs its time.
        #expect(!look(&watch, .gap, generation: 4, now: 9 * Self.second))
    }

    @Test(arguments: [CoverageWatch.Finding.unsettled, .complete])
    func aGapThatChangesIsNot(between: CoverageWatch.Finding) {
        var watch = CoverageWatch()
        watch.noteAssigned(now: 0)
        #expect(!look(&watch, .gap, generation: 4, now: 3 * Self.second))
        #expect(!look(&watch, .gap, generation: 5, now: 6 * Self.second))
        #expect(!look(&watch, between, generation: 5, now: 9 * Self.second))
        #expect(!look(&watch, .gap, generation: 5, now: 12 * Self.second))
    }
}
