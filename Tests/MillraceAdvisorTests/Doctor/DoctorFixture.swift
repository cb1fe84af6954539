// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceEngine
import MillraceKafka
import MillraceLog
import MillraceSQL
@testable import MillraceAdvisor
@testable import MillraceReport
@testable import MillraceRun
@testable import MillraceSettings

/// A program and a cluster that suits it, to be made worse one thing at a time.
struct DoctorFixture {
    static let now: EventTime = 1_800_000_000_000
    static let day: Int64 = 86_400_000

    var program = """
        CREATE STREAM orders (user VARCHAR KEY, n BIGINT) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON');
        CREATE TABLE totals WITH (KAFKA_TOPIC='totals', VALUE_FORMAT='JSON', PARTITIONS=2) AS
          SELECT user, SUM(n) AS n FROM orders WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 5 SECONDS)
          GROUP BY user EMIT FINAL;
        """
    var properties: [(name: String, value: String)] = [("bootstrap.servers", "k:9092")]
    var from = SlicePosition.earliest
    var guarantee = ProcessingGuarantee.exactlyOnce
    var flushInterval = StateFlushInterval.byDefault
    var exchangesPartials = false
    var snapshot = DoctorFixture.soundSnapshot

    /// What a broker of Kafka 4 says of a topic.
    static let settings = [
        "cleanup.policy": "delete", "retention.ms": "604800000", "message.timestamp.type": "CreateTime",
        "message.timestamp.before.max.ms": "9223372036854775807", "message.timestamp.after.max.ms": "3600000",
        "min.insync.replicas": "1",
    ]

    static func topic(_ partitions: Int32, _ more: [String: String] = [:]) -> ClusterSnapshot.Topic {
        ClusterSnapshot.Topic(
            partitions: (0..<partitions).map { number in
                ClusterSnapshot.Partition(number: number, range: 0..<100, oldest: now - 2 * day)
            }, settings: settings.merging(more) { $1 })
    }

    private static var soundSnapshot: ClusterSnapshot {
        ClusterSnapshot(
            clusterID: "c", brokers: ["k:9092"], answeredInMilliseconds: 12, wallMilliseconds: now,
            topics: ["orders": topic(2), "totals": topic(2)],
            brokerSettings: [
                "transaction.max.timeout.ms": "900000", "group.min.session.timeout.ms": "6000",
                "group.max.session.timeout.ms": "1800000",
            ], libraryVersion: "2.0.2", libraryFeatures: ["ssl", "sasl_plain", "sasl_scram", "sasl_gssapi"])
    }

    /// A program without windows, whose state needs a changelog.
    static var unwindowed: DoctorFixture {
        var fixture = DoctorFixture()
        fixture.program = """
            CREATE STREAM orders (user VARCHAR KEY, n BIGINT) WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON');
            CREATE TABLE totals WITH (KAFKA_TOPIC='totals', VALUE_FORMAT='JSON') AS
              SELECT user, SUM(n) AS n FROM orders GROUP BY user;
            """
        fixture.snapshot.topics["totals"] = topic(2, ["cleanup.policy": "compact"])
        fixture.snapshot.topics[fixture.changelog] = topic(2, ["cleanup.policy": "compact"])
        return fixture
    }

    /// The program with Avro on both sides, and a registry that has what it needs.
    static var registered: DoctorFixture {
        var fixture = DoctorFixture()
        fixture.program = fixture.program.replacingOccurrences(of: "JSON", with: "AVRO")
        fixture.snapshot.registry = ClusterSnapshot.Registry(
            place: "http://r", inputs: ["orders-value": true], looked: 4, results: ["totals-value": []])
        return fixture
    }

    /// A program that groups by something else than the record key, in several processes.
    static var exchanging: DoctorFixture {
        var fixture = DoctorFixture.unwindowed
        fixture.program = fixture.program.replacingOccurrences(of: "GROUP BY user", with: "GROUP BY n")
            .replacingOccurrences(of: "SELECT user", with: "SELECT n").replacingOccurrences(
                of: " AS n FROM", with: " AS t FROM")
        fixture.exchangesPartials = true
        fixture.snapshot.topics["app-TOTALS-exchange"] = topic(2)
        return fixture
    }

    /// Of the program without windows.
    let changelog = "app-TOTALS-changelog"

    func subject() throws -> DoctorSubject {
        var options = RunOptions(application: "app", cluster: KafkaCluster(try KafkaProperties(properties)), from: from)
        options.guarantee = guarantee
        options.stateFlushIntervalMilliseconds = flushInterval
        options.exchangesPartials = exchangesPartials
        return DoctorSubject(try QueryGraph(try SQL.compile(program, hasSchemas: true)), options: options)
    }

    func findings() throws -> [Finding] { DoctorCheck.examine(try subject(), snapshot) }

    /// Codes of errors and warnings.
    func codes() throws -> [ErrorCode] { try findings().compactMap(\.code) }

    mutating func change(_ topic: String, _ settings: [String: String]) {
        snapshot.topics[topic]?.settings?.merge(settings) { $1 }
    }

    mutating func change(_ topic: String, _ partition: Int, _ change: (inout ClusterSnapshot.Partition) -> Void) {
        if var entry = snapshot.topics[topic]?.partitions[partition] {
            change(&entry)
            snapshot.topics[topic]?.partitions[partition] = entry
        }
    }
}
