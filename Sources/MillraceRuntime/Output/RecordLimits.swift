// SPDX-License-Identifier: Apache-2.0
import MillraceKafka

/// How large records of the topics that a run writes may be.
struct RecordLimits {
    private let properties: KafkaProperties
    private let byTopic: [String: Int]

    /// - Parameter byTopic: each topic's `max.message.bytes`, where it is known.
    init(_ properties: KafkaProperties, _ byTopic: [String: Int]) {
        self.properties = properties
        self.byTopic = byTopic
    }

    subscript(topic: String) -> RecordLimit { RecordLimit(properties, topic: byTopic[topic]) }

    /// The least of the topics' limits that are known.
    var least: Int? { byTopic.values.min() }
}
