// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceEngine
import MillraceKafka
import MillraceLog
import MillracePlan
import MillraceReport
import MillraceSQL
import MillraceSettings
import Testing
@testable import MillraceAdvisor
@testable import MillraceRun

/// The checks over snapshots: each fault named with code, place and next step; no alarm on what is sound.
struct DoctorCheckTests {
    struct Fault: Sendable, CustomStringConvertible {
        var description: String
        var code: ErrorCode
        var subject: String?
        var isError = true
        var fixture: @Sendable () throws -> DoctorFixture
    }

    private static func fault(
        _ name: String, _ code: ErrorCode, _ subject: String?, isError: Bool = true,
        _ base: DoctorFixture = DoctorFixture(), _ change: @escaping @Sendable (inout DoctorFixture) -> Void
    ) -> Fault {
        let start = base
        return Fault(description: name, code: code, subject: subject, isError: isError) {
            var fixture = start
            change(&fixture)
            return fixture
        }
    }

    private static let day = DoctorFixture.day
    private static let now = DoctorFixture.now

    static let faults: [Fault] = [
        fault("input missing", .missingTopic, "orders") { $0.snapshot.topics["orders"] = nil },
        fault("output too wide", .wrongPartitionCount, "totals") {
            $0.snapshot.topics["totals"] = DoctorFixture.topic(5)
        },
        fault("no registry is named", .noRegistry, nil, .registered) { $0.snapshot.registry = nil },
        fault("the registry is away", .registryUnreachable, "http://r", .registered) {
            $0.snapshot.registry?.problem = .init(code: .registryUnreachable, message: "nobody answers")
        },
        fault("no schema of the input", .unknownSubject, "orders-value", isError: false, .registered) {
            $0.snapshot.registry?.inputs["orders-value"] = false
        },
        fault("a record without a schema's number", .unknownSchema, "orders/0@0", isError: false, .registered) {
            $0.snapshot.registry?.strays = [.init(place: "orders/0@0", part: .value, kind: .noNumber)]
        },
        fault("a record with an unknown schema", .unknownSchema, "orders/0@9", isError: false, .registered) {
            $0.snapshot.registry?.strays = [.init(place: "orders/0@9", part: .value, kind: .unknown(4711))]
        },
        fault("a record in another format", .unusableSchema, "orders/0@9", isError: false, .registered) {
            $0.snapshot.registry?.strays = [
                .init(
                    place: "orders/0@9", part: .value, kind: .other("schema 7", language: "PROTOBUF", format: "AVRO"))
            ]
        },
        fault("a result that does not fit", .incompatibleSchema, "totals-value", .registered) {
            $0.snapshot.registry?.results["totals-value"] = ["the type has changed"]
        },
        fault("no leader", .noLeader, "orders/1") { $0.change("orders", 1) { $0.hasLeader = false } },
        fault("replicas", .tooFewReplicas, "totals/0") {
            $0.change("totals", ["min.insync.replicas": "2"])
            $0.change("totals", 1) { $0.replicasInSync = 2 }
        },
        fault("log was cut", .rangeNotHeld, "orders/0") {
            $0.from = .ago(milliseconds: 3 * day)
            $0.change("orders", 0) { $0.range = 10..<100 }
        },
        fault("log was cut, from its beginning", .rangeNotHeld, "orders/0", isError: false) {
            $0.change("orders", 0) { $0.range = 50..<100 }
        },
        fault("offsets are still to come", .rangeNotHeld, "orders/1") {
            $0.from = .offsets([.init(partition: 1, offset: 101)])
        },
        fault("a transaction was left open", .openTransaction, "totals/1", isError: false) {
            $0.change("totals", 1) { $0.openTransaction = 90..<100 }
        },
        fault("offsets are gone", .rangeNotHeld, "orders/1") {
            $0.from = .offsets([.init(partition: 1, offset: 5)])
            $0.change("orders", 1) { $0.range = 10..<100 }
        },
        fault("compacted stream", .compactedStream, "orders", isError: false) {
            $0.change("orders", ["cleanup.policy": "compact,delete"])
        },
        fault("a table of a join that expires", .joinedTableExpires, "users", isError: false) {
            $0.program += """
                CREATE TABLE users (id VARCHAR PRIMARY KEY, name VARCHAR)
                  WITH (KAFKA_TOPIC='users', VALUE_FORMAT='JSON');
                CREATE STREAM named AS SELECT o.user, u.name FROM orders o JOIN users u ON o.user = u.id;
                """
            $0.snapshot.topics["users"] = $0.snapshot.topics["orders"]
            $0.change("users", ["cleanup.policy": "compact,delete"])
        },
        fault("future record", .futureTimestamps, "orders/1@7") {
            $0.change("orders", 1) { $0.future = .init(offset: 7, timestamp: now + day) }
            $0.change("totals", ["message.timestamp.after.max.ms": "9223372036854775807"])
        },
        fault("clock", .clockSkew, "orders/0@9", isError: false) {
            $0.program = $0.program.replacingOccurrences(
                of: "(user VARCHAR KEY, n BIGINT) WITH (",
                with: "(user VARCHAR KEY, n BIGINT, ts BIGINT) WITH (TIMESTAMP='ts', ")
            $0.change("orders", ["message.timestamp.type": "LogAppendTime"])
            $0.change("orders", 0) { $0.future = .init(offset: 9, timestamp: now + 2 * day) }
        },
        fault("times of arrival", .replacedTimestamps, "orders", isError: false) {
            $0.change("orders", ["message.timestamp.type": "LogAppendTime"])
        },
        fault("a key in two partitions", .keyInTwoPartitions, "orders") {
            $0.change("orders", 0) { $0.keys = [Array("anna".utf8)] }
            $0.change("orders", 1) { $0.keys = [Array("anna".utf8), Array("ben".utf8)] }
        },
        fault("keys of another partitioner", .misplacedKeys, "orders", isError: false) {
            $0.change("orders", 0) { $0.keys = Set((0..<20).map { [UInt8($0)] }) }
        },
        fault("output replaces times", .replacedTimestamps, "totals", isError: false) {
            $0.change("totals", ["message.timestamp.type": "LogAppendTime"])
        },
        fault("output forgets", .outputExpires, "totals", isError: false) {
            $0.change("totals", ["retention.ms": "3600000"])
        },
        fault("output that is to be made forgets", .outputExpires, "totals", isError: false) {
            $0.snapshot.topics["totals"] = nil
            $0.snapshot.brokerSettings?.merge(["log.cleanup.policy": "delete", "log.retention.hours": "1"]) { $1 }
        },
        fault("output refuses old", .outputRefusesOldRecords, "totals") {
            $0.change("totals", ["message.timestamp.before.max.ms": "3600000"])
        },
        fault("output refuses old, by the name of Kafka 3.5", .outputRefusesOldRecords, "totals") {
            $0.change("totals", ["message.timestamp.difference.max.ms": "3600000"])
        },
        fault("table forgets rows", .outputForgetsRows, "totals", isError: false, .unwindowed) {
            $0.change("totals", ["cleanup.policy": "delete"])
        },
        fault("no key for a compacted topic", .outputRefusesKeylessRecords, "copy") {
            $0.program =
                "CREATE STREAM o (n BIGINT) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON');"
                + "CREATE STREAM copy WITH (KAFKA_TOPIC='copy') AS SELECT n FROM o;"
            $0.snapshot.topics["copy"] = DoctorFixture.topic(2, ["cleanup.policy": "compact"])
        },
        fault("short transactions", .transactionTimeoutTooLong, "transaction.max.timeout.ms") {
            $0.snapshot.brokerSettings?["transaction.max.timeout.ms"] = "5000"
        },
        fault("short transactions, as tried", .transactionTimeoutTooLong, "transaction.max.timeout.ms") {
            $0.snapshot.brokerSettings = nil
            $0.snapshot.refusals = [.transactionTimeout]
        },
        fault("sessions", .sessionTimeoutNotAllowed, "group.max.session.timeout.ms") {
            $0.snapshot.brokerSettings?["group.max.session.timeout.ms"] = "20000"
        },
        fault("no transactions", .noTransactions, nil) { $0.snapshot.refusals = [.noTransactions("timed out")] },
        fault("may not read", .readForbidden, "orders") { $0.snapshot.refuse(.read, .topic("orders")) },
        fault("may not use the group", .groupForbidden, "app") { $0.snapshot.refuse(.read, .group("app")) },
        fault("may not use transactions", .transactionForbidden, "app-") {
            $0.snapshot.refuse(.write, .transactionalIDs(prefix: "app-"))
        },
        fault("may not make topics", .createForbidden, "totals") {
            $0.snapshot.topics["totals"] = nil
            $0.snapshot.refuse(.create, .topic("totals"))
        },
        fault("may not write", .writeForbidden, "totals") { $0.snapshot.refuse(.write, .topic("totals")) },
        fault("may not write what may not be seen", .writeForbidden, "totals") {
            $0.snapshot.topics["totals"] = nil
            $0.snapshot.refuse(.write, .topic("totals"))
        },
        fault("may not write a changelog", .writeForbidden, "app-TOTALS-changelog", .unwindowed) {
            $0.snapshot.refuse(.write, .topic($0.changelog))
        },
        fault("may not see settings", .upkeepForbidden, "totals", isError: false) {
            $0.snapshot.topics["totals"]?.settings = nil
            $0.snapshot.refuse(.describeConfigs, .topic("totals"))
        },
        fault("may not widen a changelog", .upkeepForbidden, "app-TOTALS-changelog", isError: false, .unwindowed) {
            $0.snapshot.refuse(.alter, .topic($0.changelog))
        },
        fault("may not clear an exchange", .upkeepForbidden, "app-TOTALS-exchange", isError: false, .exchanging) {
            $0.snapshot.refuse(.delete, .topic("app-TOTALS-exchange"))
        },
        fault("may not make an exchange", .createForbidden, "app-TOTALS-exchange", .exchanging) {
            $0.snapshot.topics["app-TOTALS-exchange"] = nil
            $0.snapshot.refuse(.create, .topic("app-TOTALS-exchange"))
        },
        fault("short transactions for changelogs", .transactionTimeoutTooLong, "transaction.max.timeout.ms") {
            $0.guarantee = .atLeastOnce
            $0.snapshot.brokerSettings?["transaction.max.timeout.ms"] = "5000"
        },
        fault("cannot make topics", .cannotCreateTopic, "totals") {
            $0.snapshot.topics["totals"] = nil
            $0.snapshot.refusals = [.impossibleTopic("totals", reason: "Replication factor: 3 larger than 1")]
        },
        fault("changelog deletes", .changelogNotCompacted, "app-TOTALS-changelog", .unwindowed) {
            $0.change($0.changelog, ["cleanup.policy": "compact,delete"])
        },
        fault("changelog too narrow", .changelogPartitionCount, "app-TOTALS-changelog", .unwindowed) {
            $0.snapshot.topics[$0.changelog] = DoctorFixture.topic(1, ["cleanup.policy": "compact"])
        },
        fault("input shorter than windows", .stateOutlivesInput, "orders", isError: false) {
            $0.change("orders", ["retention.ms": "10000"])
        },
        fault("commit behind the log", .committedOffsetLost, "orders/0") {
            $0.snapshot.committed = [TopicPartition("orders", 0): 5]
            $0.change("orders", 0) { $0.range = 10..<100 }
        },
        fault("commit beyond the log", .committedOffsetLost, "orders/0") {
            $0.snapshot.committed = [TopicPartition("orders", 0): 101]
        },
        fault("password in clear", .passwordInClear, "security.protocol", isError: false) {
            $0.properties += [("security.protocol", "sasl_plaintext"), ("sasl.mechanism", "PLAIN")]
        },
        fault("anybody's certificate", .uncheckedIdentity, "enable.ssl.certificate.verification", isError: false) {
            $0.properties += [("security.protocol", "ssl"), ("enable.ssl.certificate.verification", "false")]
        },
        fault("library without TLS", .unknownToLibrary, nil) {
            $0.properties += [("security.protocol", "ssl")]
            $0.snapshot.libraryFeatures = ["gzip"]
        },
        // Debian's, which cannot ask an endpoint.
        fault("library without tokens", .unknownToLibrary, nil) {
            $0.properties += [("security.protocol", "sasl_ssl"), ("sasl.mechanism", "OAUTHBEARER")]
            $0.snapshot.libraryFeatures = ["ssl", "sasl_oauthbearer"]
        },
    ]

