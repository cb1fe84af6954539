// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
import MillracePlan

/// Which topics have to be read in one order, because rows of one are looked up in tables made of another, or meet
/// those of another.
struct JoinedTopics: Sendable {
    /// Those that tables of joins are made of.
    let tables: Set<String>
    /// Those of either side; what other queries read of them is read in the same order.
    let all: Set<String>
    /// The queries that join, by index.
    let queries: [Int]
    /// Those of them that join two streams.
    let streamQueries: [Int]
    /// By topic: those of the tables that its rows are looked up in, and some whose rows meet its own. Where records
    /// have equal merge times, these come first.
    let behind: [String: Set<String>]

    /// - Parameters:
    ///   - feeding: by query: the roots whose rows reach it.
    ///   - timing: by query: those whose rows make its own.
    init(
        _ program: ProgramPlan, _ index: ProgramIndex, _ roots: [QueryGraph.Root], _ feeding: [Set<Int>],
        _ timing: [Set<Int>]
    ) {
        var tables: Set<String> = []
        var all: Set<String> = []
        var lookedUpIn: [String: Set<String>] = [:]
        for (number, query) in program.queries.enumerated() where !query.joins.isEmpty {
            var own: Set<String> = []
            for join in query.joins { own.formUnion(JoinedTopics.topics(of: join.table, index, roots, feeding)) }
            for stream in query.streams {
                for topic in JoinedTopics.topics(of: stream, index, roots, feeding) {
                    lookedUpIn[topic, default: []].formUnion(own)
                }
            }
            tables.formUnion(own)
            all.formUnion(feeding[number].map { roots[$0].source.topic })
        }
        // Of two streams either may come first: one order that goes round in no circle.
        let tableLevels = JoinedTopics.levels(lookedUpIn, of: all.union(tables)) ?? [:]
        func precedes(_ left: String, _ right: String) -> Bool {
            let levels = (tableLevels[left] ?? 0, tableLevels[right] ?? 0)
            return levels.0 == levels.1 ? left.utf8.lexicographicallyPrecedes(right.utf8) : levels.0 < levels.1
        }
        for (number, query) in program.queries.enumerated() {
            guard let join = query.streamJoin else { continue }
            let sides = [query.input, join.stream].map { JoinedTopics.topics(of: $0, index, roots, timing) }
            for left in sides[0] {
                for right in sides[1] where left != right {
                    let (first, second) = precedes(left, right) ? (left, right) : (right, left)
                    lookedUpIn[second, default: []].insert(first)
                }
            }
            all.formUnion(feeding[number].map { roots[$0].source.topic })
        }
        behind = lookedUpIn
        self.tables = tables
        self.all = all.union(tables)
        streamQueries = program.queries.indices.filter { program.queries[$0].streamJoin != nil }
        queries = program.queries.indices.filter {
            !program.queries[$0].joins.isEmpty || program.queries[$0].streamJoin != nil
        }
    }

    /// By topic: 0 for one that is behind no other, else one more than the highest of those that it is behind; nil:
    /// topics are looked up in each other.
    var levels: [String: Int]? { JoinedTopics.levels(behind, of: all) }

    private static func levels(_ behind: [String: Set<String>], of all: Set<String>) -> [String: Int]? {
        var levels: [String: Int] = [:]
        var open = all
        while !open.isEmpty {
            let next = open.filter { (behind[$0] ?? []).isDisjoint(with: open) }
            if next.isEmpty { return nil }
            for topic in next {
                levels[topic] = (behind[topic] ?? []).compactMap { levels[$0] }.max().map { $0 + 1 } ?? 0
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
    /// Whether a query joins its input with tables or another stream.
    package var hasJoins: Bool { !joined.all.isEmpty }

    /// The queries that join their input with tables or another stream, by index.
    package var joinQueries: [Int] { joined.queries }

    /// The queries that join, and whose results depend on the order in which the records of several topics were run, by
    /// index: which pairs of rows of two streams there are does not.
    var orderedJoinQueries: [Int] {
        let isOrdered = program.queries.indices.contains { query in
            guard reaches[query].isPaired, let aggregation = aggregation(query) else { return false }
            return aggregation.aggregates.contains(where: \.function.isOrdered)
        }
        let hasTables = program.queries.contains { !$0.joins.isEmpty }
        return isOrdered || hasTables ? joined.queries : []
    }

    /// The queries that pair their input with another stream, by index.
    var streamJoinQueries: [Int] { joined.streamQueries }

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

    /// - Throws: for joins of streams that have no answer yet which would be the same live and on replay.
    func checkStreamJoin(_ index: Int, _ query: QueryPlan) throws(SourceError) {
        guard let join = query.streamJoin else { return }
        for name in query.streams {
            if let maker = grouping(behind: name) {
                throw SourceError(
                    "a join of \(name) is not supported yet, because \(maker.name) makes its rows by GROUP BY",
                    at: query.location,
                    hint: "publish \(maker.sink.name), and join the stream over its topic in another program")
            }
        }
        if let maker = reaches[index].retimed {
            let what = query.streams.contains(maker) ? maker : "\(maker), of which they are made,"
            throw SourceError(
                "a join of \(query.streams.joined(separator: " and ")) is not supported yet, because this program "
                    + "gives \(what) a TIMESTAMP",
                at: query.location, hint: "declare the TIMESTAMP on the stream that is read from the topic")
        }
        if let topic = timed(query.input).intersection(timed(join.stream)).min() {
            throw SourceError(
                "\(query.input) and \(join.stream) are made of one topic, \(topic): "
                    + "a join of a topic with itself is not supported yet", at: query.location)
        }
        for table in query.joins.map(\.table) {
            if let topic = topics(of: table).intersection(topics(of: join.stream)).min() {
                throw SourceError(
                    "\(join.stream) and \(table) are made of one topic, \(topic): "
                        + "a join of a topic with itself is not supported yet", at: query.location)
            }
        }
    }

    /// The root topics whose rows are those of a stream, or make them.
    private func timed(_ source: String) -> Set<String> { JoinedTopics.topics(of: source, index, roots, timingRoots) }

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
                at: joined.queries.first.map { program.queries[$0].location }, hint: "declare it once, or alike")
        }
    }

    private func isGrouped(_ query: Int) -> Bool {
        if case .aggregate = program.queries[query].operation { return true }
        return isBehindAggregation(query)
    }
}
