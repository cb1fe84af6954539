// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan

/// How results are printed.
package enum ResultFormat: String, Hashable, Sendable, CaseIterable {
    /// Lines for people.
    case text
    /// One JSON object a line.
    case json
}

/// For people: topic, key, window, and the columns by name.
///
///     revenue  u1  [2024-02-29T12:00:00.000 … 2024-02-29T12:00:10.000)  N=2  TOTAL=30.5
final class TextLinePrinter {
    private let json = JSONText()

    /// Appends one line for each selected row to the arena of `lines`.
    func append(_ batch: ResultBatch, of query: QueryPlan, to lines: RawRecords) {
        var text: [UInt8] = []
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
        lines.appendBytes(text)
    }
}