    @Test(arguments: faults)
    func faultsAreNamed(fault: Fault) throws {
        let named = try fault.fixture().findings().filter { $0.code != nil }
        let found = try #require(named.first, "nothing found")
        #expect(named.map(\.code) == [fault.code], "\(named)")
        #expect(found.subject == fault.subject)
        #expect(found.severity == (fault.isError ? .error : .warning))
        #expect(found.step?.isEmpty == false)
    }

    static let sound: [(String, @Sendable (inout DoctorFixture) -> Void)] = [
        ("as it is", { _ in }),
        ("outputs to be made", { $0.snapshot.topics["totals"] = nil }),
        (
            "settings may not be seen",
            {
                $0.snapshot.brokerSettings = nil
                for topic in ["orders", "totals"] { $0.snapshot.topics[topic]?.settings = nil }
            }
        ),
        ("a young log, asked for more than there is", { $0.from = .ago(milliseconds: 30 * day) }),
        (
            "the range is held by a log that was cut",
            {
                $0.from = .ago(milliseconds: day)
                $0.change("orders", 0) { $0.range = 50..<100 }
            }
        ),
        (
            "a log that was cut, with a group that goes on",
            {
                $0.from = .ago(milliseconds: 3 * day)
                $0.change("orders", 0) { $0.range = 50..<100 }
                $0.snapshot.committed = [TopicPartition("orders", 0): 100, TopicPartition("orders", 1): 0]
            }
        ),
        (
            "an empty topic",
            { fixture in
                for number in 0...1 {
                    fixture.change("orders", number) { ($0.range, $0.oldest) = (0..<0, nil) }
                }
            }
        ),
        ("results for ever", { $0.change("totals", ["retention.ms": "-1", "cleanup.policy": "delete"]) }),
        (
            "output kept as long as the input",
            {
                $0.change("orders", ["retention.ms": "86400000"])
                $0.change("totals", ["retention.ms": "86400000"])
            }
        ),
        (
            "live only, with a short output",
            {
                $0.from = .latest
                $0.change("totals", ["retention.ms": "3600000", "message.timestamp.before.max.ms": "3600000"])
            }
        ),
        ("a windowed table, compacted and deleted", { $0.change("totals", ["cleanup.policy": "compact,delete"]) }),
        (
            "at least once on brokers that want short transactions",
            {
                $0.guarantee = .atLeastOnce
                $0.flushInterval = 0
                $0.snapshot.brokerSettings?["transaction.max.timeout.ms"] = "5000"
            }
        ),
        ("an exchange", { $0 = .exchanging }),
        ("a registry that has everything", { $0 = .registered }),
        (
            "a permission that is refused and not needed",
            {
                $0.snapshot.refuse(.describeConfigs, .topic("orders"))
                $0.snapshot.refuse(.alter, .topic("totals"))
            }
        ),

        (
            "a future Kafka timestamp beside a TIMESTAMP column",
            {
                $0.program = $0.program.replacingOccurrences(
                    of: "(user VARCHAR KEY, n BIGINT) WITH (",
                    with: "(user VARCHAR KEY, n BIGINT, ts BIGINT) WITH (TIMESTAMP='ts', ")
                $0.change("orders", 1) { $0.future = .init(offset: 7, timestamp: now + day) }
            }
        ),
        (
            "a compacted topic read as a table",
            {
                $0.program =
                    "CREATE TABLE o (k VARCHAR PRIMARY KEY, n BIGINT) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON');"
                    + "CREATE TABLE totals WITH (KAFKA_TOPIC='totals') AS SELECT k, n FROM o;"
                $0.change("orders", ["cleanup.policy": "compact"])
                $0.change("totals", ["cleanup.policy": "compact"])
            }
        ),
        ("changelogs", { $0 = .unwindowed }),
        (
            "TLS with a password",
            {
                $0.properties += [("security.protocol", "sasl_ssl"), ("sasl.mechanism", "SCRAM-SHA-512")]
            }
        ),
    ]

