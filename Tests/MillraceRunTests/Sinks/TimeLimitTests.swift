// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceKafka
import MillraceLog
import Testing
@testable import MillraceRun

@Suite struct TimeLimitTests {
    private let hour: Int64 = 3_600_000
    private let now: EventTime = 1_800_000_000_000

    @Test func aTopicOfKafka4TakesWhatIsAnHourAhead() {
        let limit = TimeLimit([
            "message.timestamp.type": "CreateTime", "message.timestamp.after.max.ms": "3600000",
            "message.timestamp.before.max.ms": "9223372036854775807",
        ])
        #expect(!limit.isNone)
        #expect(limit.allows(now + hour, now: now) && !limit.allows(now + hour + 1, now: now))
        #expect(limit.allows(0, now: now) && limit.allows(.min, now: now))
        #expect(limit.reason(now + 2 * hour, now: now).contains("message.timestamp.after.max.ms"))
    }

    /// What is only just young enough is older when it arrives.
    @Test func whatIsOldIsJudgedAsItArrives() {
        let limit = TimeLimit(["message.timestamp.before.max.ms": "3600000"])
        #expect(limit.allows(now - hour + 10_000, now: now) && !limit.allows(now - hour, now: now))
        #expect(limit.allows(.max, now: now))
        #expect(limit.reason(now - 2 * hour, now: now).contains("message.timestamp.before.max.ms"))
    }

    @Test func brokersBefore36HaveOneLimitForBoth() {
        let limit = TimeLimit(["message.timestamp.difference.max.ms": "3600000"])
        #expect(!limit.allows(now + 2 * hour, now: now) && !limit.allows(now - 2 * hour, now: now))
        #expect(TimeLimit(["message.timestamp.difference.max.ms": "9223372036854775807"]).isNone)
    }

    @Test func aTopicThatWritesTheTimeOfArrivalTakesAny() {
        #expect(
            TimeLimit(["message.timestamp.type": "LogAppendTime", "message.timestamp.after.max.ms": "1"]).isNone)
        #expect(TimeLimit.none.allows(.max, now: now))
    }

    @Test func extremeClocksAndLimitsDoNotTrap() {
        let limit = TimeLimit([
            "message.timestamp.before.max.ms": "9223372036854775806", "message.timestamp.after.max.ms": "1",
        ])
        for now in [EventTime.min, -1, 0, .max] {
            for time in [EventTime.min, 0, .max] { _ = limit.allows(time, now: now) }
        }
    }

    @Test func compactedTopicsTakeNoRecordWithoutAKey() throws {
        let limits = RecordLimits(
            KafkaProperties(), ["a": ["cleanup.policy": "compact,delete", "retention.ms": "7"], "b": [:]])
        #expect(limits["a"].refusesKeyless && !limits["b"].refusesKeyless && !limits["c"].refusesKeyless)
        #expect(limits["a"].retention == 7 && limits["b"].retention == nil)
    }
}
