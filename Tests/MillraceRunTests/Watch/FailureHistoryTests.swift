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
            let isBorne = history.note(isFenced: true, now: 3 * round * Self.second)
            #expect(isBorne == (round < 6))
            history.noteCommit()
        }
    }

    /// Several clients of a process hear that its name is taken, each in its own words.
    @Test func oneIncidentCountsOnce() {
        var history = FailureHistory()
        for tenth in 0...20 as ClosedRange<UInt64> {
            let isBorne = history.note(isFenced: true, now: 100 * Self.second + tenth * Self.second / 10)
            #expect(isBorne)
        }
        #expect(history.pauseBeforeReturn == 0)
        _ = history.note(isFenced: true, now: 103 * Self.second)
        #expect(history.pauseBeforeReturn == 3000)
    }

    /// Fault 13: two of one name take it from each other, each a little later, until one of them ends.
    @Test(arguments: [0, 1, 2] as [UInt64])
    func ofTwinsOneIsLeft(restart: UInt64) {
        var twins = [FailureHistory(), FailureHistory()]
        var (now, loser, rounds) = (1000 * Self.second, 0, 0)
        // Its producers hear of it, then its membership.
        while rounds < 50, twins[loser].note(isFenced: true, now: now),
            twins[loser].note(isFenced: true, now: now + Self.second)
        {
            now += (restart + 1) * Self.second + UInt64(twins[loser].pauseBeforeReturn) * 1_000_000
            loser = 1 - loser
            rounds += 1
        }
        #expect((10...20).contains(rounds), "\(rounds)")
    }
}
