// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan

/// What one compute thread has put out since the last collection: encoded records, printed lines, rejected records.
final class OutputCollector: PipelineOutput {
    /// Where result rows go.
    enum Mode {
        /// To the sinks' topics, with their partition counts by query.
        case publish(partitionCounts: [Int])
        case print(ResultFormat)
    }

    private let graph: QueryGraph
    private let mode: Mode
    private let printer: (any ResultPrinter)?
    private let encoders: [RecordEncoder]
    /// By query: records for its sink.
    let records: [RawRecords]
    /// Printed lines.
    var text: [UInt8] = []
    let rejections: RejectionCollector

    init(_ graph: QueryGraph, mode: Mode, rejections: RejectionCollector) {
        self.graph = graph
        self.mode = mode
        self.rejections = rejections
        if case .publish = mode {
            encoders = graph.program.queries.map { RecordEncoder(sink: $0.sink) }
            records = graph.program.queries.map { _ in RawRecords() }
            printer = nil
        } else {
            encoders = []
            records = []
            if case .print(let format) = mode { printer = format.makePrinter() } else { printer = nil }
        }
    }

    func receive(_ batch: ResultBatch, query: Int, inputPartition: Int32) {
        switch mode {
        case .publish(let partitionCounts):
            encoders[query].encode(
                batch, partitionCount: partitionCounts[query], inputPartition: inputPartition, into: records[query])
        case .print:
            printer?.append(batch, of: graph.program.queries[query], to: &text)
        }
    }

    func reject(_ rejection: Rejection) { rejections.add(rejection) }

    /// Bytes that wait for collection.
    var pendingBytes: Int { records.reduce(text.count) { $0 + $1.byteCount } + rejections.records.byteCount }
}
