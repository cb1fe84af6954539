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
        case print(any ResultPrinter)
    }

    private let graph: QueryGraph
    private let mode: Mode
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
        } else {
            encoders = []
            records = []
        }
    }

    func receive(_ batch: ResultBatch, query: Int, inputPartition: Int32) {
        switch mode {
        case .publish(let partitionCounts):
            encoders[query].encode(
                batch, partitionCount: partitionCounts[query], inputPartition: inputPartition, into: records[query])
        case .print(let printer):
            printer.append(batch, of: graph.program.queries[query], to: &text)
        }
    }

    func reject(_ rejection: Rejection) { rejections.add(rejection) }

    /// Bytes that wait for collection.
    var pendingBytes: Int { records.reduce(text.count) { $0 + $1.byteCount } + rejections.records.byteCount }
}

/// Late and bad records of one compute thread: the first few to show, and all of them where there is a dead-letter
/// topic.
final class RejectionCollector {
    private static let maximumSamples = 5

    /// For people: one line each.
    private(set) var samples: [String] = []
    /// For the dead-letter topic.
    let records = RawRecords(capacity: 16, byteCapacity: 1024)
    private let queryNames: [String]
    private let deadLetterPartitions: Int?

    /// - Parameter deadLetterPartitions: of the dead-letter topic; nil: there is none.
    init(_ graph: QueryGraph, deadLetterPartitions: Int?) {
        queryNames = graph.program.queries.map(\.name)
        self.deadLetterPartitions = deadLetterPartitions
    }

    func add(_ rejection: Rejection) {
        let row = rejection.row
        let records = rejection.records
        let reason: String
        switch rejection.reason {
        case .late: reason = "late"
        case .bad(let text): reason = "bad: \(text)"
        }
        if samples.count < RejectionCollector.maximumSamples {
            let place = "\(rejection.topic)/\(records.partitions[row])@\(records.offsets[row])"
            samples.append("\(place): \(reason) (\(queryNames[rejection.query]))")
        }
        guard let deadLetterPartitions else { return }
        let headers = [
            ("millrace.reason", reason), ("millrace.query", queryNames[rejection.query]),
            ("millrace.topic", rejection.topic), ("millrace.partition", String(records.partitions[row])),
            ("millrace.offset", String(records.offsets[row])),
        ]
        let original = row < records.headers.count ? records.headers[row] : []
        let key = records.key(row)
        let partition =
            key.map { Murmur2.partition(ofKey: $0, partitions: Int32(deadLetterPartitions)) }
            ?? records.partitions[row] % Int32(deadLetterPartitions)
        self.records.append(
            key: key.map { Array($0) }, value: records.value(row).map { Array($0) },
            timestamp: records.timestamps[row], offset: records.offsets[row], partition: partition,
            headers: original + headers.map { RawRecords.Header(name: $0.0, value: Array($0.1.utf8)) })
    }

    /// Takes what waits for the dead-letter topic as sent.
    func clearRecords() { records.removeAll() }
}
