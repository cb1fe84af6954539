// SPDX-License-Identifier: Apache-2.0

/// All workloads that are measured against the raw reader.
enum Catalogue {
    static let throughput: [Workload] = table + replays + growth

    private static let orders = """
        CREATE STREAM orders (user VARCHAR KEY, id BIGINT, amount DOUBLE, ts BIGINT, page VARCHAR)
          WITH (KAFKA_TOPIC='$IN', VALUE_FORMAT='JSON', TIMESTAMP='ts');

        """

    private static func table(_ rest: String) -> String {
        "CREATE TABLE result WITH (KAFKA_TOPIC='$OUT', VALUE_FORMAT='JSON', PARTITIONS=4) AS\n  \(rest);\n"
    }

    private static func stream(_ rest: String) -> String {
        "CREATE STREAM result WITH (KAFKA_TOPIC='$OUT', VALUE_FORMAT='JSON', PARTITIONS=4) AS\n  \(rest);\n"
    }

    private static let tumbling =
        orders
        + table(
            """
            SELECT user, COUNT(*) AS n, SUM(amount) AS total
              FROM orders WINDOW TUMBLING (SIZE 10 SECONDS) GROUP BY user EMIT FINAL
            """)

    private static let tenSeconds = Workload.Sum.finalWindows(sizeMilliseconds: 10_000, advanceMilliseconds: 10_000)

    /// EMIT FINAL has no grace by default, EMIT CHANGES a day, as in ksqlDB.
    private static func changes(_ name: String, _ summary: String, grace: String) -> Workload {
        Workload(
            name: name, summary: summary, data: DataSet(seedRecords: 1000), way: .changes,
            sql: orders
                + table(
                    """
                    SELECT user, COUNT(*) AS n, SUM(amount) AS total
                      FROM orders WINDOW TUMBLING (SIZE 10 SECONDS\(grace)) GROUP BY user EMIT CHANGES
                    """),
            sum: .everyRecord)
    }

    /// 20 fields, of which three are read.
    /// The tumbling one over another format.
    private static func tumbling(_ name: String, _ summary: String, format: String) -> Workload {
        Workload(
            name: name, summary: summary, data: DataSet(shape: name),
            sql: tumbling.replacing("VALUE_FORMAT='JSON', TIMESTAMP", with: "VALUE_FORMAT='\(format)', TIMESTAMP"),
            sum: tenSeconds)
    }

    private static func wide(_ name: String, _ summary: String, format: String) -> Workload {
        Workload(
            name: name, summary: summary, data: DataSet(shape: name, bytes: 600, scale: 0.2),
            sql: """
                CREATE STREAM orders (user VARCHAR KEY, amount DOUBLE, ts BIGINT, quantity INT)
                  WITH (KAFKA_TOPIC='$IN', VALUE_FORMAT='\(format)', TIMESTAMP='ts');

                """
                    + table(
                        """
                        SELECT user, COUNT(*) AS n, SUM(amount) AS total, SUM(quantity) AS pieces
                          FROM orders WINDOW TUMBLING (SIZE 10 SECONDS) GROUP BY user EMIT FINAL
                        """),
            sum: tenSeconds)
    }

