// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillracePlan
import MillraceReport
import MillraceSQL
import MillraceSettings
import MillraceTestKit
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif
@testable import MillraceRun

/// The real replay over Avro records in a simulated cluster, with a registry in memory.
struct SchemaReplayTests {
    private static let plain = #"{"type":"record","name":"R","fields":[{"name":"n","type":"int"}]}"#
    private static let wide =
        #"{"type":"record","name":"R","fields":[{"name":"note","type":"string"},{"name":"n","type":"long"}]}"#

    private static func record(_ id: UInt8, _ body: [UInt8]) -> [UInt8] { [0, 0, 0, 0, id] + body }

    private func graph(_ more: String = "") throws -> QueryGraph {
        try QueryGraph(
            try SQL.compile(
                """
                CREATE STREAM s (k VARCHAR KEY, n BIGINT) WITH (KAFKA_TOPIC='in', VALUE_FORMAT='AVRO');
                CREATE STREAM t WITH (KAFKA_TOPIC='out'\(more)) AS SELECT * FROM s;
                """, hasSchemas: true))
    }

    private func cluster(_ values: [[UInt8]]) throws -> SimulatedCluster {
        let cluster = SimulatedCluster()
        _ = try cluster.admin().createTopics([NewTopic(name: "in", partitions: 1)], timeoutMilliseconds: 1000)
        let writer = try cluster.writer(WriterOptions(transactionalID: "id"))
        try writer.initTransactions(timeoutMilliseconds: 1000)
        try writer.beginTransaction()
        let records = RawRecords()
        for value in values { records.append(key: Array("k".utf8), value: value, timestamp: 5) }
        try writer.send(records, to: writer.topic("in"))
        try writer.commitTransaction(timeoutMilliseconds: 1000)
        return cluster
    }

    /// What is printed, or published with `publishes`.
    private func run(
        _ graph: QueryGraph, _ cluster: SimulatedCluster, _ registry: RegistryInMemory, publishes: Bool = false
    ) throws -> (lines: [String], report: RunReport) {
        var options = RunOptions(application: "app", cluster: cluster, from: .earliest)
        options.format = .json
        options.publishes = publishes
        options.use(registry, clock: SystemClock(), log: { _ in })
        let observer = Printed()
        let report = try Replay(graph, options: options, observer: observer).run()
        let text = String(decoding: observer.bytes, as: UTF8.self)
        return (text.split(separator: "\n").map(String.init), report)
    }

    private final class Printed: RunObserver {
        var bytes: [UInt8] = []
        func log(_ line: LogLine) {}
        func progress(stage: String, records: Int, total: Int?, elapsedMilliseconds: Int64) {}
        func stageBegan(_ mode: StageReport.Mode) {}
        func write(_ text: UnsafeRawBufferPointer) throws { bytes += text }
        var isStopRequested: Bool { false }
    }

    /// Each record by its own writer's schema.
    @Test func schemasMayDifferFromRecordToRecord() throws {
        let registry = RegistryInMemory { $0.schemas = [1: Self.plain, 2: Self.wide] }
        let records = [Self.record(1, [2]), Self.record(2, [2, 0x61, 4]), Self.record(1, [6])]
        let (lines, _) = try run(try graph(), try cluster(records), registry)
        #expect(lines.map { $0.contains("\"N\":1") } == [true, false, false])
        #expect(lines.map { $0.contains("\"N\":3") } == [false, false, true])
        #expect(lines.count == 3)
        #expect(registry.calls == ["schema 1", "schema 2"])
    }

    /// Fault 60. It is waited for, and nothing is lost.
    @Test func aRegistryThatComesBackLosesNothing() throws {
        let registry = RegistryInMemory {
            $0.weather = .away
            $0.schemas = [1: Self.plain]
        }
        let records = (0..<100).map { _ in Self.record(1, [2]) }
        let ends = startThread {
            while registry.calls.isEmpty {}
            registry.state.withLock { $0.weather = .fair }
        }
        let (lines, _) = try run(try graph(), try cluster(records), registry)
        #expect(lines.count == 100)
        #expect(registry.calls.count == 2)
        if let ends { pthread_join(ends, nil) }
    }

    @Test func aNumberThatIsNotKnownMakesItsRecordsBad() throws {
        let registry = RegistryInMemory { $0.schemas = [1: Self.plain] }
        let records = [Self.record(1, [2]), Self.record(9, [2]), Self.record(1, [4])]
        let (lines, report) = try run(try graph(), try cluster(records), registry)
        #expect(lines.count == 2)
        #expect(report.accounts.map(\.bad) == [1])
    }

    @Test func resultsAreRegisteredBeforeTheyAreWritten() throws {
        let registry = RegistryInMemory { $0.schemas = [1: Self.plain] }
        let cluster = try cluster([Self.record(1, [2])])
        _ = try run(try graph(), cluster, registry, publishes: true)
        #expect(registry.calls == ["check out-value", "register out-value", "schema 1"])
    }

    /// Nothing is registered, and no topic is made.
    @Test func aResultThatDoesNotFitIsRefusedFirst() throws {
        let registry = RegistryInMemory {
            $0.schemas = [1: Self.plain]
            $0.objections = ["out-value": ["the type of N has changed", "version 3"]]
        }
        let cluster = try cluster([Self.record(1, [2])])
        let failure = #expect(throws: RunFailure.self) {
            try run(try graph(", KEY_FORMAT='AVRO'"), cluster, registry, publishes: true)
        }
        #expect(failure?.errorCode == .incompatibleSchema)
        #expect(failure?.message.hasSuffix("the type of N has changed; version 3") == true)
        #expect(registry.calls == ["check out-key", "check out-value"])
        let counts = try cluster.admin().partitionCounts(ofTopics: ["out"], timeoutMilliseconds: 1000)
        #expect(counts["out"] == nil)
    }

    /// What a query computes is known by its columns: a producer that adds a field changes nothing.
    @Test func aFingerprintDoesNotDependOnTheWritersSchema() throws {
        struct Newest: Catalogue {
            var text: String
            func schema(ofSubject subject: String) throws(CatalogueError) -> RegisteredSchema {
                RegisteredSchema(id: 1, subject: subject, version: 1, text: text)
            }
            func schema(id: Int32) throws(CatalogueError) -> RegisteredSchema { try schema(ofSubject: "") }
        }
        func fingerprint(_ text: String, aggregate: String = "SUM(n)") throws -> UInt64 {
            let program = try SQL.compile(
                """
                CREATE STREAM s (k VARCHAR KEY) WITH (KAFKA_TOPIC='in', VALUE_FORMAT='AVRO');
                CREATE TABLE t AS SELECT k, \(aggregate) AS a FROM s GROUP BY k;
                """, catalogue: Newest(text: text))
            return StateFingerprint.of(0, in: try QueryGraph(program))
        }
        let before = #"{"type":"record","name":"R","fields":[{"name":"n","type":"long"}]}"#
        let after = #"{"type":"record","name":"S","fields":[{"name":"m","type":"int"},{"name":"n","type":"long"}]}"#
        #expect(try fingerprint(before) == fingerprint(after))
        #expect(try fingerprint(before) != fingerprint(before, aggregate: "MIN(n)"))
        #expect(try fingerprint(before) != fingerprint(before.replacing("long", with: "int")))
    }
}
