// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan

/// Rows that are printed at the end: in the order that ORDER BY says, of a table the last one of each key.
///
///     with LIMIT n   at most 2 n rows and some are kept: what cannot be among the first n is thrown away
///     of a table     one row a key
///     else           all rows
///
/// Rows that ORDER BY leaves in any order stand in that of their times, then of their columns, so that the answer is
/// the same however the partitions come in.
struct RowStore {
    struct Row {
        /// Those that are shown, then those that are only ordered by.
        var values: [Value]
        var time: Int64
    }

    private struct Key: Hashable {
        var values: [Value]
        var window: Int64
    }

    private let order: [Question.Order]
    /// Rows that are kept; nil: all.
    private let limit: Int?
    private var rows: [Row] = []
    private var byKey: [Key: Row] = [:]
    /// About.
    private(set) var bytes = 0
    private static let slack = 4096
    /// What a row has to reach in the first part of the order to be among the first ones; nil: all may be.
    private var threshold: Value?

    /// - Parameter limit: nil where a row that was seen may still go.
    init(order: [Question.Order], limit: Int64?) {
        self.order = order
        // So many rows fit no memory.
        self.limit = limit.flatMap { $0 < 1 << 40 ? Int($0) : nil }
    }

    var count: Int { rows.count + byKey.count }

    /// The column that decides first whether a row is of use.
    var firstColumn: Int? { limit == nil ? nil : order.first?.column }

    /// Whether a row cannot be among the first ones, whatever else it has.
    /// - Parameter value: in that column.
    func isHopeless(_ value: Value) -> Bool {
        guard let threshold, let first = order.first else { return false }
        return RowStore.compare(value, threshold, first) > 0
    }

    mutating func add(_ row: Row) {
        rows.append(row)
        bytes += RowStore.bytes(row)
        if let limit, rows.count >= 2 * limit + RowStore.slack { shorten(to: limit) }
    }

    /// A table's row, in the place of an earlier one of its key; nil: it was deleted.
    mutating func put(_ row: Row?, key: [Value], window: Int64) {
        let key = Key(values: key, window: window)
        let before = byKey.removeValue(forKey: key)
        bytes -= before.map(RowStore.bytes) ?? 0
        guard let row else { return }
        byKey[key] = row
        bytes += RowStore.bytes(row)
    }

    /// All that are kept, in order; none stays.
    mutating func takeAll(limit: Int64?) -> [Row] {
        rows += byKey.values
        byKey = [:]
        rows.sort(by: isBefore)
        defer { rows = [] }
        return Array(rows.prefix(Int(clamping: limit ?? .max)))
    }

    private mutating func shorten(to limit: Int) {
        rows.sort(by: isBefore)
        for row in rows[limit...] { bytes -= RowStore.bytes(row) }
        rows.removeLast(rows.count - limit)
        if let first = order.first { threshold = rows.last?.values[first.column] }
    }

    /// Negative, zero or positive as `a` comes before, with or behind `b`.
    private static func compare(_ a: Value, _ b: Value, _ part: Question.Order) -> Int {
        if a == .null || b == .null {
            if a == b { return 0 }
            return (a == .null) == part.areNullsFirst ? -1 : 1
        }
        let order = ValueOrder.compare(a, b)
        return part.isDescending ? -order : order
    }

    private func isBefore(_ a: Row, _ b: Row) -> Bool {
        for part in order {
            let order = RowStore.compare(a.values[part.column], b.values[part.column], part)
            if order != 0 { return order < 0 }
        }
        if a.time != b.time { return a.time < b.time }
        for (left, right) in zip(a.values, b.values) {
            let order = ValueOrder.compare(left, right)
            if order != 0 { return order < 0 }
        }
        return false
    }

    private static func bytes(_ row: Row) -> Int { row.values.reduce(48) { $0 + bytes($1) } }

    private static func bytes(_ value: Value) -> Int {
        switch value {
        case .varchar(let text), .bytes(let text): 64 + text.count
        case .array(let values), .structure(let values): values.reduce(64) { $0 + bytes($1) }
        case .map(let entries): entries.reduce(64) { $0 + bytes($1.key) + bytes($1.value) }
        default: 32
        }
    }
}
