// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceSQL
import Testing

/// What ksqlDB takes, and once was refused here.
struct DialectTests {
    /// Both texts are the same expression.
    @Test(arguments: [
        ("region + '-' + region", "region || '-' || region"), ("region + NULL", "region || NULL"),
        ("UCASE(region + 'x')", "UCASE(region || 'x')"),
        (
            "TIMESTAMPADD(DAYS, 1, FROM_UNIXTIME(amount))",
            "TIMESTAMPADD('DAYS', 1, FROM_UNIXTIME(amount))"
        ),
        ("timestampsub(hour, 2, FROM_UNIXTIME(amount))", "TIMESTAMPSUB('HOUR', 2, FROM_UNIXTIME(amount))"),
        ("DATEADD(DAY, id, day)", "DATEADD('DAY', id, day)"), ("DATESUB(DAYS, 1, day)", "DATESUB('DAYS', 1, day)"),
        ("TIMEADD(MINUTES, 1, CAST(region AS TIME))", "TIMEADD('MINUTES', 1, CAST(region AS TIME))"),
        ("TIMESUB(MILLISECONDS, 1, CAST(region AS TIME))", "TIMESUB('MILLISECONDS', 1, CAST(region AS TIME))"),
        ("1 + 2 * id - 3", "(1 + (2 * id)) - 3"), ("region || 'a' || 'b' || 'c'", "((region || 'a') || 'b') || 'c'"),
    ])
    func sameExpression(_ pair: (String, String)) throws {
        #expect(try Fixtures.value(pair.0).0 == Fixtures.value(pair.1).0)
    }

    /// IN, = and CASE find the common type of nested values, part by part.
    @Test(arguments: [
        ("ARRAY[id] IN (ARRAY[amount], ARRAY[1, 2])", DataType.array(.bigint)),
        ("MAP('a' := id) IN (MAP('a' := amount))", .map(key: .varchar, value: .bigint)),
        (
            "STRUCT(a := id, b := ARRAY[id]) IN (STRUCT(a := rate, b := ARRAY[amount]))",
            .structure([Field("A", .double), Field("B", .array(.bigint))])
        ),
        ("ARRAY[id] IN (ARRAY[price])", .array(.decimal(precision: 12, scale: 2))),
    ])
    func nestedValuesWiden(_ text: String, _ type: DataType) throws {
        guard case .inList(let operand, let items) = try Fixtures.value(text).0 else {
            Issue.record("no IN")
            return
        }
        #expect(operand.type == type)
        #expect(items.allSatisfy { $0.type == type })
    }

    @Test func structsOfOtherFieldsHaveNoCommonType() {
        let error = #expect(throws: SourceError.self) { try Fixtures.value("STRUCT(a := 1) IN (STRUCT(b := 1))") }
        #expect(error?.message.contains("IN mixes STRUCT<A INTEGER> and STRUCT<B INTEGER>") == true)
    }

