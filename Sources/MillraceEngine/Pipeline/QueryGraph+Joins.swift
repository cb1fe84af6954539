// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Which topics have to be read in one order, because rows of one are looked up in tables made of another.
extension QueryGraph {
    /// Whether a query joins its input with tables.
    package var hasJoins: Bool { program.queries.contains { !$0.joins.isEmpty } }

    /// The topics that tables of joins are made of.
    package var tableTopics: Set<String> {
        var topics: Set<String> = []
        for query in program.queries {
            for join in query.joins { topics.formUnion(rootTopics(of: join.table)) }
        }
        return topics
    }

    /// All topics that joins read, of either side, and what other queries read of them.
    package var joinedTopics: Set<String> {
        var topics = tableTopics
        for (index, query) in program.queries.enumerated() where !query.joins.isEmpty {
            topics.formUnion(self.topics(feeding: index))
        }
        return topics
    }

    /// The root topics whose rows make a source.
    private func rootTopics(of source: String) -> Set<String> {
        let made = writers(of: source)
        if made.isEmpty { return Set(self.source(named: source).map { [$0.topic] } ?? []) }
        return made.reduce(into: []) { $0.formUnion(topics(feeding: $1)) }
    }

    /// - Throws: for joins that have no answer yet which would be the same live and on replay.
    func checkJoins(_ index: Int, _ query: QueryPlan) throws(SourceError) {
        guard !query.joins.isEmpty else { return }
        for join in query.joins {
            let makers = writers(of: join.table)
            if let maker = makers.first(where: { isGrouped($0) }) {
                throw SourceError(
                    "a join with \(join.table) is not supported yet, because "
                        + "\(program.queries[maker].name) makes it by GROUP BY", at: query.location,
                    hint:
                        "publish \(join.table), and join with it in another program that declares its topic as a table")
            }
            let shared = rootTopics(of: join.table).intersection(rootTopics(of: query.input))
            if let topic = shared.min() {
                throw SourceError(
                    "\(query.input) and \(join.table) are made of one topic, \(topic): "
                        + "a join of a topic with itself is not supported yet", at: query.location)
            }
        }
        for topic in joinedTopics.sorted() {
            let sources = roots(ofTopic: topic).map { roots[$0].source }
            guard Set(sources.map(\.timestamp)).count > 1 || Set(sources.map(\.versions)).count > 1 else { continue }
            throw SourceError(
                "\(topic) is declared with different TIMESTAMPs or VERSIONS, and a join reads it in one order",
                at: query.location, hint: "declare it once, or alike")
        }
    }

    private func isGrouped(_ query: Int) -> Bool {
        if case .aggregate = program.queries[query].operation { return true }
        return isBehindAggregation(query)
    }
}
