// SPDX-License-Identifier: Apache-2.0
import Testing
@testable import MillraceRun

@Suite struct BrokerProbeTests {
    private let second: UInt64 = 1_000_000_000

    @Test func withoutAFailureNobodyIsAsked() {
        var probe = BrokerProbe()
        #expect(probe.look(lastFailureMilliseconds: 0, bytesRead: 0, now: 0) == .quiet)
        probe.noteAnswer(askedMilliseconds: 100)
        #expect(probe.look(lastFailureMilliseconds: 100, bytesRead: 0, now: second) == .quiet)
    }

    /// The broker dies right behind the last records, and between two looks.
    @Test func recordsFromBeforeTheFailureAreNoAnswer() {
        var probe = BrokerProbe()
        probe.noteAnswer(askedMilliseconds: 100)
        #expect(probe.look(lastFailureMilliseconds: 0, bytesRead: 10, now: 0) == .quiet)
        #expect(probe.look(lastFailureMilliseconds: 200, bytesRead: 20, now: second) == .reading)
        #expect(probe.look(lastFailureMilliseconds: 200, bytesRead: 20, now: 2 * second) == .due)
    }

    @Test func itIsAskedNowAndThenUntilItAnswers() {
        var probe = BrokerProbe()
        #expect(probe.look(lastFailureMilliseconds: 200, bytesRead: 0, now: 0) == .due)
        #expect(probe.look(lastFailureMilliseconds: 200, bytesRead: 0, now: 4 * second) == .waiting)
        #expect(probe.look(lastFailureMilliseconds: 200, bytesRead: 0, now: 5 * second) == .due)
        probe.noteAnswer(askedMilliseconds: 300)
        #expect(probe.look(lastFailureMilliseconds: 200, bytesRead: 0, now: 6 * second) == .quiet)
        #expect(probe.look(lastFailureMilliseconds: 400, bytesRead: 0, now: 7 * second) == .due)
    }
}
