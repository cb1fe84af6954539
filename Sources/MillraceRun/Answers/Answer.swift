// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceReport

/// The answer to a SELECT on its own: its rows, printed while they come, or at the end.
///
///                         to now                        EMIT, goes on
///     a stream's rows     while they come, to LIMIT     while they come, to LIMIT
///     a table's rows      the last of each key          each change
///     groups              each once                     each change (EMIT FINAL: each window once)
///     ORDER BY            at the end                    –
final class Answer {
    private let question: Question
    /// Index of the SELECT among the program's queries.
    let query: Int
    private let shown: [Column]
    private let all: [ColumnDefinition]
    private let keepsLast: Bool
    private let writer: any AnswerWriter
    /// Nil: rows are printed while they come.
    private var store: RowStore?
    /// In bytes; nil: there is none.
    private let memoryLimit: Int64?
    /// How many rows were printed.
    private(set) var rowCount: Int64 = 0

    /// Nil: the program asks nothing.
    init?(_ program: ProgramPlan, _ layout: AnswerLayout, memoryLimit: Int64?) {
        guard let question = program.question, let plan = program.queries.last else { return nil }
        self.question = question
        self.memoryLimit = memoryLimit
        query = program.queries.count - 1
        all = plan.sink.valueColumns
        shown = all.prefix(question.shownColumns).map { Column($0.type) }
        var isProjection = false
        if case .project = plan.operation { isProjection = true }
        keepsLast = isProjection && plan.sink.kind == .table && !question.isLive
        writer = layout.writer(Array(all.prefix(question.shownColumns)))
        if keepsLast || !question.order.isEmpty {
            store = RowStore(order: question.order, limit: keepsLast ? nil : question.limit)
        }
    }

    var isLive: Bool { question.isLive }

    /// Whether no further row is wanted.
    var isComplete: Bool {
        guard let limit = question.limit else { return false }
        return limit == 0 || store == nil && rowCount >= limit
    }

    /// Takes result rows of the SELECT.
    func take(_ batch: ResultBatch, into lines: RawRecords) {
        if store != nil { return keep(batch) }
        var rows: [Int] = []
        let columns = Array(batch.values.prefix(shown.count))
        for position in 0..<batch.selection.count where !isComplete {
            let row = Int(batch.selection.indices[position])
            if batch.flags?[row].contains(.tombstone) == true {
                // Of a stream it is a record without a value, and has no columns.
                guard !batch.keys.isEmpty else { continue }
                writer.write(columns, rows: rows, areDeleted: false, to: lines)
                rows = []
                writeDeletion(batch, row, to: lines)
            } else {
                rows.append(row)
            }
            rowCount += 1
        }
        if !rows.isEmpty { writer.write(columns, rows: rows, areDeleted: false, to: lines) }
    }

    /// A row that was deleted has its key, and nothing else.
    private func writeDeletion(_ batch: ResultBatch, _ row: Int, to lines: RawRecords) {
        for (column, key) in zip(shown, question.keys) {
            if let key { column.append(from: batch.keys[key], row: row) } else { column.appendNull() }
        }
        writer.write(shown, rows: [0], areDeleted: true, to: lines)
        for column in shown { column.removeAll() }
    }

    private func keep(_ batch: ResultBatch) {
        let first = store?.firstColumn
        for position in 0..<batch.selection.count {
            let row = Int(batch.selection.indices[position])
            let isDeleted = batch.flags?[row].contains(.tombstone) == true
            if !isDeleted, let first, store?.isHopeless(batch.values[first].value(row)) == true { continue }
            let kept =
                isDeleted ? nil : RowStore.Row(values: batch.values.map { $0.value(row) }, time: batch.timestamps[row])
            if keepsLast {
                store?.put(kept, key: batch.keys.map { $0.value(row) }, window: batch.windowStarts?[row] ?? 0)
            } else if let kept {
                store?.add(kept)
            }
        }
    }

    /// Puts out what a table keeps back to see how wide its columns are.
    func settle(into lines: RawRecords) { writer.settle(isEnd: false, to: lines) }

    /// Puts out the rest; no row follows.
    func finish(into lines: RawRecords) {
        let rows = store?.takeAll(limit: question.limit) ?? []
        var next = 0
        while next < rows.count {
            let part = rows[next..<min(next + 1024, rows.count)]
            for row in part { for (column, value) in zip(shown, row.values) { column.append(value) } }
            writer.write(shown, rows: Array(0..<part.count), areDeleted: false, to: lines)
            for column in shown { column.removeAll() }
            next += part.count
        }
        rowCount += Int64(rows.count)
        writer.settle(isEnd: true, to: lines)
    }

    /// - Throws: `RunFailure` where the rows that wait for the end are too many.
    func checkMemory() throws(RunFailure) {
        guard let limit = memoryLimit, let store, store.bytes > limit else { return }
        throw RunFailure(
            .memory, .stateTooLarge,
            "\(NumberDisplay.count(Int64(store.count))) rows that wait for the end take more than state.memory.max "
                + "(\(NumberDisplay.bytes(limit)))",
            hint: keepsLast
                ? "ask for fewer of them with WHERE, or for each change with EMIT CHANGES"
                : "add LIMIT to ORDER BY, which keeps only so many, or ask for fewer rows with WHERE")
    }
}
