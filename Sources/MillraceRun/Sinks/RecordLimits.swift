// SPDX-License-Identifier: Apache-2.0
import MillraceLog

/// What a topic takes.
struct TopicLimits: Hashable {
    var size: RecordLimit
    var time = TimeLimit.none
    /// It is compacted: no record without a key.
    var refusesKeyless = false
    /// How long it keeps its records, in ms; nil: for ever, or it is not known.
    var retention: Int64?
}

/// What the topics take that a run writes.
struct RecordLimits {
    private let properties: KafkaProperties
    private let settings: [String: [String: String]]

    /// - Parameter settings: each topic's, where they are known.
    init(_ properties: KafkaProperties, _ settings: [String: [String: String]]) {
        self.properties = properties
        self.settings = settings
    }

    private func size(_ topic: String) -> Int? { settings[topic]?["max.message.bytes"].flatMap { Int($0) } }

    subscript(topic: String) -> TopicLimits {
        let known = settings[topic] ?? [:]
        return TopicLimits(
            size: RecordLimit(properties, topic: size(topic)), time: TimeLimit(known),
            refusesKeyless: (known["cleanup.policy"] ?? "").split(separator: ",").contains("compact"),
            retention: RecordLimits.retention(known))
    }

    private static func retention(_ settings: [String: String]) -> Int64? {
        guard settings["message.timestamp.type"] != "LogAppendTime",
            (settings["cleanup.policy"] ?? "").split(separator: ",").contains("delete"),
            let retention = settings["retention.ms"].flatMap({ Int64($0) }), retention >= 0
        else { return nil }
        return retention
    }

    /// The least size of the topics' limits that are known.
    var least: Int? { settings.keys.compactMap(size).min() }
}
