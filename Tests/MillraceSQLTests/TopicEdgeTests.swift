// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import Testing

@testable import MillraceSQL

/// Sources over topics that queries of the same program write.
@Suite struct TopicEdgeTests {
    private static let start = """
        CREATE STREAM s (id STRING KEY, a INT, b STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
        CREATE STREAM o WITH (KAFKA_TOPIC='o') AS SELECT id, a, b FROM s;
        CREATE STREAM keyless WITH (KAFKA_TOPIC='k') AS SELECT a, b FROM s PARTITION BY NULL;

        """
    private static func end(_ declaration: String) -> String {
        "\nCREATE \(declaration.contains("TABLE") ? "TABLE" : "STREAM") r AS SELECT * FROM d;"
    }

    private func compile(_ declaration: String) throws(SourceError) -> ProgramPlan {
        try SQL.compile(Self.start + declaration + Self.end(declaration))
    }

    @Test func columnsAreThoseThatAreWritten() throws {
        let plan = try compile(
            "CREATE STREAM d (k STRING KEY, B STRING, c INT, a BIGINT) WITH (KAFKA_TOPIC='o', VALUE_FORMAT='JSON');")
        #expect(
            plan.edges == [
                TopicEdge(
                    writer: "O", reader: "D",
                    columns: [
                        .column(0, .varchar), .column(2, .varchar), .literal(.null, .integer),
                        .cast(.column(1, .integer), to: .bigint),
                    ])
            ])
        #expect(plan.rootSources.map(\.name) == ["S"])
        // A stream that names no key sees none.
        #expect(
            try compile("CREATE STREAM d (a INT) WITH (KAFKA_TOPIC='o', VALUE_FORMAT='JSON');").edges.first?.columns
                == [.column(1, .integer)])
        // What nobody reads is nothing.
        #expect(
            try SQL.compile(
                Self.start + "CREATE STREAM d (zzz MAP<STRING, INT>) WITH (KAFKA_TOPIC='o', VALUE_FORMAT='JSON');"
            ).edges.isEmpty)
    }

    @Test func theOrderOfTheStatementsMeansNothing() throws {
        let plan = try SQL.compile(
            """
            CREATE STREAM d (id STRING KEY, a INT) WITH (KAFKA_TOPIC='o', VALUE_FORMAT='JSON');
            CREATE STREAM r AS SELECT * FROM d;
            """ + Self.start)
        #expect(plan.queries.map(\.sink.name) == ["O", "R", "KEYLESS"])
        #expect(plan.edges.map(\.reader) == ["D"])
    }

    @Test func twoQueriesIntoOneTopicReachItsReaders() throws {
        let plan = try SQL.compile(
            Self.start + """
                CREATE STREAM o2 WITH (KAFKA_TOPIC='o') AS SELECT id, a + 1 AS a, b FROM s;
                CREATE STREAM r AS SELECT * FROM o;
                """)
        #expect(plan.edges.map(\.writer) == ["O2"] && plan.edges.map(\.reader) == ["O"])
        #expect(ProgramIndex(plan).writers(of: "O").count == 2)
    }

    @Test(arguments: [
        ("STREAM d (id STRING KEY, a INT) WITH (KAFKA_TOPIC='o', VALUE_FORMAT='DELIMITED')", "not as DELIMITED"),
        ("STREAM d (id STRING KEY, a INT) WITH (KAFKA_TOPIC='o', FORMAT='JSON')", "one KEY_FORMAT in both"),
        (
            "STREAM d (id INT KEY, a INT) WITH (KAFKA_TOPIC='o', VALUE_FORMAT='JSON')",
            "ID is INTEGER, and O writes STRING"
        ),
        ("STREAM d (id STRING KEY, a STRING) WITH (KAFKA_TOPIC='o', VALUE_FORMAT='JSON')", "declare it as INTEGER"),
        ("TABLE d (id STRING PRIMARY KEY, a INT) WITH (KAFKA_TOPIC='k', VALUE_FORMAT='JSON')", "records without a key"),
        (
            "STREAM d (id STRING KEY, t BIGINT) WITH (KAFKA_TOPIC='o', VALUE_FORMAT='JSON', TIMESTAMP='t')",
            "not that of T"
        ),
        (
            "TABLE d (id STRING PRIMARY KEY, a INT) WITH (KAFKA_TOPIC='o', VALUE_FORMAT='JSON', VERSIONS='start')",
            "leave VERSIONS out"
        ),
        ("STREAM d (a INT, h BYTES HEADER('x')) WITH (KAFKA_TOPIC='o', VALUE_FORMAT='JSON')", "H is a header"),
        (
            "STREAM d (a INT) WITH (KAFKA_TOPIC='o', VALUE_FORMAT='JSON', WRAP_SINGLE_VALUE=false)",
            "the value of O is a record"
        ),
        (
            "STREAM d (id STRING KEY, a INT) WITH (KAFKA_TOPIC='o', VALUE_FORMAT='JSON', WINDOW_TYPE='SESSION')",
            "leave WINDOW_TYPE out"
        ),
    ])
    func whatIsNotWrittenSoIsRefused(_ declaration: String, _ words: String) throws {
        let error = try #require(throws: SourceError.self) { try compile("CREATE \(declaration);") }
        #expect((error.message + (error.hint ?? "")).contains(words), "\(error)")
        #expect(error.location?.line == 4)
    }

    @Test func columnsAreTakenFromTheQueryWhereTheFormatHasSchemas() throws {
        let plan = try SQL.compile(
            """
            CREATE STREAM s (id STRING KEY, a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
            CREATE STREAM o WITH (KAFKA_TOPIC='o', FORMAT='AVRO') AS SELECT id, a FROM s;
            CREATE TABLE d WITH (KAFKA_TOPIC='o', FORMAT='AVRO');
            CREATE TABLE r AS SELECT * FROM d;
            """, catalogue: SchemaInferenceTests.Subjects([:]))
        #expect(plan.sources[2].columns.map(\.name) == ["ROWKEY", "A"])
    }

    @Test func aRingThroughATopicIsRefused() throws {
        let error = try #require(throws: SourceError.self) {
            try SQL.compile(
                Self.start + """
                    CREATE STREAM d (id STRING KEY, a INT, b STRING) WITH (KAFKA_TOPIC='o', VALUE_FORMAT='JSON');
                    CREATE STREAM p WITH (KAFKA_TOPIC='p') AS SELECT id, a, b FROM d;
                    CREATE STREAM e (id STRING KEY, a INT, b STRING) WITH (KAFKA_TOPIC='p', VALUE_FORMAT='JSON');
                    INSERT INTO o SELECT id, a, b FROM e;
                    """)
        }
        #expect(error.message.contains("the query would read what it writes"))
    }

    @Test(arguments: [
        ("'b->x'", "", "only a STRUCT has fields"), ("'p->y'", "", "P has no field Y"),
        ("'p->n'", "", "too small for milliseconds"),
        ("'p->t'", ", TIMESTAMP_FORMAT='yyyy'", "is a unit, not a pattern"),
        ("b", ", TIMESTAMP_FORMAT='seconds'", "B is a STRING"), ("'p->'", "", "P has no field"),
        ("'p->d'", "", "declare it as BIGINT"),
    ])
    func timesThatAreNoneAreRefused(_ column: String, _ format: String, _ words: String) throws {
        let name = column.hasPrefix("'") ? column : "'\(column)'"
        let error = try #require(throws: SourceError.self) {
            try SQL.compile(
                """
                CREATE STREAM s (b STRING, p STRUCT<t BIGINT, n INT, d DOUBLE>)
                  WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', TIMESTAMP=\(name)\(format));
                """)
        }
        #expect((error.message + (error.hint ?? "")).contains(words), "\(error)")
    }

    @Test func timesMayBeFieldsInUnits() throws {
        let plan = try SQL.compile(
            """
            CREATE STREAM s (b STRING, p STRUCT<q STRUCT<`a->b` BIGINT>>)
              WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', TIMESTAMP='p->q -> `a->b`', TIMESTAMP_FORMAT='Micros');
            CREATE STREAM o AS SELECT b FROM s;
            """)
        let timestamp = try #require(plan.sources[0].timestamp)
        #expect(timestamp == TimestampDefinition(column: 1, path: [0, 0], type: .bigint, unit: .microseconds))
        #expect(timestamp.title(in: plan.sources[0].columns) == "P->Q->a->b")
    }
}
