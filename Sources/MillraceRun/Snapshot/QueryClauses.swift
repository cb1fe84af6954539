// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan
import MillraceReport

/// What a query does, in the words of its own text: a box of the status page is named by them.
enum QueryClauses {
    static func texts(_ query: QueryPlan) -> [String] {
        var clauses: [String] = []
        if query.filter != nil { clauses.append("WHERE") }
        if !query.tableCalls.isEmpty { clauses.append("EXPLODE") }
        switch query.operation {
        case .project(let projection):
            clauses.append("SELECT")
            if projection.changesKey { clauses.append("PARTITION BY") }
        case .aggregate(let aggregation):
            let keys = query.sink.keyColumns.map(\.name).joined(separator: ", ")
            clauses.append(keys.isEmpty ? "GROUP BY" : "GROUP BY \(keys)")
            if let window = aggregation.window { clauses.append(text(window)) }
            if aggregation.having != nil { clauses.append("HAVING") }
            clauses.append(query.emit == .final ? QueryStatus.emitFinal : "EMIT CHANGES")
        }
        return clauses
    }

    private static func text(_ window: Window) -> String {
        switch window.kind {
        case .tumbling(let size): "TUMBLING \(duration(size))"
        case .hopping(let size, let advance): "HOPPING \(duration(size)) BY \(duration(advance))"
        case .session(let gap): "SESSION \(duration(gap))"
        }
    }

    private static func duration(_ milliseconds: Int64) -> String {
        let (count, unit) = DurationUnit.exact(milliseconds)
        return "\(count) \(symbol(unit))"
    }

    private static func symbol(_ unit: DurationUnit) -> String {
        switch unit {
        case .day: "d"
        case .hour: "h"
        case .minute: "min"
        case .second: "s"
        case .millisecond: "ms"
        }
    }
}
