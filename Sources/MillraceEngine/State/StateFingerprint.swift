// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// A number that changes with everything that decides what a query's state is and which of its results stand in the
/// output: where its rows come from, how they are read and filtered, how they are grouped, what is computed, what is
/// emitted. The output's topic, format and settings are not in it, nor is the query's place in the program.
package enum StateFingerprint {
    /// - Parameter exchange: through which the query is computed; its state lies elsewhere then.
    package static func of(_ query: Int, in graph: QueryGraph, exchange: QueryExchange? = nil) -> UInt64 {
        guard let exchange, let text = graph.states.texts[query] else { return graph.states.fingerprints[query] }
        return hash("\(text)\nexchange \(exchange.partitions)")
    }

    static func hash(_ text: String) -> UInt64 {
        Array(text.utf8).withUnsafeBytes { bytes in
            bytes.baseAddress.map { Hash.bytes($0, count: bytes.count) } ?? 0
        }
    }

    /// - Parameter upstream: what is said of the queries that write its input; nil: it is a topic.
    static func describe(
        _ query: QueryPlan, _ source: SourceDefinition?, upstream: String?, joins: [String]
    ) -> String {
        var lines = [input(query, source, upstream)] + joins
        lines.append("filter \(query.filter.map(describe) ?? "-")")
        // Only where there are any: fingerprints of other queries, which are stored, do not change.
        if !query.tableCalls.isEmpty { lines.append("explode \(query.tableCalls.map(describe))") }
        lines.append("emit \(query.emit == .final ? "final" : "changes")")
        switch query.operation {
        case .project(let projection):
            lines.append("keys \(projection.keys.map(describe))")
            lines.append("values \(projection.values.map(describe))")
        case .aggregate(let aggregation):
            lines.append("window \(aggregation.window.map(describe) ?? "-")")
            lines.append("group \(aggregation.groupBy.map(describe)) \(aggregation.isPartitionAffine)")
            let calls = aggregation.aggregates.map { call in
                "\(call.function.rawValue) \(call.arguments.map(describe)) \(call.limit ?? 0) \(call.ignoresNulls) "
                    + call.result.sqlName
            }
            lines.append("compute \(calls)")
            lines.append("having \(aggregation.having.map(describe) ?? "-")")
        }
        return lines.joined(separator: "\n")
    }

    /// What a query reads of a source of Kafka, or of the queries that write it. Columns that it does not read may come
    /// and go.
    private static func input(_ query: QueryPlan, _ source: SourceDefinition?, _ upstream: String?) -> String {
        guard let source else { return "-" }
        let scan = query.scan.map { describe($0, of: source) }
        if let upstream { return "\(upstream) \(scan)" }
        let time = source.timestamp.map {
            "\(describe(.column($0.column), of: source))\($0.details) \($0.format ?? "-")"
        }
        return "\(source.kind.rawValue) \(source.topic) \(describe(source.keyFormat)) \(describe(source.valueFormat)) "
            + "\(scan) \(time ?? "-") \(source.windowedKey.map(describe) ?? "-")"
    }

    /// What a query is joined with, one text each.
    /// - Parameter made: by table, and behind them of the stream: what is said of the queries that write it; nil: it is
    ///   a topic.
    static func joins(_ query: QueryPlan, _ index: ProgramIndex, made: [String?]) -> [String] {
        func text(_ name: String, _ made: String?) -> String {
            guard made == nil, let source = index.source(named: name) else { return made ?? "-" }
            return "\(source.topic) \(source.versions.rawValue) \(QueryIdentity.root(source))"
        }
        let tables = zip(query.joins, made).map { join, made in
            "join \(join.kind == .left ? "left" : "inner") \(join.key.map(describe)) \(text(join.table, made))"
        }
        guard let join = query.streamJoin, let made = made.last else { return tables }
        let time = "\(join.before) \(join.after) \(join.grace)"
        let keys = "\(join.leftKey.map(describe)) \(join.rightKey.map(describe))"
        return ["pair \(join.kind.rawValue) \(time) \(keys) \(text(join.stream, made))"] + tables
    }

    static func describe(_ format: FormatDefinition) -> String {
        let nullables = format.nullables == .none ? "" : " \(format.nullables.rawValue)"
        return "\(format.name.rawValue) \(format.delimiter) \(format.wrapsSingleValue)\(nullables)"
    }

    static func describe(_ scan: ScanColumn, of source: SourceDefinition) -> String {
        guard case .column(let index) = scan else { return describe(scan) }
        let column = source.columns[index]
        let role: String
        switch column.role {
        case .key: role = "key"
        // Where fields have no names their places count. A record of one field gets more where its schema goes on.
        case .value:
            let traits = source.valueFormat.name.traits
            let isRecord =
                source.valueColumns.count > 1 || traits.hasSchemas && source.valueFormat.wrapsSingleValue
            let isNamed = traits.namesColumns && isRecord
            role = isNamed ? "value" : "value \(index) of \(source.columns.count)"
        case .headers: role = "headers"
        case .header(let name): role = "header \(name)"
        }
        return "\(column.name) \(column.type.sqlName) \(role)"
    }

    static func describe(_ key: WindowedKey) -> String {
        switch key {
        case .time(let size): "time \(size)"
        case .session: "session"
        }
    }

    static func describe(_ window: Window) -> String {
        switch window.kind {
        case .tumbling(let size): "tumbling \(size) \(window.grace)"
        case .hopping(let size, let advance): "hopping \(size) \(advance) \(window.grace)"
        case .session(let gap): "session \(gap) \(window.grace)"
        }
    }

    private static func describe(_ column: ScanColumn) -> String {
        switch column {
        case .column(let index): "column \(index)"
        case .rowTime: "time"
        case .rowPartition: "partition"
        case .rowOffset: "offset"
        case .rowTopic: "topic"
        case .subOffset: "suboffset"
        case .exploded(let call): "exploded \(call)"
        case .windowStart: "start"
        case .windowEnd: "end"
        }
    }

    static func describe(_ call: TableCall) -> String { "\(call.function.rawValue) \(describe(call.argument))" }

    /// Columns by number, so that a renamed one changes nothing by itself.
    static func describe(_ expression: Expression) -> String {
        ExpressionPrinter.text(expression, columns: []) + " " + expression.type.sqlName
    }
}

/// What the state of each query of a program is, in words.
struct StateDescriptions: Sendable {
    /// By query.
    let fingerprints: [UInt64]
    /// Of those with groups.
    let texts: [Int: String]

    init(_ program: ProgramPlan, _ index: ProgramIndex) {
        var fingerprints: [UInt64] = []
        var texts: [Int: String] = [:]
        _ = InputTexts(program, index) { query, upstream, joined in
            let plan = program.queries[query]
            let text = StateFingerprint.describe(
                plan, index.scannedSource(of: plan), upstream: upstream,
                joins: StateFingerprint.joins(plan, index, made: joined))
            fingerprints.append(StateFingerprint.hash(text))
            if case .aggregate = plan.operation { texts[query] = text }
            return text
        }
        self.fingerprints = fingerprints
        self.texts = texts
    }
}
