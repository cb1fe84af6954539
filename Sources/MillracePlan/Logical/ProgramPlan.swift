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
}
