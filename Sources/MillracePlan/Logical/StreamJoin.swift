// SPDX-License-Identifier: Apache-2.0
internal import MillraceCore

/// A second stream whose rows are paired with those of a query's input: all that have equal keys and are near in time.
/// It comes before the query's other joins.
///
///     left   ──────────────── l ─────────────────────►
///     right      │◄─ before ─►│◄── after ──►│             right rows in here are paired with l
///
/// A row counts if its partition's watermark before it is at most its time + the reach of its window + grace, so that
/// which pairs there are is a function of the two logs, whatever is read first.
package struct StreamJoin: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case inner
        /// Rows of the input without a partner come out once, when none can come any more.
        case left
        /// Rows of the other stream do.
        case right
        case full
    }

    package var kind: Kind
    /// Name of the other stream (`ProgramIndex.source(named:)`).
    package var stream: String
    /// What is compared, one after the other, over the scan: of the input's columns, and of the other stream's. Of
    /// equal types.
    package var leftKey: [Expression]
    package var rightKey: [Expression]
    /// How much earlier, and how much later, than a row of the input a row of the other stream may be, in ms.
    package var before: Int64
    package var after: Int64
    /// In ms.
    package var grace: Int64
    package var graceIsDefault: Bool
    /// The other stream's columns are the scan's columns `firstColumn ..< firstColumn + columnCount`.
    package var firstColumn: Int
    package var columnCount: Int

    package init(
        kind: Kind, stream: String, leftKey: [Expression], rightKey: [Expression], before: Int64, after: Int64,
        grace: Int64, graceIsDefault: Bool, firstColumn: Int, columnCount: Int
    ) {
        self.kind = kind
        self.stream = stream
        self.leftKey = leftKey
        self.rightKey = rightKey
        self.before = before
        self.after = after
        self.grace = grace
        self.graceIsDefault = graceIsDefault
        self.firstColumn = firstColumn
        self.columnCount = columnCount
    }

    package var columns: Range<Int> { firstColumn..<firstColumn + columnCount }

    /// How far apart in time two rows of one side may be that are paired with one row, in ms.
    package var length: Int64 { before +| after }

    /// When every watermark has come so far behind a row's time, no partner of it can come any more, in ms.
    package var finality: Int64 { before +| after +| grace }

    /// Whether rows of the input come out that have no partner.
    package var keepsLeft: Bool { kind == .left || kind == .full }

    /// Whether rows of the other stream do.
    package var keepsRight: Bool { kind == .right || kind == .full }
}
