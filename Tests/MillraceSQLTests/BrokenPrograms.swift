// SPDX-License-Identifier: Apache-2.0
import Testing

/// A program with a mistake. Line 1 and 2 of the text are `Fixtures.orders` and `Fixtures.users`.
struct BrokenProgram: CustomTestStringConvertible {
    let text: String
    let line: Int
    let column: Int
    let message: String
    let hint: String?

    init(_ text: String, _ line: Int, _ column: Int, _ message: String, hint: String? = nil) {
        self.text = text
        self.line = line
        self.column = column
        self.message = message
        self.hint = hint
    }

    var testDescription: String { text }

    static let lexical: [BrokenProgram] = [
        BrokenProgram("CREATE STREAM 'abc", 3, 15, "the string is not closed"),
        BrokenProgram("SET `abc", 3, 5, "the name in quotes is not closed"),
        BrokenProgram("/* abc\n* /", 3, 1, "the comment is not closed"),
        BrokenProgram("SET\n  'a' = #", 4, 9, "unexpected character #"),
        BrokenProgram("CREATE STREAM 1abc AS", 3, 15, "neither a number nor a name", hint: "quoted"),
        BrokenProgram("SET 'a' = ${x};", 3, 11, "the variable x is not defined"),
        BrokenProgram("CREATE STREAM größe AS", 3, 17, "unexpected character ö", hint: "quoted"),
        BrokenProgram("SET '' = ``;", 3, 10, "must not be empty"),
    ]

