// SPDX-License-Identifier: Apache-2.0

/// A table that each row of a stream is looked up in.
///
/// A row sees the table as it was at the row's merge time (docs/joins.md): the versions with an earlier or equal merge
/// time count, whatever was read first.
package struct TableJoin: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// A row without a partner makes no result.
        case inner
        /// The table's columns of a row without a partner are NULL.
        case left
    }

    package var kind: Kind
    /// Name of the table (`ProgramIndex.source(named:)`).
    package var table: String
    /// One a key column of the table, of its type: the key that is looked up. Over the scan, but for columns of this
    /// table and of later ones.
    package var key: [Expression]
    /// The table's columns are the scan's columns `firstColumn ..< firstColumn + columnCount`.
    package var firstColumn: Int
    package var columnCount: Int

    package init(kind: Kind, table: String, key: [Expression], firstColumn: Int, columnCount: Int) {
        self.kind = kind
        self.table = table
        self.key = key
        self.firstColumn = firstColumn
        self.columnCount = columnCount
    }

    package var columns: Range<Int> { firstColumn..<firstColumn + columnCount }
}
