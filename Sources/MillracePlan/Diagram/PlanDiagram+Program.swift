// SPDX-License-Identifier: Apache-2.0
import MillraceCore

extension PlanDiagram {
    /// What a program reads, how it computes, what it writes.
    package init(_ program: ProgramPlan) {
        let index = ProgramIndex(program)
        for query in program.queries {
            let writers = index.writers(of: query.input).map { program.queries[$0].name }
            let joined = Set(query.joins.map(\.table)).compactMap { index.source(named: $0) }
            add(query, index.scannedSource(of: query), writers, joined)
            for name in query.inputs.dropFirst() { add(name, joinedBy: query, index, program) }
        }
    }

    /// A table or stream that is joined with, on its way into the query.
    private mutating func add(
        _ name: String, joinedBy query: QueryPlan, _ index: ProgramIndex, _ program: ProgramPlan
    ) {
        guard let table = index.source(named: name) else { return }
        let target = Self.identifier(query.name, .join)
        let writers = index.writers(of: name).map { program.queries[$0].name }
        for writer in writers { connect(Self.identifier(writer, .write), target, "in memory") }
        guard writers.isEmpty else { return }
        addTopic(table.topic, .input)
        connect(Self.identifier(ofTopic: table.topic), target)
    }

    private static func lines(_ join: StreamJoin, columns: [String]) -> [Line] {
        func text(_ key: [Expression]) -> String {
            key.map { ExpressionPrinter.text($0, columns: columns) }.joined(separator: ", ")
        }
        let kind = join.kind == .inner ? "" : "\(join.kind.rawValue), "
        let reach =
            join.before == join.after
            ? "at most \(milliseconds(join.before)) apart"
            : "at most \(milliseconds(join.before)) earlier or \(milliseconds(join.after)) later"
        var lines = [
            Line(
                "join", "\(kind)stream \(join.stream), \(text(join.leftKey)) with \(text(join.rightKey)), \(reach)"),
            Line("grace", "\(milliseconds(join.grace))\(join.graceIsDefault ? " (default)" : "")"),
        ]
        if join.kind != .inner {
            lines.append(
                Line(
                    "alone",
                    "rows without a partner come out when all watermarks are \(milliseconds(join.finality)) ahead"))
        }
        return lines
    }

    private static func lines(_ joins: [TableJoin], columns: [String], _ tables: [SourceDefinition]) -> [Line] {
        joins.map { join in
            let key = join.key.map { ExpressionPrinter.text($0, columns: columns) }.joined(separator: ", ")
            let isOfStart = tables.contains { $0.name == join.table && $0.versions == .start }
            return Line(
                "join",
                "\(join.kind == .left ? "left, " : "")table \(join.table) by \(key), as it "
                    + (isOfStart ? "is at the start" : "was at the row's time"))
        }
    }

    /// - Parameters:
    ///   - source: what the query reads.
    ///   - writers: the names of the queries that write it.
    ///   - tables: those that it is joined with.
    private mutating func add(
        _ query: QueryPlan, _ source: SourceDefinition?, _ writers: [String], _ tables: [SourceDefinition]
    ) {
        var parts: [String] = []
        func part(_ kind: Kind, _ lines: [Line]) {
            add(kind, of: query.name, lines)
            parts.append(Self.identifier(query.name, kind))
        }
        if let source {
            if writers.isEmpty { addTopic(source.topic, .input) }
            part(.read, Self.input(source, writers, query))
            if writers.isEmpty { connect(Self.identifier(ofTopic: source.topic), Self.identifier(query.name, .read)) }
            for writer in writers {
                connect(Self.identifier(writer, .write), Self.identifier(query.name, .read), "in memory")
            }
        }
        let names = Self.scanNames(query, source)
        let joined =
            (query.streamJoin.map { Self.lines($0, columns: names) } ?? [])
            + Self.lines(query.joins, columns: names, tables)
        if !joined.isEmpty { part(.join, joined) }
        if let filter = query.filter { part(.filter, [Line("where", ExpressionPrinter.text(filter, columns: names))]) }
        if !query.tableCalls.isEmpty { part(.explode, [Self.line(query.tableCalls, columns: names)]) }
        switch query.operation {
        case .project(let projection):
            if projection.changesKey { part(.project, [Line("rekey", "the output's key differs from the input's")]) }
        case .aggregate(let aggregation):
            part(.aggregate, Self.lines(aggregation, query.emit, columns: names))
            if let having = aggregation.having {
                let columns = Self.resultNames(aggregation, columns: names)
                part(.having, [Line("having", ExpressionPrinter.text(having, columns: columns))])
            }
        }
        part(.write, Self.output(query.sink))
        addTopic(query.sink.topic, .output)
        connect(Self.identifier(query.name, .write), Self.identifier(ofTopic: query.sink.topic))
        for (from, to) in zip(parts, parts.dropFirst()) { connect(from, to) }
    }

