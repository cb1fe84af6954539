// SPDX-License-Identifier: Apache-2.0

/// Finds the sources of a program by name, and the queries that write them. For everything that asks query by query: a
/// program may have thousands of both.
package struct ProgramIndex: Sendable {
    private let program: ProgramPlan
    private let sources: [String: Int]
    private let originsOf: [String: [Origin]]

    /// A query whose rows are those of a source.
    package struct Origin: Sendable {
        /// By its index.
        package let query: Int
        /// Where the source is not the query's sink but declared over its topic: what columns the rows get.
        package let edge: TopicEdge?
    }

    package init(_ program: ProgramPlan) {
        self.program = program
        sources = Dictionary(
            zip(program.sources.map(\.name), program.sources.indices), uniquingKeysWith: { first, _ in first })
        let writers = Dictionary(grouping: program.queries.indices) { program.queries[$0].sink.name }
        var origins = writers.mapValues { $0.map { Origin(query: $0, edge: nil) } }
        for edge in program.edges {
            origins[edge.reader, default: []] += (writers[edge.writer] ?? []).map { Origin(query: $0, edge: edge) }
        }
        originsOf = origins
    }

    package func source(named name: String) -> SourceDefinition? { sources[name].map { program.sources[$0] } }

    /// What the columns of a query's scan are numbered by: its input, with the columns of what it is joined with behind
    /// its own.
    package func scannedSource(of query: QueryPlan) -> SourceDefinition? {
        var scanned = source(named: query.input)
        if let join = query.streamJoin { scanned?.columns += source(named: join.stream)?.columns ?? [] }
        for join in query.joins { scanned?.columns += source(named: join.table)?.columns ?? [] }
        return scanned
    }

    /// The queries of the program whose rows reach the readers of a source in memory.
    package func origins(of source: String) -> [Origin] { originsOf[source] ?? [] }

    /// Their indexes.
    package func writers(of source: String) -> [Int] { origins(of: source).map(\.query) }
}
