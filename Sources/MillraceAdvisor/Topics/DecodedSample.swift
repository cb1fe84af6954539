// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceRun

/// Records as a statement's columns have them, for people: in JSON.
struct DecodedSample: Equatable {
    struct Row: Equatable {
        /// Nil: there is no key column, or it is null.
        var key: [UInt8]?
        /// An object with the value columns.
        var value: [UInt8]
    }

    struct Problem: Equatable {
        var place: String
        var reason: String
    }

    /// By place: `orders/0@17`.
    private(set) var rows: [String: Row] = [:]
    /// Why records cannot be read, in the order of partition and offset.
    private(set) var problems: [Problem] = []

    /// - Parameter statement: declares the stream over the records.
    init(_ statement: String, stream: String, _ sample: [SampledRecord], _ schemas: TopicSchemas) throws(SourceError) {
        var output: RowTexts?
        try StarterTrial.run(
            "\(statement)\nCREATE STREAM millrace_peek AS SELECT * FROM \(stream);", sample, schemas: schemas
        ) { graph in
            let texts = RowTexts(graph.program.queries.first?.sink.valueColumns.map(\.name) ?? [])
            output = texts
            return texts
        }
        rows = output?.rows ?? [:]
        problems = output?.problems ?? []
    }
}

/// Result rows as texts, under the places of the records that they come from.
private final class RowTexts: PipelineOutput {
    private(set) var rows: [String: DecodedSample.Row] = [:]
    private(set) var problems: [DecodedSample.Problem] = []
    private let json = MillraceEngine.JSONText()
    /// Of the value columns.
    private let names: [String]

    init(_ names: [String]) { self.names = names }

    func receive(_ batch: ResultBatch, query: Int, source: TopicPartition?) {
        guard let source, let offsets = batch.offsets else { return }
        for position in 0..<batch.selection.count {
            let row = Int(batch.selection.indices[position])
            var key: [UInt8]?
            if let column = batch.keys.first {
                var text: [UInt8] = []
                json.append(column, row: row, to: &text)
                key = text == Array("null".utf8) ? nil : text
            }
            var value: [UInt8] = []
            for (index, column) in batch.values.enumerated() {
                value.append(UInt8(ascii: index == 0 ? "{" : ","))
                json.append(string: names[index], to: &value)
                value.append(UInt8(ascii: ":"))
                json.append(column, row: row, to: &value)
            }
            value.append(UInt8(ascii: "}"))
            if batch.values.isEmpty { value = Array("{}".utf8) }
            rows["\(source)@\(offsets[row])"] = DecodedSample.Row(key: key, value: value)
        }
    }

    func reject(_ rejection: Rejection) {
        problems.append(
            DecodedSample.Problem(place: "\(rejection.partition)@\(rejection.offset)", reason: rejection.detail))
    }
}
