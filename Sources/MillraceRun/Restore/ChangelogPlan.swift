// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillraceEngine
package import MillracePlan
package import MillraceSettings

/// Which queries of a program keep a changelog of their state, how it is named, and how often it is flushed.
package struct ChangelogPlan: Sendable {
    /// Compacted; in segments so small, and with deletions that go so soon, that a restart reads little that is old.
    private static let topicConfiguration = [
        "cleanup.policy": "compact", "segment.bytes": "33554432", "delete.retention.ms": "600000",
    ]

    private let graph: QueryGraph
    private let application: String
    private let exchange: ExchangePlan
    let intervalMilliseconds: Int64

    package init(
        _ graph: QueryGraph, application: String, intervalMilliseconds: Int64, exchange: ExchangePlan
    ) {
        self.graph = graph
        self.application = application
        self.exchange = exchange
        self.intervalMilliseconds = intervalMilliseconds
    }

    package init(_ graph: QueryGraph, _ options: RunOptions) {
        self.init(
            graph, application: options.application, intervalMilliseconds: options.stateFlushIntervalMilliseconds,
            exchange: ExchangePlan(graph, application: options.application, isOn: options.exchangesPartials))
    }

    var isOn: Bool { intervalMilliseconds > 0 }

    /// As users of Kafka Streams expect it. A table has one query; the number in the query's name is its place in the
    /// program, which may change.
    package func topic(_ query: Int) -> String { "\(application)-\(graph.program.queries[query].sink.name)-changelog" }

    /// The queries of which a restart would have to read more than a flush interval again: those without windows, those
    /// whose windows with their grace are longer, and sessions, which may go on for as long as they like; and those
    /// that go through an exchange, where a window's records have no common place.
    package var queries: [Int] {
        let exchanged = exchange.queries
        return isOn ? graph.program.queries.indices.filter { needsChangelog($0) || exchanged.contains($0) } : []
    }

    private func needsChangelog(_ query: Int) -> Bool {
        guard case .aggregate(let aggregation) = graph.program.queries[query].operation else { return false }
        switch aggregation.window?.kind {
        case nil, .session: return true
        case .tumbling(let size), .hopping(let size, _):
            return size > intervalMilliseconds || (aggregation.window?.grace ?? 0) > intervalMilliseconds -| size
        }
    }

    /// The changelogs, as they are made.
    var topics: [PlannedTopic] { queries.map(plannedTopic) }

    func plannedTopic(_ query: Int) -> PlannedTopic {
        PlannedTopic(
            name: topic(query), role: .changelog, inputs: graph.topics(feeding: query),
            settings: ChangelogPlan.topicConfiguration)
    }

    /// Whether a run has transactions. A changelog that was kept once goes on being kept, so that one may come up.
    package func usesTransactions(_ guarantee: ProcessingGuarantee) -> Bool {
        guarantee == .exactlyOnce || mayKeepChangelogs
    }

    /// Whether a run may write changelogs.
    var mayKeepChangelogs: Bool { isOn && graph.hasAggregations }

    /// From the first result after a commit to the end of the next one with all that it sends, in ms.
    package func transactionTimeout(commitIntervalMilliseconds: Int64) -> Int32 {
        let flush: Int64 = queries.isEmpty ? 0 : 20_000
        return Int32(clamping: 10_000 +| commitIntervalMilliseconds +| flush)
    }

    /// Whether the query groups by the record key, so that each source partition has its own state.
    package func isPartitionAffine(_ query: Int) -> Bool {
        guard case .aggregate(let aggregation) = graph.program.queries[query].operation else { return false }
        return aggregation.isPartitionAffine
    }

    /// Whether a query's state goes back to the beginning of the log.
    func isUnbounded(_ query: Int) -> Bool {
        guard case .aggregate(let aggregation) = graph.program.queries[query].operation else { return false }
        return aggregation.window == nil
    }

    /// For `explain`: where a query's state comes from at a restart; none where it has none.
    package func lines(_ query: Int) -> [PlanDiagram.Line] {
        guard case .aggregate = graph.program.queries[query].operation else { return [] }
        var lines: [PlanDiagram.Line] = []
        if exchange.queries.contains(query) {
            lines.append(
                PlanDiagram.Line("exchange", "partial results of all processes through \(exchange.topic(query))"))
        }
        let source =
            if queries.contains(query) {
                "flushed to \(topic(query)) every \(DurationText.text(intervalMilliseconds))"
            } else if isUnbounded(query) {
                "a restart reads the whole history again (state.flush.interval is off)"
            } else {
                "a restart reads again what feeds its open windows"
            }
        return lines + [PlanDiagram.Line("state", source)]
    }
}