    static let refused: [BrokenProgram] = [
        BrokenProgram("DROP STREAM orders;", 3, 1, "DROP STREAM is not supported"),
        BrokenProgram("SHOW STREAMS;", 3, 1, "SHOW is not supported"),
        BrokenProgram(
            "CREATE TYPE t AS STRUCT<a INT>; CREATE TYPE t AS INT;", 3, 45, "there is a type T already"),
        BrokenProgram("CREATE TYPE string AS INT;", 3, 13, "STRING is a type of SQL"),
        BrokenProgram("DROP TYPE t;", 3, 11, "there is no type T"),
        BrokenProgram(
            "CREATE TYPE adress AS STRUCT<a INT>; CREATE STREAM q (a ADDRESS) WITH (KAFKA_TOPIC='q', FORMAT='JSON');",
            3, 57, "unknown type ADDRESS", hint: "ADRESS"),
        BrokenProgram("ASSERT TOPIC orders;", 3, 1, "ASSERT is not supported", hint: "doctor"),
        BrokenProgram("DEFINE a = 1;", 3, 12, "expected the variable's value in single quotes"),
        BrokenProgram("DEFINE a = 'x y'; UNDEFINE a; SET 'b' = '1'; CREATE STREAM ${a};", 3, 60, "is not defined"),
        BrokenProgram("CREATE STREAM o AS SELECT ${a FROM orders;", 3, 27, "the name of the variable is not closed"),
        BrokenProgram("CREATE SINK CONNECTOR c WITH ();", 3, 8, "CREATE SINK CONNECTOR is not supported"),
        BrokenProgram("INSERT INTO orders VALUES (1);", 3, 20, "INSERT INTO … VALUES is not supported"),
        BrokenProgram("SELECT * FROM orders;", 3, 1, "SELECT on its own", hint: "CREATE STREAM"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT * FROM orders a\n FULL JOIN users b ON a.x = b.y;", 4, 2,
            "a stream is joined with a table by JOIN or LEFT JOIN"
        ),
        BrokenProgram("CREATE STREAM o AS SELECT * FROM orders LIMIT 3;", 3, 41, "LIMIT is not supported"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, EXPLODE(id) AS t FROM orders;", 3, 39, "EXPLODE does not take"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, EXPLODE(tags, 1) AS t FROM orders;", 3, 31, "takes one argument",
            hint: "EXPLODE(array)"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, EXPLODE(NULL) AS t FROM orders;", 3, 39, "EXPLODE does not take NULL"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, EXPLOD(tags) AS t FROM orders;", 3, 31, "unknown function",
            hint: "EXPLODE"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, REDUCE(props, 1, (a, b) => a) AS t FROM orders;", 3, 48,
            "has 3 parameters, not 2"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, FILTER(tags, x => UCASE(x)) AS t FROM orders;", 3, 44, "must be BOOLEAN"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, FILTER(id, x => true) AS t FROM orders;", 3, 38, "takes an ARRAY or a MAP"),
        BrokenProgram("CREATE STREAM o AS SELECT id, FILTER(tags, true) AS t FROM orders;", 3, 44, "needs a lambda"),
        BrokenProgram("CREATE STREAM o AS SELECT id, FILTER(tags) AS t FROM orders;", 3, 31, "takes 2 arguments"),
        BrokenProgram("CREATE STREAM o AS SELECT id, LEN(x => 'a') AS t FROM orders;", 3, 35, "a lambda is no value"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, TRANSFORM(tags, (x, x) => x) AS t FROM orders;", 3, 47,
            "1 parameter, not 2"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, TRANSFORM(props, (k, k) => k, (k, v) => v) AS t FROM orders;", 3, 52,
            "the parameter K is there twice"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, TRANSFORM(props, (k, v) => ARRAY[v], (k, v) => v) AS t FROM orders;", 3, 48,
            "the key of a MAP"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, TRANSFORM(tags, x => y) AS t FROM orders;", 3, 52, "unknown column Y"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, REDUCE(tags, NULL, (s, x) => s) AS t FROM orders;", 3, 44, "is NULL"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, REDUCE(tags, 1, (s, x) => x) AS t FROM orders;", 3, 47,
            "gives STRING, but the state is INTEGER"),
        BrokenProgram("CREATE STREAM o AS SELECT id, FILTER(tags, f(x) => x) AS t FROM orders;", 3, 44, "are names"),
        BrokenProgram(
            "CREATE TABLE o AS SELECT id, TRANSFORM(COLLECT_LIST(ok), y => SUM(y)) AS t FROM orders GROUP BY id;",
            3, 63,
            "stands inside a lambda"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, TRANSFORM(tags, x => UUID()) AS t FROM orders;", 3, 52, "inside a lambda"),
        BrokenProgram(
            "CREATE TABLE o AS SELECT id, RANDOM() AS t FROM orders GROUP BY id;", 3, 30, "of a group has no one record"
        ),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, region FROM orders; INSERT INTO o SELECT id, region FROM orders;\n"
                + "CREATE STREAM p AS SELECT id, UUID() AS u FROM o;", 4, 31, "has no record of its own"),
        BrokenProgram(
            "CREATE TABLE o AS SELECT id, COUNT(*) AS n FROM orders GROUP BY id;\n"
                + "CREATE TABLE p AS SELECT id, UUID() AS u FROM o;", 4, 30, "has no record of its own"),
        BrokenProgram("CREATE STREAM o AS SELECT id, UNIX_DATE() AS t FROM orders;", 3, 31, "the time of the clock"),
        BrokenProgram("CREATE STREAM o AS SELECT id FROM orders WHERE id == 1;", 3, 51, "== is no operator"),
        BrokenProgram("CREATE STREAM o AS SELECT id::STRING AS t FROM orders;", 3, 29, ":: is no operator"),
        BrokenProgram("CREATE STREAM o AS SELECT id, UPPER(region) AS t FROM orders;", 3, 31, "UPPER", hint: "UCASE"),
        BrokenProgram("CREATE STREAM o AS SELECT id, NOW() AS t FROM orders;", 3, 31, "NOW", hint: "ROWTIME"),
        BrokenProgram("CREATE STREAM o AS SELECT DISTINCT id FROM orders;", 3, 27, "SELECT DISTINCT is not supported"),
        BrokenProgram("CREATE STREAM o AS SELECT * FROM (SELECT 1);", 3, 34, "a subquery is not supported"),
        BrokenProgram("CREATE STREAM o AS SELECT id, tags->* FROM orders;", 3, 35, "-> needs a STRUCT"),
        BrokenProgram("CREATE STREAM o AS SELECT id, item->* AS x FROM orders;", 3, 42, "->* has no one name"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id FROM orders WHERE item->* = 1;", 3, 52, "only in the list of SELECT"),
        BrokenProgram("INSERT INTO orders (id) VALUES (1);", 3, 20, "INSERT INTO … VALUES is not supported"),
        BrokenProgram(
            "CREATE TABLE t AS SELECT age, COUNT(*) FROM users GROUP BY age;", 3, 60, "GROUP BY over a table"),
        BrokenProgram(
            "CREATE STREAM o WITH (VALUE_FORMAT='AVRO') AS SELECT * FROM orders;", 3, 1,
            "AVRO needs a schema registry"),
        BrokenProgram(
            "CREATE STREAM o WITH (VALUE_SCHEMA_ID=1) AS SELECT * FROM orders;", 3, 23,
            "VALUE_SCHEMA_ID is for formats with a schema registry, not JSON"),
    ]

    static let syntax: [BrokenProgram] = [
        BrokenProgram("", 3, 1, "the program has no query"),
        BrokenProgram("CREAT STREAM o;", 3, 1, "expected a statement", hint: "CREATE"),
        BrokenProgram("CREATE STREM o;", 3, 8, "expected STREAM or TABLE", hint: "STREAM"),
        BrokenProgram("CREATE STREAM o AS SELECT id FORM orders;", 3, 35, "expected , or FROM"),
        BrokenProgram("CREATE STREAM o AS SELECT id, FROM orders;", 3, 31, "expected an expression"),
        BrokenProgram("CREATE STREAM o AS SELECT id FROM orders WHERE;", 3, 47, "expected an expression, found ;"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id FROM orders GROUP BY id WHERE ok;", 3, 54, "WHERE is out of order",
            hint: "order is"),
        BrokenProgram("CREATE STREAM o AS SELECT id FROM orders WHERE a = b = c;", 3, 54, "cannot be chained"),
        BrokenProgram("CREATE STREAM o AS SELECT (id FROM orders;", 3, 31, "expected ), found FROM"),
        BrokenProgram(
            "CREATE STREAM s (a INTEGR) WITH (kafka_topic='t');", 3, 20, "unknown type INTEGR", hint: "INTEGER"),
        BrokenProgram("CREATE STREAM s (a DECIMAL(39, 0));", 3, 28, "precision of a DECIMAL must be between 1 and 38"),
        BrokenProgram("CREATE STREAM s (a DECIMAL(3, 4));", 3, 31, "scale of a DECIMAL must be between 0 and 3"),
        BrokenProgram("CREATE STREAM s (select INT);", 3, 18, "reserved word SELECT", hint: "`SELECT`"),
        BrokenProgram("CREATE STREAM s WITH (kafka_topic='t');", 3, 15, "has no column list"),
        BrokenProgram("CREATE STREAM s (a INT) WITH (kafka_topic=);", 3, 43, "expected a value"),
        BrokenProgram(
            "CREATE TABLE t AS SELECT id FROM orders WINDOW TUMBLNG (SIZE 1 DAY);", 3, 48, "expected TUMBLING",
            hint: "TUMBLING"),
        BrokenProgram(
            "CREATE TABLE t AS SELECT id FROM orders WINDOW TUMBLING (SIZE 1 DAI);", 3, 65, "a unit of time",
            hint: "DAYS"),
        BrokenProgram(
            "CREATE TABLE t AS SELECT id FROM orders WINDOW TUMBLING (SIZE 0 DAYS);", 3, 63, "larger than zero"),
        BrokenProgram(
            "CREATE TABLE t AS SELECT id FROM orders WINDOW SESSION (9999999999999999999 DAYS);", 3, 57, "too large"),
        BrokenProgram(
            "CREATE TABLE t AS SELECT id FROM orders WINDOW HOPPING (SIZE 1 DAY, ADVANCE BY 2 DAYS);", 3, 80,
            "must not be larger than its size"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id FROM orders EMIT CHANGE;", 3, 47, "expected CHANGES or FINAL", hint: "CHANGES"
        ),
        BrokenProgram("CREATE STREAM o AS SELECT CASE id END FROM orders;", 3, 35, "expected WHEN"),
        BrokenProgram("CREATE STREAM o AS SELECT SUM(*) FROM orders;", 3, 31, "only COUNT takes *"),
    ]

    static let names: [BrokenProgram] = [
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, amuont FROM orders;", 3, 31, "unknown column AMUONT", hint: "AMOUNT"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, `amount` FROM orders;", 3, 31, "unknown column amount", hint: "`AMOUNT`"),
        BrokenProgram("CREATE STREAM o AS SELECT * FROM ordres;", 3, 34, "unknown source ORDRES", hint: "ORDERS"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT orders.id FROM orders o;", 3, 27, "unknown source ORDERS", hint: "called O"),
        BrokenProgram("CREATE STREAM o AS SELECT id, item->skew FROM orders;", 3, 37, "unknown field SKEW"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, UCAS(region) AS x FROM orders;", 3, 31, "unknown function UCAS",
            hint: "UCASE"),
        BrokenProgram("CREATE STREAM o AS SELECT id, WINDOWSTART AS x FROM orders;", 3, 31, "WINDOWSTART is not known"),
        BrokenProgram("CREATE STREAM o AS SELECT id, ROWTIME FROM orders;", 3, 31, "ROWTIME needs an alias"),
        BrokenProgram("CREATE STREAM o AS SELECT id, ok AS ROWTIME FROM orders;", 3, 37, "pseudo column"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, ok, id + 1 AS ok FROM orders;", 3, 35, "OK is in the SELECT twice"),
        BrokenProgram("CREATE STREAM orders AS SELECT * FROM orders;", 3, 15, "there is a STREAM ORDERS already"),
        BrokenProgram("CREATE STREAM s (a INT, a INT) WITH (kafka_topic='t');", 3, 25, "the column A is there twice"),
        BrokenProgram("CREATE STREAM s (rowtime INT) WITH (kafka_topic='t');", 3, 18, "pseudo column"),
        BrokenProgram(
            "CREATE STREAM o WITH (KAFKA_TOPI='x') AS SELECT * FROM orders;", 3, 23, "unknown property KAFKA_TOPI",
            hint: "KAFKA_TOPIC"),
        BrokenProgram(
            "CREATE STREAM o WITH (FORMAT='JSN') AS SELECT * FROM orders;", 3, 30, "unknown format 'JSN'",
            hint: "JSON"),
        BrokenProgram(
            "CREATE STREAM o WITH (PARTITIONS=1, partitions=2) AS SELECT * FROM orders;", 3, 37, "given twice"),
        BrokenProgram(
            "CREATE STREAM o WITH (KAFKA_TOPIC='a/b') AS SELECT * FROM orders;", 3, 35, "no name of a Kafka topic"),
        BrokenProgram(
            "CREATE STREAM o WITH (WINDOW_TYPE='SESSION') AS SELECT * FROM orders;", 3, 23, "not allowed here"),
        BrokenProgram(
            "CREATE STREAM o WITH (TIMESTAMP='OKK') AS SELECT id, ok FROM orders;", 3, 33, "unknown column OKK",
            hint: "OK"),
    ]

    static let types: [BrokenProgram] = [
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, region + 1 AS x FROM orders;", 3, 38,
            "+ takes numbers, or two texts, not STRING and INTEGER"),
        BrokenProgram("CREATE STREAM o AS SELECT id, region || 1 AS x FROM orders;", 3, 38, "|| takes two texts"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id FROM orders WHERE region = 5;", 3, 55, "cannot compare STRING with INTEGER",
            hint: "CAST"),
        BrokenProgram("CREATE STREAM o AS SELECT id FROM orders WHERE amount = 'x1';", 3, 57, "'x1' is no BIGINT"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id FROM orders WHERE ok > false;", 3, 51, "> does not compare BOOLEAN"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id FROM orders WHERE amount;", 3, 48, "WHERE must be BOOLEAN, not BIGINT"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id FROM orders WHERE ok AND id;", 3, 55, "an operand of AND must be BOOLEAN"),
        BrokenProgram("CREATE STREAM o AS SELECT id, -region AS x FROM orders;", 3, 31, "minus needs a number"),
        BrokenProgram("CREATE STREAM o AS SELECT id, id[1] AS x FROM orders;", 3, 33, "needs an ARRAY or a MAP"),
        BrokenProgram("CREATE STREAM o AS SELECT id, tags['a'] AS x FROM orders;", 3, 36, "must be a whole number"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, props[1] AS x FROM orders;", 3, 37, "the key of this MAP is STRING"),
        BrokenProgram("CREATE STREAM o AS SELECT id, region->x AS x FROM orders;", 3, 39, "-> needs a STRUCT"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, UCASE(id) AS x FROM orders;", 3, 31, "UCASE does not take (INTEGER)",
            hint: "UCASE(text)"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, CASE WHEN ok THEN 1 ELSE tags END AS x FROM orders;", 3, 56,
            "CASE mixes INTEGER and ARRAY<STRING>"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, CAST(tags AS INT) AS x FROM orders;", 3, 31,
            "cannot cast ARRAY<STRING> to INTEGER"),
        BrokenProgram("CREATE STREAM o AS SELECT id, ARRAY[NULL] AS x FROM orders;", 3, 37, "nothing but NULL"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, 99999999999999999999 AS x FROM orders;", 3, 31,
            "out of the "
                + "range of BIGINT"),
        BrokenProgram("CREATE STREAM o AS SELECT id, 1e999 AS x FROM orders;", 3, 31, "out of the range of DOUBLE"),
        BrokenProgram("CREATE STREAM o AS SELECT id FROM orders WHERE id LIKE 'a';", 3, 48, "LIKE takes texts"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id FROM orders WHERE region LIKE 'a' ESCAPE 'xy';", 3, 71,
            "exactly one character"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, MAP(1 := 2) AS x FROM orders;", 3, 31, "keys of a MAP must be STRING"),
    ]

    static let queries: [BrokenProgram] = [
        BrokenProgram(
            "CREATE TABLE t AS SELECT region, amount, COUNT(*) AS n FROM orders GROUP BY region;", 3, 34,
            "AMOUNT is neither in GROUP BY", hint: "LATEST_BY_OFFSET"),
        BrokenProgram(
            "CREATE TABLE t AS SELECT region, SUM(amount) + id AS n FROM orders GROUP BY region;", 3, 48,
            "ID is neither in GROUP BY"),
        BrokenProgram(
            "CREATE TABLE t AS SELECT COUNT(*) AS n FROM orders GROUP BY region;", 3, 61, "must be in the SELECT"),
        BrokenProgram(
            "CREATE TABLE t AS SELECT region, region AS r, COUNT(*) AS n FROM orders GROUP BY region;", 3, 34,
            "in the SELECT twice", hint: "AS_VALUE"),
        BrokenProgram(
            "CREATE TABLE t AS SELECT id, region, COUNT(*) AS n FROM orders GROUP BY id, region;", 3, 30,
            "KAFKA holds one column", hint: "KEY_FORMAT"),
        BrokenProgram(
            "CREATE TABLE t AS SELECT region, COUNT(SUM(id)) AS n FROM orders GROUP BY region;", 3, 40, "inside COUNT"),
        BrokenProgram(
            "CREATE TABLE t AS SELECT region FROM orders GROUP BY region;", 3, 54, "GROUP BY needs an aggregate"),
        BrokenProgram(
            "CREATE TABLE t AS SELECT region, COUNT(*) AS n FROM orders WHERE COUNT(*) > 1 GROUP BY region;", 3, 66,
            "not allowed in WHERE", hint: "HAVING"),
        BrokenProgram("CREATE STREAM o AS SELECT id, COUNT(*) AS n FROM orders;", 3, 31, "COUNT(*) needs a GROUP BY"),
        BrokenProgram(
            "CREATE TABLE t AS SELECT region, SUM(ok) AS n FROM orders GROUP BY region;", 3, 38,
            "SUM does not take BOOLEAN"),
        BrokenProgram(
            "CREATE TABLE t AS SELECT region, TOPK(id, amount) AS n FROM orders GROUP BY region;", 3, 43,
            "needs a constant"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT region, COUNT(*) AS n FROM orders GROUP BY region;", 3, 15, "makes a TABLE",
            hint: "CREATE TABLE O"),
        BrokenProgram("CREATE TABLE t AS SELECT * FROM orders;", 3, 14, "makes a STREAM"),
        BrokenProgram("CREATE STREAM o AS SELECT id FROM orders HAVING ok;", 3, 42, "HAVING needs a GROUP BY"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT * FROM orders WINDOW SESSION (1 DAY);", 3, 48, "WINDOW needs a GROUP BY"),
        BrokenProgram(
            "CREATE TABLE t AS SELECT id, COUNT(*) FROM orders GROUP BY id EMIT FINAL;", 3, 63,
            "EMIT FINAL needs a WINDOW"),
        BrokenProgram(
            "CREATE TABLE t AS SELECT id, COUNT(*) FROM orders WINDOW SESSION (1 DAY, RETENTION 1 HOUR) GROUP BY id;",
            3, 84, "RETENTION is shorter"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT amount FROM orders;", 3, 20, "the key column ID of ORDERS must be in the SELECT",
            hint: "PARTITION BY NULL"),
        BrokenProgram("CREATE STREAM o AS SELECT id FROM orders;", 3, 15, "no value column", hint: "AS_VALUE"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT id, ok FROM orders PARTITION BY region;", 3, 59, "must be in the SELECT"),
        BrokenProgram("CREATE TABLE t AS SELECT * FROM users PARTITION BY name;", 3, 39, "only for streams"),
        BrokenProgram(
            "CREATE STREAM o WITH (KEY_FORMAT='JSON') AS SELECT ok FROM orders PARTITION BY NULL;", 3, 23,
            "has no key"),
        BrokenProgram(
            "CREATE STREAM o WITH (VALUE_FORMAT='DELIMITED') AS SELECT id, tags FROM orders;", 3, 63,
            "DELIMITED cannot hold TAGS"),
        BrokenProgram(
            "CREATE STREAM o WITH (VALUE_FORMAT='KAFKA') AS SELECT id, ok FROM orders;", 3, 59, "KAFKA cannot hold OK"),
        BrokenProgram(
            "CREATE STREAM o WITH (WRAP_SINGLE_VALUE=true) AS SELECT id, ok, region FROM orders;", 3, 23,
            "single value column"),
        BrokenProgram(
            "CREATE STREAM o WITH (KAFKA_TOPIC='orders') AS SELECT * FROM orders;", 3, 35,
            "the topic that it is read from"),
    ]

    static let sources: [BrokenProgram] = [
        BrokenProgram(
            "CREATE TABLE t (a INT, b INT) WITH (kafka_topic='t', format='json');", 3, 14, "has no PRIMARY KEY",
            hint: "A INTEGER PRIMARY KEY"),
        BrokenProgram(
            "CREATE TABLE t (a INT KEY) WITH (kafka_topic='t', format='json');", 3, 23, "PRIMARY KEY, not a KEY"),
        BrokenProgram(
            "CREATE STREAM s (a INT PRIMARY KEY) WITH (kafka_topic='t');", 3, 24, "a stream has no PRIMARY KEY"),
        BrokenProgram("CREATE STREAM s (a INT) WITH (format='json');", 3, 15, "needs KAFKA_TOPIC"),
        BrokenProgram("CREATE STREAM s (a INT) WITH (kafka_topic='t');", 3, 15, "needs VALUE_FORMAT"),
        BrokenProgram("CREATE STREAM s (a INT KEY) WITH (kafka_topic='t', format='json');", 3, 15, "no value column"),
        BrokenProgram(
            "CREATE STREAM s (a INT, h INT HEADERS) WITH (kafka_topic='t', format='json');", 3, 27,
            "HEADERS column must be"),
        BrokenProgram(
            "CREATE STREAM s (a INT) WITH (kafka_topic='t', format='json', window_type='SESSION');", 3, 63,
            "needs a key column"),
        BrokenProgram(
            "CREATE STREAM s (k INT KEY, a INT) WITH (kafka_topic='t', format='json', window_type='TUMBLING');", 3, 74,
            "needs WINDOW_SIZE"),
        BrokenProgram(
            "CREATE STREAM s (a STRING) WITH (kafka_topic='t', format='json', timestamp='a');", 3, 76,
            "needs TIMESTAMP_FORMAT"),
        BrokenProgram(
            "CREATE STREAM s (a INT) WITH (kafka_topic='t', value_format='json', value_delimiter='|');", 3, 69,
            "only for the format DELIMITED"),
        BrokenProgram(
            "CREATE STREAM s (a INT) WITH (kafka_topic='t', format='json', partitions=0);", 3, 74,
            "must be a whole number from 1"),
        BrokenProgram("INSERT INTO users SELECT * FROM orders;", 3, 13, "USERS is a table"),
        BrokenProgram("INSERT INTO orders SELECT * FROM orders;", 3, 13, "read what it writes"),
        BrokenProgram(
            "CREATE STREAM s (id INT KEY, x INT) WITH (kafka_topic='t', format='json');\n"
                + "INSERT INTO s SELECT id, amount AS x FROM orders;",
            4, 26, "X is BIGINT, but in S it is INTEGER", hint: "CAST"),
        BrokenProgram(
            "CREATE STREAM s (id INT KEY, x INT) WITH (kafka_topic='t', format='json');\n"
                + "INSERT INTO s SELECT id, id + 1 AS y FROM orders;",
            4, 26, "the value column Y stands where S has X"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT * FROM orders; CREATE STREAM p AS SELECT * FROM o;\n"
                + "INSERT INTO o SELECT * FROM p;",
            4, 13, "P is made by CSAS_P_2 from O", hint: "round for ever"),
        BrokenProgram(
            "INSERT INTO p SELECT * FROM q; CREATE STREAM p AS SELECT * FROM orders;\n"
                + "CREATE STREAM q AS SELECT * FROM orders; INSERT INTO q SELECT * FROM p;",
            4, 54, "P is made by CSAS_P_2 from Q"),
        BrokenProgram(
            "CREATE SOURCE STREAM s (id INT KEY, x INT) WITH (kafka_topic='t', format='json');\n"
                + "INSERT INTO s SELECT id, 1 AS x FROM orders;",
            4, 13, "S is a SOURCE stream, which is only read", hint: "without SOURCE (line 3)"),
        BrokenProgram(
            "CREATE SOURCE STREAM s AS SELECT * FROM orders;", 3, 8, "not the result of a query",
            hint: "leave out SOURCE"
        ),
        BrokenProgram(
            "CREATE STREAM o AS SELECT * FROM orders;\n"
                + "CREATE STREAM p WITH (KAFKA_TOPIC='orders') AS SELECT * FROM o;",
            4, 35, "the topic that it is read from"),
        BrokenProgram(
            "CREATE STREAM s (a INT) WITH (kafka_topic='t', format='kafka', wrap_single_value=true);", 3, 82,
            "KAFKA cannot wrap a single value", hint: "say false"),
        BrokenProgram(
            "CREATE STREAM s (a INT, b INT) WITH (kafka_topic='t', format='delimited', wrap_single_value=false);", 3,
            75,
            "single value column"),
        BrokenProgram(
            "CREATE OR REPLACE TABLE orders (k INT PRIMARY KEY, v INT) WITH (kafka_topic='t', format='json');", 3, 25,
            "ORDERS is a STREAM, from line 1; OR REPLACE cannot make a TABLE of it"),
        BrokenProgram(
            "CREATE OR REPLACE STREAM orders (id INT KEY, v INT) WITH (kafka_topic='t', format='json');\n"
                + "CREATE STREAM o AS SELECT id, amount FROM orders;",
            4, 31, "unknown column AMOUNT"),
        BrokenProgram(
            "CREATE STREAM o AS SELECT * FROM late;\n"
                + "CREATE STREAM late (a INT) WITH (kafka_topic='t', format='json');",
            3, 34, "unknown source LATE", hint: "made below, in line 4"),
        BrokenProgram(
            "SET 'ksql.persistence.default.format.value'='JSN';", 3, 5, "unknown format 'JSN'", hint: "JSON"),
        BrokenProgram(
            "SET 'ksql.persistence.default.format.value'='NONE';", 3, 5, "NONE is only for keys"),
        BrokenProgram(
            "SET 'ksql.persistence.default.format.key'='NONE';\n"
                + "CREATE STREAM s (a INT KEY, b INT) WITH (kafka_topic='t', value_format='json');",
            4, 15, "the default key format is NONE, but S has a key"),
        BrokenProgram("SET 'ksql.persistence.wrap.single.values'='maybe';", 3, 5, "true or false"),
        BrokenProgram(
            "CREATE STREAM s (id INT KEY, x INT) WITH (kafka_topic='t', format='json');\n"
                + "INSERT INTO s WITH (QUERY_ID='a b') SELECT id, 1 AS x FROM orders;",
            4, 30, "QUERY_ID takes letters"),
    ]
}
