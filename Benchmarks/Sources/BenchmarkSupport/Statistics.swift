// SPDX-License-Identifier: Apache-2.0

/// Order statistics of samples.
package enum Statistics {
    /// The middle one, or the mean of the two in the middle; 0 of none.
    package static func median(_ samples: [Double]) -> Double {
        guard !samples.isEmpty else { return 0 }
        let sorted = samples.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// The smallest sample that at least this share of all are not above (nearest rank); 0 of none.
    /// - Parameter sorted: in ascending order.
    package static func quantile(_ share: Double, ofSorted sorted: [Int64]) -> Int64 {
        guard !sorted.isEmpty else { return 0 }
        let rank = Int((share * Double(sorted.count)).rounded(.up))
        return sorted[min(max(rank, 1), sorted.count) - 1]
    }
}
