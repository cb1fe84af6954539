// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import Testing
@testable import MillraceReport

struct RunReportTests {
    /// The founding example: 6 … 10 as batch in 10 ms, 1 … 5 as stream in 100 ms.
    private let hybrid = RunReport(
        stages: [
            StageReport(
                query: "CTAS_TOTAL_1", mode: .batch,
                slices: [.init(topic: "numbers", partition: 0, from: 0, to: 5)], records: 5, rows: 1,
                elapsedNanoseconds: 10_000_000),
            StageReport(
                query: "CTAS_TOTAL_1", mode: .stream,
                slices: [.init(topic: "numbers", partition: 0, from: 5, to: 10)], records: 5, rows: 5,
                elapsedNanoseconds: 100_000_000),
        ],
        accounts: [
            AccountReport(
                query: "CTAS_TOTAL_1", topic: "numbers", partition: 0, read: 10, used: 8, filtered: 0, late: 1, bad: 1)
        ],
        rejections: [
            RejectionReport(
                query: "CTAS_TOTAL_1", kind: .bad, reason: "not JSON", count: 3,
                samples: [.init(TopicPartition("numbers", 0), offset: 7)])
        ])

    /// What EXPLODE makes of the records is read by the query behind it, and is no record of the topic.
    @Test func recordsAreCountedOnceAndAsTheyLieInTopics() {
        func account(_ query: String, _ partition: Int32, read: Int64) -> AccountReport {
            AccountReport(
                query: query, topic: "t", partition: partition, read: read, used: read, filtered: 0, late: 0, bad: 0)
        }
        let report = RunReport(
            stages: [],
            accounts: [
                account("CSAS_E_1", 0, read: 5), account("CSAS_E_1", 1, read: 2), account("SELECT", 0, read: 10),
                account("SELECT", 1, read: 4), account("SELECT", -1, read: 3),
            ], rejections: [])
        #expect(report.recordsRead == 7)
    }

    /// Of bad records the report has the column and the first one's value; what others may see has the column only.
    @Test func aBadRecordIsToldWithItsColumnAndValue() {
        let rejection = RejectionReport(
            query: "CTAS_REVENUE_1", kind: .bad, reason: "wrong type", subject: "AMOUNT DOUBLE",
            example: #"AMOUNT DOUBLE cannot be "many""#, count: 1,
            samples: [.init(TopicPartition("orders", 3), offset: 8)])
        let report = RunReport(stages: [], accounts: [], rejections: [rejection])
        #expect(
            report.text.contains(
                #"CTAS_REVENUE_1: 1 bad: wrong type: AMOUNT DOUBLE cannot be "many" (orders/3@8)"#))
        #expect(rejection.title == "wrong type: AMOUNT DOUBLE")
        #expect(!report.json.contains("many"))
    }

    private func chain() -> RunReport {
        func stage(_ query: String, _ upstream: String?, records: Int64, rows: Int64) -> StageReport {
            StageReport(
                query: query, upstream: upstream, mode: .batch, slices: [], records: records, rows: rows,
                elapsedNanoseconds: 2_000_000_000)
        }
        return RunReport(
            stages: [stage("A", nil, records: 1000, rows: 100), stage("B", "A", records: 100, rows: 50)], accounts: [])
    }

    @Test func ratesAreSumsOfYieldTimesSpeed() {
        #expect(hybrid.stages.map(\.yield) == [0.2, 1])
        #expect(hybrid.stages.map(\.speed) == [500, 50])
        #expect(hybrid.rate == 0.2 * 500 + 1 * 50)
    }

    @Test func inAChainOnlyTheLastCounts() {
        #expect(chain().rate == 25)
        #expect(
            chain().text.contains(
                "A → B in a row: yields multiply, P = 0.05; the slowest governs, S = 50 (B)"))
    }

