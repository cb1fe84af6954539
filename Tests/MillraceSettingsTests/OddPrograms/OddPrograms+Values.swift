// SPDX-License-Identifier: Apache-2.0

extension OddProgram {
    static let values: [OddProgram] = [
        OddProgram(
            "a sum of a text and a number", "\(s)CREATE STREAM o AS SELECT id, t + v AS x FROM s;",
            "2:33 + takes numbers, or two texts, not STRING and INTEGER"),
        OddProgram(
            "joined texts", "\(s)CREATE STREAM o AS SELECT id, t + '-' || t + 'x' AS x FROM s;",
            "valid"),
        OddProgram(
            "minus a text", "\(s)CREATE STREAM o AS SELECT id, t - t AS x FROM s;",
            "2:33 - takes numbers, not STRING and STRING"),
        OddProgram(
            "an array of several types", "\(s)CREATE STREAM o AS SELECT id, ARRAY[1, 'a'] AS x FROM s;",
            "2:40 'a' is no INTEGER"),
        OddProgram(
            "an empty array", "\(s)CREATE STREAM o AS SELECT id, ARRAY[] AS x FROM s;",
            "2:31 ARRAY[] needs an element"),
        OddProgram(
            "an array of NULL", "\(s)CREATE STREAM o AS SELECT id, ARRAY[NULL] AS x FROM s;",
            "2:37 ARRAY of nothing but NULL has no type"),
        OddProgram(
            "the first element by 0", "\(s)CREATE STREAM o AS SELECT id, tags[0] AS x FROM s;",
            "2:36 there is no element 0"),
        OddProgram(
            "a field of a text", "\(s)CREATE STREAM o AS SELECT id, t->x AS x FROM s;",
            "2:34 -> needs a STRUCT, not STRING"),
        OddProgram(
            "a cast that is none", "\(s)CREATE STREAM o AS SELECT id, CAST(tags AS INT) AS x FROM s;",
            "2:31 cannot cast ARRAY<STRING> to INTEGER"),
        OddProgram(
            "a function that is misspelt", "\(s)CREATE STREAM o AS SELECT id, UCAS(t) AS x FROM s;",
            "2:31 unknown function UCAS"),
        OddProgram(
            "too many arguments", "\(s)CREATE STREAM o AS SELECT id, UCASE(t, 'de') AS x FROM s;",
            "2:31 UCASE does not take (STRING, STRING)"),
        OddProgram(
            "no arguments", "\(s)CREATE STREAM o AS SELECT id, UCASE() AS x FROM s;",
            "2:31 UCASE does not take ()"),
        OddProgram(
            "a bare unit", "\(s)CREATE STREAM o AS SELECT id, TIMESTAMPADD(DAYS, 1, ts) AS x FROM s;",
            "valid"),
        OddProgram(
            "a unit that is none", "\(s)CREATE STREAM o AS SELECT id, TIMESTAMPADD(MONTHS, 1, ts) AS x FROM s;",
            "2:44 MONTHS is no unit of time"),
        OddProgram(
            "a unit that is misspelt", "\(s)CREATE STREAM o AS SELECT id, DATEADD(DAYZ, 1, day) AS x FROM s;",
            "2:39 DAYZ is no unit of time"),
        OddProgram(
            "a zone that there is not",
            "\(s)CREATE STREAM o AS SELECT id, FORMAT_TIMESTAMP(ts, 'HH:mm', 'Europe/Bärlin') AS x FROM s;",
            "2:61 FORMAT_TIMESTAMP: the time zone 'Europe/Bärlin' is not known"),
        OddProgram(
            "the year of the week", "\(s)CREATE STREAM o AS SELECT id, FORMAT_TIMESTAMP(ts, 'YYYY-MM-dd') AS x FROM s;",
            "2:52 FORMAT_TIMESTAMP: the pattern 'YYYY-MM-dd' cannot be used: YYYY is not supported in patterns"),
        OddProgram(
            "the clock", "\(s)CREATE STREAM o AS SELECT id, UNIX_TIMESTAMP() AS x FROM s;",
            "2:31 UNIX_TIMESTAMP() is the time of the clock, and would not be the same when the log is read again"),
        OddProgram(
            "an aggregate without a group", "\(s)CREATE STREAM o AS SELECT id, SUM(v) AS x FROM s;",
            "2:31 SUM needs a GROUP BY"),
    ]
}
