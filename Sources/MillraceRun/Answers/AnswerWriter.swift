// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan

/// Prints rows of a SELECT on its own in one format.
protocol AnswerWriter: AnyObject {
    /// Appends rows to the arena of `lines`, now or when it is settled.
    func write(_ columns: [Column], rows: [Int], areDeleted: Bool, to lines: RawRecords)

    /// Appends what was kept back.
    /// - Parameter isEnd: no row follows.
    func settle(isEnd: Bool, to lines: RawRecords)
}

extension AnswerLayout {
    /// What prints columns so.
    func writer(_ columns: [ColumnDefinition]) -> any AnswerWriter {
        switch format {
        case .json: JSONAnswer(columns)
        case .csv: CSVAnswer(columns)
        case .table: TableAnswer(columns, width: width)
        }
    }
}

/// One JSON object a line.
private final class JSONAnswer: AnswerWriter {
    private let encoder: RowLineEncoder

    init(_ columns: [ColumnDefinition]) { encoder = RowLineEncoder(columns) }

    func write(_ columns: [Column], rows: [Int], areDeleted: Bool, to lines: RawRecords) {
        encoder.encode(columns, rows: rows, areDeleted: areDeleted, into: lines)
    }

    func settle(isEnd: Bool, to lines: RawRecords) {}
}

/// Cells with commas between them. NULL is nothing, an empty text is `""`.
private final class CSVAnswer: AnswerWriter {
    private let names: [String]
    private let cells = CellText()
    private var hasBegun = false

    init(_ columns: [ColumnDefinition]) { names = columns.map(\.name) }

    func write(_ columns: [Column], rows: [Int], areDeleted: Bool, to lines: RawRecords) {
        var bytes: [UInt8] = []
        begin(&bytes)
        var cell: [UInt8] = []
        for row in rows {
            for (index, column) in columns.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                cell.removeAll(keepingCapacity: true)
                guard !column.isNull(row) else { continue }
                cells.append(column, row: row, to: &cell)
                CSVAnswer.append(cell, to: &bytes)
            }
            bytes.append(UInt8(ascii: "\n"))
        }
        lines.appendBytes(bytes)
    }

    func settle(isEnd: Bool, to lines: RawRecords) {
        var bytes: [UInt8] = []
        if isEnd { begin(&bytes) }
        lines.appendBytes(bytes)
    }

    private func begin(_ bytes: inout [UInt8]) {
        if hasBegun { return }
        hasBegun = true
        for (index, name) in names.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            CSVAnswer.append(Array(name.utf8), to: &bytes)
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    private static func append(_ cell: [UInt8], to bytes: inout [UInt8]) {
        let quote = UInt8(ascii: "\"")
        let needsQuotes =
            cell.isEmpty || cell[0] == 0x20 || cell[cell.count - 1] == 0x20
            || cell.contains { $0 == quote || $0 == UInt8(ascii: ",") || $0 == 0x0A || $0 == 0x0D }
        guard needsQuotes else { return bytes.append(contentsOf: cell) }
        bytes.append(quote)
        for byte in cell {
            if byte == quote { bytes.append(quote) }
            bytes.append(byte)
        }
        bytes.append(quote)
    }
}

/// Cells as texts: dates and times as people write them, what is nested as JSON.
struct CellText {
    private let json = JSONText()

    /// Appends a cell that is not NULL.
    func append(_ column: Column, row: Int, to bytes: inout [UInt8]) {
        switch column.type {
        case .date: TimeText.appendDate(Int64(column.int32s[row]), to: &bytes)
        case .time: TimeText.appendTime(column.int32s[row], to: &bytes)
        case .timestamp: TimeText.appendTimestamp(column.int64s[row], to: &bytes)
        case .varchar: bytes.append(contentsOf: column.bytes(row))
        case .bytes: Base64.append(UnsafeRawBufferPointer(column.bytes(row)), to: &bytes)
        default: json.append(column, row: row, to: &bytes)
        }
    }
}