    /// What could not be tried is said, and is no alarm.
    /// A record of the future has results that the output refuses, if it takes no more than an hour ahead.
    @Test func resultsThatTheOutputRefuses() throws {
        var fixture = DoctorFixture()
        fixture.change("orders", 1) { $0.future = .init(offset: 7, timestamp: Self.now + Self.day) }
        let codes = try fixture.codes()
        #expect(codes == [.futureTimestamps, .resultTimeRefused])
    }

    @Test func whatCouldNotBeTried() throws {
        var fixture = DoctorFixture()
        fixture.snapshot.unseenWrites = ["totals": "timed out"]
        let findings = try fixture.findings().filter { $0.severity != .sound }
        #expect(findings.map(\.severity) == [.unseen])
        #expect(findings.first?.message == "could not find out whether totals may be written: timed out")
    }

    @Test(arguments: sound.indices)
    func whatIsSoundGivesNoAlarm(index: Int) throws {
        var fixture = DoctorFixture()
        Self.sound[index].1(&fixture)
        let findings = try fixture.findings()
        #expect(findings.filter { $0.severity != .sound } == [], "\(Self.sound[index].0)")
        #expect(findings.count >= 3)
    }

    @Test func withoutAProgramOnlyTheConnectionCounts() throws {
        let fixture = DoctorFixture()
        let options = RunOptions(
            application: "millrace", cluster: KafkaCluster(try KafkaProperties(fixture.properties)), from: .earliest)
        let findings = DoctorCheck.examine(DoctorSubject(nil, options: options), fixture.snapshot)
        #expect(findings.allSatisfy { $0.severity == .sound })
        #expect(findings.first?.message == "connected to 1 broker (k:9092), cluster c, in 12 ms")
    }

