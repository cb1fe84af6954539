// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import Testing
@testable import MillraceReport
@testable import MillraceStatus

struct StatusSentenceTests {
    private func sentence(_ change: (inout StatusView) -> Void = { _ in }) throws -> StatusSentence {
        StatusSentence.of(try StatusFixture.view(change))
    }

    @Test func allIsWell() throws {
        let found = try sentence()
        #expect(found.severity == .fine)
        #expect(found.text == "Caught up, last commit 300 ms ago")
        let busy = try sentence { view in
            view.snapshot.partitions[0].lag = 7
            view.snapshot.partitions[0].lagMilliseconds = 200
        }
        #expect(busy.text == "Keeping up: 7 records on the way, last commit 300 ms ago")
    }

    @Test func aBrokerThatDoesNotAnswerComesFirst() throws {
        let found = try sentence { view in
            view.activity = .waitingForBroker("connection refused")
            view.activitySinceNanoseconds = 88_200_000_000
            view.snapshot.state = .paused
        }
        #expect(found.severity == .trouble)
        #expect(found.text == "Look at Kafka: a broker does not answer for 12 s: connection refused")
    }

    @Test func aPipelineThatSaysNothingIsTrouble() throws {
        #expect(try sentence { $0.nowNanoseconds = 104_000_000_000 }.severity == .fine)
        let found = try sentence { $0.nowNanoseconds = 130_000_000_000 }
        #expect(found.severity == .trouble)
        #expect(found.text.hasPrefix("The pipeline has not said anything for 30 s"))
        let committing = try sentence {
            $0.nowNanoseconds = 130_000_000_000
            $0.activity = .committing
        }
        #expect(committing.text == "Look at Kafka: a commit is under way for 30 s")
    }

    @Test func lateRecordsAreNamedWhileTheyCome() throws {
        let account = AccountReport(
            query: "CTAS_TOTALS_1", topic: "orders", partition: -1, read: 1000, used: 969, filtered: 0, late: 31, bad: 0
        )
        let found = try sentence { $0.snapshot.recentAccounts = [account] }
        #expect(found.severity == .attention)
        #expect(found.text == "3.1 % of the latest records of CTAS_TOTALS_1 are late, for example orders/1@9")
    }

    @Test func aSilentPartitionIsNamed() throws {
        let found = try sentence { view in
            view.snapshot.partitions[1].idleMilliseconds = 240_000
            view.snapshot.queries[0].heldBy = .init(partition: TopicPartition("orders", 1), behindMilliseconds: 65_000)
        }
        #expect(
            found.text
                == "Results of CTAS_TOTALS_1 wait for orders/1: its time is 1m 05s behind, no record for 4m 00s")
    }

    /// Final results that only a later record brings: as long as it may come in time all is well, then somebody should
    /// look.
    @Test func windowsThatWaitForARecordAreNamed() throws {
        func found(idle: Int64) throws -> StatusSentence {
            try sentence { view in
                for index in view.snapshot.partitions.indices {
                    view.snapshot.partitions[index].idleMilliseconds = idle
                }
            }
        }
        let text =
            "Caught up, but of CTAS_TOTALS_1 2 windows, 20 groups, wait for a record later than "
            + "2026-11-01 00:00:05; none has come for "
        #expect(try found(idle: 5999) == StatusSentence(.fine, text + "6 s"))
        #expect(try found(idle: 150_000) == StatusSentence(.attention, text + "2m 30s"))
        // One partition is read still.
        let busy = try sentence { $0.snapshot.partitions[0].idleMilliseconds = 150_000 }
        #expect(busy.text.hasPrefix("Caught up, last commit"))
    }

    @Test func aQueryWithoutRowsIsToldWhy() throws {
        let note = ReportNote("Q", "no rows: GROUP BY USER is NULL in all 7 records", step: "look at them")
        let found = try sentence { $0.snapshot.notes = [note] }
        #expect(found == StatusSentence(.attention, note.text))
        let backfill = try sentence { view in
            view.snapshot.notes = [note]
            view.snapshot.state = .backfill
        }
        #expect(backfill.severity == .busy)
    }

    @Test func aClockThatRunsAheadIsNamed() throws {
        let found = try sentence {
            $0.snapshot.partitions[0].watermark = StatusFixture.now + 2 * 86_400_000
        }
        #expect(found.text.hasPrefix("orders/0@99 has the event time"))
    }

    @Test func aBackfillSaysHowLongAndWhatSetsThePace() throws {
        let found = try sentence { view in
            view.snapshot.state = .backfill
            view.snapshot.backfill = BackfillStatus(
                done: 430, total: 1000, secondsLeft: 12, handOverMilliseconds: nil)
            view.snapshot.load.busy = 0.97
        }
        #expect(found.severity == .busy)
        #expect(found.text == "Backfill at 43 %, 12 s left; computing takes 97 % of the busiest thread's time")
    }

    @Test func whoIsBehindIsToldWhy() throws {
        let found = try sentence { view in
            view.snapshot.partitions = [StatusFixture.partition(0, lag: 12_345)]
            view.snapshot.load.blocked = 0.6
        }
        #expect(
            found.text
                == "Behind by 12,345 records, 9 s; waiting for Kafka to take results and commits takes 60 % of the time"
        )
    }

    @Test(arguments: RunState.allCases) func everyStateHasASentence(_ state: RunState) throws {
        let found = try sentence { $0.snapshot.state = state }
        #expect(!found.text.isEmpty)
        #expect(!found.text.contains("\n"))
    }
}
