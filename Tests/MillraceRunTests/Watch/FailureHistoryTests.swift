// SPDX-License-Identifier: Apache-2.0
import Testing
@testable import MillraceRun

struct FailureHistoryTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func whatNeverGetsFurtherEnds() {
        var history = FailureHistory()
        let borne = (1...6 as ClosedRange<UInt64>).map { history.note(isFenced: false, now: $0 * Self.second) }
        #expect(borne == [true, true, true, true, true, false])
    }

    @Test func rareFailuresAreBorneForEver() {
        var history = FailureHistory()
        let borne = (1...100 as ClosedRange<UInt64>).map {
            history.note(isFenced: $0 % 2 == 0, now: $0 * 13 * Self.second)
        }
        #expect(borne.allSatisfy { $0 })
    }

    /// Processes that join and leave every second, or a broker that restarts all the time.
    @Test func failuresBetweenCommitsAreBorne() {
        var history = FailureHistory()
        for round in 1...100 as ClosedRange<UInt64> {
            let isBorne = history.note(isFenced: false, now: round * Self.second)
            #expect(isBorne)
            history.noteCommit()
        }
    }

    /// Two of the same name fence each other in turn, and each commits a little.
    @Test func fencingsBetweenCommitsEnd() {
        var history = FailureHistory()
        for round in 1...6 as ClosedRange<UInt64> {
            let isBorne = history.note(isFenced: true, now: round * Self.second)
            #expect(isBorne == (round < 6))
            history.noteCommit()
        }
    }
}
