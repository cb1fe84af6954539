// SPDX-License-Identifier: Apache-2.0

extension OddProgram {
    static let numbers: [OddProgram] = [
        OddProgram(
            "a number beyond BIGINT", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE v < 9223372036854775808;",
            "2:50 9223372036854775808 is out of the range of BIGINT"),
        OddProgram(
            "the least BIGINT", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE v > -9223372036854775808;",
            "valid"),
        OddProgram(
            "forty digits with a point",
            """
            \(s)CREATE STREAM o AS SELECT id, v FROM s WHERE v < \
            1234567890123456789012345678901234567890.0;
            """,
            "2:50 1234567890123456789012345678901234567890… has more than 38 digits"),
        OddProgram(
            "beyond DOUBLE", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE d < 1e309;",
            "2:50 1E309 is out of the range of DOUBLE"),
        OddProgram(
            "points at the ends", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE d > .5 AND d < 5. AND d <> 1.5E-3;",
            "valid"),
        OddProgram(
            "two points", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE d > 1..2;",
            "2:52 expected ;, found .2"),
        OddProgram(
            "a number in hexadecimal", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE v = 0x1F;",
            "2:50 0x1F is neither a number nor a name"),
        OddProgram(
            "digits put apart", "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE v = 1_000;",
            "2:50 1_000 is neither a number nor a name"),
        OddProgram(
            "a number with a letter", "\(s)CREATE STREAM o AS SELECT id, v AS 1st FROM s;",
            "2:36 1st is neither a number nor a name"),
        OddProgram(
            "milliseconds of a month",
            "\(s)CREATE STREAM o AS SELECT id, v FROM s WHERE ROWTIME > 30 * 24 * 60 * 60 * 1000;",
            "2:74 this constant has no value: overflow"),
        OddProgram(
            "milliseconds of a month, as BIGINT",
            """
            \(s)CREATE STREAM o AS SELECT id, v FROM s WHERE ROWTIME > CAST(30 AS BIGINT) * 24 * \
            60 * 60 * 1000;
            """,
            "valid"),
    ]
}