    @Test func theReport() throws {
        var fixture = DoctorFixture()
        #expect(try fixture.report().text.hasSuffix("all is well\n"))
        #expect(try !fixture.report().hasErrors)
        fixture.change("totals", ["retention.ms": "3600000"])
        #expect(try !fixture.report().hasErrors)
        fixture.snapshot.topics["orders"] = nil
        let report = try fixture.report()
        #expect(report.hasErrors)
        #expect(report.text.contains("[!!]  E3201 orders: the input topic does not exist"))
        #expect(report.text.contains("      → "))
        #expect(report.text.hasSuffix("1 error, 0 warnings; millrace help CODE explains each of them\n"))
        let object = try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any]
        #expect(object?["sound"] as? Bool == false)
        #expect((object?["findings"] as? [[String: Any]])?.contains { $0["code"] as? String == "E3201" } == true)
    }
}

extension DoctorFixture {
    fileprivate func report() throws -> DoctorReport { DoctorReport(try subject(), snapshot) }
}

/// What `doctor` says that it has not looked at follows from what it could see.
struct DoctorGapTests {
    private func gaps(_ change: (inout DoctorFixture) -> Void = { _ in }) throws -> [String] {
        var fixture = DoctorFixture()
        change(&fixture)
        return try fixture.report().gaps
    }

