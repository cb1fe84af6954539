// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// The last row of each key of a table, as columns. Nothing above it knows where the rows lie.
///
/// One thread at a time owns a table.
protocol StateTable: AnyObject {
    /// Puts row `row` of `columns` in the place of the row that the key had.
    func put(_ key: UnsafeRawBufferPointer, _ columns: [Column], row: Int)

    /// Deletes the row of a key, if there is one.
    func delete(_ key: UnsafeRawBufferPointer)

    /// Appends the row of a key to `columns`, one value each.
    /// - Returns: false, with nothing appended, where the key has none.
    func get(_ key: UnsafeRawBufferPointer, into columns: [Column]) -> Bool

    /// Number of rows.
    var count: Int { get }

    /// Bytes of memory, about.
    var heldBytes: Int { get }
}
