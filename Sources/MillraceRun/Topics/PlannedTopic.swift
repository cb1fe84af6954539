// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillraceEngine
import MillraceLog
import MillracePlan

/// A topic that a program writes, and how it is made where it is not there.
package struct PlannedTopic: Hashable, Sendable {
    package let name: String
    package let role: TopicRole
    /// Nil: as many as the widest of `inputs`.
    package var partitions: Int?
    var inputs: Set<String> = []
    /// Nil: the broker's default.
    package var replicas: Int?
    /// Topic settings that differ from the broker's defaults.
    package var settings: [String: String] = [:]

    /// How many partitions it gets.
    /// - Parameter inputPartitions: all partitions of the input.
    func width(_ inputPartitions: [TopicPartition]) -> Int {
        partitions
            ?? Int((inputPartitions.filter { inputs.contains($0.topic) }.map(\.partition).max() ?? 0) + 1)
    }

    func newTopic(_ inputPartitions: [TopicPartition]) -> NewTopic {
        NewTopic(
            name: name, partitions: Int32(width(inputPartitions)), replicas: replicas.map { Int32($0) },
            configuration: settings)
    }
}

extension PlannedTopic {
    /// Every topic that a run writes, each once: results and dead letters by name, then changelogs and exchanges.
    package static func all(_ graph: QueryGraph, _ options: RunOptions) -> [PlannedTopic] {
        let exchanges = ExchangePlan(graph, application: options.application, isOn: options.exchangesPartials)
        return outputs(graph, deadLetterTopic: options.deadLetterTopic) + ChangelogPlan(graph, options).topics
            + exchanges.topics
    }

    /// What results and dead letters are written to, by name.
    static func outputs(_ graph: QueryGraph, deadLetterTopic: String?) -> [PlannedTopic] {
        var topics: [String: PlannedTopic] = [:]
        if let deadLetterTopic {
            topics[deadLetterTopic] = PlannedTopic(name: deadLetterTopic, role: .deadLetters, partitions: 1)
        }
        for query in graph.program.queries.reversed() { topics[query.sink.topic] = output(query.sink, graph) }
        return topics.values.sorted { $0.name < $1.name }
    }

    private static func output(_ sink: SourceDefinition, _ graph: QueryGraph) -> PlannedTopic {
        var settings: [String: String] = [:]
        if let retention = sink.retentionMilliseconds { settings["retention.ms"] = String(retention) }
        if let policy = sink.cleanupPolicy {
            settings["cleanup.policy"] = policy
        } else if sink.kind == .table, sink.windowedKey == nil, sink.retentionMilliseconds == nil {
            // A row that does not change has to stay.
            settings["cleanup.policy"] = "compact"
        }
        return PlannedTopic(
            name: sink.topic, role: .output, partitions: sink.partitions, inputs: Set(graph.topics),
            replicas: sink.replicas, settings: settings)
    }
}
