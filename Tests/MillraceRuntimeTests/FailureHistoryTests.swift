// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MillraceRuntime

struct FailureHistoryTests {
    private static let second: UInt64 = 1_000_000_000

    private func fail(_ history: inout FailureHistory, isFenced: Bool, now: UInt64) -> Bool {
        history.note(isFenced: isFenced, now: now)
    }

    @Test func whatNeverGetsFurtherEnds() {
        var history = FailureHistory()
        for round in 1...5 { #expect(fail(&history, isFenced: false, now: UInt64(round) * Self.second)) }
        #expect(!fail(&history, isFenced: false, now: 6 * Self.second))
    }

    @Test func rareFailuresAreBorneForEver() {
        var history = FailureHistory()
        for round in 1...100 {
            #expect(fail(&history, isFenced: round % 2 == 0, now: UInt64(round) * 13 * Self.second))
        }
    }

    /// Processes that join and leave every second, or a broker that restarts all the time.
    @Test func failuresBetweenCommitsAreBorne() {
        var history = FailureHistory()
        for round in 1...100 {
            #expect(fail(&history, isFenced: false, now: UInt64(round) * Self.second))
            history.noteCommit()
        }
    }

    /// Two of the same name fence each other in turn, and each commits a little.
    @Test func fencingsBetweenCommitsEnd() {
        var history = FailureHistory()
        for round in 1...5 {
            #expect(fail(&history, isFenced: true, now: UInt64(round) * Self.second))
            history.noteCommit()
        }
        #expect(!fail(&history, isFenced: true, now: 6 * Self.second))
    }
}