    private static func line(_ calls: [TableCall], columns: [String]) -> Line {
        let texts = calls.map { "\($0.function.rawValue)(\(ExpressionPrinter.text($0.argument, columns: columns)))" }
        return Line("explode", "several rows of one: " + texts.joined(separator: ", "))
    }

    private static func input(
        _ source: SourceDefinition, _ writers: [String], _ query: QueryPlan
    ) -> [Line] {
        let kind = source.kind.rawValue.lowercased()
        guard writers.isEmpty else {
            return [Line("read", "\(kind) \(source.name), in memory from \(writers.joined(separator: ", "))")]
        }
        let read = query.scannedColumns(
            ofInput: 0, inputColumns: query.firstJoinedColumn ?? source.columns.count)
        let isOfSourceAlone = query.firstJoinedColumn == nil && query.tableCalls.isEmpty
        let columns = isOfSourceAlone ? scanNames(query, source) : read.map { source.columns[$0].name }
        return [
            Line(
                "read",
                "\(kind) \(source.name): topic \(source.topic), key \(source.keyFormat.name.rawValue), "
                    + "value \(source.valueFormat.name.rawValue)"),
            Line("columns", columns.isEmpty ? "none" : columns.joined(separator: ", ")),
            Line(
                "time",
                source.timestamp.map { "column \($0.title(in: source.columns))" } ?? "the record's timestamp"),
        ]
    }

    private static func lines(_ aggregation: Aggregation, _ emit: QueryPlan.Emit, columns: [String]) -> [Line] {
        let keys = aggregation.groupBy.map { ExpressionPrinter.text($0, columns: columns) }
        let place =
            aggregation.isPartitionAffine ? "the record key: partition by partition" : "regrouped between partitions"
        var lines = [Line("group", "\(keys.joined(separator: ", ")) (\(place))")]
        if let window = aggregation.window {
            lines.append(Line("window", text(window)))
            lines.append(Line("grace", "\(milliseconds(window.grace))\(window.graceIsDefault ? " (default)" : "")"))
        } else {
            lines.append(Line("window", "none: state goes back to the beginning"))
        }
        let calls = calls(aggregation, columns: columns)
        if !calls.isEmpty { lines.append(Line("compute", calls.joined(separator: ", "))) }
        lines.append(
            Line(
                "emit",
                emit == .final ? "each window once, when it is final" : "groups that changed, at each commit"))
        return lines
    }

    private static func calls(_ aggregation: Aggregation, columns: [String]) -> [String] {
        aggregation.aggregates.map { call in
            let arguments =
                call.arguments.map { ExpressionPrinter.text($0, columns: columns) }
                + (call.limit.map { [String($0)] } ?? [])
            return call.function == .countAll
                ? "COUNT(*)" : "\(call.function.rawValue)(\(arguments.joined(separator: ", ")))"
        }
    }

    /// Of the schema that HAVING sees.
    private static func resultNames(_ aggregation: Aggregation, columns: [String]) -> [String] {
        aggregation.groupBy.map { ExpressionPrinter.text($0, columns: columns) } + ["WINDOWSTART", "WINDOWEND"]
            + calls(aggregation, columns: columns)
    }

    private static func text(_ window: Window) -> String {
        switch window.kind {
        case .tumbling(let size): "tumbling, \(milliseconds(size))"
        case .hopping(let size, let advance):
            "hopping, \(milliseconds(size)) every \(milliseconds(advance))"
                + (window.windowsPerRecord >= WindowsPerRecord.noteworthy
                    ? ", \(window.windowsPerRecord) windows a record" : "")
        case .session(let gap): "session, gap \(milliseconds(gap))"
        }
    }

    private static func output(_ sink: SourceDefinition) -> [Line] {
        let keys = sink.keyColumns.map { "\($0.name) \($0.type.sqlName)" }
        let values = sink.valueColumns.map { "\($0.name) \($0.type.sqlName)" }
        let partitions = sink.partitions.map { ", \($0) partitions" } ?? ""
        return [
            Line(
                "write",
                "\(sink.kind.rawValue.lowercased()) \(sink.name): topic \(sink.topic), "
                    + "key \(sink.keyFormat.name.rawValue), value \(sink.valueFormat.name.rawValue)\(partitions)"),
            Line(
                "key",
                (keys.isEmpty ? "none" : keys.joined(separator: ", ")) + (sink.windowedKey == nil ? "" : " + window")),
            Line("value", values.joined(separator: ", ")),
        ]
    }

    private static func scanNames(_ query: QueryPlan, _ source: SourceDefinition?) -> [String] {
        query.scan.map { item in
            switch item {
            case .column(let index): source?.columns[index].name ?? "column \(index)"
            case .rowTime: "ROWTIME"
            case .rowPartition: "ROWPARTITION"
            case .rowOffset: "ROWOFFSET"
            case .rowTopic: "ROWTOPIC"
            case .subOffset: "SUBOFFSET"
            case .exploded(let call): "\(query.tableCalls[call].function.rawValue)(…)"
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
