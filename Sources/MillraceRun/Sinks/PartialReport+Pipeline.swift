// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceReport

extension PartialReport {
    /// More groups than this are no reading matter.
    private static let maximumGroups = 5

    /// The partial results of a hybrid run, of the queries without windows that have few groups.
    static func of(_ pipeline: Pipeline) -> [PartialReport] {
        pipeline.graph.program.queries.enumerated().compactMap { index, query in
            guard case .aggregate(let aggregation) = query.operation, aggregation.window == nil else { return nil }
            // A group may be in both stages.
            guard (1...(2 * maximumGroups)).contains(pipeline.groupCount(index)) else { return nil }
            let stages: [(name: String, stage: Int?)] = [("batch ", 0), ("stream", 1), ("global", nil)]
            return PartialReport(
                query: query.name,
                lines: stages.flatMap { name, stage in
                    rows(pipeline, index, query, stage: stage).map { "  \(name)  \($0)" }
                })
        }
    }

    private static func rows(_ pipeline: Pipeline, _ index: Int, _ query: QueryPlan, stage: Int?) -> [String] {
        let lines = RawRecords(capacity: 1)
        let printer = TextLinePrinter()
        pipeline.readPartialResult(index, stage: stage) { batch in printer.append(batch, of: query, to: lines) }
        let text = String(
            decoding: UnsafeRawBufferPointer(start: lines.bytes, count: lines.byteCount), as: UTF8.self)
        return text.split(separator: "\n").map(String.init)
    }
}
