// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceReport
package import MillraceRun

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
                    ("records", JSONPieces.number(topic.extent?.records)),
                    ("oldest", JSONPieces.number(topic.extent?.oldest)),
                    ("newest", JSONPieces.number(topic.extent?.newest)),
                ])
            }
        case .text:
            var table = TextTable([
                ("TOPIC", .left), ("PARTITIONS", .right), ("RECORDS", .right), ("OLDEST (UTC)", .left),
                ("NEWEST (UTC)", .left),
            ])
            for topic in topics {
                table.append([
                    topic.topic, "\(topic.partitions)",
                    topic.extent.map { NumberDisplay.count($0.records) } ?? "?",
                    TopicListing.time(topic.extent, \.oldest), TopicListing.time(topic.extent, \.newest),
                ])
            }
            lines = table.lines
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// `?` where there are records and their times are not known.
    private static func time(_ extent: LogExtent?, _ end: KeyPath<LogExtent, EventTime?>) -> String {
        guard let extent else { return "?" }
        return extent[keyPath: end].map { TimeDisplay.short($0) } ?? (extent.records > 0 ? "?" : "")
    }
}
