// SPDX-License-Identifier: Apache-2.0

extension OddProgram {
    static let names: [OddProgram] = [
        OddProgram(
            "quoted names of all kinds",
            """
            \(s)CREATE STREAM `größe €` WITH (KAFKA_TOPIC='o') AS SELECT id, v AS `select`, t AS \
            `a b`, d AS `ü``x` FROM s;
            """,
            "valid"),
        OddProgram(
            "a quoted name that is no topic", "\(s)CREATE STREAM `größe` AS SELECT id, v FROM s;",
            "2:15 größe is no name of a Kafka topic"),
        OddProgram(
            "names by case",
            """
            CREATE STREAM x (a INT, `a` INT, `A b` INT) WITH (KAFKA_TOPIC='x', FORMAT='JSON');
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "valid"),
        OddProgram(
            "a column twice",
            """
            CREATE STREAM x (a INT, `A` INT) WITH (KAFKA_TOPIC='x', FORMAT='JSON');
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "1:25 the column A is there twice"),
        OddProgram(
            "an alias twice", "\(s)CREATE STREAM o AS SELECT id, v AS x, t AS X FROM s;",
            "2:39 the column X is in the SELECT twice"),
        OddProgram(
            "an alias that swaps names", "\(s)CREATE STREAM o AS SELECT id, v AS t, t AS v FROM s;",
            "valid"),
        OddProgram(
            "columns called like functions and types",
            """
            CREATE STREAM x (count INT, sum INT, len STRING, date DATE, map INT, timestamp \
            BIGINT) WITH (KAFKA_TOPIC='x', FORMAT='JSON', TIMESTAMP='timestamp');
            CREATE STREAM o AS SELECT count, SUM + 1 AS sum, LEN(len) AS len, date, map FROM x; \
            CREATE STREAM p AS SELECT * FROM x;
            """,
            "valid"),
        OddProgram(
            "columns called like clauses",
            """
            CREATE STREAM x (value INT, key INT KEY, partition INT, offset INT, `group` INT, \
            order INT) WITH (KAFKA_TOPIC='x', FORMAT='JSON');
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "valid"),
        OddProgram(
            "a reserved word as a column",
            """
            CREATE STREAM x (from INT) WITH (KAFKA_TOPIC='x', FORMAT='JSON');
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "1:18 expected a column's name, found the reserved word FROM"),
        OddProgram(
            "a column called like a pseudo column",
            """
            CREATE STREAM x (windowstart INT) WITH (KAFKA_TOPIC='x', FORMAT='JSON');
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "1:18 WINDOWSTART is the name of a pseudo column"),
        OddProgram(
            "fields by case", "\(s)CREATE STREAM o AS SELECT id, STRUCT(a := 1, `a` := 2) AS x FROM s;",
            "valid"),
        OddProgram(
            "a field twice", "\(s)CREATE STREAM o AS SELECT id, STRUCT(a := 1, A := 2) AS x FROM s;",
            "2:46 the field A is there twice"),
        OddProgram(
            "three parts of a name", "\(s)CREATE STREAM o AS SELECT id, s.t.v FROM s;",
            "2:34 expected an operator, found ."),
        OddProgram(
            "a stream and a table of one name", "\(s)CREATE TABLE s AS SELECT id, COUNT(*) AS n FROM s GROUP BY id;",
            "2:14 there is a STREAM S already, from line 1"),
        OddProgram(
            "a name of 300 letters",
            "\(s)CREATE STREAM " + String(repeating: "o", count: 300) + " AS SELECT * FROM s;",
            "2:15 OOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOO… is no name of a Kafka topic"),
        OddProgram(
            "an unknown name, misspelt", "\(s)CREATE STREAM o AS SELECT id, tgas FROM s;",
            "2:31 unknown column TGAS"),
        OddProgram(
            "a lower-case name in quotes", "\(s)CREATE STREAM o AS SELECT id, `v` FROM s;",
            "2:31 unknown column v"),
    ]
}
