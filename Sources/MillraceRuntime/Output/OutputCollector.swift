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
    private let lineEncoders: [JSONLineEncoder]
    private let printer = TextLinePrinter()
    private let encoders: [RecordEncoder]
    /// By query: records for its sink.
    let records: [RawRecords]
    /// Printed lines, as the bytes of an arena.
    let lines = RawRecords(capacity: 1)
    let rejections: RejectionCollector
    /// Sees the result batches too, where somebody may want to look at some.
    var sampler: ResultSampler?
    /// While set: called as soon as more than `fullBytes` wait.
    var whenFull: (() -> Void)?
    private static let fullBytes = 1 << 20

    init(_ graph: QueryGraph, mode: Mode, rejections: RejectionCollector) {
        self.graph = graph
        self.mode = mode
        self.rejections = rejections
        if case .publish = mode {
            encoders = graph.program.queries.map { RecordEncoder(sink: $0.sink) }
            records = graph.program.queries.map { _ in RawRecords() }
            lineEncoders = []
        } else {
            encoders = []
            records = []
            lineEncoders = graph.program.queries.map { JSONLineEncoder(sink: $0.sink) }
        }
    }

    func receive(_ batch: ResultBatch, query: Int, inputPartition: Int32) {
        sampler?.take(batch, query: query)
        switch mode {
        case .publish(let partitionCounts):
            encoders[query].encode(
                batch, partitionCount: partitionCounts[query], inputPartition: inputPartition, into: records[query])
        case .print(.json): lineEncoders[query].encode(batch, into: lines)
        case .print(.text): printer.append(batch, of: graph.program.queries[query], to: lines)
        }
        if let whenFull, pendingBytes > OutputCollector.fullBytes { whenFull() }
    }

    func reject(_ rejection: Rejection) { rejections.add(rejection) }

    /// Bytes that wait for collection.
    var pendingBytes: Int { records.reduce(lines.byteCount) { $0 + $1.byteCount } + rejections.records.byteCount }
}
