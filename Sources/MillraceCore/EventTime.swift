// SPDX-License-Identifier: Apache-2.0

/// Milliseconds since 1970-01-01T00:00Z, as Kafka stores timestamps. Negative means: none.
package typealias EventTime = Int64

/// The highest event time seen so far in one source partition.
package typealias Watermark = Int64

extension Watermark {
    /// Before any record: nothing is late.
    package static let none = Int64.min
    /// After the last record of a bounded slice: every window is final.
    package static let end = Int64.max
}
