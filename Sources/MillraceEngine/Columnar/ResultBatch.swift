// SPDX-License-Identifier: Apache-2.0

/// Rows on their way to a sink: key and value columns in the order of the sink's definition, with what a Kafka record
/// needs besides. Only the selected rows count.
///
/// The columns belong to whoever made the batch and are valid during the call that passes it.
package struct ResultBatch {
    /// What is special about one row.
    package struct Flags: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        /// The value is null: the key is deleted.
        package static let tombstone = Flags(rawValue: 1)
        /// The end of the slice closed this window early.
        package static let open = Flags(rawValue: 2)
        /// A session that began before the slice may have.
        package static let partial = Flags(rawValue: 4)
    }

    /// Number of rows of each column.
    package var rows: Int
    package var selection: Selection
    package var keys: [Column]
    package var values: [Column]
    /// Record timestamps in ms, one a row.
    package var timestamps: UnsafePointer<Int64>
    /// Window bounds in ms, one a row; nil where the key is not windowed. A session's end is its last record's time.
    package var windowStarts: UnsafePointer<Int64>?
    package var windowEnds: UnsafePointer<Int64>?
    /// One a row; nil: nothing special about any.
    package var flags: UnsafePointer<Flags>?
    /// The offset of the one record that each row comes from, in its source partition; nil: rows come from many.
    package var offsets: UnsafePointer<Int64>?

    package init(
        rows: Int, selection: Selection, keys: [Column], values: [Column], timestamps: UnsafePointer<Int64>,
        windowStarts: UnsafePointer<Int64>? = nil, windowEnds: UnsafePointer<Int64>? = nil,
        flags: UnsafePointer<Flags>? = nil
    ) {
        self.rows = rows
        self.selection = selection
        self.keys = keys
        self.values = values
        self.timestamps = timestamps
        self.windowStarts = windowStarts
        self.windowEnds = windowEnds
        self.flags = flags
    }
}
