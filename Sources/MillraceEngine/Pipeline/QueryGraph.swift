// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillracePlan

/// A program's queries and how rows flow between them.
///
///     root sources (topics) ──► queries that read them ──► queries that read their sinks …
package struct QueryGraph: Sendable {
    /// A source that is read from Kafka, as queries see it that read the same columns: what is bad, and with it the
    /// watermark, depends on the columns that are read.
    package struct Root: Sendable {
        package let source: SourceDefinition
        /// Indexes of the columns that some query (or its timestamp) reads, ascending.
        package let columns: [Int]
        /// Indexes of the queries that read it.
        package let readers: [Int]
    }

    package let program: ProgramPlan
    /// In the order of the program.
    package let roots: [Root]
    /// Root topics in byte order, each once.
    package let topics: [String]
    /// By query: the queries that read its sink.
    package let downstream: [[Int]]
    /// By query: whether its input is a table.
    package let readsTable: [Bool]
    /// By query: the roots whose rows reach it, directly or through other queries.
    package let feedingRoots: [Set<Int>]

    /// - Throws: `SourceError` for what the engine cannot run, with its place in the program.
    package init(_ program: ProgramPlan) throws(SourceError) {
        self.program = program
        let roots = QueryGraph.roots(program)
        self.roots = roots
        topics = Set(roots.map(\.source.topic)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        downstream = program.queries.map { query in
            program.queries.indices.filter { program.queries[$0].input == query.sink.name }
        }
        readsTable = program.queries.map { program.source(named: $0.input)?.kind == .table }
        var feeding: [Set<Int>] = []
        // A query comes after those it reads from.
        for query in program.queries {
            var found = Set(roots.indices.filter { roots[$0].readers.contains(feeding.count) })
            for (writer, earlier) in feeding.enumerated() where program.queries[writer].sink.name == query.input {
                found.formUnion(earlier)
            }
            feeding.append(found)
        }
        feedingRoots = feeding
        try check()
    }

    private static func roots(_ program: ProgramPlan) -> [Root] {
        program.rootSources.flatMap { source in
            var readers: [[Int]: [Int]] = [:]
            var order: [[Int]] = []
            for (index, query) in program.queries.enumerated() where query.input == source.name {
                var columns: Set<Int> = []
                if let timestamp = source.timestamp { columns.insert(timestamp.column) }
                for case .column(let column) in query.scan { columns.insert(column) }
                let key = columns.sorted()
                if readers[key] == nil { order.append(key) }
                readers[key, default: []].append(index)
            }
            return order.map { Root(source: source, columns: $0, readers: readers[$0] ?? []) }
        }
    }

    private func check() throws(SourceError) {
        for (index, query) in program.queries.enumerated() {
            guard case .aggregate(let aggregation) = query.operation else { continue }
            guard !readsTable[index] else {
                throw SourceError(
                    "GROUP BY over the table \(query.input) is not supported yet", at: query.location,
                    hint: "group the stream that the table is made from")
            }
            if aggregation.window != nil, program.writers(of: query.input).contains(where: { $0.sink.timestamp != nil })
            {
                throw SourceError(
                    "a window over \(query.input) is not supported yet, because this program gives it a TIMESTAMP",
                    at: query.location, hint: "declare the TIMESTAMP on the stream that is read from the topic")
            }
        }
    }

    /// The roots over a topic, by index.
    package func roots(ofTopic topic: String) -> [Int] { roots.indices.filter { roots[$0].source.topic == topic } }

    /// Whether a query stands behind an aggregation: its rows have no place in the log.
    package func isBehindAggregation(_ query: Int) -> Bool {
        program.queries.indices.contains { writer in
            guard program.queries[writer].sink.name == program.queries[query].input else { return false }
            if case .aggregate = program.queries[writer].operation { return true }
            return isBehindAggregation(writer)
        }
    }
}
