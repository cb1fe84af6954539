// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan

/// How results are printed.
package enum ResultFormat: String, Hashable, Sendable, CaseIterable {
    case text, json

    func makePrinter() -> any ResultPrinter {
        switch self {
        case .text: TextLinePrinter()
        case .json: JSONLinePrinter()
        }
    }
}

/// Turns result rows into text for stdout. Used by one thread.
protocol ResultPrinter: AnyObject {
    /// Appends one line for each selected row.
    func append(_ batch: ResultBatch, of query: QueryPlan, to text: inout [UInt8])
}

/// One JSON object a line:
///
///     {"topic":"revenue","timestamp":1700000009999,"key":"u1","window":{"start":…,"end":…},"value":{"N":2}}
///
/// The key is a plain scalar for one key column and an object for several; a tombstone's value is null.
final class JSONLinePrinter: ResultPrinter {
    private let json = JSONText()

    func append(_ batch: ResultBatch, of query: QueryPlan, to text: inout [UInt8]) {
        let sink = query.sink
        let keyNames = sink.keyColumns.map(\.name)
        let valueNames = sink.valueColumns.map(\.name)
        for position in 0..<batch.selection.count {
            let row = Int(batch.selection.indices[position])
            let flags = batch.flags?[row] ?? []
            text.append(contentsOf: #"{"topic":"#.utf8)
            json.append(string: sink.topic, to: &text)
            text.append(contentsOf: #","timestamp":\#(batch.timestamps[row]),"key":"#.utf8)
            if batch.keys.count == 1 {
                json.append(batch.keys[0], row: row, to: &text)
            } else if batch.keys.isEmpty {
                text.append(contentsOf: "null".utf8)
            } else {
                appendObject(keyNames, batch.keys, row, to: &text)
            }
            if let starts = batch.windowStarts, let ends = batch.windowEnds {
                text.append(contentsOf: #","window":{"start":\#(starts[row]),"end":\#(ends[row])}"#.utf8)
            }
            if flags.contains(.open) { text.append(contentsOf: #","open":true"#.utf8) }
            if flags.contains(.partial) { text.append(contentsOf: #","partial":true"#.utf8) }
            text.append(contentsOf: #","value":"#.utf8)
            if flags.contains(.tombstone) {
                text.append(contentsOf: "null".utf8)
            } else {
                appendObject(valueNames, batch.values, row, to: &text)
            }
            text.append(contentsOf: "}\n".utf8)
        }
    }

    private func appendObject(_ names: [String], _ columns: [Column], _ row: Int, to text: inout [UInt8]) {
        text.append(UInt8(ascii: "{"))
        for (index, column) in columns.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            json.append(string: names[index], to: &text)
            text.append(UInt8(ascii: ":"))
            json.append(column, row: row, to: &text)
        }
        text.append(UInt8(ascii: "}"))
    }
}

/// For people: topic, key, window, and the columns by name.
///
///     revenue  u1  [2024-02-29T12:00:00.000 … 2024-02-29T12:00:10.000)  N=2  TOTAL=30.5
final class TextLinePrinter: ResultPrinter {
    private let json = JSONText()

    func append(_ batch: ResultBatch, of query: QueryPlan, to text: inout [UInt8]) {
        let valueNames = query.sink.valueColumns.map(\.name)
        for position in 0..<batch.selection.count {
            let row = Int(batch.selection.indices[position])
            let flags = batch.flags?[row] ?? []
            text.append(contentsOf: query.sink.topic.utf8)
            for key in batch.keys {
                text.append(contentsOf: "  ".utf8)
                json.append(key, row: row, to: &text)
            }
            if let starts = batch.windowStarts, let ends = batch.windowEnds {
                let isSession = query.sink.windowedKey == .session
                text.append(contentsOf: "  [".utf8)
                TimeText.appendTimestamp(starts[row], to: &text)
                text.append(contentsOf: " … ".utf8)
                TimeText.appendTimestamp(ends[row], to: &text)
                text.append(UInt8(ascii: isSession ? "]" : ")"))
            }
            if flags.contains(.open) { text.append(contentsOf: "  (open)".utf8) }
            if flags.contains(.partial) { text.append(contentsOf: "  (partial)".utf8) }
            if flags.contains(.tombstone) {
                text.append(contentsOf: "  deleted".utf8)
            } else {
                for (name, column) in zip(valueNames, batch.values) {
                    text.append(contentsOf: "  \(name)=".utf8)
                    json.append(column, row: row, to: &text)
                }
            }
            text.append(UInt8(ascii: "\n"))
        }
    }
}
