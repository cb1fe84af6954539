// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// Late or bad records of one query that share a reason.
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
    package var reason: String
    package var count: Int64
    /// The first few.
    package var samples: [Place]

    package init(query: String, kind: Kind, reason: String, count: Int64, samples: [Place]) {
        self.query = query
        self.kind = kind
        self.reason = reason
        self.count = count
        self.samples = samples
    }
}