    @Test func valuesAndOtherUsers() throws {
        var glance = InputGlance.Findings()
        glance.records["orders"] = 40
        #expect(
            try gaps { $0.snapshot.glance = glance } == [
                "the values of 160 of 200 records of orders", "permissions of other users than this one",
            ])
        glance.records["orders"] = 200
        #expect(
            try gaps { fixture in
                fixture.snapshot.glance = glance
                fixture.properties.append(("sasl.username", "svc"))
            } == ["permissions of other users than svc"])
    }

    @Test func whatMayNotBeSeen() throws {
        let found = try gaps { fixture in
            fixture.snapshot.brokerSettings = nil
            fixture.snapshot.topics["orders"]?.settings = nil
            fixture.snapshot.topics["totals"] = nil
        }
        #expect(found.contains("settings of orders (DescribeConfigs is not allowed)"))
        #expect(found.contains("the brokers' limits (DescribeConfigs is not allowed)"))
        #expect(found.contains("whether totals may be written once made"))
        #expect(try gaps { $0.snapshot.topics["orders"] = nil }.contains { $0.hasPrefix("the records of orders, ") })
    }

    @Test func theReportEndsWithThem() throws {
        let report = try DoctorFixture().report()
        let lines = report.text.split(separator: "\n")
        #expect(lines.suffix(2).first?.hasPrefix("not looked at: the values of ") == true)
        #expect(report.json.contains("\"notLookedAt\":[\"the values of "))
    }
}

