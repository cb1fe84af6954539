// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceSQL
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

    private func seconds(_ body: () throws -> Void) rethrows -> Double {
        let elapsed = try ContinuousClock().measure(body)
        return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
    }

    /// Four times the statements take about four times as long, not sixteen or sixty-four times.
    @Test(arguments: ["row", "fan", "inserts"]) func manyStatements(_ shape: String) throws {
        func program(_ count: Int) -> String {
            var text = "CREATE STREAM s0 (id INT KEY, v INT) WITH (kafka_topic='s', format='json');\n"
            for index in 1...count {
                switch shape {
                case "row": text += "CREATE STREAM s\(index) AS SELECT id, v + 1 AS v FROM s\(index - 1);\n"
                case "fan": text += "CREATE STREAM s\(index) AS SELECT id, v + \(index) AS v FROM s0 WHERE v > 1;\n"
                default:
                    text +=
                        index == 1 ? "CREATE STREAM s1 AS SELECT * FROM s0;\n" : "INSERT INTO s1 SELECT * FROM s0;\n"
                }
            }
            return text
        }
        func time(_ count: Int) throws -> Double {
            let text = program(count)
            return try seconds {
                let plan = try SQL.compile(text)
                #expect(try QueryGraph(plan).roots.count == 1)
            }
        }
        _ = try time(100)
        let short = try time(750)
        let long = try time(3000)
        #expect(long < max(short, 0.02) * 9, "\(short) s and \(long) s")
    }

    @Test func manyColumns() throws {
        let columns = (0..<3000).map { "c\($0) INT" }.joined(separator: ", ")
        let items = (0..<3000).map { "c\($0) + 1 AS d\($0)" }.joined(separator: ", ")
        let time = try seconds {
            _ = try SQL.compile(
                "CREATE STREAM s (\(columns)) WITH (kafka_topic='s', format='json');\n"
                    + "CREATE STREAM o AS SELECT \(items) FROM s;")
        }
        #expect(time < 10)
    }
}
