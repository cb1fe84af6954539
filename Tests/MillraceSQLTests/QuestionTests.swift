// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceSQL
import Testing

/// A SELECT on its own.
struct QuestionTests {
    private func ask(_ text: String) -> SQL.Outcome { SQL.check(Fixtures.orders + Fixtures.users + text, asks: true) }

    private func question(_ text: String) throws -> (Question, QueryPlan) {
        let outcome = ask(text)
        try #require(outcome.errors.isEmpty, "\(outcome.errors)")
        return (try #require(outcome.plan.question), try #require(outcome.plan.queries.last))
    }

    @Test func theColumnsAreThoseOfTheSelect() throws {
        // Without the key, which CREATE … AS SELECT insists on.
        let (question, query) = try question("SELECT region, amount AS a FROM orders")
        #expect(query.sink.columns.map(\.name) == ["REGION", "A"])
        #expect(query.sink.columns.allSatisfy { $0.role == .value })
        #expect(question == Question(shownColumns: 2, keys: [nil, nil]))
        #expect(query.name == "SELECT" && query.input == "ORDERS")
    }

    @Test func clausesOfItsOwn() throws {
        let (question, query) = try question(
            "SELECT region, amount FROM orders WHERE ok ORDER BY rate * 2 DESC, 1, amount NULLS FIRST LIMIT 7;")
        #expect(query.sink.valueColumns.count == 3, "what is only ordered by is computed, too")
        #expect(
            question
                == Question(
                    shownColumns: 2, keys: [nil, nil],
                    order: [
                        .init(column: 2, isDescending: true, areNullsFirst: true),
                        .init(column: 0, isDescending: false, areNullsFirst: false),
                        .init(column: 1, isDescending: false, areNullsFirst: true),
                    ], limit: 7))
    }

    @Test func aTableHasItsKeyBesides() throws {
        let (question, query) = try question("SELECT name, uid FROM users")
        #expect(query.sink.columns.map(\.role) == [.key, .value, .value])
        #expect(question.keys == [nil, 0])
        #expect(query.sink.kind == .table)
    }

    @Test func groupsNeedNotBeShown() throws {
        let (question, query) = try question(
            "SELECT COUNT(*) AS n, region FROM orders GROUP BY region, ok HAVING SUM(amount) > 3 ORDER BY MAX(rate)")
        guard case .aggregate(let aggregation) = query.operation else { throw SourceError("no aggregate", at: nil) }
        #expect(aggregation.groupBy.count == 2 && aggregation.aggregates.count == 3)
        #expect(query.sink.valueColumns.map(\.name).prefix(2) == ["N", "REGION"])
        #expect(question.keys == [nil, 0] && question.order.map(\.column) == [2])
        #expect(!question.isLive)
    }

    @Test(arguments: [
        "SELECT COUNT(*) FROM orders", "SELECT SUM(amount) + 1, 'x' FROM orders WHERE ok",
        "SELECT MAX(amount) FROM orders HAVING COUNT(*) > 3",
        "SELECT COUNT(*), WINDOWSTART FROM orders WINDOW TUMBLING (SIZE 1 HOUR) EMIT CHANGES LIMIT 3",
        "SELECT ROWTIME, ROWPARTITION, ROWOFFSET, id FROM orders",
        "SELECT * FROM orders EMIT CHANGES", "SELECT * FROM orders PARTITION BY region",
        "SELECT o.id, u.name FROM orders o LEFT JOIN users u ON o.region = u.uid",
        "CREATE STREAM big AS SELECT * FROM orders WHERE amount > 9; SELECT id FROM big;",
        "DEFINE most = '3'; SELECT id FROM orders LIMIT ${most}",
    ]) func whatACommandMayAsk(_ text: String) throws {
        let (question, query) = try question(text)
        #expect(question.isLive == text.contains("EMIT"))
        #expect(query.sink.valueColumns.count >= question.shownColumns)
    }

