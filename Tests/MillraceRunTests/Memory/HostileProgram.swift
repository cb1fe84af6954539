// SPDX-License-Identifier: Apache-2.0

/// A program with records that make it hold, or put out, as much as they can.
struct HostileProgram: Sendable {
    /// A record. Times in ms.
    struct Record {
        var key: String?
        var value: String
        var time: Int64
    }

    let name: String
    /// The statements behind the declaration of `s`.
    let sql: String
    /// So many records at most.
    let count: Int
    var partitions = 1
    var threads = 1
    var flushes = false
    var hasDeadLetters = false
    /// Whether all of it fits in the budget, so that the program ends by itself.
    var fits = false
    let record: @Sendable (Int) -> Record

    static let declaration = """
        CREATE STREAM s (k VARCHAR KEY, v VARCHAR, n BIGINT, d DECIMAL(38, 10), f DOUBLE, m MAP<VARCHAR, VARCHAR>,
          a ARRAY<BIGINT>, o STRUCT<x VARCHAR, y BIGINT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');

        """

    private static func text(_ number: Int, _ length: Int) -> String {
        String(repeating: "\(number) of many, ", count: length / 12)
    }

    /// A record each millisecond, of one of some keys.
    private static func keyed(
        _ keys: Int, _ value: @escaping @Sendable (Int) -> String
    ) -> @Sendable (Int) -> Record {
        { Record(key: "key\($0 % keys)", value: value($0), time: Int64($0)) }
    }

