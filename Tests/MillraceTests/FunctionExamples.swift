// SPDX-License-Identifier: Apache-2.0
import MillracePlan

/// A call of each scalar function, for the reference.
enum FunctionExamples {
    static let tableCalls: [TableFunction: String] = [
        .explode: "EXPLODE(ARRAY[3, NULL, 5])", .cubeExplode: "CUBE_EXPLODE(ARRAY['a', NULL, 'b'])",
    ]

    static let calls: [String: String] = [
        "FILTER": "FILTER(ARRAY[3, 7, 5], x => x > 4)",
        "REDUCE": "REDUCE(ARRAY[3, 7, 5], 0, (s, x) => s + x)",
        "TRANSFORM": "TRANSFORM(MAP('a' := 1, 'b' := 2), (k, v) => UCASE(k), (k, v) => v * 10)",

        "ABS": "ABS(-2.5)", "ACOS": "ACOS(1)", "ASIN": "ASIN(0)", "ATAN": "ROUND(ATAN(1), 6)",
        "ATAN2": "ROUND(ATAN2(1, 1), 6)",
        "CBRT": "CBRT(27)", "CEIL": "CEIL(1.2)", "COS": "COS(0)", "COSH": "COSH(0)", "COT": "ROUND(COT(1), 6)",
        "DEGREES": "DEGREES(PI())", "EXP": "EXP(0)", "FLOOR": "FLOOR(-1.2)",
        "GEO_DISTANCE": "ROUND(GEO_DISTANCE(52.52, 13.40, 48.86, 2.35))", "GREATEST": "GREATEST(3, 7, 5)",
        "LEAST": "LEAST(3, 7, 5)", "LN": "LN(1)", "LOG": "LOG(2, 8)", "PI": "PI()", "POWER": "POWER(2, 10)",
        "RADIANS": "RADIANS(180)", "ROUND": "ROUND(2.345, 2)", "SIGN": "SIGN(-3)", "SIN": "SIN(0)",
        "SINH": "SINH(0)", "SQRT": "SQRT(2)", "TAN": "TAN(0)", "TANH": "TANH(0)", "TRUNC": "TRUNC(2.79, 1)",

        "CHR": "CHR(75)", "CONCAT": "CONCAT('a', 'b', 'c')", "CONCAT_WS": "CONCAT_WS('-', 'a', 'b')",
        "ELT": "ELT(2, 'a', 'b')", "FIELD": "FIELD('b', 'a', 'b')", "INITCAP": "INITCAP('the old MILL')",
        "INSTR": "INSTR('millrace', 'l', 1, 2)", "LCASE": "LCASE('Mill')", "LEN": "LEN('mill')",
        "LPAD": "LPAD('7', 3, '0')", "REPLACE": "REPLACE('a-b-c', '-', '/')", "RPAD": "RPAD('ab', 4, '.')",
        "SPLIT": "SPLIT('a,b,c', ',')", "SPLIT_TO_MAP": "SPLIT_TO_MAP('a=1;b=2', ';', '=')",
        "SUBSTRING": "SUBSTRING('millrace', 5, 4)", "TRIM": "TRIM('  mill ')", "UCASE": "UCASE('Mill')",

        "MASK": "MASK('Card 12-34')", "MASK_KEEP_LEFT": "MASK_KEEP_LEFT('12345678', 2)",
        "MASK_KEEP_RIGHT": "MASK_KEEP_RIGHT('12345678', 4)", "MASK_LEFT": "MASK_LEFT('12345678', 3)",
        "MASK_RIGHT": "MASK_RIGHT('12345678', 3)",

        "CONVERT_TZ": "CONVERT_TZ(FROM_UNIXTIME(0), '+00:00', '+02:00')",
        "DATEADD": "DATEADD(DAYS, 1, CAST('2026-02-28' AS DATE))",
        "DATESUB": "DATESUB(DAYS, 1, CAST('2026-03-01' AS DATE))",
        "DATETOSTRING": "DATETOSTRING(20000, 'dd.MM.yyyy')",
        "FORMAT_DATE": "FORMAT_DATE(CAST('2026-11-26' AS DATE), 'EEE d MMM yyyy')",
        "FORMAT_TIME": "FORMAT_TIME(CAST('13:45:00' AS TIME), 'hh:mm a')",
        "FORMAT_TIMESTAMP": "FORMAT_TIMESTAMP(FROM_UNIXTIME(0), 'yyyy-MM-dd HH:mm', '+01:00')",
        "FROM_DAYS": "FROM_DAYS(20000)", "FROM_UNIXTIME": "FROM_UNIXTIME(1700000000000)",
        "PARSE_DATE": "PARSE_DATE('26/11/2026', 'dd/MM/yyyy')", "PARSE_TIME": "PARSE_TIME('13.45', 'HH.mm')",
        "PARSE_TIMESTAMP": "PARSE_TIMESTAMP('2026-11-26 10:00', 'yyyy-MM-dd HH:mm')",
        "STRINGTODATE": "STRINGTODATE('2026-11-26', 'yyyy-MM-dd')",
        "STRINGTOTIMESTAMP": "STRINGTOTIMESTAMP('2026-11-26', 'yyyy-MM-dd')",
        "TIMEADD": "TIMEADD(MINUTES, 90, CAST('23:00:00' AS TIME))",
        "TIMESTAMPADD": "TIMESTAMPADD(HOURS, 1, FROM_UNIXTIME(0))",
        "TIMESTAMPSUB": "TIMESTAMPSUB(SECONDS, 1, FROM_UNIXTIME(1000))",
        "TIMESTAMPTOSTRING": "TIMESTAMPTOSTRING(0, 'yyyy-MM-dd''T''HH:mm:ss')",
        "TIMESUB": "TIMESUB(MINUTES, 30, CAST('01:00:00' AS TIME))",
        "UNIX_DATE": "UNIX_DATE(CAST('1970-01-31' AS DATE))", "UNIX_TIMESTAMP": "UNIX_TIMESTAMP(FROM_UNIXTIME(7))",

        "EXTRACTJSONFIELD": "EXTRACTJSONFIELD('{\"a\":[1,2]}', '$.a[1]')",
        "IS_JSON_STRING": "IS_JSON_STRING('[1, 2')", "JSON_ARRAY_LENGTH": "JSON_ARRAY_LENGTH('[1, 2]')",
        "JSON_KEYS": "JSON_KEYS('{\"a\":1,\"b\":2}')", "JSON_RECORDS": "JSON_RECORDS('{\"a\":1}')",

        "ARRAY_CONCAT": "ARRAY_CONCAT(ARRAY[1], ARRAY[1, 2])", "ARRAY_CONTAINS": "ARRAY_CONTAINS(ARRAY[1, 2], 2)",
        "ARRAY_DISTINCT": "ARRAY_DISTINCT(ARRAY[2, 1, 2])", "ARRAY_EXCEPT": "ARRAY_EXCEPT(ARRAY[1, 2, 3], ARRAY[2])",
        "ARRAY_INTERSECT": "ARRAY_INTERSECT(ARRAY[1, 2], ARRAY[2, 3])", "ARRAY_JOIN": "ARRAY_JOIN(ARRAY[1, 2], '-')",
        "ARRAY_LENGTH": "ARRAY_LENGTH(ARRAY[4, 5])", "ARRAY_MAX": "ARRAY_MAX(ARRAY[4, 5])",
        "ARRAY_MIN": "ARRAY_MIN(ARRAY[4, 5])", "ARRAY_REMOVE": "ARRAY_REMOVE(ARRAY[1, 2, 1], 1)",
        "ARRAY_SORT": "ARRAY_SORT(ARRAY[2, NULL, 3], 'DESC')", "ARRAY_UNION": "ARRAY_UNION(ARRAY[1, 2], ARRAY[2, 3])",
        "AS_MAP": "AS_MAP(ARRAY['a', 'b'], ARRAY[1, 2])", "ENTRIES": "ENTRIES(MAP('b' := 2, 'a' := 1), TRUE)",
        "GENERATE_SERIES": "GENERATE_SERIES(1, 7, 3)", "MAP_KEYS": "MAP_KEYS(MAP('a' := 1))",
        "MAP_UNION": "MAP_UNION(MAP('a' := 1), MAP('a' := 2))", "MAP_VALUES": "MAP_VALUES(MAP('a' := 1))",
        "SLICE": "SLICE(ARRAY[1, 2, 3], 2, 3)",

        "REGEXP_EXTRACT": "REGEXP_EXTRACT('(.*) (.*)', 'hello there', 2)",
        "REGEXP_EXTRACT_ALL": "REGEXP_EXTRACT_ALL('(\\w+) (\\w+)', 'hello there nice day', 2)",
        "REGEXP_REPLACE": "REGEXP_REPLACE('2026-11-30', '(\\d+)-(\\d+)-(\\d+)', '$3.$2.$1')",
        "REGEXP_SPLIT_TO_ARRAY": "REGEXP_SPLIT_TO_ARRAY('tea,  cup;jam', '[,;] *')",

        "JSON_ARRAY_CONTAINS": "JSON_ARRAY_CONTAINS('[1, 2, 3]', 3)",
        "JSON_CONCAT": "JSON_CONCAT('{\"a\": {\"5\": 6}}', '{\"b\": 2, \"a\": 3}')",
        "JSON_ITEMS": "JSON_ITEMS('[1, \"a\", {\"b\": 2}]')",
        "TO_JSON_STRING": "TO_JSON_STRING(ARRAY[STRUCT(id := 1, day := CAST('2026-11-30' AS DATE))])",
        "MD5": "MD5('hash me')", "UUID": "UUID()", "RANDOM": "RANDOM()",

        "COALESCE": "COALESCE(NULL, 2, 3)", "IFNULL": "IFNULL(NULL, 'none')", "NULLIF": "NULLIF('', '')",

        "BIGINT_FROM_BYTES": "BIGINT_FROM_BYTES(TO_BYTES('0000000000000007', 'hex'))",
        "DOUBLE_FROM_BYTES": "DOUBLE_FROM_BYTES(TO_BYTES('3FF8000000000000', 'hex'))",
        "ENCODE": "ENCODE('mill', 'utf8', 'hex')", "FROM_BYTES": "FROM_BYTES(TO_BYTES('mill', 'utf8'), 'base64')",
        "INT_FROM_BYTES": "INT_FROM_BYTES(TO_BYTES('07000000', 'hex'), 'LITTLE_ENDIAN')",
        "TO_BYTES": "TO_BYTES('bWlsbA==', 'base64')",

        "URL_DECODE_PARAM": "URL_DECODE_PARAM('a%20b')", "URL_ENCODE_PARAM": "URL_ENCODE_PARAM('a b')",
        "URL_EXTRACT_FRAGMENT": "URL_EXTRACT_FRAGMENT('https://mill.example/a#top')",
        "URL_EXTRACT_HOST": "URL_EXTRACT_HOST('https://mill.example:8443/a')",
        "URL_EXTRACT_PARAMETER": "URL_EXTRACT_PARAMETER('https://mill.example/?q=rye', 'q')",
        "URL_EXTRACT_PATH": "URL_EXTRACT_PATH('https://mill.example/a/b?q=1')",
        "URL_EXTRACT_PORT": "URL_EXTRACT_PORT('https://mill.example:8443/a')",
        "URL_EXTRACT_PROTOCOL": "URL_EXTRACT_PROTOCOL('https://mill.example/')",
        "URL_EXTRACT_QUERY": "URL_EXTRACT_QUERY('https://mill.example/?q=rye&n=2')",
    ]

