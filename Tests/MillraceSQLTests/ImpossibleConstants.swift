// SPDX-License-Identifier: Apache-2.0

/// Constants that can never work: refused when the program is bound, at the constant, with what would work.
extension BrokenProgram {
    /// `SELECT id, <text> AS x`; the constant begins at `column`.
    private static func value(_ text: String, _ column: Int, _ message: String, hint: String? = nil) -> BrokenProgram {
        BrokenProgram("CREATE STREAM o AS SELECT id, \(text) AS x FROM orders;", 3, 30 + column, message, hint: hint)
    }

    static let impossibleTimes: [BrokenProgram] = [
        value(
            "FORMAT_TIMESTAMP(FROM_UNIXTIME(amount), 'yyyy-MM-dd HH:mm', 'Europe/Lundon')", 61,
            "FORMAT_TIMESTAMP: the time zone 'Europe/Lundon' is not known", hint: "'+01:00'"),
        value(
            "CONVERT_TZ(FROM_UNIXTIME(amount), 'UTC', 'America/Los_Diablos')", 42,
            "CONVERT_TZ: the time zone 'America/Los_Diablos' is not known", hint: "'UTC'"),
        value("TIMESTAMPTOSTRING(amount, 'yyyy', 'XET')", 35, "the time zone 'XET' is not known"),
        value("STRINGTOTIMESTAMP(region, 'yyyy-MM-dd', 'Asia' || '/Tokio')", 41, "the time zone 'Asia/Tokio'"),
        value(
            "PARSE_TIMESTAMP(region, 'qqq-bad{')", 25, "the pattern 'qqq-bad{' cannot be used: qqq is not supported",
            hint: "DateTimeFormatter"),
        value("PARSE_TIMESTAMP(region, 'YYYY-MM-dd')", 25, "YYYY is not supported", hint: "the year is yyyy"),
        value("PARSE_TIMESTAMP(region, 'yyyy-MM-ddTHH:mm')", 25, "T is not supported", hint: "in quotes"),
        value("PARSE_DATE(region, 'yyyy-MM-DD')", 20, "D, the day of the year, beside a month", hint: "'yyyy-MM-dd'"),
        value("FORMAT_DATE(day, 'yyyy-MM-dd HH')", 18, "shows a time of day, which a DATE does not have"),
        value("FORMAT_TIME(CAST(region AS TIME), 'yyyy')", 35, "shows a date, which a TIME does not have"),
        value("PARSE_TIMESTAMP(region, '''at''')", 25, "names no part of a date or a time"),
        value("PARSE_TIME(region, 'HH:mm''')", 20, "a quote without its end"),
        value("TIMESTAMPADD('MONTHS', 1, FROM_UNIXTIME(amount))", 14, "'MONTHS' is no unit of time", hint: "DAYS"),
        value("DATEADD('DAYZ', 1, day)", 9, "'DAYZ' is no unit of time", hint: "did you mean DAYS?"),
    ]

    static let impossibleTexts: [BrokenProgram] = [
        value("TO_BYTES(region, 'utf-16')", 18, "TO_BYTES: 'utf-16' is no encoding", hint: "utf8"),
        value("ENCODE(region, 'hex', 'HEX')", 23, "ENCODE: the text is in 'HEX' already"),
        value("FROM_BYTES(TO_BYTES(region, 'hex'), 'base65')", 37, "is no encoding", hint: "did you mean 'base64'?"),
        value("TO_BYTES('xyz', 'hex')", 1, "this constant has no value: bad argument"),
        value("INT_FROM_BYTES(TO_BYTES(region, 'hex'), 'big_endian')", 41, "no order of bytes", hint: "'BIG_ENDIAN'"),
        value("EXTRACTJSONFIELD(region, 'a.b')", 26, "'a.b' is no JSON path", hint: "begins with $: '$.a.b'"),
        value("EXTRACTJSONFIELD(region, '$.items[')", 26, "is no JSON path", hint: "$.log.items[0]"),
        value("CAST('12x' AS INT)", 1, "this constant has no value: bad cast"),
        value("CAST('2026-02-30x' AS DATE)", 1, "this constant has no value: bad cast"),
        value("CHR(1114112)", 5, "the code of no character"),
        value("LPAD(region, 8, '')", 17, "the filling is empty"),
        value("RPAD(region, -1, 'x')", 14, "-1 is no length"),
        value("SPLIT_TO_MAP(region, '', '=')", 22, "the delimiter of entries is empty"),
        value("MASK_LEFT(region, -1)", 19, "must not be negative"),
    ]

    static let impossibleNumbers: [BrokenProgram] = [
        value("amount / 0", 10, "division by zero"),
        value("rate % 0.0", 8, "division by zero"),
        value("amount / (2 - 2)", 11, "division by zero"),
        value("tags[2 - 2]", 6, "there is no element 0"),
        value("ROWTIME - 30 * 24 * 60 * 60 * 1000", 29, "no value: overflow", hint: "CAST(… AS BIGINT)"),
        value("-(-9223372036854775808)", 1, "no value: overflow", hint: "out of the range of BIGINT"),
        value("CAST(3000000000 AS INT)", 1, "no value: overflow"),
        value("tags[0]", 6, "there is no element 0", hint: "counted from 1"),
        value("SLICE(tags, 0, 2)", 13, "there is no element number 0"),
        value("ELT(3, region, region)", 5, "there is no text number 3", hint: "from 1 to 2"),
        value("GENERATE_SERIES(1, 5, 0)", 23, "a step of 0"),
        value("GENERATE_SERIES(1, 5, -1)", 1, "no value: bad argument"),
        value("ARRAY_SORT(tags, 'UP')", 18, "'UP' is no direction", hint: "'ASC'"),
        value("GEO_DISTANCE(91, 0, 0, 0)", 14, "91.0 is no latitude", hint: "-90 and 90"),
        value("GEO_DISTANCE(rate, 0, rate, 0, 'FEET')", 32, "'FEET' is no unit of length", hint: "'KM'"),
    ]

    static let impossibleFormats: [BrokenProgram] = [
        BrokenProgram(
            "CREATE STREAM s (a STRING) WITH (kafka_topic='t', format='json', timestamp='a',\n"
                + "  timestamp_format='yyyy-MM-dd''T''hh:mm:ss.SSSQ');",
            4, 20, "TIMESTAMP_FORMAT: the pattern 'yyyy-MM-dd'T'hh:mm:ss.SSSQ' cannot be used: Q is not supported"),
        BrokenProgram(
            "CREATE STREAM s (a STRING) WITH (kafka_topic='t', format='json', timestamp='a', "
                + "timestamp_format='DD/MM/yy');",
            3, 98, "beside a month", hint: "'dd/MM/yy'"),
        BrokenProgram(
            "CREATE STREAM o WITH (TIMESTAMP='REGION', TIMESTAMP_FORMAT='x]') AS SELECT id, region FROM orders;", 3,
            60, "a ] without its ["),
    ]
}