    @Test(arguments: ["order", "partition", "emit", "union", "within", "grace", "at", "`order`"])
    func wordsOfClausesAreAliases(_ word: String) throws {
        let query = try Fixtures.query("CREATE STREAM o AS SELECT id, region \(word), ok FROM orders WHERE ok;")
        #expect(
            query.sink.columns.map { $0.name.uppercased() } == ["ID", word.uppercased().filter { $0 != "`" }, "OK"])
        #expect(throws: Never.self) { try Fixtures.query("CREATE STREAM o AS SELECT \(word).* FROM orders \(word);") }
    }

    @Test func sourcesAreReadOnly() throws {
        let plan = try SQL.compile(
            """
            CREATE SOURCE STREAM s (a INT) WITH (kafka_topic='s', format='json');
            CREATE OR REPLACE SOURCE TABLE IF NOT EXISTS t (k INT PRIMARY KEY, a INT)
              WITH (kafka_topic='t', format='json');
            CREATE STREAM o AS SELECT * FROM s;
            """)
        #expect(plan.sources.map(\.isReadOnly) == [true, true, false])
    }

    @Test(arguments: ["KAFKA", "DELIMITED"]) func whatIsNeverWrappedMaySaySo(_ format: String) throws {
        let plan = try SQL.compile(
            """
            CREATE STREAM s (a INT) WITH (kafka_topic='s', value_format='\(format)', wrap_single_value=false);
            CREATE STREAM o WITH (WRAP_SINGLE_VALUE=false) AS SELECT a FROM s;
            """)
        #expect(plan.sources.allSatisfy { $0.valueFormat.name.rawValue == format })
        #expect(plan.sources[0].valueFormat == FormatDefinition(plan.sources[0].valueFormat.name))
    }

    @Test func defaultsOfFormats() throws {
        let plan = try SQL.compile(
            """
            SET 'ksql.persistence.default.format.key'='json';
            SET 'ksql.persistence.default.format.value'='DELIMITED';
            CREATE STREAM a (k INT KEY, v INT, w INT) WITH (kafka_topic='a');
            CREATE STREAM b (k INT KEY, v INT) WITH (kafka_topic='b', key_format='KAFKA', value_format='JSON');
            SET 'ksql.persistence.wrap.single.values'='false';
            CREATE STREAM c (v INT) WITH (kafka_topic='c', value_format='JSON');
            UNSET 'ksql.persistence.default.format.key'; UNSET 'ksql.persistence.wrap.single.values';
            CREATE STREAM d (k INT KEY, v INT) WITH (kafka_topic='d', value_format='JSON');
            CREATE STREAM o AS SELECT * FROM d;
            """)
        #expect(plan.sources.map(\.keyFormat.name) == [.json, .kafka, .none, .kafka, .kafka])
        #expect(plan.sources.map(\.valueFormat.name) == [.delimited, .json, .json, .json, .json])
        #expect(plan.sources.map(\.valueFormat.wrapsSingleValue) == [true, true, false, true, true])
        #expect(plan.properties.isEmpty)
    }

    @Test func insertIntoMayStandAnywhere() throws {
        let ordered = """
            CREATE STREAM s (id INT KEY, x INT) WITH (kafka_topic='s', format='json');
            CREATE STREAM o AS SELECT id, x FROM s;
            """
        let plan = try SQL.compile(
            """
            \(ordered)
            CREATE STREAM p AS SELECT * FROM o;
            CREATE TABLE t AS SELECT id, COUNT(*) AS n FROM p GROUP BY id;
            INSERT INTO o WITH (QUERY_ID='more') SELECT id, x + 1 AS x FROM s;
            """)
        #expect(plan.queries.map(\.name) == ["CSAS_O_1", "MORE", "CSAS_P_2", "CTAS_T_3"])
        // Two queries write O, so that its rows need not lie in the partition of their key.
        guard case .aggregate(let aggregation) = plan.queries[3].operation else { return }
        #expect(!aggregation.isPartitionAffine)
        let before = try SQL.compile(
            "\(ordered)\nINSERT INTO z SELECT id, x FROM o; CREATE STREAM z AS SELECT * FROM s;")
        #expect(before.queries.map(\.name) == ["CSAS_O_1", "INSERTQUERY_2", "CSAS_Z_3"])
    }

    @Test func replacedSources() throws {
        // What stands in between sees the last definition.
        let plan = try Fixtures.plan(
            """
            CREATE STREAM o AS SELECT * FROM orders;
            CREATE OR REPLACE STREAM orders (id INT KEY, v INT, w INT) WITH (kafka_topic='v2', format='json');
            CREATE STREAM p AS SELECT id, w FROM orders;
            """)
        #expect(plan.sources.map(\.name).sorted() == ["O", "ORDERS", "P", "USERS"])
        #expect(ProgramIndex(plan).source(named: "ORDERS")?.topic == "v2")
        #expect(plan.queries[0].sink.columns.map(\.name) == ["ID", "V", "W"])
        // A query takes the place of a declaration, and of another query.
        let byQuery = try Fixtures.plan(
            """
            CREATE STREAM x (id INT KEY, a INT) WITH (kafka_topic='x', format='json');
            CREATE OR REPLACE STREAM x AS SELECT id, region FROM orders;
            CREATE OR REPLACE STREAM x WITH (KAFKA_TOPIC='x') AS SELECT id, amount FROM orders;
            CREATE STREAM y AS SELECT * FROM x;
            """)
        #expect(byQuery.queries.map(\.name) == ["CSAS_X_1", "CSAS_Y_2"])
        #expect(byQuery.queries[1].sink.columns.map(\.name) == ["ID", "AMOUNT"])
        #expect(byQuery.rootSources.map(\.name) == ["ORDERS"])
    }
}
