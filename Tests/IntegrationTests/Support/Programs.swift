// SPDX-License-Identifier: Apache-2.0

/// The programs that the tests run over orders.
enum Programs {
    /// Before a program: its results are sent at once.
    static let atLeastOnce = "SET 'processing.guarantee' = 'at_least_once';\n"

    /// - Parameter hasTimeColumn: whether the event time is the column `ts`, not the Kafka timestamp.
    static func source(_ input: String, hasTimeColumn: Bool = true) -> String {
        """
        CREATE STREAM orders (id BIGINT, user VARCHAR KEY, amount DOUBLE, ts BIGINT, page VARCHAR)
          WITH (KAFKA_TOPIC='\(input)', VALUE_FORMAT='JSON'\(hasTimeColumn ? ", TIMESTAMP='ts'" : ""));

        """
    }

    /// COUNT, SUM and MAX of the wanted orders.
    /// - Parameters:
    ///   - window: nil: over all time.
    ///   - key: `user` is the record key, `page` is not.
    static func aggregate(
        _ input: String, into output: String, by key: String, window: Expectation.Window?, emit: String,
        hasTimeColumn: Bool = true
    ) -> String {
        let clause = window.map {
            "WINDOW TUMBLING (SIZE \($0.size) MILLISECONDS, GRACE PERIOD \($0.grace) MILLISECONDS)"
        }
        return source(input, hasTimeColumn: hasTimeColumn) + """
            CREATE TABLE totals WITH (KAFKA_TOPIC='\(output)', VALUE_FORMAT='JSON', PARTITIONS=3) AS
              SELECT \(key), COUNT(*) AS n, SUM(amount) AS total, MAX(amount) AS top
              FROM orders \(clause ?? "") WHERE amount > 0 GROUP BY \(key) EMIT \(emit);

            """
    }

    static func filter(_ input: String, into output: String, above limit: Double, hasTimeColumn: Bool = true) -> String
    {
        source(input, hasTimeColumn: hasTimeColumn) + """
            CREATE STREAM wanted WITH (KAFKA_TOPIC='\(output)', VALUE_FORMAT='JSON', PARTITIONS=3) AS
              SELECT user, id, amount FROM orders WHERE amount > \(limit) EMIT CHANGES;

            """
    }
}
