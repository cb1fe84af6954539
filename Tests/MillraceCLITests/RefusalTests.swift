// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceSQL
import Testing

/// What the README and docs/sql.md promise to refuse by name is refused so, with its place.
struct RefusalTests {
    /// The word in the document, what stands for it in a program, and a part of the message.
    static let promises: [(document: String, words: String, program: String, message: String)] = [
        (
            "README.md", "those of two tables not yet",
            "CREATE TABLE o AS SELECT u.k, t.v FROM u JOIN u AS t ON u.k = t.k;", "a join of the table U"
        ),
        (
            "docs/sql.md", "`RIGHT` and `FULL JOIN` with a table",
            "CREATE STREAM o AS SELECT s.k FROM s FULL JOIN u ON s.k = u.k;", "by JOIN or LEFT JOIN"
        ),
        (
            "README.md", "One that is not there is refused where the program writes it out",
            "CREATE STREAM o AS SELECT k, TIMESTAMPTOSTRING(ROWTIME, 'HH:mm', 'Europe/Lundon') AS x FROM s;",
            "the time zone 'Europe/Lundon' is not known"
        ),
        (
            "README.md", "no aggregation over tables: refused by name, with the place.",
            "CREATE TABLE o AS SELECT k, COUNT(*) AS n FROM u GROUP BY k;", "GROUP BY over a table is not supported"
        ),
        ("docs/sql.md", "`LIMIT`", "CREATE STREAM o AS SELECT * FROM s LIMIT 1;", "LIMIT is not supported"),
        ("docs/sql.md", "`SELECT DISTINCT`", "CREATE STREAM o AS SELECT DISTINCT v FROM s;", "SELECT DISTINCT"),
        ("docs/sql.md", "subqueries", "CREATE STREAM o AS SELECT * FROM (SELECT * FROM s);", "a subquery"),
        ("docs/sql.md", "a `SELECT` on its own", "SELECT * FROM s;", "a SELECT on its own"),
        ("docs/sql.md", "`INSERT INTO … VALUES`", "INSERT INTO s VALUES ('a', 'b');", "INSERT INTO … VALUES"),
        ("docs/sql.md", "connectors", "CREATE SOURCE CONNECTOR c WITH ('a'='b');", "CREATE SOURCE CONNECTOR"),
        (
            "docs/sql.md", "not in `WHERE`, `GROUP BY`, `ON` and aggregates",
            "CREATE STREAM o AS SELECT k, v FROM s WHERE EXPLODE(ARRAY[1]) > 0;", "EXPLODE, a table function, is not"
        ),
        ("docs/sql.md", "`AT TIME ZONE`", "CREATE STREAM o AS SELECT k, v AT TIME ZONE 'UTC' AS x FROM s;", "AT TIME"),
        ("docs/sql.md", "`DROP`", "DROP STREAM s;", "DROP STREAM"),
        ("docs/sql.md", "`ALTER`", "ALTER STREAM s ADD COLUMN x INT;", "ALTER STREAM"),
        ("docs/sql.md", "`TERMINATE`", "TERMINATE ALL;", "TERMINATE"),
        (
            "docs/sql.md", "A `SOURCE` stream or table is only read: `INSERT INTO` it is refused.",
            "CREATE SOURCE STREAM r (k VARCHAR KEY, v VARCHAR) WITH (KAFKA_TOPIC='r', VALUE_FORMAT='JSON');\n"
                + "INSERT INTO r SELECT * FROM s;", "R is a SOURCE stream, which is only read"
        ),
        (
            "docs/sql.md", "Nothing goes round",
            "CREATE STREAM a AS SELECT * FROM s;\nCREATE STREAM b AS SELECT * FROM a;\nINSERT INTO a SELECT * FROM b;",
            "the query would read what it writes"
        ),
    ]

    private static let sources = """
        CREATE STREAM s (k VARCHAR KEY, v VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
        CREATE TABLE u (k VARCHAR PRIMARY KEY, w VARCHAR) WITH (KAFKA_TOPIC='u', VALUE_FORMAT='JSON');

        """

    @Test(arguments: promises.indices) func whatIsPromisedIsRefused(_ index: Int) throws {
        let promise = Self.promises[index]
        #expect(try Document(path: promise.document).text().contains(promise.words), "\(promise.words)")
        let errors = SQL.check(Self.sources + promise.program).errors
        #expect(errors.contains { $0.message.contains(promise.message) }, "\(errors)")
        #expect(errors.allSatisfy { $0.location.map { $0.line > 2 } == true }, "\(errors)")
    }
}
