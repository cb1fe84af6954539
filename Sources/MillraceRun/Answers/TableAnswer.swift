// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceReport

/// Rows as aligned columns. How wide they are is decided by the first rows, up to a page of them; what does not fit the
/// terminal is cut (`…`), never a number. Where not even that helps, each row is a list of its columns.
final class TableAnswer: AnswerWriter {
    /// So many rows are looked at at once.
    private static let pageRows = 5000
    /// Of a cell; nobody reads more in a table.
    private static let cellBytes = 4096
    /// A text is not cut to fewer characters.
    private static let leastWidth = 8

    private let names: [String]
    private let isNumber: [Bool]
    private let width: Int?
    private let cells = CellText()
    private var page: [[String]] = []
    /// Of the columns; nil: nothing was written yet.
    private var widths: [Int]?
    private var isList = false
    private var rowsWritten = 0

    init(_ columns: [ColumnDefinition], width: Int?) {
        names = columns.map { ShownBytes.text(Array($0.name.utf8), limit: TableAnswer.cellBytes) }
        isNumber = columns.map { column in
            switch column.type {
            case .integer, .bigint, .double, .decimal: true
            default: false
            }
        }
        self.width = width
    }

    func write(_ columns: [Column], rows: [Int], areDeleted: Bool, to lines: RawRecords) {
        for row in rows {
            var texts = columns.map { text($0, row: row) }
            if areDeleted { texts.append("deleted") }
            page.append(texts)
            if page.count >= TableAnswer.pageRows { put(to: lines) }
        }
    }

    func settle(isEnd: Bool, to lines: RawRecords) {
        if !page.isEmpty || isEnd && widths == nil { put(to: lines) }
    }

    private func text(_ column: Column, row: Int) -> String {
        if column.isNull(row) { return "null" }
        var bytes: [UInt8] = []
        cells.append(column, row: row, to: &bytes)
        return ShownBytes.text(bytes, limit: TableAnswer.cellBytes)
    }

    private func put(to lines: RawRecords) {
        let isFirst = widths == nil
        var wanted = names.map(DisplayWidth.of)
        for row in page {
            for (column, cell) in zip(wanted.indices, row) {
                wanted[column] = max(wanted[column], DisplayWidth.of(cell))
            }
        }
        if let widths {
            // Columns that lines stand in already grow only as far as there is room.
            wanted = fitted(zip(widths, wanted).map { max($0, $1) }) ?? widths
        } else if let fitting = fitted(wanted) {
            wanted = fitting
        } else {
            isList = true
        }
        widths = wanted
        var text: [String] = []
        if isList {
            for row in page { text += list(row) }
        } else {
            if isFirst { text.append(line(names, wanted)) }
            text += page.map { line($0, wanted) }
        }
        page.removeAll(keepingCapacity: true)
        lines.appendBytes(Array(text.map { $0 + "\n" }.joined().utf8))
    }

    /// The widths, made smaller until all fit; nil: they do not.
    private func fitted(_ wanted: [Int]) -> [Int]? {
        guard let width else { return wanted }
        var widths = wanted
        var excess = widths.reduce(0, +) + 2 * (widths.count - 1) - width
        while excess > 0 {
            let widest = widths.indices.filter { !isNumber[$0] }.max { widths[$0] < widths[$1] }
            guard let widest, widths[widest] > TableAnswer.leastWidth else { return nil }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    private func line(_ row: [String], _ widths: [Int]) -> String {
        var line = ""
        for (column, cell) in row.enumerated() {
            if column > 0 { line += "  " }
            // What stands behind the columns: that the row was deleted.
            guard column < widths.count else {
                line += "(\(cell))"
                continue
            }
            let shown = isNumber[column] ? cell : DisplayWidth.cut(cell, to: widths[column])
            let blanks = String(repeating: " ", count: max(widths[column] - DisplayWidth.of(shown), 0))
            line += isNumber[column] ? blanks + shown : shown + blanks
        }
        while line.hasSuffix(" ") { line.removeLast() }
        return line
    }

    private func list(_ row: [String]) -> [String] {
        rowsWritten += 1
        let longest = names.map(DisplayWidth.of).max() ?? 0
        let title = "── row \(NumberDisplay.count(Int64(rowsWritten)))" + (row.count > names.count ? " (deleted)" : "")
        return [title]
            + zip(names, row).map { name, cell in
                let line = name + String(repeating: " ", count: longest - DisplayWidth.of(name)) + "  " + cell
                return width.map { DisplayWidth.cut(line, to: $0) } ?? line
            }
    }
}
