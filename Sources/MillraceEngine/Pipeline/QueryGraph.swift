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
        package let readers: [Reader]
        /// Indexes of the queries that read it, each once.
        package let queries: [Int]

        init(source: SourceDefinition, columns: [Int], readers: [Reader]) {
            self.source = source
            self.columns = columns
            self.readers = readers
            queries = Set(readers.map(\.query)).sorted()
        }
    }

    /// One of the inputs of a query.
    package struct Reader: Hashable, Sendable {
        package let query: Int
        /// Index into the query's `inputs`: 0 is its input, n the table of its nth join, and behind those comes the
        /// stream that it is paired with.
        package let port: Int
        /// Index into the program's edges, where the rows come through one.
        package var edge: Int?
    }

    package let program: ProgramPlan
    /// In the order of the program.
    package let roots: [Root]
    /// Root topics in byte order, each once.
    package let topics: [String]
    /// By query: who reads its sink.
    package let downstream: [[Reader]]
    /// By query: whether its input is a table.
    package let readsTable: [Bool]
    /// By query: the roots whose rows reach it, directly or through other queries.
    package let feedingRoots: [Set<Int>]
    /// By query: those of them whose watermarks count: rows of a joined table have no part in the result's time.
    let timingRoots: [Set<Int>]
    /// Which topics joins read.
    let joined: JoinedTopics
    /// By query: what is on the way to its rows.
    let reaches: [QueryReach]
    let index: ProgramIndex
    /// What its queries' states are, in words.
    let states: StateDescriptions

    /// - Throws: `SourceError` for what the engine cannot run, with its place in the program.
    package init(_ program: ProgramPlan) throws(SourceError) {
        self.program = program
        let roots = QueryGraph.roots(program)
        self.roots = roots
        topics = Set(roots.map(\.source.topic)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let readers = QueryGraph.readers(program)
        let names = ProgramIndex(program)
        let edges = Dictionary(grouping: program.edges.indices) { program.edges[$0].writer }
        downstream = program.queries.map { query in
            let direct = readers[query.sink.name] ?? []
            return (edges[query.sink.name] ?? []).reduce(into: direct) { all, edge in
                all += (readers[program.edges[edge].reader] ?? []).map {
                    Reader(query: $0.query, port: $0.port, edge: edge)
                }
            }
        }
        let tables = Set(program.sources.filter { $0.kind == .table }.map(\.name))
        readsTable = program.queries.map { tables.contains($0.input) }
        var rootsOf = [[QueryReach.Origin]](repeating: [], count: program.queries.count)
        for (index, root) in roots.enumerated() {
            for reader in root.readers {
                rootsOf[reader.query].append(QueryReach.Origin(root: index, port: reader.port))
            }
        }
        var reaches: [QueryReach] = []
        // A query comes after those it reads from.
        for (index, query) in program.queries.enumerated() {
            reaches.append(QueryReach(query, rootsOf[index], program, names, earlier: reaches))
        }
        self.reaches = reaches
        feedingRoots = reaches.map(\.feeding)
        timingRoots = reaches.map(\.timing)
        index = names
        joined = JoinedTopics(program, names, roots, feedingRoots, timingRoots)
        states = StateDescriptions(program, names)
        try check()
    }

    private static func roots(_ program: ProgramPlan) -> [Root] {
        let all = QueryGraph.readers(program)
        let names = ProgramIndex(program)
        return program.rootSources.flatMap { source in
            var readers: [[Int]: [Reader]] = [:]
            var order: [[Int]] = []
            for reader in all[source.name] ?? [] {
                let query = program.queries[reader.query]
                let inputColumns = names.source(named: query.input)?.columns.count ?? 0
                var columns = Set(query.scannedColumns(ofInput: reader.port, inputColumns: inputColumns))
                if let timestamp = source.timestamp { columns.insert(timestamp.column) }
                // A joined table is looked up by its key.
                if query.isLookedUp(inInput: reader.port) { columns.formUnion(source.keyColumns.indices) }
                let key = columns.sorted()
                if readers[key] == nil { order.append(key) }
                readers[key, default: []].append(reader)
            }
            return order.map { Root(source: source, columns: $0, readers: readers[$0] ?? []) }
        }
    }

    /// By source: who reads it, in the order of the program.
    private static func readers(_ program: ProgramPlan) -> [String: [Reader]] {
        var readers: [String: [Reader]] = [:]
        for (index, query) in program.queries.enumerated() {
            for (port, source) in query.inputs.enumerated() {
                readers[source, default: []].append(Reader(query: index, port: port))
            }
        }
        return readers
    }

    private func check() throws(SourceError) {
        for (index, query) in program.queries.enumerated() {
            do throws(SourceError) {
                try RecordEncoder.check(query.sink)
            } catch {
                throw SourceError(
                    "\(query.sink.name): \(error.message)", at: query.location, hint: error.hint, code: error.code)
            }
            try checkJoins(query)
            try checkStreamJoin(index, query)
            try checkChanges(query)
            guard reaches[index].explosions <= SubOffset.levels else {
                throw SourceError(
                    "\(reaches[index].explosions) queries, one behind the other, make several rows of one row here; "
                        + "\(SubOffset.levels) can", at: query.location,
                    hint: "publish \(query.input), and go on from its topic in another program")
            }
            guard case .aggregate(let aggregation) = query.operation else { continue }
            guard !readsTable[index] else {
                throw SourceError(
                    "GROUP BY over the table \(query.input) is not supported yet", at: query.location,
                    hint: "group the stream that the table is made from")
            }
            if let maker = grouping(behind: query.input) {
                throw SourceError(
                    "GROUP BY over \(query.input) is not supported yet, because \(maker.name) makes its rows by "
                        + "GROUP BY",
                    at: query.location,
                    hint: "publish \(maker.sink.name), and group the stream over its topic in another program")
            }
            if aggregation.window != nil, let maker = reaches[index].retimed {
                throw SourceError(
                    "a window over \(query.input) is not supported yet, because this program gives "
                        + "\(maker == query.input ? "it" : maker) a TIMESTAMP",
                    at: query.location, hint: "declare the TIMESTAMP on the stream that is read from the topic")
            }
        }
        try checkJoinedTopics()
    }

    /// The aggregation whose results reach a source, directly or through other queries.
    func grouping(behind source: String) -> QueryPlan? {
        for writer in writers(of: source) {
            let query = program.queries[writer]
            if case .aggregate = query.operation { return query }
            if reaches[writer].isBehindAggregation { return grouping(behind: query.input) }
        }
        return nil
    }

    /// A stream over the topic of a table would have a row for each change; how many there are, commits decide.
    private func checkChanges(_ query: QueryPlan) throws(SourceError) {
        for name in query.inputs where source(named: name)?.kind == .stream {
            for origin in index.origins(of: name) where origin.edge != nil {
                let writer = program.queries[origin.query]
                guard writer.sink.kind == .table, let maker = grouping(behind: name), maker.emit == .changes else {
                    continue
                }
                throw SourceError(
                    "\(name) would read each change of the table \(writer.sink.name), and how many changes there are "
                        + "depends on commits: a replay would give other rows",
                    at: query.location,
                    hint: "let \(maker.sink.name) EMIT FINAL, or declare \(name) as a TABLE")
            }
        }
    }

    package func source(named name: String) -> SourceDefinition? { index.source(named: name) }

    /// The queries that write a source, by index.
    package func writers(of source: String) -> [Int] { index.writers(of: source) }

    /// The name of a query whose rows another one reads; nil: it reads a topic.
    package func upstream(of query: QueryPlan) -> String? {
        writers(of: query.input).first.map { program.queries[$0].name }
    }

    /// The roots over a topic, by index.
    package func roots(ofTopic topic: String) -> [Int] { roots.indices.filter { roots[$0].source.topic == topic } }

    /// Whether a query stands behind an aggregation: its rows have no place in the log.
    package func isBehindAggregation(_ query: Int) -> Bool { reaches[query].isBehindAggregation }
}
