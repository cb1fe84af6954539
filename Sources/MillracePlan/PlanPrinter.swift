// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// A plan as text for people: what is read, how it is computed, what is written, with every default spelled out.
package enum PlanPrinter {
    package static func text(_ program: ProgramPlan) -> String {
        program.queries.map { text($0, program) }.joined(separator: "\n")
    }

    private static func text(_ query: QueryPlan, _ program: ProgramPlan) -> String {
        var lines = ["\(query.name)"]
        if let source = program.source(named: query.input) { lines += input(source, query, program) }
        let names = scanNames(query, program)
        if let filter = query.filter { lines.append("  where    \(ExpressionPrinter.text(filter, columns: names))") }
        switch query.operation {
        case .project(let projection):
            if projection.changesKey { lines.append("  rekey    the output's key differs from the input's") }
        case .aggregate(let aggregation): lines += text(aggregation, query, columns: names)
        }
        lines += sink(query)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func input(_ source: SourceDefinition, _ query: QueryPlan, _ program: ProgramPlan) -> [String] {
        let writers = program.writers(of: source.name).map(\.name)
        let kind = source.kind.rawValue.lowercased()
        var lines: [String]
        if writers.isEmpty {
            lines = [
                "  read     \(kind) \(source.name): topic \(source.topic), key \(source.keyFormat.name.rawValue), "
                    + "value \(source.valueFormat.name.rawValue)"
            ]
            let columns = scanNames(query, program)
            lines.append("  columns  \(columns.isEmpty ? "none" : columns.joined(separator: ", "))")
            let time = source.timestamp.map { "column \(source.columns[$0.column].name)" } ?? "the record's timestamp"
            lines.append("  time     \(time)")
        } else {
            lines = ["  read     \(kind) \(source.name), in memory from \(writers.joined(separator: ", "))"]
        }
        return lines
    }

    private static func text(_ aggregation: Aggregation, _ query: QueryPlan, columns: [String]) -> [String] {
        let keys = aggregation.groupBy.map { ExpressionPrinter.text($0, columns: columns) }
        let place =
            aggregation.isPartitionAffine ? "the record key: partition by partition" : "regrouped between partitions"
        var lines = ["  group    \(keys.joined(separator: ", ")) (\(place))"]
        if let window = aggregation.window {
            lines.append("  window   \(text(window))")
            lines.append("  grace    \(milliseconds(window.grace))\(window.graceIsDefault ? " (default)" : "")")
        } else {
            lines.append("  window   none: state goes back to the beginning")
        }
        let calls = aggregation.aggregates.map { call in
            let arguments =
                call.arguments.map { ExpressionPrinter.text($0, columns: columns) }
                + (call.limit.map { [String($0)] } ?? [])
            return call.function == .countAll
                ? "COUNT(*)" : "\(call.function.rawValue)(\(arguments.joined(separator: ", ")))"
        }
        if !calls.isEmpty { lines.append("  compute  \(calls.joined(separator: ", "))") }
        if let having = aggregation.having {
            let names = keys + ["WINDOWSTART", "WINDOWEND"] + calls
            lines.append("  having   \(ExpressionPrinter.text(having, columns: names))")
        }
        lines.append(
            "  emit     "
                + (query.emit == .final ? "each window once, when it is final" : "groups that changed, at each commit")
        )
        return lines
    }

    private static func text(_ window: Window) -> String {
        switch window.kind {
        case .tumbling(let size): "tumbling, \(milliseconds(size))"
        case .hopping(let size, let advance): "hopping, \(milliseconds(size)) every \(milliseconds(advance))"
        case .session(let gap): "session, gap \(milliseconds(gap))"
        }
    }

    private static func sink(_ query: QueryPlan) -> [String] {
        let sink = query.sink
        let keys = sink.keyColumns.map { "\($0.name) \($0.type.sqlName)" }
        let values = sink.valueColumns.map { "\($0.name) \($0.type.sqlName)" }
        let partitions = sink.partitions.map { ", \($0) partitions" } ?? ""
        return [
            "  write    \(sink.kind.rawValue.lowercased()) \(sink.name): topic \(sink.topic), "
                + "key \(sink.keyFormat.name.rawValue), value \(sink.valueFormat.name.rawValue)\(partitions)",
            "  key      " + (keys.isEmpty ? "none" : keys.joined(separator: ", "))
                + (sink.windowedKey == nil ? "" : " + window"),
            "  value    \(values.joined(separator: ", "))",
        ]
    }

    private static func scanNames(_ query: QueryPlan, _ program: ProgramPlan) -> [String] {
        let source = program.source(named: query.input)
        return query.scan.map { item in
            switch item {
            case .column(let index): source?.columns[index].name ?? "column \(index)"
            case .rowTime: "ROWTIME"
            case .rowPartition: "ROWPARTITION"
            case .rowOffset: "ROWOFFSET"
            case .windowStart: "WINDOWSTART"
            case .windowEnd: "WINDOWEND"
            }
        }
    }

    /// 86,400,000 → `1 day`; 90,000 → `90 seconds`.
    static func milliseconds(_ value: Int64) -> String {
        let (count, unit) = DurationUnit.exact(value)
        return unit == .millisecond ? "\(count) ms" : "\(count) \(unit)\(count == 1 ? "" : "s")"
    }
}
