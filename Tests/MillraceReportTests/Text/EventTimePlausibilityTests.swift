// SPDX-License-Identifier: Apache-2.0
import Testing
@testable import MillraceReport

/// Times that cannot be milliseconds since 1970 are told, with what they seem to be.
struct EventTimePlausibilityTests {
    @Test(
        arguments: [
            (1_700_000_000, .seconds), (315_532_800, .seconds), (315_532_799, .early), (0, .early), (-1, .early),
            (Int64.min, .early), (315_532_799_999, .early), (315_532_800_000, nil), (4_102_444_799_999, nil),
            (4_102_444_800_000, .far), (1_700_000_000_000_000, .microseconds),
            (1_700_000_000_000_000_000, .nanoseconds),
            (Int64.max, .far), (-1_700_000_000, .early), (9_000_000_000_000, .far),
        ] as [(Int64, EventTimePlausibility.Suspicion?)])
    func eachTimeIsJudged(time: Int64, suspicion: EventTimePlausibility.Suspicion?) {
        #expect(EventTimePlausibility.suspicion(of: time) == suspicion)
    }

    @Test func theWarningSaysWhatAndWhatToDo() {
        #expect(EventTimePlausibility([1_700_000_000_000]).warning == nil)
        #expect(EventTimePlausibility([]).warning == nil)
        #expect(
            EventTimePlausibility([1_700_000_000]).warning
                == "the event time lies at 1970-01-20 16:13:20: as if seconds since 1970 were taken for milliseconds; "
                + "of a column TIMESTAMP_FORMAT='seconds' reads them")
        #expect(
            EventTimePlausibility([1_700_000_000, 1_700_600_060, 1_700_000_000_000]).warning
                == "2 of 3 event times lie from 1970-01-20 16:13:20 to 1970-01-20 16:23:20: as if seconds since 1970 "
                + "were taken for milliseconds; of a column TIMESTAMP_FORMAT='seconds' reads them")
        #expect(
            EventTimePlausibility([0, 0]).warning
                == "all event times lie at 1970-01-01 00:00:00: before 1980; look at the column or the clock that "
                + "gives them")
    }

    /// Of several suspicions the most frequent one is told, whatever the order.
    @Test func theMostFrequentSuspicionWins() {
        #expect(EventTimePlausibility([1, 1_700_000_000, 1_700_000_001]).suspicion == .seconds)
        #expect(
            EventTimePlausibility([1, 1_700_000_000]).suspicion == EventTimePlausibility([1_700_000_000, 1]).suspicion)
    }
}
