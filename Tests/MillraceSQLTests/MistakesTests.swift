// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceSQL
import Testing

/// All mistakes of a program are found at once, each with its place, and none that only follows from another.
struct MistakesTests {
    private func places(_ text: String) -> [String] {
        SQL.check(text).errors.map { error in
            "\(error.location?.line ?? 0):\(error.location?.column ?? 0) \(error.code?.rawValue ?? "") \(error.message)"
        }
    }

    @Test func mistakesOfSyntaxAndOfMeaning() {
        #expect(
            places(
                """
                CREATE STREAM s (id INT KEY, v INT) WITH (kafka_topic='s', format='json');
                CREATE STREAM a AS SELECT id, vv FROM s;
                CREATE STREAM b AS SELECT id, FROM s;
                CREATE STREAM c AS SELECT id, v # 1 AS x FROM s;
                CREATE STREAM d AS SELECT * FROM nowhere;
                CREATE STREAM e AS SELECT * FROM s LIMIT 3;
                """) == [
                    "2:31 E4002 unknown column VV", "3:31 E4001 expected an expression, found FROM",
                    "4:33 E4001 unexpected character #", "5:34 E4002 unknown source NOWHERE",
                    "6:36 E4001 LIMIT is not supported yet",
                ])
    }

    @Test func whatFollowsFromAMistakeIsNotSaid() {
        #expect(
            places(
                """
                CREATE STREAM s (id INT KEY, v INTT) WITH (kafka_topic='s', format='json');
                CREATE STREAM a AS SELECT * FROM s;
                CREATE TABLE b AS SELECT id, COUNT(*) AS n FROM a GROUP BY id;
                INSERT INTO a SELECT * FROM s;
                CREAT STREAM c AS SELECT * FROM s;
                CREATE STREAM d AS SELECT * FROM c;
                CREATE STREAM IF NOT EXISTS `e` AS SELEC * FROM s;
                CREATE STREAM f AS SELECT * FROM `e`;
                """) == [
                    "1:32 E4001 unknown type INTT", "5:1 E4001 expected a statement, found CREAT",
                    "7:36 E4001 expected SELECT, found SELEC",
                ])
    }

    @Test func severalMistakesOfOneQuery() {
        #expect(
            places(
                """
                CREATE STREAM s (id INT KEY, v INT) WITH (kafka_topic='s', format='json');
                CREATE TABLE t AS SELECT id, SUM(w) AS w, nope, UCASE(v) AS u, v FROM s
                  WHERE x > 1 GROUP BY id HAVING COUNT(*) > 'many';
                CREATE TABLE u AS SELECT id, v, v + 1 AS w, COUNT(*) AS n FROM s GROUP BY id;
                """) == [
                    "2:34 E4002 unknown column W", "2:43 E4002 unknown column NOPE",
                    "2:49 E4002 UCASE does not take (INTEGER)", "3:9 E4002 unknown column X",
                    "3:45 E4002 'many' is no BIGINT", "4:30 E4002 V is neither in GROUP BY nor inside an aggregate",
                    "4:33 E4002 V is neither in GROUP BY nor inside an aggregate",
                ])
    }

    @Test func aForgottenSemicolonCostsOneStatement() {
        #expect(
            places(
                """
                CREATE STREAM s (id INT KEY, v INT) WITH (kafka_topic='s', format='json')
                CREATE STREAM a AS SELECT id, v FROM s
                INSERT INTO a SELECT id, v, v FROM s
                SET 'x' = 'y';
                CREATE STREAM b AS SELECT id, FROM s;
                """) == [
                    "2:1 E4001 expected ;, found CREATE", "3:1 E4001 expected ;, found INSERT",
                    "4:1 E4001 expected ;, found SET", "5:31 E4001 expected an expression, found FROM",
                ])
    }

    @Test func anOpenStringHidesTheRest() {
        #expect(
            places("CREATE STREAM s (id INT) WITH (kafka_topic='s', format='json);\nSELECT a;")
                == ["1:56 E4001 the string is not closed"])
    }

    @Test func thereIsAnEndToMistakes() {
        let program = String(repeating: "CREATE STREAM a AS SELECT * FROM b;\n", count: 5000)
        #expect(SQL.check(program).errors.count == SQL.maximumErrors)
        #expect(SQL.check(String(repeating: "\u{1}", count: 100_000)).errors.count == SQL.maximumErrors)
        #expect(SQL.check(String(repeating: "SELECT;", count: 50_000)).errors.count == SQL.maximumErrors)
    }

    @Test func aProgramWithoutMistakesHasAPlan() {
        let outcome = SQL.check(Fixtures.orders + "CREATE STREAM o AS SELECT * FROM orders;")
        #expect(outcome.errors.isEmpty && outcome.plan.queries.count == 1)
        #expect(places("-- nothing\n") == ["2:1 E4002 the program has no query"])
    }
}
