// SPDX-License-Identifier: Apache-2.0

extension OddProgram {
    static let declarations: [OddProgram] = [
        OddProgram(
            "no WITH",
            """
            CREATE STREAM x (a INT);
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "1:15 X needs KAFKA_TOPIC"),
        OddProgram(
            "no columns", "\(s)CREATE STREAM x () WITH (KAFKA_TOPIC='x', FORMAT='JSON');",
            "2:18 expected a column's name, found )"),
        OddProgram(
            "a comma too many",
            """
            CREATE STREAM x (a INT,) WITH (KAFKA_TOPIC='x', FORMAT='JSON');
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "1:24 expected a column's name, found )"),
        OddProgram(
            "a property that is misspelt",
            """
            CREATE STREAM x (a INT) WITH (KAFKA_TOPIC='x', VALUEFORMAT='JSON');
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "1:48 unknown property VALUEFORMAT"),
        OddProgram(
            "a property twice",
            """
            CREATE STREAM x (a INT) WITH (KAFKA_TOPIC='x', kafka_topic='y', FORMAT='JSON');
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "1:48 KAFKA_TOPIC is given twice"),
        OddProgram(
            "two formats",
            """
            CREATE STREAM x (a INT) WITH (KAFKA_TOPIC='x', FORMAT='JSON', VALUE_FORMAT='JSON');
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "1:48 FORMAT and VALUE_FORMAT exclude each other"),
        OddProgram(
            "a format that is none",
            """
            CREATE STREAM x (a INT) WITH (KAFKA_TOPIC='x', FORMAT='JASON');
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "1:55 unknown format 'JASON'"),
        OddProgram(
            "a topic without a name",
            """
            CREATE STREAM x (a INT) WITH (KAFKA_TOPIC='', FORMAT='JSON');
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "1:43 KAFKA_TOPIC must be a text in single quotes"),
        OddProgram(
            "a number for a topic",
            """
            CREATE STREAM x (a INT) WITH (KAFKA_TOPIC=5, FORMAT='JSON');
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "1:43 KAFKA_TOPIC must be a text in single quotes"),
        OddProgram(
            "no partitions",
            """
            CREATE STREAM x (a INT) WITH (KAFKA_TOPIC='x', FORMAT='JSON', PARTITIONS=0);
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "1:74 PARTITIONS must be a whole number from 1 to 1000000"),
        OddProgram(
            "partitions that are no number",
            """
            CREATE STREAM x (a INT) WITH (KAFKA_TOPIC='x', FORMAT='JSON', PARTITIONS='four');
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "1:74 PARTITIONS must be a whole number from 1 to 1000000"),
        OddProgram(
            "a retention of -2",
            """
            CREATE STREAM x (a INT) WITH (KAFKA_TOPIC='x', FORMAT='JSON', RETENTION_MS=-2);
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "1:76 RETENTION_MS must be a whole number from -1 on"),
        OddProgram(
            "a delimiter for JSON",
            """
            CREATE STREAM x (a INT) WITH (KAFKA_TOPIC='x', FORMAT='JSON', VALUE_DELIMITER='|');
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "1:63 VALUE_DELIMITER is only for the format DELIMITED, not JSON"),
        OddProgram(
            "a delimiter of two characters",
            """
            CREATE STREAM x (a INT, b INT) WITH (KAFKA_TOPIC='x', FORMAT='DELIMITED', \
            VALUE_DELIMITER='||');
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "1:91 VALUE_DELIMITER must be one ASCII character, SPACE or TAB"),
        OddProgram(
            "a time that is a BOOLEAN",
            """
            CREATE STREAM x (a BOOLEAN, b INT) WITH (KAFKA_TOPIC='x', FORMAT='JSON', TIMESTAMP='a');
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "1:84 TIMESTAMP needs a BIGINT, TIMESTAMP or STRING column, not BOOLEAN"),
        OddProgram(
            "a time in no column",
            """
            CREATE STREAM x (a INT) WITH (KAFKA_TOPIC='x', FORMAT='JSON', TIMESTAMP='at');
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "1:73 TIMESTAMP: unknown column AT"),
        OddProgram(
            "a pattern for a number",
            """
            CREATE STREAM x (a BIGINT, b INT) WITH (KAFKA_TOPIC='x', FORMAT='JSON', \
            TIMESTAMP='a', TIMESTAMP_FORMAT='yyyy');
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "1:105 TIMESTAMP_FORMAT of the number A is a unit, not a pattern"),
        OddProgram(
            "a pattern that is none",
            """
            CREATE STREAM x (a STRING, b INT) WITH (KAFKA_TOPIC='x', FORMAT='JSON', \
            TIMESTAMP='a', TIMESTAMP_FORMAT='yyyy-MM-ddTHH:mm');
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "1:105 TIMESTAMP_FORMAT: the pattern 'yyyy-MM-ddTHH:mm' cannot be used: T is not supported in patterns"),
        OddProgram(
            "an array in DELIMITED",
            """
            CREATE STREAM x (a ARRAY<INT>, b INT) WITH (KAFKA_TOPIC='x', FORMAT='DELIMITED');
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "1:18 the value format DELIMITED cannot hold A, which is ARRAY<INTEGER>"),
        OddProgram(
            "two columns in KAFKA",
            """
            CREATE STREAM x (a INT, b INT) WITH (KAFKA_TOPIC='x', FORMAT='KAFKA');
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "1:62 the value format KAFKA holds one column; X has 2 in its value"),
        OddProgram(
            "a map by numbers in JSON",
            """
            CREATE STREAM x (a MAP<INT, INT>, b INT) WITH (KAFKA_TOPIC='x', FORMAT='JSON');
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "1:18 in JSON the keys of a MAP must be STRING, not as in A"),
        OddProgram(
            "a type of another language",
            """
            CREATE STREAM x (a FLOAT, b INT) WITH (KAFKA_TOPIC='x', FORMAT='JSON');
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "1:20 unknown type FLOAT"),
        OddProgram(
            "more scale than precision",
            """
            CREATE STREAM x (a DECIMAL(2, 3), b INT) WITH (KAFKA_TOPIC='x', FORMAT='JSON');
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "1:31 the scale of a DECIMAL must be between 0 and 2"),
        OddProgram(
            "a text with a length",
            """
            CREATE STREAM x (a VARCHAR(10), b INT) WITH (KAFKA_TOPIC='x', FORMAT='JSON');
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "valid"),
        OddProgram(
            "a window's size of zero",
            """
            CREATE STREAM x (k INT KEY, a INT) WITH (KAFKA_TOPIC='x', FORMAT='JSON', \
            WINDOW_TYPE='TUMBLING', WINDOW_SIZE='0 SECONDS');
            CREATE STREAM o AS SELECT * FROM x;
            """,
            "1:110 WINDOW_SIZE must be a number and a unit"),
        OddProgram(
            "a table without a key",
            """
            CREATE TABLE x (a INT, b INT) WITH (KAFKA_TOPIC='x', FORMAT='JSON');
            CREATE TABLE o AS SELECT * FROM x;
            """,
            "1:14 the table X has no PRIMARY KEY"),
    ]
}
