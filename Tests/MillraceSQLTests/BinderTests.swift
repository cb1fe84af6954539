// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceSQL
import Testing

struct BinderTests {
    @Test func declaredSource() throws {
        let plan = try Fixtures.plan("CREATE STREAM o AS SELECT * FROM orders;")
        let orders = try #require(ProgramIndex(plan).source(named: "ORDERS"))
        #expect(orders.kind == .stream)
        #expect(orders.topic == "orders")
        #expect(orders.keyFormat == FormatDefinition(.kafka))
        #expect(orders.valueFormat == FormatDefinition(.json))
        #expect(orders.partitions == 4)
        #expect(orders.columns.map(\.name).first == "ID")
        #expect(orders.columns.map(\.role) == [.key] + Array(repeating: .value, count: 9))
        #expect(
            ProgramIndex(plan).source(named: "USERS")?.keyFormat == FormatDefinition(.json, wrapsSingleValue: false))
        #expect(plan.rootSources.map(\.name) == ["ORDERS"])
    }

    @Test func keyColumnsComeFirst() throws {
        let plan = try SQL.compile(
            """
            CREATE STREAM s (v INT, k2 STRING KEY, h ARRAY<STRUCT<key STRING, value BYTES>> HEADERS,
                t BYTES HEADER('trace'), k1 INT KEY) WITH (kafka_topic='t', format='delimited', key_delimiter='TAB',
                value_delimiter='|', replicas='3', cleanup_policy='DELETE', retention_ms=5);
            CREATE STREAM o AS SELECT k1, k2, v FROM s;
            """)
        let source = try #require(plan.sources.first)
        #expect(source.columns.map(\.name) == ["K2", "K1", "V", "H", "T"])
        #expect(source.columns.map(\.role) == [.key, .key, .value, .headers, .header("trace")])
        #expect(source.keyFormat == FormatDefinition(.delimited, delimiter: 9))
        #expect(source.valueFormat.delimiter == UInt8(ascii: "|"))
        #expect(source.replicas == 3 && source.cleanupPolicy == "delete" && source.retentionMilliseconds == 5)
        let sink = try #require(plan.queries.first?.sink)
        #expect(sink.columns.map(\.name) == ["K2", "K1", "V"])
        #expect(sink.keyFormat == source.keyFormat && sink.valueFormat == source.valueFormat)
    }

    @Test func projectionAndFilter() throws {
        let query = try Fixtures.query(
            "CREATE STREAM big AS SELECT o.id, region AS r, amount * 2, item->sku, ROWTIME AS t FROM orders o "
                + "WHERE o.amount > 100;")
        #expect(query.name == "CSAS_BIG_1" && query.input == "ORDERS" && query.emit == .changes)
        #expect(query.scan == [.column(2), .column(0), .column(1), .column(9), .rowTime])
        #expect(query.filter == .compare(.greater, .column(0, .bigint), .literal(.bigint(100), .bigint)))
        #expect(query.sink.columns.map(\.name) == ["ID", "R", "KSQL_COL_0", "SKU", "T"])
        #expect(query.sink.columns.map(\.role) == [.key, .value, .value, .value, .value])
        #expect(query.sink.topic == "BIG" && query.sink.valueFormat.name == .json)
        #expect(query.sink.partitions == nil)
        guard case .project(let projection) = query.operation else {
            Issue.record("no projection")
            return
        }
        #expect(projection.keys == [.column(1, .integer)])
        #expect(!projection.changesKey)
        #expect(
            projection.values[1] == .arithmetic(.multiply, .column(0, .bigint), .literal(.bigint(2), .bigint), .bigint))
    }

    @Test func aggregation() throws {
        let query = try Fixtures.query(
            """
            CREATE TABLE totals WITH (KAFKA_TOPIC='out', PARTITIONS=2) AS
            SELECT region, COUNT(*) AS n, SUM(amount) / COUNT(*) AS mean, WINDOWSTART AS ws, region || 'x' AS rx
            FROM orders WINDOW TUMBLING (SIZE 1 MINUTE, GRACE PERIOD 10 SECONDS) WHERE ok
            GROUP BY region HAVING COUNT(*) > 1 AND SUM(amount) > 5 EMIT FINAL;
            """)
        #expect(query.name == "CTAS_TOTALS_1" && query.emit == .final)
        #expect(query.scan == [.column(5), .column(1), .column(2)])
        #expect(query.filter == .column(0, .boolean))
        #expect(query.sink.windowedKey == .time(sizeMilliseconds: 60_000))
        #expect(query.sink.columns.map(\.name) == ["REGION", "N", "MEAN", "WS", "RX"])
        #expect(query.sink.kind == .table && query.sink.topic == "out" && query.sink.partitions == 2)
        guard case .aggregate(let aggregation) = query.operation else {
            Issue.record("no aggregation")
            return
        }
        #expect(aggregation.window == Window(.tumbling(size: 60_000), grace: 10_000))
        #expect(aggregation.groupBy == [.column(1, .varchar)])
        #expect(
            aggregation.aggregates == [
                AggregateCall(.countAll, arguments: [], result: .bigint),
                AggregateCall(.sum, arguments: [.column(2, .bigint)], result: .bigint),
            ])
        #expect(aggregation.keys == [.column(0, .varchar)])
        #expect(
            aggregation.values == [
                .column(3, .bigint),
                .arithmetic(.divide, .column(4, .bigint), .column(3, .bigint), .bigint), .column(1, .bigint),
                .concatenate(.column(0, .varchar), .literal(.text("x"), .varchar), .varchar),
            ])
        #expect(
            aggregation.having
                == .and(
                    .compare(.greater, .column(3, .bigint), .literal(.bigint(1), .bigint)),
                    .compare(.greater, .column(4, .bigint), .literal(.bigint(5), .bigint))))
        #expect(!aggregation.isPartitionAffine)
        #expect(aggregation.resultTypes == [.varchar, .bigint, .bigint, .bigint, .bigint])
    }

    @Test func groupingByAnExpression() throws {
        let query = try Fixtures.query(
            "CREATE TABLE t AS SELECT amount % 10, amount % 10 + 1 AS next, MAX(price) AS m FROM orders "
                + "GROUP BY (amount % 10);")
        #expect(query.sink.columns.map(\.name) == ["KSQL_COL_0", "NEXT", "M"])
        #expect(query.sink.columns.map(\.role) == [.key, .value, .value])
        guard case .aggregate(let aggregation) = query.operation else { return }
        #expect(
            aggregation.values[0]
                == .arithmetic(.add, .column(0, .bigint), .literal(.bigint(1), .bigint), .bigint))
    }

    @Test func severalKeysNeedAFormatThatHoldsThem() throws {
        let query = try Fixtures.query(
            "CREATE TABLE t WITH (KEY_FORMAT='JSON') AS SELECT COUNT(*) AS n, ok, region FROM orders "
                + "GROUP BY region, ok;")
        #expect(query.sink.columns.map(\.name) == ["REGION", "OK", "N"])
        #expect(query.sink.keyFormat == FormatDefinition(.json, wrapsSingleValue: false))
    }

    @Test func windows() throws {
        func window(_ text: String, _ emit: String = "") throws -> Window? {
            try Fixtures.aggregation(
                "CREATE TABLE t AS SELECT id, COUNT(*) AS n FROM orders WINDOW \(text) GROUP BY id \(emit);"
            ).window
        }
        #expect(
            try window("TUMBLING (SIZE 2 HOURS)")
                == Window(.tumbling(size: 7_200_000), grace: 86_400_000, graceIsDefault: true))
        #expect(
            try window("TUMBLING (SIZE 2 HOURS)", "EMIT FINAL")
                == Window(.tumbling(size: 7_200_000), grace: 0, graceIsDefault: true))
        #expect(
            try window("HOPPING (SIZE 30 SECONDS, ADVANCE BY 10 SECONDS, RETENTION 1 HOUR, GRACE PERIOD 0 SECONDS)")
                == Window(.hopping(size: 30_000, advance: 10_000), grace: 0, retention: 3_600_000))
        #expect(
            try window("SESSION (5 MINUTES, GRACE PERIOD 1 DAY)")
                == Window(.session(gap: 300_000), grace: 86_400_000))
        let session = try Fixtures.query(
            "CREATE TABLE t AS SELECT id, COUNT(*) AS n FROM orders WINDOW SESSION (5 MINUTES) GROUP BY id;")
        #expect(session.sink.windowedKey == .session)
    }

    @Test func aggregateArguments() throws {
        let aggregation = try Fixtures.aggregation(
            """
            CREATE TABLE t AS SELECT id, TOPK(amount, 3) AS a, EARLIEST_BY_OFFSET(region) AS b,
                LATEST_BY_OFFSET(region, false) AS c, LATEST_BY_OFFSET(region, 2) AS d,
                EARLIEST_BY_OFFSET(region, 2, false) AS e, STDDEV_SAMPLE(rate) AS f, AVG(amount + 1) AS g,
                COUNT_DISTINCT(region) AS h, COLLECT_SET(tags) AS i, SUM(price) AS j
            FROM orders GROUP BY id;
            """)
        #expect(
            aggregation.aggregates.map(\.result) == [
                .array(.bigint), .varchar, .varchar, .array(.varchar), .array(.varchar), .double, .double, .bigint,
                .array(.array(.varchar)), .decimal(precision: 20, scale: 2),
            ])
        #expect(aggregation.aggregates.map(\.limit) == [3, nil, nil, 2, 2, nil, nil, nil, nil, nil])
        #expect(
            aggregation.aggregates.map(\.ignoresNulls)
                == [true, true, false, true, false, true, true, true, true, true])
        #expect(aggregation.isPartitionAffine)
    }

    @Test func partitionBy() throws {
        let byRegion = try Fixtures.query(
            "CREATE STREAM o AS SELECT amount, id, region AS r FROM orders PARTITION BY region;")
        #expect(byRegion.sink.columns.map(\.name) == ["R", "AMOUNT", "ID"])
        #expect(byRegion.sink.columns.map(\.role) == [.key, .value, .value])
        #expect(
            try Fixtures.projection("CREATE STREAM o AS SELECT id, ok FROM orders PARTITION BY id;").changesKey == false
        )
        let keyless = try Fixtures.query("CREATE STREAM o AS SELECT amount, id FROM orders PARTITION BY NULL;")
        #expect(keyless.sink.columns.map(\.role) == [.value, .value])
        #expect(keyless.sink.keyFormat == FormatDefinition(.none))
        guard case .project(let projection) = keyless.operation else { return }
        #expect(projection.keys.isEmpty && projection.changesKey)
    }

    @Test func valueCopiesOfTheKey() throws {
        let query = try Fixtures.query("CREATE STREAM o AS SELECT AS_VALUE(id) AS copy, id FROM orders;")
        #expect(
            query.sink.columns == [ColumnDefinition("ID", .integer, .key), ColumnDefinition("COPY", .integer, .value)])
        #expect(query.scan == [.column(0)])
    }

    @Test func tables() throws {
        let query = try Fixtures.query("CREATE TABLE adults AS SELECT * FROM users WHERE age >= 18;")
        #expect(query.sink.kind == .table && query.sink.columns.map(\.name) == ["UID", "NAME", "AGE"])
        #expect(query.sink.keyFormat.name == .json)
    }

    @Test func chainsOfQueriesAndAffinity() throws {
        let plan = try Fixtures.plan(
            """
            CREATE STREAM a AS SELECT id, region, amount FROM orders WHERE ok;
            CREATE STREAM b AS SELECT region, id FROM a PARTITION BY region;
            CREATE TABLE c AS SELECT id, COUNT(*) AS n FROM a GROUP BY id;
            CREATE TABLE d AS SELECT region, COUNT(*) AS n FROM b GROUP BY region;
            CREATE TABLE e AS SELECT id, COUNT(*) AS n FROM a WINDOW SESSION (1 SECOND) GROUP BY id;
            """)
        let affine = plan.queries.map { query -> Bool? in
            guard case .aggregate(let aggregation) = query.operation else { return nil }
            return aggregation.isPartitionAffine
        }
        #expect(affine == [nil, nil, true, false, true])
        #expect(plan.queries.map(\.name) == ["CSAS_A_1", "CSAS_B_2", "CTAS_C_3", "CTAS_D_4", "CTAS_E_5"])
        #expect(plan.rootSources.map(\.name) == ["ORDERS"])
    }

    @Test func windowedSources() throws {
        let plan = try SQL.compile(
            """
            CREATE STREAM w (k STRING KEY, v INT) WITH (kafka_topic='w', value_format='json', window_type='Hopping',
                window_size='10 seconds');
            CREATE STREAM o AS SELECT k, v, windowstart AS ws, WINDOWEND FROM w;
            CREATE TABLE t AS SELECT k, COUNT(*) AS n FROM w GROUP BY k;
            """)
        #expect(plan.queries[0].sink.windowedKey == .time(sizeMilliseconds: 10_000))
        #expect(plan.queries[0].scan == [.column(0), .column(1), .windowStart, .windowEnd])
        #expect(plan.queries[1].sink.windowedKey == nil)
        guard case .aggregate(let aggregation) = plan.queries[1].operation else { return }
        #expect(!aggregation.isPartitionAffine)
    }

    @Test func insertInto() throws {
        let plan = try Fixtures.plan(
            """
            CREATE STREAM all_orders (id BIGINT KEY, total DOUBLE) WITH (kafka_topic='all', value_format='JSON');
            INSERT INTO all_orders SELECT id, amount AS total FROM orders;
            INSERT INTO all_orders WITH (query_id='second') SELECT id, 7 AS total FROM orders;
            CREATE TABLE t AS SELECT id, COUNT(*) AS n FROM all_orders GROUP BY id;
            """)
        #expect(plan.queries.map(\.name) == ["INSERTQUERY_1", "SECOND", "CTAS_T_3"])
        #expect(ProgramIndex(plan).writers(of: "ALL_ORDERS").count == 2)
        guard case .project(let first) = plan.queries[0].operation,
            case .project(let second) = plan.queries[1].operation
        else { return }
        #expect(first.keys == [.cast(.column(0, .integer), to: .bigint)])
        #expect(first.values == [.cast(.column(1, .bigint), to: .double)])
        #expect(second.values == [.literal(.double(7), .double)])
        guard case .aggregate(let aggregation) = plan.queries[2].operation else { return }
        #expect(!aggregation.isPartitionAffine)
    }

    @Test func propertiesAndExistingNames() throws {
        let plan = try Fixtures.plan(
            """
            SET 'a' = 'x''y'; SET 'b' = '2'; UNSET 'b';
            CREATE STREAM IF NOT EXISTS orders (z INT) WITH (kafka_topic='z', value_format='json');
            CREATE OR REPLACE TABLE users (uid INT PRIMARY KEY, x INT) WITH (kafka_topic='u2', value_format='json');
            CREATE TABLE t AS SELECT uid, x FROM users;
            """)
        #expect(plan.properties.map(\.name) == ["a"] && plan.properties.map(\.value) == ["x'y"])
        #expect(plan.properties.first?.location == SourceLocation(line: 3, column: 5))
        #expect(ProgramIndex(plan).source(named: "ORDERS")?.topic == "orders")
        #expect(ProgramIndex(plan).source(named: "USERS")?.topic == "u2")
    }

    @Test func timestamps() throws {
        let plan = try SQL.compile(
            """
            CREATE STREAM s (a STRING, `t` STRING) WITH (kafka_topic='s', value_format='json', timestamp='`t`',
                timestamp_format='yyyy-MM-dd');
            CREATE STREAM o WITH (TIMESTAMP='B', WRAP_SINGLE_VALUE=false) AS SELECT ROWTIME AS b FROM s;
            """)
        #expect(plan.sources[0].timestamp == TimestampDefinition(column: 1, type: .varchar, format: "yyyy-MM-dd"))
        #expect(plan.sources[1].timestamp == TimestampDefinition(column: 0, type: .bigint))
        #expect(plan.sources[1].valueFormat.wrapsSingleValue == false)
        #expect(plan.sources[1].keyFormat.name == .none)
    }

    /// The bytes of keys depend on it, and so does the partition.
    @Test func keyFormatsOfKeylessSources() throws {
        func format(_ with: String, _ query: String) throws -> String {
            let plan = try SQL.compile(
                "CREATE STREAM s (a STRING, b STRING, v INT) WITH (KAFKA_TOPIC='s', \(with)); \(query)")
            guard let sink = plan.queries.last?.sink else { return "" }
            #expect(plan.sources[0].keyFormat.name == .none)
            return "\(sink.keyFormat.name.rawValue) \(sink.keyFormat.delimiter)"
        }
        let group = "CREATE TABLE t AS SELECT a, COUNT(*) AS n FROM s GROUP BY a;"
        #expect(try format("FORMAT='JSON'", group) == "JSON 44")
        #expect(try format("VALUE_FORMAT='JSON'", group) == "KAFKA 44")
        #expect(try format("KEY_FORMAT='NONE', VALUE_FORMAT='JSON'", group) == "KAFKA 44")
        #expect(
            try format("KEY_FORMAT='DELIMITED', KEY_DELIMITER='|', VALUE_FORMAT='JSON'", group) == "DELIMITED 124")
        let two = "CREATE TABLE t AS SELECT a, b, COUNT(*) AS n FROM s GROUP BY a, b;"
        #expect(try format("FORMAT='JSON'", two) == "JSON 44")
        let chain = "CREATE STREAM p AS SELECT a, v FROM s; CREATE STREAM q AS SELECT a, v FROM p PARTITION BY a;"
        #expect(try format("FORMAT='JSON'", chain) == "JSON 44")
        let named =
            "CREATE STREAM p WITH (KEY_FORMAT='JSON') AS SELECT a, v FROM s; "
            + "CREATE STREAM q AS SELECT a, v FROM p PARTITION BY a;"
        #expect(try format("VALUE_FORMAT='JSON'", named) == "JSON 44")
        let dropped =
            "CREATE STREAM p AS SELECT a, v FROM s PARTITION BY a; "
            + "CREATE STREAM q AS SELECT a, v FROM p PARTITION BY NULL; "
            + "CREATE STREAM r AS SELECT a, v FROM q PARTITION BY a;"
        #expect(try format("FORMAT='JSON'", dropped) == "KAFKA 44")
    }
}
