// SPDX-License-Identifier: Apache-2.0
import Testing
@testable import MillraceEngine
@testable import MillraceRun

@Suite struct StateDecisionTests {
    private func decision(
        _ flush: CommitMetadata.Flush?, _ marker: ChangelogMarker?, partitions: Int32? = nil, isUnbounded: Bool = true,
        isNamed: Bool = false
    ) -> StateDecision {
        StateDecision(
            flush: flush, marker: marker, fingerprint: 7, partitions: partitions, isUnbounded: isUnbounded,
            isNamed: isNamed)
    }

    private func flush(_ number: Int64, _ queries: [UInt64]) -> CommitMetadata.Flush {
        CommitMetadata.Flush(number: number, offset: 1, watermarks: [1], queries: queries)
    }

    private func marker(_ number: Int64, _ fingerprint: UInt64) -> ChangelogMarker {
        ChangelogMarker(fingerprint: fingerprint, number: number, partitions: 4, positions: [])
    }

    @Test func loadsWhatTheCommitNames() {
        #expect(decision(flush(3, [5, 7]), marker(3, 7)) == .load)
        #expect(decision(flush(3, [7]), marker(3, 7), partitions: 4) == .load)
    }

    @Test func forgetsWhatNoCommitNames() {
        #expect(decision(nil, nil) == .forget)
        #expect(decision(nil, marker(3, 7)) == .forget)
        #expect(decision(nil, marker(3, 8)) == .forget)
        #expect(decision(flush(3, [5]), marker(2, 7), isUnbounded: false) == .forget)
        #expect(decision(flush(3, [5]), nil, isUnbounded: false) == .forget)
    }

    @Test func refusesWhatDoesNotFit() {
        #expect(decision(flush(3, [7]), nil) == .refuse(.missing))
        #expect(decision(flush(3, [7]), marker(3, 8)) == .refuse(.changed))
        #expect(decision(flush(3, [8]), marker(3, 8)) == .refuse(.changed))
        #expect(decision(flush(3, [8]), marker(3, 8), isUnbounded: false) == .refuse(.changed))
        #expect(decision(flush(3, [7]), marker(2, 7)) == .refuse(.other(found: 2, expected: 3)))
        #expect(decision(flush(3, [7]), marker(3, 7), partitions: 5) == .refuse(.partitions(then: 4)))
        #expect(decision(flush(3, [8]), nil) == .refuse(.unknown))
        #expect(decision(flush(3, [8]), marker(2, 7)) == .refuse(.unknown))
    }
}
