// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillracePlan
import MillraceReport

/// What one compute thread has put out since the last collection: encoded records, printed lines, rejected records.
final class OutputCollector: PipelineOutput {
    /// Where result rows go.
    enum Mode {
        /// To the sinks' topics, with their partition counts, what they take, and the schemas of records, by query.
        case publish(partitionCounts: [Int], limits: [TopicLimits], schemas: [SchemaNumbers] = [])
        case print(ResultFormat)
        /// To the answer of a SELECT on its own.
        case answer(Answer)
    }

    /// The numbers that keys and values begin with, where they have schemas.
    struct SchemaNumbers {
        var key: Int32?
        var value: Int32?
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
    /// Memory for bytes that have been sent is kept up to here.
    static let keptBytes = 4 << 20

    private let clock: any Clock

    /// Results that are older than their topic keeps records.
    struct Expiring {
        /// Of one of them.
        var time: EventTime
        var retention: Int64
    }

    /// By query: the first ones, if there are any.
    private(set) var expiring: [Int: Expiring] = [:]

    init(_ graph: QueryGraph, mode: Mode, rejections: RejectionCollector, clock: any Clock) {
        self.clock = clock
        self.graph = graph
        self.mode = mode
        self.rejections = rejections
        if case .publish(_, _, let schemas) = mode {
            encoders = graph.program.queries.enumerated().map { index, query in
                let numbers = schemas.indices.contains(index) ? schemas[index] : SchemaNumbers()
                return RecordEncoder(sink: query.sink, keySchema: numbers.key, valueSchema: numbers.value)
            }
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
        case .publish(let partitionCounts, let limits, _):
            let records = records[query]
            let (rows, bytes) = (records.count, records.byteCount)
            encoders[query].encode(
                batch, partitionCount: partitionCounts[query], inputPartition: source?.partition ?? 0, into: records)
            if encoders[query].hasRequired { rejectIncomplete(query, from: rows, batch, source) }
            if records.byteCount - bytes > limits[query].size.certainBytes {
                rejectTooLarge(query, from: rows, limits[query].size, source)
            }
            if limits[query].refusesKeyless { rejectKeyless(query, from: rows, source) }
            if !limits[query].time.isNone || limits[query].retention != nil {
                checkTimes(query, from: rows, limits[query], source)
            }
        case .print(.json): lineEncoders[query].encode(batch, into: lines)
        case .answer(let answer): if query == answer.query { answer.take(batch, into: lines) }
        case .print(.text): printer.append(batch, of: graph.program.queries[query], to: lines)
        }
        if let whenFull, pendingBytes > OutputCollector.fullBytes { whenFull() }
    }

    /// Takes out of the records of a query, from a row on, those that are larger than its topic takes.
    private func rejectTooLarge(_ query: Int, from first: Int, _ limit: RecordLimit, _ source: TopicPartition?) {
        let topic = graph.program.queries[query].sink.topic
        func size(_ records: RawRecords, _ row: Int) -> (key: Int, value: Int) {
            (max(Int(records.keyLengths[row]), 0), max(Int(records.valueLengths[row]), 0))
        }
        remove(query, from: first, source, .tooLarge, .tooLarge) { records, row in
            let (key, value) = size(records, row)
            guard !limit.allows(key: key, value: value) else { return nil }
            return "a result of \(key + value) bytes, of which \(topic) takes \(limit.bytes)"
        }
    }

    /// Those with a NULL that the schema to write by does not take.
    private func rejectIncomplete(_ query: Int, from first: Int, _ batch: ResultBatch, _ source: TopicPartition?) {
        let encoder = encoders[query]
        let reason = RejectionReason("result with a NULL that its schema does not take")
        // The records are those of the batch, in its order.
        var position = 0
        remove(query, from: first, source, .refused, reason, code: .resultLacksValue) { _, _ in
            defer { position += 1 }
            return encoder.missing(batch, row: Int(batch.selection.indices[position])).map { name in
                "a result whose \(name) is NULL, which the schema to write by does not take"
            }
        }
    }

    /// Those without a key, of a topic that is compacted.
    private func rejectKeyless(_ query: Int, from first: Int, _ source: TopicPartition?) {
        let topic = graph.program.queries[query].sink.topic
        let reason = RejectionReason("result without a key")
        remove(query, from: first, source, .refused, reason, code: .outputRefusesKeylessRecords) { records, row in
            guard records.keyLengths[row] < 0 else { return nil }
            return "a result without a key, and \(topic) is compacted"
        }
    }

    /// Those whose time the topic does not take; notes when it will not keep them.
    private func checkTimes(_ query: Int, from first: Int, _ limits: TopicLimits, _ source: TopicPartition?) {
        let all = records[query]
        let now = clock.wallMilliseconds()
        let limit = limits.time
        let range = limit.range(now: now)
        // Nearly always none: two comparisons a row.
        var (least, most) = (EventTime.max, EventTime.min)
        for row in first..<max(all.count, first) {
            least = min(least, all.timestamps[row])
            most = max(most, all.timestamps[row])
        }
        if let retention = limits.retention, expiring[query] == nil, least >= 0, least < now -| retention {
            expiring[query] = Expiring(time: least, retention: retention)
        }
        guard least < range.lowerBound || most > range.upperBound else { return }
        let topic = graph.program.queries[query].sink.topic
        let reason = RejectionReason("result of a time that its topic does not take")
        remove(query, from: first, source, .refused, reason) { records, row in
            let time = records.timestamps[row]
            guard time >= 0, !range.contains(time) else { return nil }
            return "a result of \(TimeDisplay.timestamp(time)), and \(topic) takes none that is "
                + limit.reason(time, now: now)
        }
    }

    /// Takes records of a query out, from a row on.
    /// - Parameter detail: what is wrong with one; nil: nothing.
    private func remove(
        _ query: Int, from first: Int, _ source: TopicPartition?, _ cause: RejectionCause, _ reason: RejectionReason,
        code: ErrorCode? = nil, _ detail: (RawRecords, Int) -> String?
    ) {
        let records = records[query]
        var row = first
        while row < records.count {
            guard let detail = detail(records, row) else {
                row += 1
                continue
            }
            let isOfOne = source != nil && records.offsets[row] >= 0
            let target = TopicPartition(graph.program.queries[query].sink.topic, records.partitions[row])
            let subject = "a result of "
            rejections.add(
                Rejection(
                    query: query, cause: cause, reason: reason,
                    account: detail.hasPrefix(subject) ? String(detail.dropFirst(subject.count)) : "", detail: detail,
                    partition: isOfOne ? source ?? target : target, offset: isOfOne ? records.offsets[row] : -1,
                    records: records, row: row), code: code)
            records.remove(row)
        }
    }

    func reject(_ rejection: Rejection) { rejections.add(rejection) }

    /// Bytes that wait for collection.
    var pendingBytes: Int { records.reduce(lines.byteCount) { $0 + $1.byteCount } + rejections.records.byteCount }
}
