// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

extension QueryGraph {
    /// How many rows to compute at once, so that what the expressions make of a batch stays small. Only programs whose
    /// data decide how large a value gets compute a few rows at a time; what comes out does not depend on it.
    var rowsAtOnce: Int {
        var most = ValueGrowth(factor: 0, bytes: 0)
        // Of the rows that a query reads: those of its input, or what another query made of them.
        var rows: [String: ValueGrowth] = [:]
        for query in program.queries {
            let written = query.inputs.flatMap { index.origins(of: $0) }.map { program.queries[$0.query].sink.name }
            let input = written.compactMap { rows[$0] }.reduce(nil) { $0?.or($1) ?? $1 } ?? .column
            func growth(_ expressions: [Expression], of column: ValueGrowth) -> ValueGrowth {
                expressions.reduce(ValueGrowth(factor: 0, bytes: 0)) { $0.or(ValueGrowth.most($1, column: column)) }
            }
            let filter = growth(query.filter.map { [$0] } ?? [], of: input)
            let output: ValueGrowth
            switch query.operation {
            case .project(let projection):
                // An element is at most as large as the array that it is of.
                let exploded = growth(query.tableCalls.map(\.argument), of: input)
                let row = query.tableCalls.isEmpty ? input : input.or(exploded)
                output = growth(projection.keys + projection.values, of: row)
                most = most.or(filter).or(exploded).or(output)
            case .aggregate(let aggregation):
                most = most.or(filter)
                    .or(growth(aggregation.groupBy + aggregation.aggregates.flatMap(\.arguments), of: input))
                // Results are read out so many bytes at a time.
                output = growth(
                    aggregation.keys + aggregation.values + (aggregation.having.map { [$0] } ?? []), of: .column)
                most = most.or(output)
            }
            rows[query.sink.name] = (rows[query.sink.name] ?? output).or(output)
        }
        // A batch has about a megabyte.
        if most.factor > QueryGraph.batchMegabytes { return QueryGraph.leastRows }
        return max((QueryGraph.batchMegabytes << 20) / max(most.bytes, 1), QueryGraph.leastRows)
    }

    /// Of one column on the way.
    private static let batchMegabytes = 64
    /// Of which each value has as much as a value may have.
    private static let leastRows = 8
}
