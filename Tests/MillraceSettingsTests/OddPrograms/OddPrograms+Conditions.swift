// SPDX-License-Identifier: Apache-2.0

extension OddProgram {
    static let conditions: [OddProgram] = [
        OddProgram(
            "equal to NULL", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE t = NULL;",
            "2:50 = NULL is never true"),
        OddProgram(
            "not equal to NULL", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE NULL <> v;",
            "2:46 <> NULL is never true"),
        OddProgram(
            "distinct from NULL", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE t IS DISTINCT FROM NULL;",
            "valid"),
        OddProgram(
            "never true", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE FALSE;",
            "2:46 WHERE is never true, so that there would be no result"),
        OddProgram(
            "never true, by constants", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE v > 1 AND 1 = 2;",
            "2:46 WHERE is never true, so that there would be no result"),
        OddProgram(
            "always true, by constants", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE 1 = 1 AND v > 1;",
            "valid"),
        OddProgram(
            "two equals signs", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE v == 1;",
            "2:48 == is no operator"),
        OddProgram(
            "a chain of comparisons", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE 1 < v < 3;",
            "2:52 comparisons cannot be chained"),
        OddProgram(
            "a number as a condition", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE v;",
            "2:46 WHERE must be BOOLEAN, not INTEGER"),
        OddProgram(
            "a text against a number", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE t > 5;",
            "2:48 cannot compare STRING with INTEGER"),
        OddProgram(
            "a text that is a number against one", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE v > '5';",
            "valid"),
        OddProgram(
            "a text that is none against a number", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE v > 'five';",
            "2:50 'five' is no INTEGER"),
        OddProgram(
            "LIKE of a number", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE v LIKE '1%';",
            "2:46 LIKE takes texts, not INTEGER"),
        OddProgram(
            "an escape of two characters", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE t LIKE 'a!%' ESCAPE '!!';",
            "2:66 ESCAPE takes exactly one character"),
        OddProgram(
            "BETWEEN the wrong way", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE v BETWEEN 'a' AND 3;",
            "2:56 'a' is no INTEGER"),
        OddProgram(
            "IN of several types", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE v IN (1, '2', 'x');",
            "2:60 'x' is no INTEGER"),
        OddProgram(
            "IN of nothing", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE v IN ();",
            "2:52 expected an expression, found )"),
        OddProgram(
            "NOT before a number", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE NOT v;",
            "2:50 an operand of NOT must be BOOLEAN, not INTEGER"),
        OddProgram(
            "a time that is none", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE ts > '2026-13-01T00:00:00';",
            "2:51 '2026-13-01T00:00:00' is no TIMESTAMP"),
        OddProgram(
            "a date literal that is none", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE day > DATE '2026-02-31x';",
            "2:57 '2026-02-31x' is no DATE"),
    ]
}
