// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// What a query computes and where it puts it, as numbers that a commit can name: two queries with equal fingerprints
/// publish the same records from the same input. Neither the query's name nor its place in the program is in them.
package struct QueryIdentity: Hashable, Sendable {
    /// What a query is made of, to say what has changed.
    package enum Clause: Int, CaseIterable, Sendable {
        case source, filter, window, grouping, columns, having, emission, output, settings

        /// As it stands in a sentence: "its window has changed".
        package var text: String {
            switch self {
            case .source: "what it reads"
            case .filter: "WHERE"
            case .window: "its window"
            case .grouping: "its key (GROUP BY, PARTITION BY)"
            case .columns: "its columns"
            case .having: "HAVING"
            case .emission: "EMIT"
            case .output: "its output (topic, format or names of columns)"
            case .settings: "a setting that changes results"
            }
        }
    }

    /// The stream or table that the query writes.
    package let name: String
    package let fingerprint: UInt64
    /// One a clause, in the order of `Clause`: 16 bits each, for messages only.
    package let clauses: [UInt16]

    package init(name: String, fingerprint: UInt64, clauses: [UInt16]) {
        self.name = name
        self.fingerprint = fingerprint
        self.clauses = clauses
    }

    /// - Parameter texts: one a clause.
    fileprivate init(_ query: QueryPlan, _ texts: [String]) {
        name = query.sink.name
        fingerprint = StateFingerprint.hash(texts.joined(separator: "\n"))
        clauses = texts.map { UInt16(truncatingIfNeeded: StateFingerprint.hash($0)) }
    }

    /// What each query computes, by index.
    /// - Parameter settings: those of the run that change results, as text.
    fileprivate static func all(_ graph: QueryGraph, settings: String) -> [QueryIdentity] {
        var identities: [QueryIdentity] = []
        _ = InputTexts(graph.program, graph.index) { index, upstream, joined in
            let query = graph.program.queries[index]
            let source = graph.index.scannedSource(of: query)
            let joins = StateFingerprint.joins(query, graph.index, made: joined)
            let texts = Clause.allCases.map { clause in
                let text = QueryIdentity.text(of: clause, query, source, upstream, settings)
                return clause == .source ? ([text] + joins).joined(separator: "\n") : text
            }
            identities.append(QueryIdentity(query, texts))
            // What reads from it does not ask where its results go, or about the run.
            let read = zip(Clause.allCases, texts).filter { $0.0 != .output && $0.0 != .settings }.map(\.1)
            return "\(read)"
        }
        return identities
    }

    /// - Parameter upstream: what is said of the queries that write the query's input; nil: it is a topic.
    private static func text(
        of clause: Clause, _ query: QueryPlan, _ input: SourceDefinition?, _ upstream: String?, _ settings: String
    ) -> String {
        let names = scanNames(query, input)
        func describe(_ expression: Expression) -> String {
            "\(ExpressionPrinter.text(expression, columns: names)) \(expression.type.sqlName)"
        }
        var aggregation: Aggregation?
        var keys: [Expression] = []
        var values: [Expression] = []
        switch query.operation {
        case .project(let projection): (keys, values) = (projection.keys, projection.values)
        case .aggregate(let found): (aggregation, keys, values) = (found, found.keys, found.values)
        }
        // What stands behind an aggregation sees its results, by number.
        let results = aggregation == nil ? describe : StateFingerprint.describe
        switch clause {
        case .source:
            guard upstream == nil, let input else { return upstream ?? "-" }
            return "\(input.kind.rawValue) \(input.topic) " + root(input)
        case .filter: return query.filter.map(describe) ?? "-"
        case .window: return aggregation?.window.map(StateFingerprint.describe) ?? "-"
        case .grouping:
            let group = aggregation.map { "\($0.groupBy.map(describe)) \($0.isPartitionAffine)" }
            return "\(group ?? "-") \(keys.map(results))"
        case .columns:
            let calls = aggregation?.aggregates.map { call in
                "\(call.function.rawValue) \(call.arguments.map(describe)) \(call.limit ?? 0) "
                    + "\(call.ignoresNulls) \(call.result.sqlName)"
            }
            let made = query.tableCalls.map { "\($0.function.rawValue) \(describe($0.argument))" }
            return "\(calls ?? []) \(values.map(results)) \(scanTexts(query, input).sorted())"
                + (made.isEmpty ? "" : " \(made)")
        case .having: return aggregation?.having.map(StateFingerprint.describe) ?? "-"
        case .emission: return query.emit == .final ? "final" : "changes"
        case .output: return QueryIdentity.describe(query.sink)
        case .settings: return settings
        }
    }

    /// How records of a source are read.
    static func root(_ source: SourceDefinition) -> String {
        let time = source.timestamp.map { timestamp in
            StateFingerprint.describe(.column(timestamp.column), of: source)
                + "\(timestamp.details) \(timestamp.format ?? "-")"
        }
        return "\(StateFingerprint.describe(source.keyFormat)) \(StateFingerprint.describe(source.valueFormat)) "
            + "\(time ?? "-") \(source.windowedKey.map { StateFingerprint.describe($0) } ?? "-")"
    }

    private static func scanNames(_ query: QueryPlan, _ source: SourceDefinition?) -> [String] {
        guard let source else { return [] }
        return query.scan.map { column in
            guard case .column(let index) = column else { return StateFingerprint.describe(column, of: source) }
            return source.columns[index].name
        }
    }

    private static func scanTexts(_ query: QueryPlan, _ source: SourceDefinition?) -> [String] {
        guard let source else { return [] }
        return query.scan.map { StateFingerprint.describe($0, of: source) }
    }

    private static func describe(_ sink: SourceDefinition) -> String {
        let columns = sink.columns.map { "\($0.name) \($0.type.sqlName) \($0.role == .key ? "key" : "value")" }
        let time = sink.timestamp.map { "\($0.column)\($0.details) \($0.format ?? "-")" } ?? "-"
        return "\(sink.kind.rawValue) \(sink.topic) \(StateFingerprint.describe(sink.keyFormat)) "
            + "\(StateFingerprint.describe(sink.valueFormat)) \(columns) \(time)"
    }

    /// The clauses in which two queries differ.
    package func changes(from other: QueryIdentity) -> [Clause] {
        guard clauses.count == other.clauses.count else { return [] }
        return Clause.allCases.filter { clauses[$0.rawValue] != other.clauses[$0.rawValue] }
    }
}

extension QueryGraph {
    /// What each query computes, by index.
    package func identities(settings: String) -> [QueryIdentity] {
        QueryIdentity.all(self, settings: settings)
    }

    /// Names what a topic has watermarks of, in order: its roots by what is read through them, for their watermarks
    /// belong to that, not to a place in the program; and the order of its records where it is joined.
    package func rootNames(ofTopic topic: String) -> [UInt32] {
        let merging = joined.all.contains(topic) ? [UInt32(truncatingIfNeeded: StateFingerprint.hash("merge"))] : []
        return roots(ofTopic: topic).map { index in
            let source = roots[index].source
            let columns = roots[index].columns.map { StateFingerprint.describe(.column($0), of: source) }
            return UInt32(
                truncatingIfNeeded: StateFingerprint.hash(
                    "\(source.kind.rawValue) \(QueryIdentity.root(source)) \(columns)"))
        } + merging
    }
}
