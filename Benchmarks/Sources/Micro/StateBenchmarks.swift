// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan

/// Groups and aggregates over decoded columns.
enum StateBenchmarks {
    static let all =
        [
            Benchmark("group.100", "hash and find the group of a VARCHAR key, 100 groups") { try group(100) },
            Benchmark("group.10k", "the same, 10,000 groups") { try group(10_000) },
            Benchmark("group.1m", "the same, 1,000,000 groups") { try group(1_000_000) },
            Benchmark("group.two-columns", "10,000 groups of a VARCHAR and a BIGINT") {
                try group(10_000, isComposed: true)
            },
        ]
        + aggregates.map { name, call in
            Benchmark("aggregate.\(name)", "\(call) into 100 groups") { try aggregate(call) }
        }

    private static let aggregates = [
        ("count-all", "COUNT(*)"), ("count", "COUNT(amount)"), ("sum-bigint", "SUM(amount)"),
        ("sum-double", "SUM(price)"), ("avg-bigint", "AVG(amount)"), ("avg-double", "AVG(price)"),
        ("min-bigint", "MIN(amount)"), ("max-double", "MAX(price)"), ("min-varchar", "MIN(description)"),
        ("earliest", "EARLIEST_BY_OFFSET(amount)"), ("latest", "LATEST_BY_OFFSET(amount)"),
        ("latest-varchar", "LATEST_BY_OFFSET(description)"), ("collect-list", "COLLECT_LIST(amount)"),
        ("collect-set", "COLLECT_SET(amount)"), ("count-distinct", "COUNT_DISTINCT(amount)"),
        ("topk", "TOPK(amount, 10)"), ("stddev", "STDDEV_SAMP(price)"),
    ]

    /// Every group equally often, its rows far apart.
    private static func group(_ groups: Int, isComposed: Bool = false) throws -> Workload {
        let types: [DataType] = isComposed ? [.varchar, .bigint] : [.varchar]
        let batches = max(16, (groups + Workload.batchRows - 1) / Workload.batchRows)
        let columns = (0..<batches).map { batch in
            let columns = types.map { Column($0, capacity: Workload.batchRows) }
            for row in 0..<Workload.batchRows {
                let number = (batch * Workload.batchRows + row) * 7919 % groups
                Orders.key(number).withUnsafeBytes { columns[0].append(bytes: $0.baseAddress, count: $0.count) }
                if isComposed { columns[1].append(int64: Int64(number)) }
            }
            return columns
        }
        let probe = GroupingProbe(keyTypes: types, batchRows: Workload.batchRows)
        let bytes = columns.reduce(0) { $0 + $1[0].byteCount + (isComposed ? 8 * Workload.batchRows : 0) }
        return Workload(batches: batches, bytes: bytes) { number in
            probe.assign(columns[number % batches], rows: Workload.batchRows)
        }
    }

    private static func aggregate(_ text: String) throws -> Workload {
        let plan = try Orders.plan("CREATE TABLE result AS SELECT id, \(text) AS a FROM orders GROUP BY id;")
        guard case .aggregate(let aggregation) = plan.query.operation, let call = aggregation.aggregates.first else {
            throw BenchmarkError("no aggregate")
        }
        let records = Orders.batches(16, keys: 1000)
        let selection = Selection()
        selection.selectAll(rows: Workload.batchRows)
        let arguments = try Orders.decoded(records, plan).map { batch in
            call.arguments.map {
                CompiledExpression($0).evaluate(
                    batch.columns, rows: batch.rows, selection: selection, failures: FailureCounts())
            }
        }
        let groups = 100
        var random = Generator()
        let slots = (0..<Workload.batchRows).map { _ in UInt32(random.below(groups)) }
        let probe = AggregateProbe(call, slotCount: groups, slots: slots, records: records[0])
        let result = Column(call.result)
        let bytes = arguments.joined().reduce(0) { $0 + Orders.width($1) }
        return Workload(batches: arguments.count, bytes: bytes) { number in
            let place = number % arguments.count
            // Lists and sets grow with their input: a round begins empty.
            if place == 0 { probe.clear() }
            probe.update(arguments[place])
            guard place == arguments.count - 1 else { return place }
            result.removeAll()
            probe.appendResults(to: result)
            return result.count
        }
    }
}

extension Orders {
    /// Bytes of a column's values.
    static func width(_ column: Column) -> Int {
        switch column.layout {
        case .fixed(let width): width * column.count
        case .bits: column.count / 8
        default: column.byteCount
        }
    }
}
