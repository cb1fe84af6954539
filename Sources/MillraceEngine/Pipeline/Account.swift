// SPDX-License-Identifier: Apache-2.0

/// What became of the records of one source partition in one query: used + filtered + late + bad = read.
package struct Account: Hashable, Sendable {
    package var read = 0
    package var used = 0
    package var filtered = 0
    package var late = 0
    package var bad = 0
    /// Of those that were read: in a join, they came when rows that they belong before had been run (`MergeGate`).
    package var superseded = 0

    package init() {}

    package static func += (left: inout Account, right: Account) {
        left.read += right.read
        left.used += right.used
        left.filtered += right.filtered
        left.late += right.late
        left.bad += right.bad
        left.superseded += right.superseded
    }
}
