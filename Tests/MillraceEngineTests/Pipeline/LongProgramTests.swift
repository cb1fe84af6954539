// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceSQL
import MillraceTestKit
import Testing

/// Programs that a generator writes: long is not deep, and takes time by its length.
struct LongProgramTests {
    private static let terms = 5000

    private static func chain(_ term: (Int) -> String, _ word: String) -> String {
        (0..<terms).map(term).joined(separator: " \(word) ")
    }

    static let chains = [
        chain({ "id <> \($0)" }, "AND"), chain({ "region = '\($0)'" }, "OR"),
        chain({ $0 % 3 == 0 ? "(ok OR id = \($0))" : "NOT id = \($0)" }, "AND"),
        "\((0..<900).map { "id * \($0)" }.joined(separator: " - ")) > 3",
        "(\(chain({ "'\($0)'" }, "||")) || region) = 'x'", "(\(chain({ "'\($0)'" }, "+")) + region) = 'x'",
        "CASE \((0..<terms).map { "WHEN id = \($0) THEN \($0 + 1)" }.joined(separator: " ")) END = 3",
        "CASE id \((0..<terms).map { "WHEN \($0) THEN '\($0)'" }.joined(separator: " ")) END = '3'",
        "id IN (\((0..<terms).map(String.init).joined(separator: ", ")))",
        "CONCAT(\((0..<terms).map { "'\($0)'" }.joined(separator: ", "))) = region",
        "ARRAY_LENGTH(ARRAY[\((0..<terms).map { "id + \($0)" }.joined(separator: ", "))]) > 1",
        "ARRAY_LENGTH(\(chain({ "ARRAY[\($0)]" }, "||"))) > 1",
    ]

    /// Fault 12.
    @Test(arguments: chains.indices) func longChains(_ index: Int) throws {
        let text = Self.chains[index]
        let plan = try SQL.compile(
            "CREATE STREAM s (id INT, region STRING, ok BOOLEAN) WITH (kafka_topic='s', format='json');\n"
                + "CREATE STREAM o AS SELECT * FROM s WHERE \(text);")
        let query = plan.queries[0]
        let filter = try #require(query.filter)
        // Printed for the fingerprint, compiled and run, and freed: each goes down the tree.
        #expect(!ExpressionPrinter.text(filter, columns: []).isEmpty)
        let values: [(DataType, Value)] = [(.integer, .integer(2)), (.varchar, .text("3")), (.boolean, .boolean(true))]
        let columns = query.scan.map { scanned in
            guard case .column(let index) = scanned else { return Column(.bigint) }
            return column(values[index].0, [values[index].1])
        }
        let selection = Selection(capacity: 1)
        selection.selectAll(rows: 1)
        let result = CompiledExpression(filter).evaluate(
            columns, rows: 1, selection: selection, failures: FailureCounts())
        #expect(result.count == 1)
    }

    @Test func numbersInARowHaveALimit() throws {
        func compile(_ text: String) throws {
            _ = try SQL.compile(
                "CREATE STREAM s (id INT) WITH (kafka_topic='s', format='json');\n"
                    + "CREATE STREAM o AS SELECT \(text) AS x FROM s;")
        }
        #expect(throws: Never.self) { try compile((0..<256).map { "id * \($0)" }.joined(separator: " - ")) }
        let error = #expect(throws: SourceError.self) { try compile(Self.chain({ "id * \($0)" }, "+")) }
        #expect(error?.message == "more than 1000 numbers in a row")
        #expect(error?.hint?.contains("parentheses") == true)
        // Rows of numbers inside rows of numbers add up.
        var nested = "id"
        for _ in 0..<200 { nested = "(\(nested)" + String(repeating: " + id", count: 200) + ")" }
        let deep = #expect(throws: SourceError.self) { try compile(nested) }
        #expect(deep?.message.contains("1000 levels") == true)
    }

    private static let shapes = ["row", "fan", "inserts", "insert row", "insert row, backwards", "topics"]