    @Test func nothingDividesByZero() {
        let stage = StageReport(query: "A", mode: .stream, slices: [], records: 0, rows: 0, elapsedNanoseconds: 0)
        let report = RunReport(stages: [stage], accounts: [])
        #expect(report.rate == 0)
        #expect(report.json.contains(#""P":0.0,"S":0.0,"elapsedMs":0.0"#))
    }

    @Test func jsonHasTheAgreedForm() throws {
        let expected = [
            #"{"stages":[{"query":"CTAS_TOTAL_1","mode":"batch","#,
            #""slices":[{"topic":"numbers","partition":0,"from":0,"to":5}],"#,
            #""records":5,"rows":1,"P":0.2,"S":500.0,"elapsedMs":10.0},"#,
            #"{"query":"CTAS_TOTAL_1","mode":"stream","#,
            #""slices":[{"topic":"numbers","partition":0,"from":5,"to":10}],"#,
            #""records":5,"rows":5,"P":1.0,"S":50.0,"elapsedMs":100.0}],"R":150.0,"#,
            #""accounts":[{"query":"CTAS_TOTAL_1","topic":"numbers","partition":0,"#,
            #""read":10,"used":8,"filtered":0,"late":1,"bad":1,"superseded":0}],"notes":[]}"#,
        ]
        #expect(hybrid.json == expected.joined())
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(hybrid.json.utf8)) }
    }

    @Test func jsonEscapesNames() throws {
        let name = "a\"b\\c\n\u{1}ä€\u{7F}"
        let stage = StageReport(query: name, mode: .batch, slices: [], records: 1, rows: 1, elapsedNanoseconds: 3)
        let json = try JSONSerialization.jsonObject(with: Data(RunReport(stages: [stage], accounts: []).json.utf8))
        let stages = (json as? [String: Any])?["stages"] as? [[String: Any]]
        #expect(stages?.first?["query"] as? String == name)
    }

    @Test func textIsAligned() {
        #expect(
            hybrid.text == """
                STAGE         MODE    SLICE              RECORDS  ROWS    P  S (1/s)    TIME
                CTAS_TOTAL_1  batch   numbers/0 [0, 5)         5     1  0.2      500   10 ms
                CTAS_TOTAL_1  stream  numbers/0 [5, 10)        5     5    1       50  100 ms
                R = Σ P × S = 150 result rows/s

                ACCOUNT       PARTITION  READ  USED  FILTERED  LATE  BAD
                CTAS_TOTAL_1  numbers/0    10     8         0     1    1
                CTAS_TOTAL_1: 3 bad: not JSON (numbers/0@7, …)
                """)
    }

    @Test func anAccountThatDoesNotAddUpIsSaid() {
        var report = hybrid
        report.accounts[0].used = 9
        #expect(!report.accounts[0].isBalanced)
        #expect(report.text.contains("internal error: CTAS_TOTAL_1 numbers/0"))
        #expect(!hybrid.text.contains("internal error"))
    }

    @Test func aNullNamesFunctionColumnAndPlace() {
        var report = hybrid
        report.failures = [
            FailureReport(
                query: "CSAS_O_1", reason: "bad argument", count: 2, function: "FORMAT_TIMESTAMP", subject: "column T",
                place: "3:12"),
            FailureReport(query: "CSAS_O_1", reason: "overflow", count: 1),
        ]
        #expect(
            report.text.hasSuffix(
                """
                CSAS_O_1: 2 values are NULL: bad argument, FORMAT_TIMESTAMP in column T (3:12)
                CSAS_O_1: 1 value is NULL: overflow
                """))
    }

    @Test func nullsOfSeveralWorkersAddUpByPlace() {
        func report(_ place: String, _ count: Int64) -> RunReport {
            RunReport(
                stages: [], accounts: [],
                failures: [FailureReport(query: "Q", reason: "overflow", count: count, function: "+", place: place)])
        }
        var sum = report("1:1", 1)
        sum.add(report("1:1", 2))
        sum.add(report("2:1", 4))
        #expect(sum.failures.map(\.count) == [3, 4])
    }
}
