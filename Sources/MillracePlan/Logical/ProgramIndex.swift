// SPDX-License-Identifier: Apache-2.0

/// Finds the sources of a program by name, and the queries that write them. For everything that asks query by query: a
/// program may have thousands of both.
package struct ProgramIndex: Sendable {
    private let program: ProgramPlan
    private let sources: [String: Int]
    private let writersOf: [String: [Int]]

    package init(_ program: ProgramPlan) {
        self.program = program
        sources = Dictionary(
            zip(program.sources.map(\.name), program.sources.indices), uniquingKeysWith: { first, _ in first })
        writersOf = Dictionary(grouping: program.queries.indices) { program.queries[$0].sink.name }
    }

    package func source(named name: String) -> SourceDefinition? { sources[name].map { program.sources[$0] } }

    /// What the columns of a query's scan are numbered by: its input, with the columns of the joined tables behind its
    /// own.
    package func scannedSource(of query: QueryPlan) -> SourceDefinition? {
        var scanned = source(named: query.input)
        for join in query.joins { scanned?.columns += source(named: join.table)?.columns ?? [] }
        return scanned
    }

    /// The indexes of the queries of the program that write a source; their rows reach its readers in memory.
    package func writers(of source: String) -> [Int] { writersOf[source] ?? [] }
}
