// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// Late or bad records of one query that share a reason, and the column that it is about.
package struct RejectionReport: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case late, bad
    }

    package struct Place: Hashable, Comparable, Sendable {
        package var partition: TopicPartition
        /// -1: a result of many records, which was to be written there.
        package var offset: Int64

        /// `orders/0@17`.
        package var text: String { offset < 0 ? partition.description : "\(partition)@\(offset)" }

        package init(_ partition: TopicPartition, offset: Int64) {
            self.partition = partition
            self.offset = offset
        }

        package static func < (left: Place, right: Place) -> Bool {
            (left.partition, left.offset) < (right.partition, right.offset)
        }
    }

    package var query: String
    package var kind: Kind
    /// For example `wrong type`.
    package var reason: String
    /// The column, with its type: `AMOUNT DOUBLE`; nil where it is none's.
    package var subject: String?
    /// What is wrong with the first of them, with its value: `AMOUNT DOUBLE cannot be "many"`. Values may be somebody's
    /// secrets: reports and dead letters have them; page, metrics and API have the column only.
    package var example: String?
    package var count: Int64
    /// The first few.
    package var samples: [Place]

    package init(
        query: String, kind: Kind, reason: String, subject: String? = nil, example: String? = nil, count: Int64,
        samples: [Place]
    ) {
        self.query = query
        self.kind = kind
        self.reason = reason
        self.subject = subject
        self.example = example
        self.count = count
        self.samples = samples
    }

    /// The reason with the column, without values: `wrong type: AMOUNT DOUBLE`; nothing where the kind says it all.
    package var title: String {
        if kind == .late { return "" }
        return reason + (subject.map { ": \($0)" } ?? "")
    }

    /// With the first one's value: `wrong type: AMOUNT DOUBLE cannot be "many"`.
    package var account: String { example.map { "\(reason): \($0)" } ?? title }
}