    private static let number: @Sendable (Int) -> String = { #"{"n":\#($0),"v":"value \#($0)"}"# }

    private static func long(_ length: Int) -> @Sendable (Int) -> String {
        { #"{"n":\#($0),"v":"\#(text($0, length))"}"# }
    }

    private static func table(_ select: String, window: String = "", by: String = "k", emit: String) -> String {
        "CREATE TABLE t AS SELECT \(by), \(select) FROM s \(window.isEmpty ? "" : "WINDOW \(window)") "
            + "GROUP BY \(by) EMIT \(emit);"
    }

    static let all = groups + windows + values + ways

    private static let groups = [
        HostileProgram(
            name: "many keys", sql: table("COUNT(*) AS c, SUM(n) AS t", emit: "CHANGES"), count: 2_000_000,
            record: keyed(.max, number)),
        HostileProgram(
            name: "long keys", sql: table("COUNT(*) AS c", emit: "CHANGES"), count: 200_000,
            record: { Record(key: text($0, 3000), value: #"{"n":1}"#, time: 5) }),
        HostileProgram(
            name: "many keys, flushed", sql: table("COUNT(*) AS c", emit: "CHANGES"), count: 2_000_000, flushes: true,
            record: keyed(.max, number)),
        HostileProgram(
            name: "regrouped by long texts", sql: table("COUNT(*) AS c", by: "v", emit: "CHANGES"), count: 200_000,
            partitions: 4, threads: 2, record: keyed(1000, long(600))),
        HostileProgram(
            name: "a chain of queries",
            sql: "CREATE STREAM u AS SELECT k, v, n, CONCAT(v, v) AS w FROM s WHERE n >= 0; "
                + "CREATE TABLE t AS SELECT w, COUNT(*) AS c FROM u GROUP BY w EMIT CHANGES;",
            count: 200_000, record: keyed(1000, long(300))),
    ]

    private static let windows = [
        HostileProgram(
            name: "windows of 1 ms",
            sql: table("COUNT(*) AS c", window: "TUMBLING (SIZE 1 MILLISECOND, GRACE PERIOD 1 DAY)", emit: "FINAL"),
            count: 2_000_000, record: keyed(1, number)),
        HostileProgram(
            name: "hopping, 1,000 windows a record",
            sql: table(
                "SUM(n) AS t", window: "HOPPING (SIZE 1 SECOND, ADVANCE BY 1 MILLISECOND, GRACE PERIOD 1 DAY)",
                emit: "FINAL"), count: 2_000_000, record: keyed(1, number)),
        HostileProgram(
            name: "hopping, 10,000 windows a record, read out",
            sql: table(
                "COUNT(*) AS c", window: "HOPPING (SIZE 10 SECONDS, ADVANCE BY 1 MILLISECOND)", emit: "FINAL"),
            count: 20, fits: true, record: { Record(key: "k", value: "{}", time: Int64($0) * 1_000_000) }),
        HostileProgram(
            name: "hopping, changes",
            sql: table(
                "COUNT(*) AS c", window: "HOPPING (SIZE 1 SECOND, ADVANCE BY 100 MILLISECONDS)", emit: "CHANGES"),
            count: 200_000, record: { Record(key: "k\($0)", value: "{}", time: Int64($0) * 50) }),
        HostileProgram(
            name: "changes with HAVING",
            sql: "CREATE TABLE t AS SELECT k, COUNT(*) AS c FROM s WINDOW TUMBLING (SIZE 1 SECOND) GROUP BY k "
                + "HAVING COUNT(*) > 0 EMIT CHANGES;",
            count: 500_000, record: keyed(.max, number)),
        HostileProgram(
            name: "sessions of many keys",
            sql: table("COUNT(*) AS c", window: "SESSION (1 SECOND, GRACE PERIOD 1 DAY)", emit: "FINAL"),
            count: 1_000_000, record: keyed(.max, number)),
        HostileProgram(
            name: "many sessions read out at the end",
            sql: table("COUNT(*) AS c", window: "SESSION (1 SECOND, GRACE PERIOD 1 DAY)", emit: "FINAL"),
            count: 400_000, fits: true, record: keyed(.max, number)),
        HostileProgram(
            name: "many sessions of a key, changes",
            sql: table("COUNT(*) AS c", window: "SESSION (1 MILLISECOND)", emit: "CHANGES"),
            count: 500_000, record: { Record(key: "k", value: "{}", time: Int64($0) * 10) }),
        HostileProgram(
            name: "a full window read out",
            sql: table(
                "COUNT(*) AS c, MAX(v) AS v", window: "TUMBLING (SIZE 1 HOUR, GRACE PERIOD 0 SECONDS)", emit: "FINAL"),
            count: 60_001, partitions: 2, fits: true,
            record: {
                Record(key: "key\($0)", value: long(200)($0), time: $0 == 60_000 ? 7_200_000 : Int64($0))
            }),
    ]

    private static let values = [
        HostileProgram(
            name: "COLLECT_LIST of long texts", sql: table("COLLECT_LIST(v) AS l", emit: "CHANGES"), count: 200_000,
            record: keyed(1000, long(1000))),
        HostileProgram(
            name: "COLLECT_LIST of numbers", sql: table("COLLECT_LIST(n) AS l", emit: "CHANGES"), count: 2_000_000,
            record: keyed(1000, number)),
        HostileProgram(
            name: "COLLECT_SET", sql: table("COLLECT_SET(v) AS l", emit: "CHANGES"), count: 500_000,
            record: keyed(20_000, number)),
        HostileProgram(
            name: "COUNT_DISTINCT", sql: table("COUNT_DISTINCT(v) AS c", emit: "CHANGES"), count: 1_000_000,
            record: keyed(100, number)),
        HostileProgram(
            name: "TOPK of texts", sql: table("TOPK(v, 50) AS l", emit: "CHANGES"), count: 500_000,
            record: keyed(20_000, long(200))),
        HostileProgram(
            name: "LATEST_BY_OFFSET of long texts", sql: table("LATEST_BY_OFFSET(v) AS l", emit: "CHANGES"),
            count: 200_000, record: keyed(.max, long(1000))),
        HostileProgram(
            name: "EARLIEST_BY_OFFSET, 100 a group", sql: table("EARLIEST_BY_OFFSET(v, 100) AS l", emit: "CHANGES"),
            count: 500_000, record: keyed(5000, long(100))),
        HostileProgram(
            name: "maps, arrays and structs",
            sql: table("COLLECT_LIST(m) AS l, COLLECT_LIST(a) AS b, COLLECT_LIST(o) AS o", emit: "CHANGES"),
            count: 500_000,
            record: keyed(1000) {
                #"{"m":{"one":"\#($0)","two":"y"},"a":[\#($0),2,3],"o":{"x":"text \#($0)","y":1}}"#
            }),
        HostileProgram(
            name: "DECIMAL and DOUBLE",
            sql: table("SUM(d) AS t, MIN(d) AS l, AVG(f) AS a, STDDEV_SAMP(f) AS e", emit: "CHANGES"), count: 500_000,
            record: keyed(.max) { #"{"d":\#($0).5,"f":\#($0 % 2 == 0 ? "1e300" : "1e-300")}"# }),
    ]

    private static let ways = [
        HostileProgram(
            name: "dead letters of 10 KB", sql: table("COUNT(*) AS c", emit: "CHANGES"), count: 20_000,
            hasDeadLetters: true, fits: true, record: keyed(10) { #"{"n":"\#(text($0, 10_000))"}"# }),
        HostileProgram(
            name: "records of 900 KB", sql: table("COUNT(*) AS c, MAX(v) AS v", emit: "CHANGES"), count: 200,
            fits: true, record: keyed(3, long(900_000))),
        HostileProgram(
            name: "results of 300 KB each", sql: table("COLLECT_LIST(v) AS l", emit: "CHANGES"), count: 15_000,
            fits: true, record: keyed(50, long(1000))),
        HostileProgram(
            name: "wide rows through a projection",
            sql: "CREATE STREAM u AS SELECT k, CONCAT(v, v) AS w, CONCAT(v, v, v, v) AS x FROM s;", count: 20_000,
            fits: true, record: keyed(10, long(5000))),
    ]
}
