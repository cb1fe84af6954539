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

    /// The indexes of the queries of the program that write a source; their rows reach its readers in memory.
    package func writers(of source: String) -> [Int] { writersOf[source] ?? [] }
}