    /// Programs of so many statements.
    private static func program(_ shape: String, _ count: Int) -> String {
        func declared(_ index: Int) -> String {
            "CREATE STREAM s\(index) (id INT KEY, v INT) WITH (kafka_topic='t\(index)', format='json');\n"
        }
        var text = declared(0)
        for index in 1...count {
            switch shape {
            case "row": text += "CREATE STREAM s\(index) AS SELECT id, v + 1 AS v FROM s\(index - 1);\n"
            case "fan": text += "CREATE STREAM s\(index) AS SELECT id, v + \(index) AS v FROM s0 WHERE v > 1;\n"
            case "inserts":
                text += index == 1 ? "CREATE STREAM s1 AS SELECT * FROM s0;\n" : "INSERT INTO s1 SELECT * FROM s0;\n"
            case "topics":
                // Over the topic of each there is another stream, which nobody writes.
                text += "CREATE STREAM d\(index) (id INT KEY, v INT) WITH (kafka_topic='S\(index)', format='json');\n"
                text += "CREATE STREAM s\(index) AS SELECT id, v FROM s\(index - 1);\n"
            default: text += declared(index)
            }
        }
        let order = shape == "insert row, backwards" ? Array((1...count).reversed()) : Array(1...count)
        guard shape.hasPrefix("insert row") || shape == "ring" else { return text }
        for index in order { text += "INSERT INTO s\(index) SELECT * FROM s\(index - 1);\n" }
        if shape == "ring" { text += "INSERT INTO s0 SELECT * FROM s\(count);\n" }
        return text
    }

    /// From text to plan, graph, identities and drawing: four times the statements take about four times as long, not
    /// sixteen or sixty-four times.
    @Test(arguments: shapes) func manyStatements(_ shape: String) {
        let growth = GrowthCheck(sizes: 500, 2000) { count in
            let outcome = SQL.check(Self.program(shape, count))
            #expect(outcome.errors.isEmpty)
            guard let graph = try? QueryGraph(outcome.plan) else { return #expect(Bool(false)) }
            #expect(graph.roots.count == 1)
            #expect(graph.identities(settings: "").count == outcome.plan.queries.count)
            let fingerprints = outcome.plan.queries.indices.map { StateFingerprint.of($0, in: graph) }
            if shape.contains("row") { #expect(Set(fingerprints).count == fingerprints.count) }
            #expect(PlanDiagram(outcome.plan).nodes.count > count)
        }
        #expect(growth.isLinear, "\(growth)")
    }

    /// The statement that closes a ring is told from the others, which do not.
    @Test func aLongRingIsFound() {
        let errors = SQL.check(Self.program("ring", 1000)).errors
        #expect(
            errors.map(\.message) == ["the query would read what it writes: S1000 is made by INSERTQUERY_1000 from S0"])
    }

    /// What an identity says of the queries before it does not double from query to query.
    @Test func identitiesOfALongRowDiffer() throws {
        let graph = try QueryGraph(try SQL.compile(Self.program("row", 60)))
        let identities = graph.identities(settings: "")
        #expect(Set(identities.map(\.fingerprint)).count == 60)
        // And a change at its beginning is one of all.
        let changed = Self.program("row", 60).replacing("v + 1 AS v FROM s0;", with: "v + 2 AS v FROM s0;")
        let others = try QueryGraph(try SQL.compile(changed)).identities(settings: "")
        #expect(zip(identities, others).allSatisfy { $0.fingerprint != $1.fingerprint })
    }

    /// Those of short rows are in commits: they must never change.
    @Test func identitiesStayAsTheyWere() throws {
        let graph = try QueryGraph(try SQL.compile(Self.program("row", 3)))
        let identities = graph.identities(settings: "x").map(\.fingerprint)
        #expect(identities == [4_243_829_128_378_655_361, 5_856_833_593_848_072_962, 13_162_428_967_811_529_388])
        #expect(
            graph.program.queries.indices.map { StateFingerprint.of($0, in: graph) } == [
                2_882_847_406_652_342_230, 16_783_646_240_454_544_432, 275_708_803_791_437_255,
            ])
    }

    @Test func manyColumns() throws {
        let columns = (0..<3000).map { "c\($0) INT" }.joined(separator: ", ")
        let items = (0..<3000).map { "c\($0) + 1 AS d\($0)" }.joined(separator: ", ")
        let time = try GrowthCheck.seconds {
            _ = try SQL.compile(
                "CREATE STREAM s (\(columns)) WITH (kafka_topic='s', format='json');\n"
                    + "CREATE STREAM o AS SELECT \(items) FROM s;")
        }
        #expect(time < 10)
    }
}
