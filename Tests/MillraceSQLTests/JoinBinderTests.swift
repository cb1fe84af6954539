// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import Testing

@testable import MillraceSQL

@Suite struct JoinBinderTests {
    private static let sources = """
        CREATE STREAM o (id STRING KEY, user_id STRING, n INT, big BIGINT) WITH (KAFKA_TOPIC='o', VALUE_FORMAT='JSON');
        CREATE STREAM o2 (id STRING KEY, n INT, big BIGINT) WITH (KAFKA_TOPIC='o2', VALUE_FORMAT='JSON');
        CREATE STREAM windows (id STRING KEY, n INT) WITH (KAFKA_TOPIC='w', VALUE_FORMAT='JSON', WINDOW_TYPE='SESSION');
        CREATE TABLE u (id STRING PRIMARY KEY, name STRING, city STRING) WITH (KAFKA_TOPIC='u', VALUE_FORMAT='JSON');
        CREATE TABLE c (id BIGINT PRIMARY KEY, name STRING) WITH (KAFKA_TOPIC='c', VALUE_FORMAT='JSON');
        CREATE TABLE p (a STRING PRIMARY KEY, b STRING PRIMARY KEY, v INT) WITH (KAFKA_TOPIC='p', FORMAT='JSON');

        """

    private func compile(_ select: String) throws(SourceError) -> QueryPlan {
        try SQL.compile(Self.sources + "CREATE STREAM j WITH (KEY_FORMAT='JSON') AS " + select + ";").queries[0]
    }

    private func names(_ select: String) throws(SourceError) -> [String] {
        let sink = try compile(select).sink
        return sink.columns.map { ($0.role == .key ? "key " : "") + $0.name }
    }

