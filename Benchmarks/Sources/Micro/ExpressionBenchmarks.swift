// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan

/// WHERE and SELECT over decoded columns.
enum ExpressionBenchmarks {
    static let all = [
        Benchmark("filter.compare", "WHERE amount > c, one row in ten passes") { try filter("amount > 910000") },
        Benchmark("filter.text", "WHERE description LIKE a part of it, one row in three passes") {
            try filter("description LIKE '%ruled%'")
        },
        Benchmark("project.arithmetic", "amount * 2 + 1, price * 1.19") {
            try project("amount * 2 + 1 AS a, price * 1.19 AS b")
        },
        Benchmark("project.case-like", "CASE over price, CASE over LIKE, arithmetic") {
            try project(
                """
                CASE WHEN price > 700 THEN 'high' WHEN price > 300 THEN 'middle' ELSE 'low' END AS level,
                CASE WHEN description LIKE 'note%' THEN amount * 2 ELSE amount + 1 END AS part,
                price * amount AS total
                """)
        },
    ]

    private static func filter(_ condition: String) throws -> Workload {
        let plan = try Orders.plan(
            "CREATE STREAM result AS SELECT id, description, amount, price FROM orders WHERE \(condition);")
        guard let filter = plan.query.filter.map({ CompiledExpression($0) }) else { throw BenchmarkError("no WHERE") }
        let records = Orders.batches(16, keys: 1000)
        let batches = try Orders.decoded(records, plan)
        let selection = Selection()
        let failures = FailureCounts()
        return Workload(batches: batches.count, bytes: Orders.valueBytes(records)) { number in
            let batch = batches[number % batches.count]
            selection.selectAll(rows: batch.rows)
            selection.keepTrue(
                filter.evaluate(batch.columns, rows: batch.rows, selection: selection, failures: failures))
            return selection.count
        }
    }

    private static func project(_ items: String) throws -> Workload {
        let plan = try Orders.plan("CREATE STREAM result AS SELECT id, \(items) FROM orders;")
        guard case .project(let projection) = plan.query.operation else { throw BenchmarkError("no projection") }
        let values = projection.values.map { CompiledExpression($0) }
        let records = Orders.batches(16, keys: 1000)
        let batches = try Orders.decoded(records, plan)
        let selection = Selection()
        selection.selectAll(rows: Workload.batchRows)
        let failures = FailureCounts()
        return Workload(batches: batches.count, bytes: Orders.valueBytes(records)) { number in
            let batch = batches[number % batches.count]
            var sum = 0
            for value in values {
                sum &+= value.evaluate(batch.columns, rows: batch.rows, selection: selection, failures: failures).count
            }
            return sum
        }
    }
}
