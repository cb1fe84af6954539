// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan

/// Result rows of a pipeline as JSON lines, in the order in which they come out.
final class LineCollector: PipelineOutput {
    struct Line {
        var query: Int
        var text: String
    }

    private let program: ProgramPlan
    private let printer = MillraceEngine.JSONText()
    var lines: [Line] = []
    /// Late and bad records.
    var rejected = 0

    init(_ program: ProgramPlan) { self.program = program }

    func receive(_ batch: ResultBatch, query: Int, source: TopicPartition?) {
        let sink = program.queries[query].sink
        for position in 0..<batch.selection.count {
            let row = Int(batch.selection.indices[position])
            let flags = batch.flags?[row] ?? []
            var text = "{\"topic\":\(JSONText.quoted(sink.topic)),\"timestamp\":\(batch.timestamps[row]),\"key\":"
            switch batch.keys.count {
            case 0: text += "null"
            case 1: text += cell(batch.keys[0], row)
            case _ where batch.keys.allSatisfy { $0.isNull(row) }: text += "null"
            default: text += object(sink.keyColumns.map(\.name), batch.keys, row)
            }
            if let starts = batch.windowStarts, let ends = batch.windowEnds {
                text += ",\"window\":{\"start\":\(starts[row]),\"end\":\(ends[row])}"
            }
            if flags.contains(.open) { text += ",\"open\":true" }
            let value =
                flags.contains(.tombstone) ? "null" : object(sink.valueColumns.map(\.name), batch.values, row)
            lines.append(Line(query: query, text: text + ",\"value\":\(value)}"))
        }
    }

    func reject(_ rejection: Rejection) { rejected += 1 }

    private func cell(_ column: Column, _ row: Int) -> String {
        var bytes: [UInt8] = []
        printer.append(column, row: row, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func object(_ names: [String], _ columns: [Column], _ row: Int) -> String {
        let members = zip(names, columns).map { JSONText.quoted($0) + ":" + cell($1, row) }
        return "{" + members.joined(separator: ",") + "}"
    }
}
