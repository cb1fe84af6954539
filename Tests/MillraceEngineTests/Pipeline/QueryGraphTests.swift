// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceSQL
import Testing

@testable import MillraceEngine

/// What the engine cannot run is refused, with its place.
@Suite struct QueryGraphTests {
    private static let start = """
        CREATE STREAM s (k STRING KEY, t BIGINT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
        CREATE STREAM m WITH (TIMESTAMP='t') AS SELECT k, t FROM s;
        CREATE STREAM n AS SELECT k, t FROM m;

        """

    @Test(arguments: [("m", "it a TIMESTAMP"), ("n", "M a TIMESTAMP")])
    func aWindowBehindTimesThatAQuerySetsIsRefused(_ input: String, _ words: String) throws {
        let program = try SQL.compile(
            Self.start
                + "CREATE TABLE w AS SELECT k, COUNT(*) AS c FROM \(input) WINDOW TUMBLING (SIZE 1 SECOND) GROUP BY k;")
        let error = try #require(throws: SourceError.self) { try QueryGraph(program) }
        #expect(error.message.contains(words) && error.location?.line == 4, "\(error)")
    }

    @Test func aStreamOfATablesChangesIsRefused() throws {
        let program = { (emit: String) in
            try SQL.compile(
                Self.start + """
                    CREATE TABLE c WITH (KAFKA_TOPIC='c') AS
                      SELECT k, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 SECOND) GROUP BY k \(emit);
                    CREATE STREAM changes (n BIGINT) WITH (KAFKA_TOPIC='c', VALUE_FORMAT='JSON');
                    CREATE STREAM o AS SELECT n FROM changes;
                    """)
        }
        let error = try #require(throws: SourceError.self) { try QueryGraph(program("")) }
        #expect(error.message.contains("a replay would give other rows") && error.location?.line == 7, "\(error)")
        _ = try QueryGraph(program("EMIT FINAL"))
    }
}
