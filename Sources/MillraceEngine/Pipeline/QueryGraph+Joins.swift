// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
import MillracePlan

/// Which topics have to be read in one order, because rows of one are looked up in tables made of another.
struct JoinedTopics: Sendable {
    /// Those that tables of joins are made of.
    let tables: Set<String>
    /// Those of either side; what other queries read of them is read in the same order.
    let all: Set<String>
    /// The queries that join, by index.
    let queries: [Int]
    /// By topic whose rows are looked up: the topics of those tables. Where records have equal merge times, what is
    /// looked up in comes first.
    let lookedUpIn: [String: Set<String>]

    /// - Parameter feeding: by query: the roots whose rows reach it.
    init(_ program: ProgramPlan, _ index: ProgramIndex, _ roots: [QueryGraph.Root], _ feeding: [Set<Int>]) {
        var tables: Set<String> = []
        var all: Set<String> = []
        var lookedUpIn: [String: Set<String>] = [:]
        for (number, query) in program.queries.enumerated() where !query.joins.isEmpty {
            var own: Set<String> = []
            for join in query.joins { own.formUnion(JoinedTopics.topics(of: join.table, index, roots, feeding)) }
            for topic in JoinedTopics.topics(of: query.input, index, roots, feeding) {
                lookedUpIn[topic, default: []].formUnion(own)
            }
            tables.formUnion(own)
            all.formUnion(feeding[number].map { roots[$0].source.topic })
        }
        self.lookedUpIn = lookedUpIn
        self.tables = tables
        self.all = all.union(tables)
        queries = program.queries.indices.filter { !program.queries[$0].joins.isEmpty }
    }

    /// By topic: 0 for a table whose rows are looked up nowhere, else one more than the highest of those that they are
    /// looked up in; nil: topics are looked up in each other.
    var levels: [String: Int]? {
        var levels: [String: Int] = [:]
        var open = all
        while !open.isEmpty {
            let next = open.filter { (lookedUpIn[$0] ?? []).isDisjoint(with: open) }
            if next.isEmpty { return nil }
            for topic in next {
                levels[topic] = (lookedUpIn[topic] ?? []).compactMap { levels[$0] }.max().map { $0 + 1 } ?? 0
            }
            open.subtract(next)
        }
        return levels
    }

    /// The root topics whose rows make a source.
    static func topics(
        of source: String, _ index: ProgramIndex, _ roots: [QueryGraph.Root], _ feeding: [Set<Int>]
    ) -> Set<String> {
        let made = index.writers(of: source)
        if made.isEmpty { return Set(index.source(named: source).map { [$0.topic] } ?? []) }
        return made.reduce(into: []) { $0.formUnion(feeding[$1].map { roots[$0].source.topic }) }
    }
}

extension QueryGraph {
    /// Whether a query joins its input with tables.
    package var hasJoins: Bool { !joined.all.isEmpty }

    /// The queries that do, by index.
    package var joinQueries: [Int] { joined.queries }

    /// Whether a table that rows are looked up in is made of a topic.
    package func isJoinedTable(_ topic: String) -> Bool { joined.tables.contains(topic) }

    /// Whether rows of a topic reach a query otherwise than through a table that it joins with.
    package func isInput(_ topic: String, of query: Int) -> Bool {
        timingRoots[query].contains { roots[$0].source.topic == topic }
    }

    /// How many watermarks a topic has: one a root, and the merge time where it is joined.
    func watermarkCount(ofTopic topic: String) -> Int {
        roots(ofTopic: topic).count + (joined.all.contains(topic) ? 1 : 0)
    }

    /// The watermarks of a partition of a topic at the beginning of its log.
    package func initialWatermarks(ofTopic topic: String) -> [Watermark] {
        Array(repeating: .none, count: watermarkCount(ofTopic: topic))
    }

    private func topics(of source: String) -> Set<String> {
        JoinedTopics.topics(of: source, index, roots, feedingRoots)
    }

    /// - Throws: for joins that have no answer yet which would be the same live and on replay.
    func checkJoins(_ query: QueryPlan) throws(SourceError) {
        if !query.joins.isEmpty, let maker = grouping(behind: query.input) {
            throw SourceError(
                "a join of \(query.input) is not supported yet, because \(maker.name) makes its rows by GROUP BY",
                at: query.location,
                hint: "publish \(maker.sink.name), and join the stream over its topic in another program")
        }
        for join in query.joins {
            let makers = writers(of: join.table)
            if let maker = makers.first(where: { isGrouped($0) }) {
                throw SourceError(
                    "a join with \(join.table) is not supported yet, because "
                        + "\(program.queries[maker].name) makes it by GROUP BY", at: query.location,
                    hint:
                        "publish \(join.table), and join with it in another program that declares its topic as a table")
            }
            if let topic = topics(of: join.table).intersection(topics(of: query.input)).min() {
                throw SourceError(
                    "\(query.input) and \(join.table) are made of one topic, \(topic): "
                        + "a join of a topic with itself is not supported yet", at: query.location)
            }
        }
    }

    func checkJoinedTopics() throws(SourceError) {
        if joined.levels == nil {
            throw SourceError(
                "joins of this program look rows of topics up in each other: there is no order to read them in",
                at: program.queries.first { !$0.joins.isEmpty }?.location,
                hint: "put one of the joins into a program of its own")
        }
        for topic in joined.all.sorted() {
            let sources = roots(ofTopic: topic).map { roots[$0].source }
            guard Set(sources.map(\.timestamp)).count > 1 || Set(sources.map(\.versions)).count > 1 else { continue }
            throw SourceError(
                "\(topic) is declared with different TIMESTAMPs or VERSIONS, and a join reads it in one order",
                at: program.queries.first { !$0.joins.isEmpty }?.location, hint: "declare it once, or alike")
        }
    }

    private func isGrouped(_ query: Int) -> Bool {
        if case .aggregate = program.queries[query].operation { return true }
        return isBehindAggregation(query)
    }
}