/// Records that are looked at before anything runs.
struct InputGlanceTests {
    private func findings(_ columns: String, _ with: String, _ values: [String]) throws -> InputGlance.Findings {
        let graph = try QueryGraph(
            try SQL.compile(
                """
                CREATE STREAM orders (\(columns)) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON'\(with));
                CREATE STREAM out WITH (KAFKA_TOPIC='out', VALUE_FORMAT='JSON') AS SELECT * FROM orders;
                """))
        let options = RunOptions(
            application: "a", cluster: KafkaCluster(try KafkaProperties(bootstrap: "localhost:9092")), from: .earliest)
        var findings = InputGlance.Findings()
        InputGlance(graph, options: options).judge(
            values.enumerated().map { offset, value in
                SampledRecord(
                    partition: TopicPartition("orders", 0), offset: Int64(offset), timestamp: 1_700_000_000_000,
                    key: nil, value: Array(value.utf8))
            }, of: "orders", &findings)
        return findings
    }

    @Test(arguments: [("1700000000", "seconds"), ("1700000000000000", "microseconds")])
    func timesInAnotherUnit(time: String, unit: String) throws {
        let found = try findings("id BIGINT, ts BIGINT", ", TIMESTAMP='ts'", [#"{"id":1,"ts":\#(time)}"#])
        #expect(found.times.count == 1 && found.columns.isEmpty)
        #expect(found.times.first?.text.contains("as if \(unit) since 1970") == true, "\(found.times)")
        #expect(found.times.first?.text.hasSuffix("(column TS)") == true)
    }

    @Test func soundOnesAreNotNamed() throws {
        let found = try findings(
            "id BIGINT, ts BIGINT", ", TIMESTAMP='ts'", [#"{"ID":1,"ts":1700000000000}"#, #"{"ts":1700000000001}"#])
        #expect(found.times.isEmpty && found.columns.isEmpty)
        #expect(found.records == ["orders": 2])
    }

    @Test func aColumnThatNoRecordHas() throws {
        let found = try findings("id BIGINT, amuont DOUBLE", "", [#"{"id":1,"amount":2}"#])
        #expect(found.columns.map(\.step) == ["declare the column as AMOUNT"])
    }
}
