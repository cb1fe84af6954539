// SPDX-License-Identifier: Apache-2.0
import MillraceEngine
import MillraceLog
import MillracePlan

/// Where the results of a run that publishes, and its dead letters, go: how many partitions each topic has, and how
/// large records it takes.
struct OutputPlan {
    /// By topic name.
    let partitionCounts: [String: Int]
    let limits: RecordLimits
    let deadLetterTopic: String?
    /// The numbers of the schemas that results are written by, by subject.
    let schemaNumbers: [String: Int32]

    /// How a collector puts out results.
    func mode(_ graph: QueryGraph) -> OutputCollector.Mode {
        let topics = graph.program.queries.map(\.sink.topic)
        let schemas = topics.map { topic in
            OutputCollector.SchemaNumbers(
                key: schemaNumbers[SchemaSubject.name(topic, .key)],
                value: schemaNumbers[SchemaSubject.name(topic, .value)])
        }
        return .publish(
            partitionCounts: topics.map { partitionCounts[$0] ?? 1 }, limits: topics.map { limits[$0] },
            schemas: schemas)
    }

    var deadLetters: RejectionCollector.DeadLetters? {
        deadLetterTopic.map { topic in
            RejectionCollector.DeadLetters(
                topic: topic, partitions: partitionCounts[topic] ?? 1, limits: limits[topic])
        }
    }
}
