// SPDX-License-Identifier: Apache-2.0
import MillraceEngine

/// The topics of a cluster, for people and machines.
package struct TopicListing {
    private let topics: [TopicBrowser.Entry]

    package init(_ topics: [TopicBrowser.Entry]) { self.topics = topics }

    /// JSON: one line a topic.
    package func text(_ format: ResultFormat) -> String {
        let lines: [String]
        switch format {
        case .json:
            lines = topics.map { topic in
                JSONPieces.object([
                    ("topic", JSONPieces.string(topic.topic)), ("partitions", "\(topic.partitions)"),
                    ("records", JSONPieces.number(topic.records)),
                ])
            }
        case .text:
            var table = TextTable([("TOPIC", .left), ("PARTITIONS", .right), ("RECORDS", .right)])
            for topic in topics {
                table.append([
                    topic.topic, "\(topic.partitions)", topic.records.map { NumberDisplay.count($0) } ?? "?",
                ])
            }
            lines = table.lines
        }
        return lines.map { $0 + "\n" }.joined()
    }
}
