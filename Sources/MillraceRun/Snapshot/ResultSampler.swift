// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceReport

/// Keeps a few of the rows that one compute thread puts out, for people to see that results come and what they look
/// like. It looks at one batch a query each time it is told to: between that, a batch costs it one comparison.
final class ResultSampler {
    private static let rowsKept = 3
    private static let longestValue = 80

    private let queries: [QueryPlan]
    private let clock: any Clock
    private var isWanted: [Bool]
    /// By query, the newest last.
    private(set) var latest: [[RecentResult]]
    private let json = JSONText()

    init(_ queries: [QueryPlan], clock: any Clock) {
        self.queries = queries
        self.clock = clock
        isWanted = queries.map { _ in true }
        latest = queries.map { _ in [] }
    }

    /// Of each query the next batch is looked at again.
    func rearm() { for query in isWanted.indices { isWanted[query] = true } }

    /// Called for every batch.
    @inline(__always)
    func take(_ batch: ResultBatch, query: Int) {
        if isWanted[query] { keep(batch, query) }
    }

    @inline(never)
    private func keep(_ batch: ResultBatch, _ query: Int) {
        guard batch.selection.count > 0 else { return }
        isWanted[query] = false
        let now = clock.wallMilliseconds()
        let first = max(batch.selection.count - ResultSampler.rowsKept, 0)
        let rows = (first..<batch.selection.count).map { position in
            result(batch, Int(batch.selection.indices[position]), queries[query], now)
        }
        latest[query] = Array((latest[query] + rows).suffix(ResultSampler.rowsKept))
    }

    private func result(_ batch: ResultBatch, _ row: Int, _ query: QueryPlan, _ now: Int64) -> RecentResult {
        let isDeleted = batch.flags?[row].contains(.tombstone) ?? false
        let columns = isDeleted ? [] : Array(zip(query.sink.valueColumns.map(\.name), batch.values))
        return RecentResult(
            key: batch.keys.map { text($0, row) }.joined(separator: ", "), windowStart: batch.windowStarts?[row],
            windowEnd: batch.windowEnds?[row], isDeleted: isDeleted,
            columns: columns.map { RecentResult.Column(name: $0.0, value: text($0.1, row)) }, milliseconds: now)
    }

    /// A character has four bytes at most: what lies behind that many is not even encoded.
    private func text(_ column: Column, _ row: Int) -> String {
        var bytes: [UInt8] = []
        json.append(column, row: row, limit: ResultSampler.longestValue * 4 + 8, to: &bytes)
        let text = String(decoding: bytes, as: UTF8.self)
        return text.count > ResultSampler.longestValue ? text.prefix(ResultSampler.longestValue) + "…" : text
    }
}