    private static let table: [Workload] = [
        Workload(
            name: "filter", summary: "filter to topic, half pass",
            sql: orders + stream("SELECT user, id, amount, page FROM orders WHERE amount >= 500 EMIT CHANGES")),
        Workload(
            name: "tumbling", summary: "tumbling 10 s count and sum, EMIT FINAL", sql: tumbling, sum: tenSeconds),
        changes("changes", "the same, EMIT CHANGES at commits of 1 s", grace: ", GRACE PERIOD 0 SECONDS"),
        changes("changes-day", "the same with the default grace of 24 hours: all windows stay open", grace: ""),
        Workload(
            name: "hopping", summary: "hopping 10 s by 2 s, EMIT FINAL", data: DataSet(recordsPerMillisecond: 50),
            sql: orders
                + table(
                    """
                    SELECT user, COUNT(*) AS n, SUM(amount) AS total
                      FROM orders WINDOW HOPPING (SIZE 10 SECONDS, ADVANCE BY 2 SECONDS) GROUP BY user EMIT FINAL
                    """),
            sum: .finalWindows(sizeMilliseconds: 10_000, advanceMilliseconds: 2000)),
        Workload(
            name: "session", summary: "sessions of gap 3 s, EMIT FINAL",
            sql: orders
                + table(
                    """
                    SELECT user, COUNT(*) AS n, SUM(amount) AS total
                      FROM orders WINDOW SESSION (3 SECONDS) GROUP BY user EMIT FINAL
                    """)),
        Workload(
            name: "unwindowed", summary: "unwindowed sum, 1 M keys", data: DataSet(keys: 1_000_000),
            sql: orders
                + table("SELECT user, COUNT(*) AS n, SUM(amount) AS total FROM orders GROUP BY user EMIT CHANGES"),
            sum: .everyRecord),
        Workload(
            name: "regrouping", summary: "tumbling by a field that is not the key",
            sql: orders
                + table(
                    """
                    SELECT page, COUNT(*) AS n, SUM(amount) AS total
                      FROM orders WINDOW TUMBLING (SIZE 10 SECONDS) GROUP BY page EMIT FINAL
                    """),
            sum: tenSeconds),
        Workload(
            name: "projection", summary: "CASE, LIKE and arithmetic, half pass",
            sql: orders
                + stream(
                    """
                    SELECT user, id * 2 + 1 AS odd, amount * 1.19 - 3 AS gross, ROUND(amount / 7) AS week,
                        CASE WHEN amount < 600 THEN 'low' WHEN amount < 800 THEN 'middle' ELSE 'high' END AS class,
                        CASE WHEN page LIKE '/p/0%' THEN 1 WHEN page LIKE '%7%9%' THEN 2 ELSE 3 END AS area
                      FROM orders
                      WHERE amount >= 500 AND (page LIKE '/p/%' OR id % 1000 = 0)
                      EMIT CHANGES
                    """)),
        Workload(
            name: "delimited", summary: "DELIMITED in, JSON out, half pass", data: DataSet(shape: "delimited"),
            sql: """
                CREATE STREAM orders
                  (user VARCHAR KEY, id BIGINT, amount DOUBLE, ts BIGINT, page VARCHAR, name VARCHAR)
                  WITH (KAFKA_TOPIC='$IN', VALUE_FORMAT='DELIMITED', TIMESTAMP='ts');

                """ + stream("SELECT user, id, amount, page FROM orders WHERE amount >= 500 EMIT CHANGES")),
        tumbling("avro", "the tumbling one over Avro with a registry", format: "AVRO"),
        tumbling("protobuf", "the tumbling one over Protobuf with a registry", format: "PROTOBUF"),
        wide("wide", "20 fields, 600 bytes, 3 read: tumbling", format: "JSON"),
        wide("wide-avro", "the same in Avro with a registry", format: "AVRO"),
        wide("wide-protobuf", "the same in Protobuf with a registry", format: "PROTOBUF"),
        Workload(
            name: "recovery", summary: "restart: everything is read again for the state", way: .recovery,
            sql: orders
                + table(
                    """
                    SELECT user, COUNT(*) AS n, SUM(amount) AS total
                      FROM orders WINDOW TUMBLING (SIZE 1 DAY) GROUP BY user EMIT FINAL
                    """),
            sum: .nothing),
    ]

    private static let replays: [Workload] = [1, 2, 4].map { partitions in
        Workload(
            name: "replay-\(partitions)", summary: "bounded replay of \(partitions) partition(s), tumbling",
            data: DataSet(partitions: partitions), way: .replay, sql: tumbling, sum: .everyRecord)
    }

    private static let growth: [Workload] = keys + windows + sizes + threads

    /// A HAVING that nothing passes: the curve is of the state, not of its results.
    private static let keys: [Workload] = [100, 1000, 10_000, 100_000, 1_000_000, 10_000_000].map { keys in
        Workload(
            name: "keys-\(keys)", family: "growth-keys", summary: "unwindowed sum, \(keys) keys, nothing published",
            data: DataSet(keys: keys),
            sql: orders
                + table(
                    """
                    SELECT user, COUNT(*) AS n, SUM(amount) AS total
                      FROM orders GROUP BY user HAVING COUNT(*) > 1000000000 EMIT CHANGES
                    """),
            sum: .nothing)
    }

    /// Windows of 100 ms over 100 keys: 0.1 results a record; the grace keeps the others open.
    private static let windows: [Workload] = [1, 10, 100, 1000].map { windows in
        Workload(
            name: "windows-\(windows)", family: "growth-windows", summary: "tumbling, \(windows) windows open",
            data: DataSet(keys: 100),
            sql: orders
                + table(
                    """
                    SELECT user, COUNT(*) AS n, SUM(amount) AS total
                      FROM orders
                      WINDOW TUMBLING (SIZE 100 MILLISECONDS, GRACE PERIOD \((windows - 1) * 100) MILLISECONDS)
                      GROUP BY user EMIT FINAL
                    """))
    }

    private static let sizes: [Workload] = [50, 150, 500, 1500, 5000].map { bytes in
        Workload(
            name: "size-\(bytes)", family: "growth-size", summary: "tumbling, records of \(bytes) bytes",
            data: DataSet(shape: "sized", bytes: bytes, scale: min(1, max(0.1, 90 / Double(bytes)))),
            sql: """
                CREATE STREAM orders (user VARCHAR KEY, amount DOUBLE, ts BIGINT)
                  WITH (KAFKA_TOPIC='$IN', VALUE_FORMAT='JSON', TIMESTAMP='ts');

                """
                    + table(
                        """
                        SELECT user, COUNT(*) AS n, SUM(amount) AS total
                          FROM orders WINDOW TUMBLING (SIZE 10 SECONDS) GROUP BY user EMIT FINAL
                        """),
            sum: tenSeconds)
    }

    private static let threads: [Workload] = [1, 2].map { threads in
        Workload(
            name: "threads-\(threads)", family: "threads", summary: "tumbling, \(threads) thread(s)",
            threads: threads, sql: tumbling, sum: tenSeconds)
    }
}
