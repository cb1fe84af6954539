// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceKafka
import MillracePlan

/// Sends what the compute threads have put out: to the sinks' topics through a producer, or to stdout. Used by the
/// poll thread with no computation under way.
final class OutputSender {
    let collectors: [OutputCollector]
    private let producer: Producer?
    private var sinkHandles: [TopicHandle] = []
    private var deadLetterHandle: TopicHandle?
    private unowned let observer: any RunObserver
    /// Makes sure that a transaction is open; called before the first record of each.
    var willSend: (() throws -> Void)?
    /// Called while the producer's queue is full.
    var onBlocked: () -> Void = {}

    init(
        _ graph: QueryGraph, collectors: [OutputCollector], producer: Producer?, deadLetterTopic: String?,
        observer: any RunObserver
    ) throws {
        self.collectors = collectors
        self.producer = producer
        self.observer = observer
        guard let producer else { return }
        for query in graph.program.queries { sinkHandles.append(try producer.topic(query.sink.topic)) }
        if let deadLetterTopic { deadLetterHandle = try producer.topic(deadLetterTopic) }
    }

    var hasPending: Bool { collectors.contains { $0.pendingBytes > 0 } }

    /// Sends and forgets what is there.
    func send() throws {
        for collector in collectors where collector.pendingBytes > 0 {
            if !collector.text.isEmpty {
                try observer.write(collector.text)
                collector.text.removeAll(keepingCapacity: true)
            }
            guard let producer else { continue }
            try willSend?()
            for (query, records) in collector.records.enumerated() where records.count > 0 {
                try producer.send(records, to: sinkHandles[query], onBlocked: onBlocked)
                records.removeAll()
            }
            if let deadLetterHandle, collector.rejections.records.count > 0 {
                try producer.send(collector.rejections.records, to: deadLetterHandle, onBlocked: onBlocked)
                collector.rejections.clearRecords()
            }
        }
    }

    /// Forgets what is there: its transaction was aborted.
    func discard() {
        for collector in collectors {
            collector.text.removeAll()
            for records in collector.records { records.removeAll() }
            collector.rejections.clearRecords()
        }
    }
}