    @Test func namesAreKsqlDBs() throws {
        #expect(
            try names("SELECT * FROM o JOIN u ON o.user_id = u.id")
                == ["key O_USER_ID", "O_ID", "O_N", "O_BIG", "U_ID", "U_NAME", "U_CITY"])
        #expect(
            try names("SELECT x.*, u.name FROM o AS x LEFT JOIN u ON x.id = u.id")
                == ["key X_ID", "X_USER_ID", "X_N", "X_BIG", "NAME"])
        // A name that both have says whose it is; another one is as it is.
        #expect(try names("SELECT u.id, o.id, n FROM o JOIN u ON u.id = o.user_id") == ["key U_ID", "O_ID", "N"])
    }

    @Test func theKeyIsWhatTheLastTableWasLookedUpBy() throws {
        let plan = try compile("SELECT u.city, c.name, big, o.id FROM o JOIN u ON user_id = u.id JOIN c ON big = c.id")
        #expect(plan.sink.keyColumns.map(\.name) == ["BIG"])
        #expect(plan.joins.map(\.table) == ["U", "C"])
        #expect(plan.joins.map(\.firstColumn) == [4, 7])
        #expect(plan.inputs == ["O", "U", "C"])
        // Widened for the look-up, written as it is.
        let widened = try compile("SELECT n, c.name FROM o JOIN c ON n = c.id")
        #expect(widened.sink.keyColumns.map(\.type) == [.integer])
        #expect(widened.joins[0].key.map(\.type) == [.bigint])
        let table = try compile("SELECT c.id, o.id AS own FROM o JOIN c ON n = c.id")
        #expect(table.sink.keyColumns.map(\.type) == [.bigint])
        let pair = try compile("SELECT o.id, user_id, v FROM o JOIN p ON p.b = user_id AND o.id = p.a")
        #expect(pair.sink.keyColumns.map(\.name) == ["ID", "USER_ID"])
    }

    @Test(arguments: [
        ("SELECT * FROM u JOIN c ON u.id = c.id", "a join of the table U with another one is not supported yet"),
        ("SELECT * FROM windows w JOIN u ON w.id = u.id", "whose key is windowed"),
        ("SELECT * FROM o JOIN u ON o.id = u.id JOIN u ON o.id = u.id", "two sources of this join are called U"),
        ("SELECT * FROM o JOIN u ON o.id = o.user_id", "ON must compare the key of U"),
        ("SELECT * FROM o JOIN u ON o.id = u.name", "ON must compare the key of U"),
        ("SELECT * FROM o JOIN u ON u.id = u.name", "ON must compare the key of U"),
        ("SELECT * FROM o JOIN u ON o.id = u.id OR o.n = 1", "ON must compare the key of U"),
        ("SELECT * FROM o JOIN u ON o.id = u.id AND o.user_id = u.id", "ON must compare the key of U"),
        ("SELECT * FROM o JOIN p ON o.id = p.a", "ON says nothing of B"),
        ("SELECT * FROM o JOIN c ON o.id = c.id", "STRING is not compared with the key ID of C, which is BIGINT"),
        ("SELECT o.id FROM o JOIN u ON o.user_id = u.id", "the key of the join must be in the SELECT"),
        ("SELECT u.id, z.n FROM o JOIN u ON o.id = u.id", "unknown source Z"),
        ("SELECT u.id, u.n FROM o JOIN u ON o.id = u.id", "unknown column N"),
        ("SELECT u.id, u.ROWTIME AS t FROM o JOIN u ON o.id = u.id", "ROWTIME of a joined table"),
        ("SELECT u.id FROM o RIGHT JOIN u ON o.id = u.id", "by JOIN or LEFT JOIN"),
        ("SELECT u.id FROM o JOIN u WITHIN 1 HOUR ON o.id = u.id", "WITHIN is for joins of two streams"),
        ("SELECT u.id FROM o JOIN u", "expected ON"),
    ])
    func mistakesAreSaid(select: String, message: String) {
        let error = #expect(throws: SourceError.self) { try compile(select) }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        #expect(error?.location?.line == 7)
    }

    @Test func streamsArePaired() throws {
        let plan = try compile(
            "SELECT o.id, x.n, name FROM o JOIN o2 x WITHIN (1 SECOND, 2 MINUTES) GRACE PERIOD 3 MILLISECONDS "
                + "ON x.id = o.id AND o.n = x.big LEFT JOIN u ON x.id = u.id PARTITION BY o.id")
        let join = try #require(plan.streamJoin)
        #expect((join.kind, join.stream, join.before, join.after, join.grace) == (.inner, "O2", 1000, 120_000, 3))
        #expect((join.firstColumn, join.columnCount, plan.joins[0].firstColumn) == (4, 3, 7))
        #expect(join.leftKey.map(\.type) == [.varchar, .bigint])
        #expect(join.rightKey.map(\.type) == [.varchar, .bigint])
        #expect(plan.inputs == ["O", "U", "O2"])
        #expect(plan.streams == ["O", "O2"])
        let whole = try compile(
            "SELECT JOINKEY(o.id, x.id) AS k, x.n FROM o FULL OUTER JOIN o2 x WITHIN 1 DAY ON o.id = x.id")
        #expect(whole.streamJoin?.grace == 86_400_000)
        #expect(whole.sink.keyColumns.map(\.name) == ["K"])
    }

    @Test func versionsAreOfTables() throws {
        let table = "(id STRING PRIMARY KEY, n INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', VERSIONS='start');"
        let copy = "CREATE TABLE c AS SELECT * FROM t;"
        #expect(try SQL.compile("CREATE TABLE t \(table) \(copy)").sources[0].versions == .start)
        #expect(try SQL.compile("CREATE TABLE t \(table) \(copy)").sources[1].versions == .event)
        let stream = "CREATE STREAM t " + table.replacing("PRIMARY KEY", with: "KEY")
        let error = #expect(throws: SourceError.self) {
            try SQL.compile(stream + copy.replacing("TABLE", with: "STREAM"))
        }
        #expect(error?.message == "VERSIONS is only for tables")
        let other = #expect(throws: SourceError.self) {
            try SQL.compile("CREATE TABLE t \(table.replacing("start", with: "now")) \(copy)")
        }
        #expect(other?.message == "VERSIONS must be 'event' or 'start'")
    }
}
