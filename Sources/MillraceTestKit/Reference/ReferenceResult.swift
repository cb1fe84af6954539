// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// A result's window. The end is exclusive for time windows, the last record's time for sessions.
package struct ResultWindow: Hashable, Sendable {
    package var start: Int64
    package var end: Int64

    package init(start: Int64, end: Int64) {
        self.start = start
        self.end = end
    }
}

/// One row of the global result.
package struct ReferenceRow: Sendable {
    /// The query that made it.
    package var query: String
    /// The line that `millrace replay --format json` prints for it.
    package var line: String
    /// The topic and the key, both as JSON text: rows of one key have an order, rows of different keys have none.
    package var topic: String
    package var key: String
    package var window: ResultWindow?
    /// Whether the data had closed the window; true without a window.
    package var isFinal: Bool
    /// The partition that it came from; nil for a group that may have records of several partitions.
    package var place: TopicPartition?
}

/// What became of the records of one source partition in one query.
package struct RecordAccount: Hashable, Sendable {
    package var used = 0
    package var filtered = 0
    package var late = 0
    package var bad = 0

    package init(used: Int = 0, filtered: Int = 0, late: Int = 0, bad: Int = 0) {
        self.used = used
        self.filtered = filtered
        self.late = late
        self.bad = bad
    }

    package var read: Int { used + filtered + late + bad }
}

/// A query's source partition.
package struct AccountKey: Hashable, Sendable, Comparable {
    package var query: String
    package var place: TopicPartition

    package init(query: String, place: TopicPartition) {
        self.query = query
        self.place = place
    }

    package static func < (left: AccountKey, right: AccountKey) -> Bool {
        left.query == right.query ? left.place < right.place : left.query < right.query
    }
}

/// What a program makes of a log, by the definitions.
package struct ReferenceResult: Sendable {
    /// By query in the order of the program; within a query rows of one key in order of emission.
    package var rows: [ReferenceRow] = []
    /// For the queries that read a stream or table of Kafka, directly or through stateless queries.
    package var accounts: [AccountKey: RecordAccount] = [:]

    /// The lines in canonical order.
    package var lines: [String] { CanonicalOrder.lines(rows.map(\.line), ordered: orderedKeys) }

    /// The (topic, key) pairs whose rows have one order in every run: those that come from one partition.
    package var orderedKeys: Set<CanonicalOrder.Group> {
        var places: [CanonicalOrder.Group: Set<TopicPartition?>] = [:]
        var writers: [CanonicalOrder.Group: Set<String>] = [:]
        for row in rows {
            let group = CanonicalOrder.Group(topic: row.topic, key: row.key)
            places[group, default: []].insert(row.window == nil ? row.place : nil)
            writers[group, default: []].insert(row.query)
        }
        return Set(places.filter { $0.value.count == 1 && !$0.value.contains(nil) && writers[$0.key]?.count == 1 }.keys)
    }
}

/// Result lines in an order that does not depend on the run.
package enum CanonicalOrder {
    package struct Group: Hashable, Sendable {
        /// JSON text, as the key.
        package var topic: String
        package var key: String

        package init(topic: String, key: String) {
            self.topic = topic
            self.key = key
        }
    }

    /// By topic and key; within a key as they come where the run must not change that order (`ordered`), else by window
    /// start, window end, timestamp and text.
    package static func lines(_ lines: [String], ordered: Set<Group>) -> [String] {
        let parsed = lines.enumerated().map { Parsed($0.element, place: $0.offset) }
        return parsed.sorted { left, right in
            if left.group != right.group {
                return (left.group.topic, left.group.key) < (right.group.topic, right.group.key)
            }
            if ordered.contains(left.group) { return left.place < right.place }
            return left.sortKey.lexicographicallyPrecedes(right.sortKey)
                || (left.sortKey == right.sortKey && (left.line, left.place) < (right.line, right.place))
        }.map(\.line)
    }

    private struct Parsed {
        let line: String
        let place: Int
        let group: Group
        let sortKey: [Int64]

        init(_ line: String, place: Int) {
            self.line = line
            self.place = place
            let members = ResultLine.members(line)
            let window = members["window"].map { ResultLine.members($0) } ?? [:]
            group = Group(topic: members["topic"] ?? "", key: members["key"] ?? "")
            sortKey = [window["start"], window["end"], members["timestamp"]].map { $0.flatMap { Int64($0) } ?? -1 }
        }
    }
}
