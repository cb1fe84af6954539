// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceCore
import MillraceEngine
import MillraceKafka
import MillraceLog
import MillracePlan
import MillraceSQL
import MillraceSettings
import Testing
@testable import MillraceAdvisor
@testable import MillraceRun

/// `explain` without a broker: one model, four ways to show it.
struct ExplanationTests {
    private func explanation(
        _ sql: String = "CREATE STREAM big WITH (KAFKA_TOPIC='big') AS SELECT * FROM orders WHERE n > 9;",
        _ change: (inout RunOptions) -> Void = { _ in }
    ) throws -> Explanation {
        var options = RunOptions(application: "app", cluster: KafkaCluster(KafkaProperties()), from: .earliest)
        change(&options)
        return Explanation(
            try QueryGraph(try SQL.compile(PermissionTests.source + sql)), options: options, cluster: nil)
    }

    @Test func asText() throws {
        let text = try explanation().text(.text)
        #expect(
            text.hasPrefix(
                """
                CSAS_BIG_1
                  read     stream ORDERS: topic orders, key KAFKA, value JSON
                  columns  N, USER
                  time     the record's timestamp
                  where    (N > 9)
                  write    stream BIG: topic big, key KAFKA, value JSON
                  key      USER STRING
                  value    N BIGINT

                topics
                  NAME    FOR     PARTITIONS
                  orders  input   not looked at
                  big     output  as the input
                permissions
                  RESOURCE          NAME    OPERATION        FOR
                  topic             orders  Read             records, and committed offsets
                  topic             big     Write            results
                                            DescribeConfigs  how large records it takes
                                            Create           only where the topic is not there yet
                  group             app     Read             membership, committed offsets
                  transactional-id  app-*   Write            transactions of results and changelogs
                  kafka-acls.sh --bootstrap-server
                """), "\(text)")
        #expect(!text.contains("slices"))
    }

    @Test func forGraphviz() throws {
        #expect(
            try explanation().text(.dot) == #"""
                digraph "app" {
                  rankdir=LR;
                  node [shape=box, style=rounded, fontname="Helvetica", fontsize=10];
                  edge [fontname="Helvetica", fontsize=9];
                  "topic:orders" [shape=cylinder, style=solid, label="orders\ninput\npartitions: not looked at"];
                  "topic:big" [shape=cylinder, style=solid, label="big\noutput\npartitions: as the input"];
                  subgraph cluster_0 {
                    label="CSAS_BIG_1";
                    "CSAS_BIG_1:read" [label="read: stream ORDERS: topic orders, key KAFKA, value JSON\l\#
                columns: N, USER\ltime: the record's timestamp\l"];
                    "CSAS_BIG_1:filter" [label="where: (N > 9)\l"];
                    "CSAS_BIG_1:write" [label="write: stream BIG: topic big, key KAFKA, value JSON\l\#
                key: USER STRING\lvalue: N BIGINT\l"];
                  }
                  "topic:orders" -> "CSAS_BIG_1:read";
                  "CSAS_BIG_1:write" -> "topic:big";
                  "CSAS_BIG_1:read" -> "CSAS_BIG_1:filter";
                  "CSAS_BIG_1:filter" -> "CSAS_BIG_1:write";
                }

                """#)
    }

    @Test func forMermaid() throws {
        #expect(
            try explanation().text(.mermaid) == #"""
                flowchart LR
                  n0[("orders<br/>input<br/>partitions: not looked at")]
                  n4[("big<br/>output<br/>partitions: as the input")]
                  subgraph q0["CSAS_BIG_1"]
                    n1["read: stream ORDERS: topic orders, key KAFKA, value JSON\#
                <br/>columns: N, USER<br/>time: the record's timestamp"]
                    n2["where: (N #gt; 9)"]
                    n3["write: stream BIG: topic big, key KAFKA, value JSON<br/>key: USER STRING<br/>value: N BIGINT"]
                  end
                  n0 --> n1
                  n3 --> n4
                  n1 --> n2
                  n2 --> n3

                """#)
    }

    /// Texts from the program that mean something to a drawing's language.
    @Test func textsAreEscaped() throws {
        let sql = """
            CREATE STREAM big AS SELECT * FROM orders WHERE user = 'a"b\\c<d>&#`' AND user <> 'two
            lines';
            """
        let explanation = try explanation(sql)
        let dot = explanation.text(.dot)
        #expect(dot.contains(#"'a\"b\\c<d>&#`'"#), "\(dot)")
        #expect(dot.contains("'two lines'"))
        let mermaid = explanation.text(.mermaid)
        #expect(mermaid.contains(#"'a#quot;b\c#lt;d#gt;#amp;#35;#96;'"#), "\(mermaid)")
        #expect(mermaid.contains("'two lines'"))
    }

    private struct Shown: Decodable {
        struct Node: Decodable {
            var id: String
            var kind: String
            var topic: String?
            var query: String?
            var lines: [String: String]
        }

        struct Edge: Decodable {
            var from: String
            var to: String
            var label: String?
            var mutual: Bool
        }

        struct Topic: Decodable {
            var name: String
            var role: String
            var settings: [String: String]
        }

        struct State: Decodable {
            var query: String
            var changelog: String?
            var groupBytes: Int
            var growing: [String]
            var heldMs: Int?
        }

        struct Permission: Decodable {
            var resource: String
            var name: String
            var operation: String
        }

        var nodes: [Node]
        var edges: [Edge]
        var topics: [Topic]
        var state: [State]
        var permissions: [Permission]
        var commands: [String]
        var errors: [String: String]
    }

    /// Everything at once: queries in memory, state, an exchange, dead letters.
    @Test func forMachines() throws {
        let sql =
            PermissionTests.copy + PermissionTests.totals + """
                CREATE TABLE counts WITH (KAFKA_TOPIC='counts') AS SELECT n, COUNT(*) AS c, COLLECT_SET(user) AS users
                  FROM copy WINDOW TUMBLING (SIZE 1 MINUTE, GRACE PERIOD 9 SECONDS) GROUP BY n EMIT FINAL;
                """
        let explanation = try explanation(sql) { options in
            options.exchangesPartials = true
            options.deadLetterTopic = "dead"
            for cause in [RejectionCause.decode, .late] { options.errors[cause] = .deadLetter }
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let shown = try decoder.decode(Shown.self, from: Data(explanation.text(.json).utf8))
        let identifiers = Set(shown.nodes.map(\.id))
        #expect(identifiers.count == shown.nodes.count)
        #expect(shown.edges.allSatisfy { identifiers.contains($0.from) && identifiers.contains($0.to) })
        let edges = Set(shown.edges.map { "\($0.from) \($0.mutual ? "<->" : "->") \($0.to): \($0.label ?? "")" })
        #expect(
            edges.isSuperset(of: [
                "topic:orders -> CSAS_COPY_1:read: ", "CSAS_COPY_1:write -> CTAS_COUNTS_3:read: in memory",
                "CTAS_COUNTS_3:aggregate <-> topic:app-COUNTS-exchange: partial results",
                "CTAS_TOTALS_2:aggregate <-> topic:app-TOTALS-changelog: state",
                "CTAS_TOTALS_2:read -> topic:dead: bad", "CTAS_COUNTS_3:aggregate -> topic:dead: late",
            ]), "\(edges.sorted())")
        // What is read in memory is not bad, and what has no window is not late.
        #expect(!edges.contains("CTAS_COUNTS_3:read -> topic:dead: bad"))
        #expect(!edges.contains("CTAS_TOTALS_2:aggregate -> topic:dead: late"))
        #expect(
            shown.topics.map { "\($0.role) \($0.name)" } == [
                "input orders", "output copy", "output counts", "dead letters dead", "output totals",
                "changelog app-TOTALS-changelog", "changelog app-COUNTS-changelog",
                "exchange app-COUNTS-exchange",
            ])
        #expect(shown.topics.first { $0.name == "totals" }?.settings == ["cleanup.policy": "compact"])
        #expect(shown.state.map(\.query) == ["CTAS_TOTALS_2", "CTAS_COUNTS_3"])
        #expect(shown.state.map(\.heldMs) == [nil, 69_000])
        #expect(shown.state.map(\.growing) == [[], ["COLLECT_SET"]])
        #expect(shown.permissions.contains { $0.operation == "Delete" && $0.name == "app-COUNTS-exchange" })
        #expect(shown.commands.count == 10)
        #expect(shown.errors["errors.late"] == "dead-letter")
    }

    /// Every arrow of every drawing ends at a box.
    @Test func everyWorkedProgramCanBeShown() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../config").standardized
        let programs = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".sql") }
        #expect(!programs.isEmpty)
        for program in programs {
            let text = try String(contentsOf: folder.appendingPathComponent(program), encoding: .utf8)
            let options = RunOptions(application: "app", cluster: KafkaCluster(KafkaProperties()), from: .earliest)
            let explanation = Explanation(try QueryGraph(try SQL.compile(text)), options: options, cluster: nil)
            for format in Explanation.Format.allCases { #expect(explanation.text(format).hasSuffix("\n")) }
            let edges = explanation.diagram.edges
            #expect(edges.allSatisfy { explanation.diagram.contains($0.from) && explanation.diagram.contains($0.to) })
        }
    }
}

/// How much state is expected, and how much there is.
struct StateEstimateTests {
    private func graph(_ select: String, _ window: String) throws -> QueryGraph {
        try QueryGraph(
            try SQL.compile(
                "CREATE STREAM s (k VARCHAR KEY, v BIGINT, d DOUBLE, x VARCHAR) "
                    + "WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');\n"
                    + "CREATE TABLE t AS SELECT k, \(select) FROM s \(window) GROUP BY k;"))
    }

    private final class Nowhere: PipelineOutput {
        func receive(_ batch: ResultBatch, query: Int, source: TopicPartition?) {}
        func reject(_ rejection: Rejection) {}
    }

    /// The estimate for each group, against what the engine says it holds of 20,000 groups.
    @Test(arguments: [
        ("COUNT(*) AS n", ""), ("COUNT(*) AS n, SUM(d) AS a, MAX(v) AS b, AVG(d) AS c", ""),
        ("SUM(v) AS a", "WINDOW TUMBLING (SIZE 1 DAYS, GRACE PERIOD 1 DAYS)"),
        ("COUNT(*) AS n", "WINDOW SESSION (1 DAYS, GRACE PERIOD 1 DAYS)"),
    ])
    func groupsAreAsLargeAsExpected(select: String, window: String) throws {
        let graph = try graph(select, window)
        let pipeline = Pipeline(graph, options: PipelineOptions(), outputs: [Nowhere()])
        let source = pipeline.addSource(
            TopicPartition("s", 0), from: SourcePartition.Checkpoint(offset: 0, watermarks: [.none]))
        let records = RawRecords()
        for index in 0..<20_000 {
            records.append(
                key: Array("key\(index)".utf8), value: Array(#"{"v":1,"d":1.5}"#.utf8), timestamp: 1000,
                offset: Int64(index))
        }
        pipeline.process(source: source, records, from: 0, to: records.count, isReread: false)
        let size = try #require(graph.groupSize(0, isFlushed: false))
        #expect(pipeline.groupCount(0) == 20_000)
        let held = Double(pipeline.stateBytes(0)) / 20_000
        #expect((0.7...1.4).contains(Double(size.bytes) / held), "\(size.bytes) expected, \(held) held")
        #expect(size.growing == [])
    }

    /// Where values grow beside the slots, that is said.
    @Test(arguments: [
        ("MAX(x) AS a", ["MAX"]), ("MAX(v) AS a, COLLECT_LIST(v) AS b, TOPK(v, 3) AS c", ["COLLECT_LIST", "TOPK"]),
        ("LATEST_BY_OFFSET(v) AS a, COUNT_DISTINCT(v) AS b", ["LATEST_BY_OFFSET", "COUNT_DISTINCT"]),
    ])
    func whatGrowsIsNamed(select: String, growing: [String]) throws {
        #expect(try graph(select, "").groupSize(0, isFlushed: true)?.growing == growing)
    }

    /// 1,000 records in 100 s, windows of 10 s that are open for 5 s more: at most 150 groups.
    @Test func groupsAreBoundedByTheInput() throws {
        let input = LogExtent(records: 1000, oldest: 1_000_000, newest: 1_100_000)
        let windowed = try #require(
            StateEstimate(
                0, try graph("COUNT(*) AS n", "WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 5 SECONDS)"),
                isFlushed: false, input: input))
        #expect(windowed.groups == 150)
        #expect(windowed.text.hasPrefix("at most 150 groups at once (10 records/s of the log, open for 15 s), "))
        let session = try #require(
            StateEstimate(
                0, try graph("COUNT(*) AS n", "WINDOW SESSION (10 SECONDS, GRACE PERIOD 5 SECONDS)"),
                isFlushed: false, input: input))
        #expect(session.groups == 250)
        let whole = try #require(StateEstimate(0, try graph("COUNT(*) AS n", ""), isFlushed: false, input: input))
        #expect(whole.groups == 1000)
        #expect(whole.text.contains("one for each record that is there"))
        let unknown = try #require(StateEstimate(0, try graph("COUNT(*) AS n", ""), isFlushed: false, input: nil))
        #expect(unknown.text.hasSuffix("-b tells how many"))
    }

    @Test func extentsOfPartitionsAddUp() {
        let (one, other) = (LogExtent(records: 3, oldest: 5, newest: 9), LogExtent(records: 4, oldest: 2, newest: 7))
        #expect(one.merged(other) == LogExtent(records: 7, oldest: 2, newest: 9))
        #expect(one.merged(LogExtent()) == one)
        #expect(LogExtent().merged(one) == one)
        // Of a partition whose times nobody knows the whole has none.
        #expect(one.merged(LogExtent(records: 1)) == LogExtent(records: 4))
    }
}
