// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The functions by name: ours, and ksqlDB's that are not here.
enum FunctionNames {
    static let asValue = "AS_VALUE"
    /// The key of what a FULL JOIN of two streams gives: the one side of ON, or the other where that is NULL.
    static let joinKey = "JOINKEY"

    static func aggregate(_ name: String) -> AggregateFunction? {
        if name == "STDDEV_SAMPLE" { return .standardDeviationOfSample }
        return name == AggregateFunction.countAll.rawValue ? nil : AggregateFunction(rawValue: name)
    }

    private static let others: Set<String> = [
        "ATTR", "SUM_LIST", "ACOS", "ASIN", "ATAN", "ATAN2", "CBRT", "COS",
        "COSH", "COT", "DEGREES", "EXP", "FLOOR", "GREATEST", "LEAST", "LN", "LOG", "PI", "POWER", "RADIANS", "ROUND",
        "SIGN", "SIN", "SINH", "SQRT", "TAN", "TANH", "TRUNC", "GEO_DISTANCE", "CHR", "CONCAT", "CONCAT_WS", "ENCODE",
        "INITCAP", "INSTR", "LCASE", "LEN", "LPAD", "MASK", "MASK_KEEP_LEFT", "MASK_KEEP_RIGHT", "MASK_LEFT",
        "MASK_RIGHT", "MD5", "REGEXP_EXTRACT", "REGEXP_EXTRACT_ALL", "REGEXP_REPLACE", "REGEXP_SPLIT_TO_ARRAY",
        "REPLACE", "RPAD", "SPLIT", "SPLIT_TO_MAP", "SUBSTRING", "TRIM", "EXTRACTJSONFIELD", "IS_JSON_STRING",
        "JSON_ARRAY_CONTAINS", "JSON_ARRAY_LENGTH", "JSON_CONCAT", "JSON_ITEMS", "JSON_KEYS", "JSON_RECORDS",
        "TO_JSON_STRING", "BIGINT_FROM_BYTES", "DOUBLE_FROM_BYTES", "INT_FROM_BYTES", "FROM_BYTES", "TO_BYTES",
        "ARRAY_CONCAT", "ARRAY_CONTAINS", "ARRAY_DISTINCT", "ARRAY_EXCEPT", "ARRAY_INTERSECT", "ARRAY_JOIN",
        "ARRAY_LENGTH", "ARRAY_MAX", "ARRAY_MIN", "ARRAY_REMOVE", "ARRAY_SORT", "ARRAY_UNION", "AS_MAP", "ELT",
        "ENTRIES", "FIELD", "GENERATE_SERIES", "MAP_KEYS", "MAP_UNION", "MAP_VALUES", "SLICE", "COALESCE", "IFNULL",
        "NULLIF", "CEIL", "CONVERT_TZ", "DATEADD", "DATESUB", "FORMAT_DATE", "FORMAT_TIME", "FORMAT_TIMESTAMP",
        "FROM_DAYS", "FROM_UNIXTIME", "PARSE_DATE", "PARSE_TIME", "PARSE_TIMESTAMP", "TIMEADD", "TIMESUB",
        "TIMESTAMPADD", "TIMESTAMPSUB", "DATETOSTRING", "STRINGTODATE", "STRINGTOTIMESTAMP", "TIMESTAMPTOSTRING",
        "URL_DECODE_PARAM", "URL_ENCODE_PARAM", "URL_EXTRACT_FRAGMENT", "URL_EXTRACT_HOST", "URL_EXTRACT_PARAMETER",
        "URL_EXTRACT_PATH", "URL_EXTRACT_PORT", "URL_EXTRACT_PROTOCOL", "URL_EXTRACT_QUERY",
    ]

    /// What other dialects call what is here.
    private static let standard = [
        "UPPER": "UCASE", "LOWER": "LCASE", "LENGTH": "LEN", "CHAR_LENGTH": "LEN", "CHARACTER_LENGTH": "LEN",
        "NOW": "ROWTIME, the time of the record", "CURRENT_TIMESTAMP": "ROWTIME, the time of the record",
        "NVL": "IFNULL", "ISNULL": "IFNULL, or … IS NULL", "SUBSTR": "SUBSTRING", "STRPOS": "INSTR",
        "POSITION": "INSTR", "LOCATE": "INSTR", "CEILING": "CEIL", "POW": "POWER", "MOD": "the operator %",
        "CARDINALITY": "ARRAY_LENGTH", "ARRAY_SIZE": "ARRAY_LENGTH", "ARRAY_AGG": "COLLECT_LIST",
        "STRING_AGG": "ARRAY_JOIN(COLLECT_LIST(…), ', ')", "LISTAGG": "ARRAY_JOIN(COLLECT_LIST(…), ', ')",
        "APPROX_COUNT_DISTINCT": "COUNT_DISTINCT", "FIRST_VALUE": "EARLIEST_BY_OFFSET",
        "LAST_VALUE": "LATEST_BY_OFFSET", "ANY_VALUE": "LATEST_BY_OFFSET", "STDDEV": "STDDEV_SAMP",
        "JSON_VALUE": "EXTRACTJSONFIELD", "GET_JSON_OBJECT": "EXTRACTJSONFIELD", "TO_TIMESTAMP": "PARSE_TIMESTAMP",
        "TO_DATE": "PARSE_DATE", "DATE_FORMAT": "FORMAT_TIMESTAMP", "TO_CHAR": "FORMAT_TIMESTAMP",
        "REGEXP_SUBSTR": "REGEXP_EXTRACT", "REGEXP_MATCHES": "REGEXP_EXTRACT", "LTRIM": "TRIM", "RTRIM": "TRIM",
        "IF": "CASE WHEN … THEN … ELSE … END", "IIF": "CASE WHEN … THEN … ELSE … END",
        "UNIX_MILLIS": "UNIX_TIMESTAMP", "TO_JSON": "TO_JSON_STRING", "GEN_RANDOM_UUID": "UUID", "RAND": "RANDOM",
    ]

    /// For a name that neither `ScalarFunctions` nor `aggregate` knows.
    static func unknown(_ name: NameSyntax) -> SourceError {
        if let ours = standard[name.text] {
            return SourceError(
                "unknown function \(name.text)", at: name.location, hint: "in ksqlDB's dialect it is \(ours)")
        }
        if others.contains(name.text) {
            return SourceError("the function \(name.text) is not supported yet", at: name.location)
        }
        let known =
            ScalarFunctions.all.map(\.name) + LambdaFunctions.all.map(\.name) + TableFunction.allCases.map(\.rawValue)
            + AggregateFunction.allCases.filter { $0 != .countAll }.map(\.rawValue)
        return SourceError(
            "unknown function \(Suggestion.shortened(name.text))", at: name.location,
            hint: Suggestion.hint(for: name.text, in: known + [asValue, joinKey]))
    }
}
