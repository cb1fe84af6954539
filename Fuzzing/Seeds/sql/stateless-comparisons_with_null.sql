CREATE STREAM s (k STRING KEY, a INT, b INT, x STRING, y STRING, l ARRAY<INT>, m ARRAY<INT>)
    WITH (KAFKA_TOPIC = 's', VALUE_FORMAT = 'JSON');
CREATE STREAM plain WITH (KAFKA_TOPIC = 'plain') AS SELECT k, a = b AS eq, a <> b AS ne, a < b AS lt, a <= b AS le,
    a > b AS gt, a >= b AS ge, a BETWEEN b AND 9 AS low, a BETWEEN 0 AND b AS high, a IN (b, 7) AS inside,
    x LIKE y AS liked, a IS DISTINCT FROM b AS differs, l = m AS lists, l <> m AS other_lists FROM s;
CREATE STREAM negated WITH (KAFKA_TOPIC = 'negated') AS SELECT k, NOT (a = b) AS eq, NOT (a <> b) AS ne,
    NOT (a < b) AS lt, NOT (a <= b) AS le, NOT (a > b) AS gt, NOT (a >= b) AS ge, a NOT BETWEEN b AND 9 AS low,
    a NOT BETWEEN 0 AND b AS high, a NOT IN (b, 7) AS outside, x NOT LIKE y AS liked,
    a IS NOT DISTINCT FROM b AS same, NOT (l = m) AS lists FROM s;
CREATE STREAM kept WITH (KAFKA_TOPIC = 'kept') AS SELECT k, a FROM s WHERE NOT (a = b) AND a NOT IN (b) AND NOT (x < y);
CREATE STREAM failing WITH (KAFKA_TOPIC = 'failing') AS SELECT k, a FROM s WHERE NOT (1 / b > 0);
CREATE TABLE groups WITH (KAFKA_TOPIC = 'groups') AS SELECT k, COUNT(*) AS n FROM s GROUP BY k HAVING NOT (MAX(b) > 1);