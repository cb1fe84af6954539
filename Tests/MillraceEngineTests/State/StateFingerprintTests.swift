// SPDX-License-Identifier: Apache-2.0
import MillraceSQL
import Testing

@testable import MillraceEngine

@Suite struct StateFingerprintTests {
    private func fingerprint(_ text: String) throws -> UInt64 {
        StateFingerprint.of(0, in: try QueryGraph(try SQL.compile(text)))
    }

    private static let declaration =
        "CREATE STREAM s (k VARCHAR KEY, a BIGINT, b BIGINT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');\n"
    private static let query = "CREATE TABLE t AS SELECT k, SUM(a) AS n FROM s WHERE b > 1 GROUP BY k;"

    @Test(arguments: [
        "CREATE TABLE t AS SELECT k, SUM(a) AS n FROM s WHERE b > 2 GROUP BY k;",
        "CREATE TABLE t AS SELECT k, SUM(b) AS n FROM s WHERE b > 1 GROUP BY k;",
        "CREATE TABLE t AS SELECT k, MAX(a) AS n FROM s WHERE b > 1 GROUP BY k;",
        "CREATE TABLE t AS SELECT a, COUNT(a) AS n FROM s WHERE b > 1 GROUP BY a;",
        "CREATE TABLE t AS SELECT k, SUM(a) AS n FROM s WHERE b > 1 GROUP BY k HAVING SUM(a) > 1;",
        "CREATE TABLE t AS SELECT k, SUM(a) AS n FROM s WINDOW TUMBLING (SIZE 1 DAY) WHERE b > 1 GROUP BY k;",
        "CREATE TABLE t AS SELECT k, SUM(a) AS n FROM s WINDOW SESSION (1 DAY) WHERE b > 1 GROUP BY k;",
    ])
    func anotherQueryIsAnother(other: String) throws {
        #expect(try fingerprint(Self.declaration + other) != fingerprint(Self.declaration + Self.query))
    }

    @Test func anotherTypeIsAnother() throws {
        let other = Self.declaration.replacing("a BIGINT", with: "a DOUBLE")
        #expect(try fingerprint(other + Self.query) != fingerprint(Self.declaration + Self.query))
    }

    /// Columns that are not read, names of the output and its format do not matter.
    @Test func whatDoesNotDecideDoesNotMatter() throws {
        let wider = Self.declaration.replacing("a BIGINT,", with: "c VARCHAR, a BIGINT,")
        let other =
            "CREATE TABLE u WITH (KAFKA_TOPIC='v', PARTITIONS=3) AS "
            + "SELECT k, SUM(a) AS m FROM s WHERE b > 1 GROUP BY k;"
        #expect(try fingerprint(wider + other) == fingerprint(Self.declaration + Self.query))
    }
}
