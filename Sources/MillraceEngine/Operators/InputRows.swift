// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// A batch on its way through the queries: the row numbers of the batch that was read, whatever was filtered or
/// computed on the way, so that every row keeps its place in the log. Where a query makes several rows of one
/// (`ExplodeOperator`) they have numbers of their own from there on, and `parents` leads back.
struct InputRows {
    var rows: Int
    /// The rows that are there. Not to be changed by readers.
    var selection: Selection
    /// The columns of the source that the rows belong to.
    var columns: InputColumns
    var times: UnsafePointer<Int64>
    /// The source partition's watermark before each row; nil behind an aggregation, where nothing is late any more.
    var watermarks: UnsafePointer<Int64>?
    var offsets: UnsafePointer<Int64>?
    /// Which row of its record each is; nil: no record has several.
    var subOffsets: UnsafePointer<Int64>?
    var flags: UnsafePointer<ResultBatch.Flags>?
    var windowStarts: UnsafePointer<Int64>?
    var windowEnds: UnsafePointer<Int64>?
    var source: SourcePartition?
    /// The records of the batch; row i is record `firstRecord` + i, or + `parents`[i].
    var records: RawRecords?
    var firstRecord: Int
    /// By row: the row that was read of which it was made; nil: they are the rows that were read.
    var parents: UnsafePointer<Int32>?
    /// They were read before a restart: to some queries they are nothing new.
    var isReread: Bool
    /// What the query at hand makes of them is published already.
    var isSilent = false
    /// Behind a join of streams: whether the state that was loaded from changelogs has them; nil: their offsets say it.
    var isFlushed: Bool?
    /// Whether what becomes of them is counted; rows that the query has made of others are not: those were.
    var isCounted = true
}

extension InputRows {
    /// Whether the state that a query has loaded from changelogs has these rows: all are on one side of its flush.
    func isHeld(by query: Int) -> Bool {
        guard let source else { return false }
        if let isFlushed { return isFlushed && source.flush?.queries.contains(query) == true }
        guard isReread, let offsets else { return false }
        return offsets[0] < source.takeUp.takes[query]
    }

    /// Whether a flush that was loaded is behind a row.
    func isFlushed(row: Int) -> Bool {
        if let isFlushed { return isFlushed }
        guard isReread, let offsets, let flush = source?.flush else { return false }
        return offsets[row] < flush.checkpoint.offset
    }

    /// The record that a row is of, among `records`.
    func record(of row: Int) -> Int { firstRecord + (parents.map { Int($0[row]) } ?? row) }

    /// Keeps the rows that have a value.
    func leaveOutTombstones(_ selection: Selection) {
        guard let flags else { return }
        let before = selection.count
        selection.count = 0
        for position in 0..<before {
            let row = Int(selection.indices[position])
            if !flags[row].contains(.tombstone) { selection.append(row) }
        }
    }
}

/// From a source's column numbers to columns.
struct InputColumns {
    /// By source column index; nil where no query reads it.
    var byIndex: [Column?]
    /// ROWTIME, the topic, ROWPARTITION, ROWOFFSET, WINDOWSTART, WINDOWEND, where a query reads them.
    var pseudo: PseudoColumns
    /// Of rows that were made within a query: the columns of its scan.
    var scanned: [Column]?
}

/// The pseudo columns of a batch, filled only where a query of the source reads them.
final class PseudoColumns {
    private let wanted: Set<ScanColumn>
    let rowTime = Column(.bigint)
    let rowPartition = Column(.integer)
    let rowOffset = Column(.bigint)
    let rowTopic = Column(.varchar)
    let subOffset = Column(.bigint)
    /// What table functions will give: nobody reads it before it is made.
    private let notMade = Column(.boolean)
    let windowStart = Column(.bigint)
    let windowEnd = Column(.bigint)

    /// - Parameter scans: the scans of the queries that read the source.
    init(_ scans: [[ScanColumn]]) {
        wanted = Set(scans.joined())
    }

    func fill(
        rows: Int, times: UnsafePointer<Int64>, offsets: UnsafePointer<Int64>?,
        subOffsets: UnsafePointer<Int64>? = nil, place: TopicPartition?,
        windowStarts: UnsafePointer<Int64>?, windowEnds: UnsafePointer<Int64>?
    ) {
        fill(rowTime, .rowTime, rows, times)
        fill(rowOffset, .rowOffset, rows, offsets)
        fill(windowStart, .windowStart, rows, windowStarts)
        fill(windowEnd, .windowEnd, rows, windowEnds)
        if wanted.contains(.subOffset) {
            subOffset.prepare(rows: rows, valid: true)
            if let subOffsets {
                subOffset.int64s.update(from: subOffsets, count: rows)
            } else {
                subOffset.int64s.update(repeating: 0, count: rows)
            }
        }
        if wanted.contains(.rowTopic) {
            let topic = place.map { Value.text($0.topic) } ?? .null
            rowTopic.removeAll()
            for _ in 0..<rows { rowTopic.append(topic) }
        }
        guard wanted.contains(.rowPartition) else { return }
        rowPartition.prepare(rows: rows, valid: place != nil)
        for row in 0..<rows { rowPartition.int32s[row] = place?.partition ?? 0 }
    }

    private func fill(_ column: Column, _ kind: ScanColumn, _ rows: Int, _ values: UnsafePointer<Int64>?) {
        guard wanted.contains(kind) else { return }
        column.prepare(rows: rows, valid: values != nil)
        if let values { column.int64s.update(from: values, count: rows) }
    }

    func column(_ kind: ScanColumn) -> Column? {
        switch kind {
        case .column: nil
        case .exploded: notMade
        case .subOffset: subOffset
        case .rowTime: rowTime
        case .rowPartition: rowPartition
        case .rowOffset: rowOffset
        case .rowTopic: rowTopic
        case .windowStart: windowStart
        case .windowEnd: windowEnd
        }
    }
}

extension InputColumns {
    /// The columns of a query's scan, in its order.
    func scan(_ scan: [ScanColumn]) -> [Column] { scanned ?? scan.map(column) }

    func column(_ item: ScanColumn) -> Column {
        if case .column(let index) = item {
            guard let column = byIndex[index] else { preconditionFailure("column \(index) was not decoded") }
            return column
        }
        guard let column = pseudo.column(item) else { preconditionFailure("no pseudo column") }
        return column
    }

    /// Columns by their index in the source.
    func columns(_ indexes: [Int]) -> [Column] { indexes.map { column(.column($0)) } }

    /// Puts the column of a joined table behind the source's own.
    mutating func set(_ column: Column, at index: Int) {
        while byIndex.count <= index { byIndex.append(nil) }
        byIndex[index] = column
    }
}
