// SPDX-License-Identifier: Apache-2.0

/// What became of the records of one source partition in one query: used + filtered + late + bad = read.
package struct Account: Hashable, Sendable {
    package var read = 0
    package var used = 0
    package var filtered = 0
    package var late = 0
    package var bad = 0

    package init() {}

    package static func += (left: inout Account, right: Account) {
        left.read += right.read
        left.used += right.used
        left.filtered += right.filtered
        left.late += right.late
        left.bad += right.bad
    }
}
