// SPDX-License-Identifier: Apache-2.0

/// Which rows of a batch count: row numbers in ascending order. Filters shorten it; columns keep all rows.
///
///     batch rows   0  1  2  3  4  5  6  7
///     selection    0     2        5           indices = [0, 2, 5], count = 3
package final class Selection {
    @exclusivity(unchecked) package private(set) var indices: UnsafeMutablePointer<Int32>
    @exclusivity(unchecked) package var count = 0
    private var capacity: Int

    package init(capacity: Int = 1024) {
        self.capacity = max(capacity, 1)
        indices = .allocate(capacity: self.capacity)
    }

    deinit { indices.deallocate() }

    /// Room for `rows` rows; what was selected is forgotten.
    package func reset(rows: Int) {
        if rows > capacity {
            indices.deallocate()
            capacity = max(rows, capacity * 2)
            indices = .allocate(capacity: capacity)
        }
        count = 0
    }

    /// Selects rows 0 ..< rows.
    package func selectAll(rows: Int) {
        reset(rows: rows)
        for row in 0..<rows { indices[row] = Int32(truncatingIfNeeded: row) }
        count = rows
    }

    /// Adds a row behind the last; `reset(rows:)` made the room.
    @inline(__always)
    package func append(_ row: Int) {
        indices[count] = Int32(truncatingIfNeeded: row)
        count &+= 1
    }

    /// Becomes a copy of another selection.
    package func copy(_ other: Selection) {
        reset(rows: other.count)
        indices.update(from: other.indices, count: other.count)
        count = other.count
    }

    /// Keeps the rows for which a BOOLEAN column is true (NULL is not).
    package func keepTrue(_ column: Column) {
        var kept = 0
        let indices = indices
        if column.nullCount == 0 {
            for position in 0..<count {
                let row = Int(indices[position])
                indices[kept] = Int32(truncatingIfNeeded: row)
                kept &+= column.boolean(row) ? 1 : 0
            }
        } else {
            for position in 0..<count {
                let row = Int(indices[position])
                indices[kept] = Int32(truncatingIfNeeded: row)
                kept &+= column.boolean(row) && !column.isNull(row) ? 1 : 0
            }
        }
        count = kept
    }
}
