// SPDX-License-Identifier: Apache-2.0

/// Why rows were left out that an `Account` counts as filtered.
package struct FilteredRows: Hashable, Sendable {
    /// Their time lies outside of the slice.
    package var outOfRange = 0
    /// A null value.
    package var withoutValue = 0
    /// WHERE is not true.
    package var notPassing = 0
    /// The arrays of their table functions are NULL or empty.
    package var withoutElements = 0
    /// A NULL in GROUP BY.
    package var withoutGroup = 0
    /// A table that they are joined with has no row of their key.
    package var withoutPartner = 0
    /// No row of the stream that they are joined with has their key and is near enough in time, so far. (They are not
    /// filtered: in a LEFT JOIN they come out.)
    package var unpaired = 0
    /// By table: rows, left out or not, that were looked up in it when it had no row at all yet.
    package var beforeTable: [String: Int] = [:]

    package init() {}

    package static func += (left: inout FilteredRows, right: FilteredRows) {
        left.outOfRange += right.outOfRange
        left.withoutValue += right.withoutValue
        left.notPassing += right.notPassing
        left.withoutElements += right.withoutElements
        left.withoutGroup += right.withoutGroup
        left.withoutPartner += right.withoutPartner
        left.unpaired += right.unpaired
        left.beforeTable.merge(right.beforeTable) { $0 + $1 }
    }
}

/// Which columns of a source have held nothing but NULL so far.
package struct ColumnCoverage: Hashable, Sendable {
    /// Rows that could be decoded and have a value.
    package var rows = 0
    /// Indexes into the source's columns; of those that queries read.
    package var empty: Set<Int> = []

    package init() {}

    /// Both together: a column is empty where it is in both.
    package mutating func merge(_ other: ColumnCoverage) {
        if other.rows == 0 { return }
        empty = rows == 0 ? other.empty : empty.intersection(other.empty)
        rows += other.rows
    }
}
