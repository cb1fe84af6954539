// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillracePlan

/// Rows as lines, one JSON object each, with nothing around it:
///
///     {"URL":"/cart","VIEWS":14}
///
/// A row that was deleted says so behind its columns. Cells are the same bytes as `RecordEncoder` writes.
package final class RowLineEncoder {
    private let columns: ColumnMemories

    package init(_ columns: [ColumnDefinition]) { self.columns = ColumnMemories(columns) }

    /// Appends a line for each of the rows to the arena of `lines`; its rows are not touched.
    package func encode(_ batch: [Column], rows: [Int], areDeleted: Bool, into lines: RawRecords) {
        columns.open(batch)
        var bytes = ByteOutput(lines)
        for row in rows {
            bytes.appendObject(columns, row: row)
            if areDeleted {
                bytes.removeLast()
                bytes.append(",\"deleted\":true}")
            }
            bytes.append(UInt8(ascii: "\n"))
        }
        bytes.finish()
    }
}
