// SPDX-License-Identifier: Apache-2.0

/// What a SELECT on its own asks for besides its rows. Its query is the program's last one, and writes to nothing: of
/// its sink's value columns the first ones are what is shown, in the order of the SELECT.
package struct Question: Hashable, Sendable {
    /// One part of ORDER BY.
    package struct Order: Hashable, Sendable {
        /// Index into the sink's value columns.
        package var column: Int
        package var isDescending: Bool
        /// Whether NULL comes before all values.
        package var areNullsFirst: Bool

        package init(column: Int, isDescending: Bool, areNullsFirst: Bool) {
            self.column = column
            self.isDescending = isDescending
            self.areNullsFirst = areNullsFirst
        }
    }

    /// How many columns are shown; those behind them are only ordered by.
    package var shownColumns: Int
    /// By shown column: the key column of the sink that it is a copy of; nil: it is none.
    package var keys: [Int?]
    package var order: [Order]
    /// LIMIT; nil: all rows.
    package var limit: Int64?
    /// EMIT: it goes on behind the end of the log, until LIMIT or until somebody stops it.
    package var isLive: Bool

    package init(shownColumns: Int, keys: [Int?], order: [Order] = [], limit: Int64? = nil, isLive: Bool = false) {
        self.shownColumns = shownColumns
        self.keys = keys
        self.order = order
        self.limit = limit
        self.isLive = isLive
    }
}
