// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceKafka
import MillracePlan

/// What one compute thread has put out since the last collection: encoded records, printed lines, rejected records.
final class OutputCollector: PipelineOutput {
    /// Where result rows go.
    enum Mode {
        /// To the sinks' topics, with their partition counts and what they take, by query.
        case publish(partitionCounts: [Int], limits: [RecordLimit])
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

    func receive(_ batch: ResultBatch, query: Int, source: TopicPartition?) {
        sampler?.take(batch, query: query)
        switch mode {
        case .publish(let partitionCounts, let limits):
            let records = records[query]
            let (rows, bytes) = (records.count, records.byteCount)
            encoders[query].encode(
                batch, partitionCount: partitionCounts[query], inputPartition: source?.partition ?? 0, into: records)
            if records.byteCount - bytes > limits[query].certainBytes {
                rejectTooLarge(query, from: rows, limits[query], source)
            }
        case .print(.json): lineEncoders[query].encode(batch, into: lines)
        case .print(.text): printer.append(batch, of: graph.program.queries[query], to: lines)
        }
        if let whenFull, pendingBytes > OutputCollector.fullBytes { whenFull() }
    }

    /// Takes out of the records of a query, from a row on, those that its topic does not take.
    private func rejectTooLarge(_ query: Int, from first: Int, _ limit: RecordLimit, _ source: TopicPartition?) {
        let records = records[query]
        let topic = graph.program.queries[query].sink.topic
        var row = first
        while row < records.count {
            let (key, value) = (max(Int(records.keyLengths[row]), 0), max(Int(records.valueLengths[row]), 0))
            guard !limit.allows(key: key, value: value) else {
                row += 1
                continue
            }
            let isOfOne = source != nil && records.offsets[row] >= 0
            let target = TopicPartition(topic, records.partitions[row])
            let account = "\(key + value) bytes, of which \(topic) takes \(limit.bytes)"
            rejections.add(
                Rejection(
                    query: query, cause: .tooLarge, reason: .tooLarge, account: account,
                    detail: "a result of \(account)",
                    partition: isOfOne ? source ?? target : target, offset: isOfOne ? records.offsets[row] : -1,
                    records: records, row: row))
            records.remove(row)
        }
    }

    func reject(_ rejection: Rejection) { rejections.add(rejection) }

    /// Bytes that wait for collection.
    var pendingBytes: Int { records.reduce(lines.byteCount) { $0 + $1.byteCount } + rejections.records.byteCount }
}
