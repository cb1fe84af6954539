// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceKafka
import MillraceLog
import MillraceSQL
import Testing
@testable import MillraceReport
@testable import MillraceRun
@testable import MillraceSettings

@Suite struct RejectionCollectorTests {
    private let graph: QueryGraph

    init() throws {
        graph = try QueryGraph(
            try SQL.compile(
                """
                CREATE STREAM s (k VARCHAR KEY, v VARCHAR) WITH (KAFKA_TOPIC='in', VALUE_FORMAT='JSON');
                CREATE STREAM t WITH (KAFKA_TOPIC='out', VALUE_FORMAT='JSON') AS SELECT * FROM s;
                """))
    }

    private func rejection(_ cause: RejectionCause, offset: Int64 = 17, value: String = "v") -> Rejection {
        let records = RawRecords()
        records.append(
            key: Array("k".utf8), value: Array(value.utf8), timestamp: 5, offset: offset, partition: 3,
            headers: [RawRecords.Header(name: "h", value: nil)])
        return Rejection(
            query: 0, cause: cause, reason: RejectionReason("reason"), detail: "detail",
            partition: TopicPartition("in", 3),
            offset: offset, records: records, row: 0)
    }

    private func collector(
        _ cause: RejectionCause, _ policy: ErrorPolicy, limit: Int? = nil, time: TimeLimit = .none
    ) throws -> RejectionCollector {
        var errors = ErrorHandling()
        errors[cause] = policy
        return RejectionCollector(
            graph, errors: errors,
            deadLetters: RejectionCollector.DeadLetters(
                topic: "dead", partitions: 1,
                limits: TopicLimits(size: RecordLimit(KafkaProperties(), topic: limit), time: time)),
            clock: SystemClock())
    }

    @Test(arguments: RejectionCause.allCases)
    func aDeadLetterIsTheRecordAsItWas(cause: RejectionCause) throws {
        let collector = try collector(cause, .deadLetter)
        collector.add(rejection(cause))
        #expect(collector.failure == nil && collector.deadLetterCount == 1)
        let records = collector.records
        #expect(records.key(0).map { Array($0) } == Array("k".utf8))
        #expect(records.value(0).map { Array($0) } == Array("v".utf8))
        #expect(records.timestamps[0] == 5)
        let headers = records.headers[0].map { header in
            "\(header.name)=\(String(decoding: header.value ?? [], as: UTF8.self))"
        }
        #expect(
            headers == [
                "h=", "millrace.reason=detail", "millrace.query=CSAS_T_1", "millrace.topic=in",
                "millrace.partition=3", "millrace.offset=17",
            ])
    }

    /// The letter's topic would refuse the time of its record, 5 ms after 1970.
    @Test func aLetterHasATimeThatItsTopicTakes() throws {
        let time = TimeLimit(["message.timestamp.before.max.ms": "3600000"])
        let collector = try collector(.decode, .deadLetter, time: time)
        collector.add(rejection(.decode))
        #expect(collector.failure == nil && collector.deadLetterCount == 1)
        #expect(abs(collector.records.timestamps[0] - SystemClock().wallMilliseconds()) < 60_000)
        let header = try #require(collector.records.headers[0].last)
        #expect(header.name == "millrace.timestamp" && header.value == Array("5".utf8))
    }

    @Test func aResultOfManyRecordsHasNoOffset() throws {
        let collector = try collector(.tooLarge, .deadLetter)
        collector.add(rejection(.tooLarge, offset: -1))
        #expect(!collector.records.headers[0].contains { $0.name == "millrace.offset" })
        #expect(Array(collector.refused.values) == [1])
        #expect(RejectionReport.Place(TopicPartition("in", 3), offset: -1).text == "in/3")
    }

    @Test func whatFailsIsNamed() throws {
        let collector = try collector(.late, .fail)
        collector.add(rejection(.decode))
        #expect(collector.failure == nil)
        collector.add(rejection(.late, offset: 21))
        collector.add(rejection(.late, offset: 22))
        let error = try #require(collector.failure?.error)
        #expect(error.code == .data)
        #expect(error.message == "in/3@21: detail, in CSAS_T_1 (errors.late is fail)")
        #expect(collector.deadLetterCount == 0)
    }

    /// Fault 48.
    @Test func aDeadLetterThatItsTopicDoesNotTakeEndsTheRun() throws {
        let collector = try collector(.decode, .deadLetter, limit: 1000)
        collector.add(rejection(.decode, value: String(repeating: "x", count: 1000)))
        #expect(collector.failure?.error.message.contains("the dead-letter topic dead takes 1000 bytes") == true)
        #expect(collector.records.count == 0)
    }

    @Test func nullKeysAreNoSamples() throws {
        let collector = try collector(.nullKey, .skip)
        collector.add(rejection(.nullKey))
        #expect(collector.samples.isEmpty)
    }
}