    /// Only what the rows come from is run.
    @Test func otherQueriesAreLeftOut() throws {
        let outcome = ask(
            """
            CREATE STREAM big AS SELECT * FROM orders WHERE amount > 9;
            CREATE STREAM small AS SELECT * FROM orders WHERE amount < 3;
            INSERT INTO big SELECT * FROM small;
            CREATE TABLE totals AS SELECT region, COUNT(*) AS n FROM orders GROUP BY region;
            SELECT id FROM big
            """)
        #expect(outcome.errors.isEmpty, "\(outcome.errors)")
        #expect(outcome.plan.queries.map(\.sink.name) == ["BIG", "SMALL", "BIG", "SELECT"])
    }

    @Test(arguments: [
        ("SELECT id FROM orders ORDER BY id EMIT CHANGES", "3:23", "no end to order by"),
        ("SELECT id FROM orders LIMIT x", "3:29", "expected a number of rows"),
        ("SELECT id FROM orders LIMIT 3 EMIT CHANGES", "3:31", "EMIT is out of order"),
        ("SELECT id FROM orders LIMIT 3 ORDER BY id", "3:31", "ORDER BY"),
        ("SELECT id FROM orders ORDER BY 2", "3:32", "the SELECT has 1 columns"),
        ("SELECT id FROM orders ORDER BY nothing", "3:32", "unknown column NOTHING"),
        ("SELECT id FROM orders ORDER BY id NULLS", "3:40", "expected FIRST or LAST"),
        ("SELECT id FROM nothing", "3:16", "unknown source NOTHING"),
        ("SELECT COUNT(*) FROM users", "3:1", "an aggregate over a table"),
        ("SELECT id FROM orders; SELECT id FROM orders", "3:24", "several SELECTs"),
        ("CREATE STREAM o AS SELECT * FROM orders;", "3:41", "no SELECT to answer"),
    ]) func mistakesHaveTheirPlace(_ text: String, _ place: String, _ message: String) throws {
        let errors = ask(text).errors
        let first = try #require(errors.first, "\(text)")
        #expect(first.message.contains(message), "\(errors)")
        #expect(first.location.map { "\($0.line):\($0.column)" } == place, "\(errors)")
    }

    /// A program takes none, and says who does.
    @Test func aProgramTakesNone() throws {
        let error = try #require(SQL.check(Fixtures.orders + "SELECT id FROM orders;").errors.first)
        #expect(error.hint?.contains("millrace sql") == true)
        let limit = try #require(
            SQL.check(Fixtures.orders + "CREATE STREAM o AS SELECT * FROM orders LIMIT 1;").errors.first)
        #expect(limit.hint?.contains("millrace sql") == true)
    }

    @Test func namesThatNoStatementMakes() {
        let text = Fixtures.orders + "SELECT * FROM orders o JOIN `my-topic` m ON o.id = m.id JOIN b ON o.id = b.id"
        #expect(SQL.unknownSources(text) == ["my-topic", "B"])
        #expect(SQL.unknownSources("SELECT FROM x") == [])
    }

    /// Fault 74: a plan or an error with a place, whatever is left of a question.
    @Test func whatIsLeftOfAQuestion() {
        let text = Array(
            """
            SELECT o.region, COUNT(*) AS n, WINDOWSTART FROM orders AS o JOIN users u ON o.region = u.uid \
            WINDOW TUMBLING (SIZE 1 HOUR) WHERE o.amount > 1 GROUP BY o.region HAVING COUNT(*) > 1 \
            ORDER BY n * 2 DESC NULLS LAST, 1, MAX(o.rate) LIMIT 9;
            """.unicodeScalars)
        for start in text.indices {
            for pieces in [text[..<start] + [], text[..<start] + text.dropFirst(start + 3), text[start...] + []] {
                var scalars = String.UnicodeScalarView()
                scalars.append(contentsOf: pieces)
                let outcome = ask(String(scalars))
                #expect(outcome.errors.allSatisfy { $0.location != nil && !$0.message.isEmpty })
                #expect((outcome.plan.question != nil) == (outcome.plan.queries.last?.name == "SELECT"))
                #expect(!outcome.errors.isEmpty || outcome.plan.question != nil)
            }
        }
    }
}
