// SPDX-License-Identifier: Apache-2.0

extension OddProgram {
    static let programs: [OddProgram] = [
        OddProgram(
            "a declared stream that is written and read",
            """
            \(s)CREATE STREAM x (id INT KEY, v INT) WITH (KAFKA_TOPIC='x', FORMAT='JSON');
            INSERT INTO x SELECT id, v FROM s;
            CREATE TABLE o AS SELECT id, COUNT(*) AS n FROM x GROUP BY id;
            """,
            "4:1 warning of X, CTAS_O_2 reads only what this program writes into it", "valid"),
        OddProgram(
            "two queries of one name",
            """
            \(s)CREATE STREAM o AS SELECT id, v FROM s;
            INSERT INTO o WITH (QUERY_ID='INSERTQUERY_3') SELECT id, v FROM s;
            INSERT INTO o SELECT id, v FROM s;
            """, "4:1 there is a query INSERTQUERY_3 already"),
        OddProgram(
            "declarations and no query",
            """
            CREATE STREAM s (id INT KEY, v INT, t STRING, d DOUBLE, ts TIMESTAMP, day DATE, tags \
            ARRAY<STRING>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
            """,
            "1:145 the program has no query"),
        OddProgram(
            "its own topic", "\(s)CREATE STREAM o WITH (KAFKA_TOPIC='s') AS SELECT * FROM s;",
            "2:35 O would be written to the topic that it is read from"),
        OddProgram(
            "its own topic, by a detour",
            """
            \(s)CREATE STREAM o AS SELECT * FROM s;
            CREATE STREAM p WITH (KAFKA_TOPIC='s') AS SELECT * FROM o;
            """,
            "3:35 P would be written to the topic that it is read from"),
        OddProgram(
            "two shapes in one topic",
            """
            \(s)CREATE STREAM o WITH (KAFKA_TOPIC='x') AS SELECT id, v FROM s;
            CREATE STREAM p WITH (KAFKA_TOPIC='x') AS SELECT id, t FROM s;
            """,
            "3:35 O writes other rows to the topic x already"),
        OddProgram(
            "one shape in one topic",
            """
            \(s)CREATE STREAM o WITH (KAFKA_TOPIC='x') AS SELECT id, v FROM s WHERE v > 1;
            CREATE STREAM p WITH (KAFKA_TOPIC='x') AS SELECT id, v FROM s WHERE v < 1;
            """,
            "valid"),
        OddProgram(
            "rows that go round",
            """
            \(s)CREATE STREAM o AS SELECT * FROM s;
            CREATE STREAM p AS SELECT * FROM o;
            INSERT INTO o SELECT * FROM p;
            """,
            "4:13 the query would read what it writes: P is made by CSAS_P_2 from O"),
        OddProgram(
            "insertion into itself", "\(s)INSERT INTO s SELECT * FROM s;",
            "2:13 the query would read what it writes into S"),
        OddProgram(
            "insertion in another order of columns",
            """
            \(s)CREATE STREAM o AS SELECT id, v, t FROM s;
            INSERT INTO o SELECT id, t, v FROM s;
            """,
            "3:26 the value column T stands where O has V"),
        OddProgram(
            "insertion of too few columns",
            """
            \(s)CREATE STREAM o AS SELECT id, v, t FROM s;
            INSERT INTO o SELECT id, v FROM s;
            """,
            "3:15 the query has 1 value column, O has 2"),
        OddProgram(
            "insertion into a SOURCE",
            """
            CREATE SOURCE STREAM s (id INT KEY, v INT, t STRING, d DOUBLE, ts TIMESTAMP, day \
            DATE, tags ARRAY<STRING>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
            CREATE STREAM o AS SELECT * FROM s;
            INSERT INTO s SELECT * FROM o;
            """,
            "3:13 S is a SOURCE stream, which is only read"),
        OddProgram(
            "insertion before the stream",
            """
            \(s)INSERT INTO o SELECT id, v FROM s;
            CREATE STREAM o AS SELECT id, v FROM s;
            """,
            "valid"),
        OddProgram(
            "a name that is taken",
            """
            \(s)CREATE STREAM o AS SELECT * FROM s;
            CREATE STREAM o AS SELECT id, v FROM s;
            """,
            "3:15 there is a STREAM O already, from line 2"),
        OddProgram(
            "a name that is replaced",
            """
            \(s)CREATE STREAM o AS SELECT * FROM s;
            CREATE OR REPLACE STREAM o AS SELECT id, v FROM s;
            """,
            "valid"),
        OddProgram(
            "a stream that is replaced by a table",
            """
            \(s)CREATE OR REPLACE TABLE s (id INT PRIMARY KEY, v INT) WITH (KAFKA_TOPIC='s', \
            VALUE_FORMAT='JSON');
            """,
            "2:25 S is a STREAM, from line 1; OR REPLACE cannot make a TABLE of it"),
        OddProgram(
            "a stream that is made below",
            """
            CREATE STREAM o AS SELECT * FROM s;
            CREATE STREAM s (id INT KEY, v INT, t STRING, d DOUBLE, ts TIMESTAMP, day DATE, tags \
            ARRAY<STRING>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');

            """,
            "1:34 unknown source S"),
        OddProgram(
            "a key that is not selected", "\(s)CREATE STREAM o AS SELECT v FROM s;",
            "2:20 the key column ID of S must be in the SELECT"),
        OddProgram(
            "nothing but a key", "\(s)CREATE STREAM o AS SELECT id FROM s;",
            "2:15 O has no value column"),
        OddProgram(
            "a setting that is misspelt",
            """
            SET 'auto.offset.rest' = 'earliest';
            CREATE STREAM s (id INT KEY, v INT, t STRING, d DOUBLE, ts TIMESTAMP, day DATE, tags \
            ARRAY<STRING>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
            CREATE STREAM o AS SELECT id, v FROM s;
            """,
            "1:5 the property auto.offset.rest is not supported"),
        OddProgram(
            "a setting that changes nothing",
            """
            SET 'cache.max.bytes.buffering' = '0';
            CREATE STREAM s (id INT KEY, v INT, t STRING, d DOUBLE, ts TIMESTAMP, day DATE, tags \
            ARRAY<STRING>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
            CREATE STREAM o AS SELECT id, v FROM s;
            """,
            "1:5 warning cache.max.bytes.buffering changes nothing here", "valid"),
        OddProgram(
            "a setting that is a number",
            """
            SET 'num.stream.threads' = 2;
            CREATE STREAM s (id INT KEY, v INT, t STRING, d DOUBLE, ts TIMESTAMP, day DATE, tags \
            ARRAY<STRING>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');
            CREATE STREAM o AS SELECT id, v FROM s;
            """,
            "1:28 expected the property's value in single quotes, found 2"),
        OddProgram(
            "a statement of the server", "\(s)DROP STREAM s;",
            "2:1 DROP STREAM is not supported yet"),
        OddProgram(
            "a question of the moment", "\(s)SELECT * FROM s EMIT CHANGES LIMIT 1;",
            "2:1 a SELECT on its own is no part of a program"),
        OddProgram(
            "parentheses three hundred deep",
            "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE " + String(repeating: "(", count: 300) + "v > 1"
                + String(repeating: ")", count: 300) + ";",
            "2:302 the expression is nested more than 256 levels deep"),
        OddProgram(
            "five thousand conditions",
            "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE "
                + (0..<5000).map { "v = \($0)" }.joined(separator: " OR ") + ";",
            "valid"),
        OddProgram(
            "types a thousand deep",
            "CREATE STREAM x (a " + String(repeating: "ARRAY<", count: 1000) + "INT"
                + String(repeating: ">", count: 1000) + ") WITH (KAFKA_TOPIC='x', FORMAT='JSON');",
            "1:1556 the expression is nested more than 256 levels deep"),
    ]
}
