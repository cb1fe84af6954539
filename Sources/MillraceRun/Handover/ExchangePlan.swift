// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillraceEngine
import MillracePlan
import MillraceReport

/// Which queries of a program several processes compute together, and through which topics (`--exchange`).
package struct ExchangePlan: Sendable {
    /// Nothing in it grows old by itself: what no restart needs any more is deleted by offset.
    private static let topicConfiguration = [
        "cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1", "segment.bytes": "33554432",
    ]

    private let graph: QueryGraph
    private let application: String
    private let isOn: Bool

    package init(_ graph: QueryGraph, application: String, isOn: Bool) {
        self.graph = graph
        self.application = application
        self.isOn = isOn
    }

    /// Those that group by something else than the record key.
    package var queries: [Int] {
        guard isOn else { return [] }
        return graph.program.queries.indices.filter { index in
            guard case .aggregate(let aggregation) = graph.program.queries[index].operation else { return false }
            return !aggregation.isPartitionAffine
        }
    }

    package func topic(_ query: Int) -> String { "\(application)-\(graph.program.queries[query].sink.name)-exchange" }

    /// The exchanges' topics, as they are made.
    var topics: [PlannedTopic] {
        queries.map { query in
            PlannedTopic(
                name: topic(query), role: .exchange, inputs: graph.topics(feeding: query),
                settings: ExchangePlan.topicConfiguration)
        }
    }

    /// - Parameters:
    ///   - partitions: of the exchanges' topics, by name.
    ///   - inputs: all partitions of the input.
    func exchanges(partitions: [String: Int32], inputs: [TopicPartition]) -> [Int: QueryExchange] {
        var exchanges: [Int: QueryExchange] = [:]
        for query in queries {
            let topics = graph.topics(feeding: query)
            exchanges[query] = QueryExchange(
                topic: topic(query), partitions: partitions[topic(query)] ?? 1,
                sources: inputs.filter { topics.contains($0.topic) })
        }
        return exchanges
    }

    /// Refuses what an exchange cannot do.
    package func check(_ options: RunOptions) throws {
        guard !queries.isEmpty else { return }
        if options.endsAtCut {
            throw RunFailure(
                .configuration, .contradiction, "mode: batch does not go with --exchange",
                hint: "a run that ends by itself runs in one process: leave --exchange out, or use replay")
        }
        if options.stateFlushIntervalMilliseconds == 0 {
            throw RunFailure(
                .configuration, .contradiction,
                "state.flush.interval is off, which does not go with \(options.isJob ? "--job" : "--exchange") where a "
                    + "query groups by something else than the record key",
                hint: "without flushes the exchange topics would be read from their beginnings, and grow for ever")
        }
    }
}
