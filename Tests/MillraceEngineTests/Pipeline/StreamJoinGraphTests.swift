// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceReport
import MillraceSQL
import Testing

@testable import MillraceEngine

/// What joins of streams ask of a program as a whole.
@Suite struct StreamJoinGraphTests {
    private static let sources = """
        CREATE STREAM a (id STRING KEY, v INT) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON');
        CREATE STREAM b (id STRING KEY, v INT) WITH (KAFKA_TOPIC='b', VALUE_FORMAT='JSON');
        CREATE STREAM c (id STRING KEY, v INT) WITH (KAFKA_TOPIC='c', VALUE_FORMAT='JSON');
        CREATE TABLE t (id STRING PRIMARY KEY, v INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');

        """

    private func graph(_ statements: String) throws -> QueryGraph {
        try QueryGraph(try SQL.compile(Self.sources + statements))
    }

    @Test(arguments: [
        ("CREATE STREAM o AS SELECT x.id, y.v AS v FROM a x JOIN a y WITHIN 1 HOUR ON x.id = y.id;", "one topic, a"),
        (
            "CREATE STREAM d WITH (TIMESTAMP='ts') AS SELECT id, CAST(v AS BIGINT) AS ts FROM a; "
                + "CREATE STREAM o AS SELECT d.id, v FROM d JOIN b WITHIN 1 HOUR ON d.id = b.id;", "a TIMESTAMP"
        ),
    ])
    func refused(statements: String, message: String) throws {
        let error = #expect(throws: SourceError.self) { try graph(statements) }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        #expect(error?.location?.line == 5)
    }

    /// Two joins of the same streams, the other way round, and a table of one of them, have one order all the same.
    @Test func theOrderOfTopicsGoesRoundInNoCircle() throws {
        let graph = try graph(
            """
            CREATE STREAM x AS SELECT a.id, b.v AS v FROM a JOIN b WITHIN 1 HOUR ON a.id = b.id;
            CREATE STREAM y AS SELECT b.id, a.v AS v FROM b JOIN a WITHIN 1 HOUR ON a.id = b.id;
            CREATE TABLE late (id STRING PRIMARY KEY, v INT) WITH (KAFKA_TOPIC='c', VALUE_FORMAT='JSON');
            CREATE STREAM z AS SELECT l.id AS id, a.v AS v FROM a JOIN late l ON a.id = l.id;
            CREATE STREAM w AS SELECT a.id, c.v AS v FROM a JOIN c WITHIN 1 HOUR ON a.id = c.id;
            """)
        #expect(graph.joined.levels == ["b": 0, "c": 0, "a": 1])
        #expect(graph.joined.tables == ["c"])
    }

    /// A window waits for the rows that all joins before it may still give.
    @Test func windowsWaitForJoins() throws {
        let graph = try graph(
            """
            CREATE STREAM x AS SELECT a.id AS id, b.v AS v FROM a LEFT JOIN b
              WITHIN (1 SECOND, 2 SECONDS) GRACE PERIOD 4 SECONDS ON a.id = b.id;
            CREATE TABLE g AS SELECT x.v AS v, COUNT(*) AS n FROM x JOIN c WITHIN 8 SECONDS GRACE PERIOD 0 SECONDS
              ON x.id = c.id WINDOW TUMBLING (SIZE 1 MINUTE, GRACE PERIOD 16 SECONDS) GROUP BY x.v;
            """)
        // 1 + 2 + 4 of the first join, 8 + 8 of the second, and its own 16.
        let seconds: Int64 = 1 + 2 + 4 + 8 + 8 + 16
        #expect(graph.aggregation(1)?.window?.grace == seconds * 1000)
        #expect(graph.longestGrace == seconds * 1000)
        // What a row of the result is made of may be so much earlier.
        #expect(graph.reaches[1].spread == 19_000)
    }

    /// Which pairs there are depends on no order; what is looked up for them, and the order of a list, do.
    @Test func onlyWhatDependsOnTheOrderIsSuperseded() throws {
        let pairs = "CREATE STREAM x AS SELECT a.id AS id, b.v AS v FROM a JOIN b WITHIN 1 HOUR ON a.id = b.id;\n"
        #expect(try graph(pairs).orderedJoinQueries == [])
        let counts = "CREATE TABLE n AS SELECT v, COUNT(*) AS n FROM x GROUP BY v;"
        #expect(try graph(pairs + counts).orderedJoinQueries == [])
        let lists = "CREATE TABLE l AS SELECT v, COLLECT_LIST(id) AS ids FROM x GROUP BY v;"
        #expect(try graph(pairs + lists).orderedJoinQueries == [0])
        let looked = "CREATE STREAM z AS SELECT t.id AS id, x.v AS v FROM x JOIN t ON x.id = t.id;"
        #expect(try graph(pairs + looked).orderedJoinQueries == [0, 1])
    }

    private final class NoOutput: PipelineOutput {
        func receive(_ batch: ResultBatch, query: Int, source: TopicPartition?) {}
        func reject(_ rejection: Rejection) {}
    }

    /// What is said of an open window is when it closes: behind what the join may still give.
    @Test func anOpenWindowSaysWhenItCloses() throws {
        let graph = try graph(
            """
            CREATE TABLE g AS SELECT a.v AS v, COUNT(*) AS n FROM a JOIN b WITHIN 1 SECOND GRACE PERIOD 2 SECONDS
              ON a.id = b.id WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 4 SECONDS) GROUP BY a.v;
            """)
        let pipeline = Pipeline(graph, options: .init(), outputs: [NoOutput()])
        for topic in ["a", "b"] {
            let start = SourcePartition.Checkpoint(offset: 0, watermarks: graph.initialWatermarks(ofTopic: topic))
            let source = pipeline.addSource(TopicPartition(topic, 0), from: start)
            let records = RawRecords()
            records.append(key: [65], value: Array(#"{"V":1}"#.utf8), timestamp: 1000, offset: 0)
            pipeline.process(source: source, records, from: 0, to: 1, isReread: false)
        }
        for source in 0..<2 { pipeline.noteEnd(source) }
        #expect(pipeline.openWindows(0, limit: 1)?.next.map(\.closing) == [10_000 + 1000 + 1000 + 2000 + 4000])
    }
}
