// SPDX-License-Identifier: Apache-2.0

extension OddProgram {
    static let windows: [OddProgram] = [
        OddProgram(
            "a size of zero",
            """
            \(s)CREATE TABLE o AS SELECT id, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 0 \
            SECONDS) GROUP BY id;
            """,
            "2:73 the size must be larger than zero"),
        OddProgram(
            "a size below zero",
            """
            \(s)CREATE TABLE o AS SELECT id, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE -1 \
            SECONDS) GROUP BY id;
            """,
            "2:73 expected the size, a whole number, found -"),
        OddProgram(
            "a size with a fraction",
            """
            \(s)CREATE TABLE o AS SELECT id, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1.5 \
            SECONDS) GROUP BY id;
            """,
            "2:73 expected the size, a whole number, found 1.5"),
        OddProgram(
            "a size without a unit",
            "\(s)CREATE TABLE o AS SELECT id, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 10) GROUP BY id;",
            "2:75 expected a unit of time, found )"),
        OddProgram(
            "a unit of windows that is none",
            """
            \(s)CREATE TABLE o AS SELECT id, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 \
            FORTNIGHT) GROUP BY id;
            """,
            "2:75 expected a unit of time, found FORTNIGHT"),
        OddProgram(
            "a size of a thousand millennia",
            """
            \(s)CREATE TABLE o AS SELECT id, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE \
            999999999999 DAYS) GROUP BY id;
            """,
            "2:73 the size is too large"),
        OddProgram(
            "a grace below zero",
            """
            \(s)CREATE TABLE o AS SELECT id, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 MINUTE, \
            GRACE PERIOD -1 SECONDS) GROUP BY id;
            """,
            "2:96 expected the grace period, a whole number, found -"),
        OddProgram(
            "a grace of zero",
            """
            \(s)CREATE TABLE o AS SELECT id, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 MINUTE, \
            GRACE PERIOD 0 SECONDS) GROUP BY id;
            """,
            "valid"),
        OddProgram(
            "two graces",
            """
            \(s)CREATE TABLE o AS SELECT id, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 MINUTE, \
            GRACE PERIOD 1 SECOND, GRACE PERIOD 2 SECONDS) GROUP BY id;
            """,
            "2:106 GRACE PERIOD is given twice"),
        OddProgram(
            "an advance larger than the size",
            """
            \(s)CREATE TABLE o AS SELECT id, COUNT(*) AS n FROM s WINDOW HOPPING (SIZE 1 MINUTE, \
            ADVANCE BY 2 MINUTES) GROUP BY id;
            """,
            "2:93 the advance of a hopping window must not be larger than its size"),
        OddProgram(
            "an advance of zero",
            """
            \(s)CREATE TABLE o AS SELECT id, COUNT(*) AS n FROM s WINDOW HOPPING (SIZE 1 MINUTE, \
            ADVANCE BY 0 MINUTES) GROUP BY id;
            """,
            "2:93 the advance must be larger than zero"),
        OddProgram(
            "no advance",
            """
            \(s)CREATE TABLE o AS SELECT id, COUNT(*) AS n FROM s WINDOW HOPPING (SIZE 1 MINUTE) \
            GROUP BY id;
            """,
            "2:80 expected ADVANCE BY, found )"),
        OddProgram(
            "a gap of zero",
            "\(s)CREATE TABLE o AS SELECT id, COUNT(*) AS n FROM s WINDOW SESSION (0 SECONDS) GROUP BY id;",
            "2:67 the gap must be larger than zero"),
        OddProgram(
            "a retention that is too short",
            """
            \(s)CREATE TABLE o AS SELECT id, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 HOUR, \
            RETENTION 1 MINUTE) GROUP BY id;
            """,
            "2:91 RETENTION is shorter than the window and its grace period"),
        OddProgram(
            "final without a window", "\(s)CREATE TABLE o AS SELECT id, COUNT(*) AS n FROM s  GROUP BY id EMIT FINAL;",
            "2:64 EMIT FINAL needs a WINDOW"),
        OddProgram(
            "a window without groups", "\(s)CREATE STREAM o AS SELECT * FROM s WINDOW TUMBLING (SIZE 1 DAY);",
            "2:43 WINDOW needs a GROUP BY"),
        OddProgram(
            "the window's start in WHERE",
            """
            \(s)CREATE TABLE o AS SELECT id, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 DAY) \
            WHERE WINDOWSTART > 0 GROUP BY id;
            """,
            "2:86 WINDOWSTART is not known here, because S has no windowed key"),
        OddProgram(
            "groups by their place", "\(s)CREATE TABLE o AS SELECT id, COUNT(*) AS n FROM s GROUP BY 1;",
            "2:60 what GROUP BY names must be in the SELECT"),
        OddProgram(
            "groups by an aggregate",
            "\(s)CREATE TABLE o AS SELECT COUNT(*) AS n, SUM(v) AS m FROM s GROUP BY COUNT(*);",
            "2:69 COUNT(*) is not allowed in GROUP BY"),
        OddProgram(
            "a column that is not grouped", "\(s)CREATE TABLE o AS SELECT id, v, COUNT(*) AS n FROM s  GROUP BY id;",
            "2:30 V is neither in GROUP BY nor inside an aggregate"),
        OddProgram(
            "an aggregate in an aggregate", "\(s)CREATE TABLE o AS SELECT id, SUM(COUNT(*)) AS n FROM s  GROUP BY id;",
            "2:34 COUNT(*) stands inside SUM, another aggregate"),
        OddProgram(
            "clauses out of order", "\(s)CREATE TABLE o AS SELECT id, COUNT(*) AS n FROM s GROUP BY id WHERE v > 1;",
            "2:63 WHERE is out of order"),
        OddProgram(
            "a stream of groups", "\(s)CREATE STREAM o AS SELECT id, COUNT(*) AS n FROM s GROUP BY id;",
            "2:15 the query makes a TABLE, not a STREAM"),
        OddProgram(
            "different values", "\(s)CREATE TABLE o AS SELECT id, COUNT(DISTINCT v) AS n FROM s  GROUP BY id;",
            "2:36 COUNT(DISTINCT …) is not supported yet"),
    ]
}
