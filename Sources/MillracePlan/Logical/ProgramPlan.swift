// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// A whole program, bound and checked: what every front end (SQL, later others) makes and every mode runs.
package struct ProgramPlan: Hashable, Sendable {
    /// Declared sources and the queries' sinks, in the order of the program.
    package var sources: [SourceDefinition]
    /// In the order of the program; a query comes after the queries that it reads from.
    package var queries: [QueryPlan]
    /// From sinks to sources that are declared over their topics, where queries read these.
    package var edges: [TopicEdge]
    /// `SET 'name' = 'value'`, in order, with its place.
    package var properties: [Property]
    /// Of the last query, where that is a SELECT on its own; nil: every query writes its results somewhere.
    package var question: Question?

    package struct Property: Hashable, Sendable {
        package var name: String
        package var value: String
        package var location: SourceLocation

        package init(name: String, value: String, location: SourceLocation) {
            self.name = name
            self.value = value
            self.location = location
        }
    }

    package init(
        sources: [SourceDefinition] = [], queries: [QueryPlan] = [], edges: [TopicEdge] = [],
        properties: [Property] = []
    ) {
        self.sources = sources
        self.queries = queries
        self.edges = edges
        self.properties = properties
    }

    /// The sources that are read from Kafka: read by a query and written by none of this program.
    package var rootSources: [SourceDefinition] {
        let read = Set(queries.flatMap(\.inputs))
        let written = Set(queries.map(\.sink.name) + edges.map(\.reader))
        return sources.filter { read.contains($0.name) && !written.contains($0.name) }
    }

    /// By source that is declared over topics of the program: the sinks whose rows it has.
    package var edgeWriters: [String: [String]] {
        Dictionary(grouping: edges, by: \.reader).mapValues { $0.map(\.writer) }
    }

    /// Leaves out every query but those whose rows reach a source.
    /// - Parameter sink: its name.
    package mutating func keep(whatReaches sink: String) {
        var needed: Set<String> = [sink]
        var kept: [QueryPlan] = []
        // A query stands behind those that it reads from.
        let writers = edgeWriters
        for query in queries.reversed() where needed.contains(query.sink.name) {
            needed.formUnion(query.inputs + query.inputs.flatMap { writers[$0] ?? [] })
            kept.append(query)
        }
        queries = kept.reversed()
        edges.removeAll { !needed.contains($0.reader) || !needed.contains($0.writer) }
    }

    /// Whether a query has session windows, whose bounds depend on whether a group's rows all lie in one partition.
    package var hasSessions: Bool {
        queries.contains { query in
            guard case .aggregate(let aggregation) = query.operation, case .session? = aggregation.window?.kind else {
                return false
            }
            return true
        }
    }
}