    /// Over a group whose records have these values of V.
    static let values = ["3", "1", "1", "null", "2"]
    static let aggregates: [(call: String, summary: String)] = [
        ("COUNT(*)", "The number of records."),
        ("COUNT(v)", "The number of values that are not NULL."),
        ("SUM(v)", "The sum, exact and rounded once; kept in 128 bits for whole numbers."),
        ("MIN(v)", "The least value."), ("MAX(v)", "The greatest value."),
        ("AVG(v)", "The exact sum, rounded once, divided by the count."),
        ("STDDEV_SAMP(v)", "The standard deviation of a sample."),
        ("COUNT_DISTINCT(v)", "The number of different values."),
        ("COLLECT_LIST(v)", "All values, NULLs too, in the order of the log."),
        ("COLLECT_SET(v)", "The different values, in the order of their first record."),
        ("TOPK(v, 2)", "The greatest k values."),
        ("TOPK(v, v * 10, 2)", "The greatest k values, each with the other columns of its record."),
        ("TOPKDISTINCT(v, 2)", "The greatest k different values."),
        ("HISTOGRAM(CAST(v AS STRING))", "How often each text comes, in the order of their bytes."),
        (
            "CORRELATION(v, v * v)",
            "Pearson's coefficient of two numbers, exact sums rounded once; NULL for less than two."
        ),
        ("EARLIEST_BY_OFFSET(v)", "The first value that is not NULL; with n as a second argument the first n."),
        ("LATEST_BY_OFFSET(v)", "The last value that is not NULL; with n as a second argument the last n."),
        ("LATEST_BY_OFFSET(v, FALSE)", "The last value, also where it is NULL."),
    ]
}
