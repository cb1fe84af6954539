// SPDX-License-Identifier: Apache-2.0

/// How long something took, counted by fixed bounds.
package struct DurationHistogram: Hashable, Sendable {
    /// Upper bounds, in seconds; the last bucket has none.
    package static let bounds: [Double] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

    /// By bound, and one for what is longer; not cumulative.
    package private(set) var counts = Array(repeating: 0, count: bounds.count + 1)
    package private(set) var sumSeconds = 0.0

    package init() {}

    package var count: Int { counts.reduce(0, +) }

    package mutating func add(seconds: Double) {
        counts[DurationHistogram.bounds.firstIndex { seconds <= $0 } ?? DurationHistogram.bounds.count] += 1
        sumSeconds += seconds
    }
}
