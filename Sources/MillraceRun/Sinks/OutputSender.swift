// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillracePlan
import MillraceReport

/// Sends what the compute threads have put out: to the sinks' topics through a producer, or to stdout. Used by the
/// poll thread with no computation under way.
final class OutputSender {
    let collectors: [OutputCollector]
    /// A producer with the topics that it writes to.
    private struct Writer {
        let producer: any LogWriter
        /// By query.
        let sinks: [TopicHandle]
        let deadLetters: TopicHandle?
    }

    /// Empty: results go to stdout.
    private let writers: [Writer]
    /// By query.
    private let topics: [String]
    private let deadLetterTopic: String?
    private unowned let observer: any RunObserver
    /// Makes sure that a transaction is open where there are any, and says which producer's turn it is.
    var willSend: () throws -> Int = { 0 }
    /// Called while the producer's queue is full.
    var onBlocked: () -> Void = {}

    init(
        _ graph: QueryGraph, collectors: [OutputCollector], producers: [any LogWriter], deadLetterTopic: String?,
        observer: any RunObserver
    ) throws {
        self.collectors = collectors
        self.observer = observer
        self.deadLetterTopic = deadLetterTopic
        topics = graph.program.queries.map(\.sink.topic)
        writers = try producers.map { producer in
            Writer(
                producer: producer, sinks: try graph.program.queries.map { try producer.topic($0.sink.topic) },
                deadLetters: try deadLetterTopic.map { try producer.topic($0) })
        }
    }

    /// Whether something was put out since the last commit.
    var hasUncommitted: Bool { hasSent || collectors.contains { $0.pendingBytes > 0 } }
    private var hasSent = false
    private var saidExpiring: Set<String> = []

    /// How many records were sent to each topic.
    private(set) var sentRecords: [String: Int64] = [:]

    /// Whether what was sent so far has arrived.
    var isIdle: Bool { writers.allSatisfy { $0.producer.isIdle } }

    /// Runs `body`, which reads results out on this thread, and sends them while they come, so that not all of them lie
    /// in memory at once.
    func sendResults(of body: () -> Void) throws {
        var failure: (any Error)?
        for collector in collectors {
            collector.whenFull = { [unowned self] in
                // Behind a failure everything is thrown away and done again.
                if failure != nil { return discard() }
                do { try send() } catch { failure = error }
            }
        }
        body()
        for collector in collectors { collector.whenFull = nil }
        if let failure { throw failure }
        try send()
    }

    /// Everything sent is committed.
    func noteCommitted() { hasSent = false }

    /// How many records were sent to each topic since the last time that somebody asked.
    func takeSentRecords() -> [String: Int64] {
        defer { sentRecords = [:] }
        return sentRecords
    }

    /// Sends and forgets what is there.
    func send() throws {
        for collector in collectors where collector.pendingBytes > 0 {
            hasSent = true
            if collector.lines.byteCount > 0 {
                try observer.write(
                    UnsafeRawBufferPointer(start: collector.lines.bytes, count: collector.lines.byteCount))
                collector.lines.removeAll(keepingAtMost: OutputCollector.keptBytes)
            }
            guard !writers.isEmpty else { continue }
            noteExpiring(collector)
            let writer = writers[try willSend()]
            for (query, records) in collector.records.enumerated() where records.count > 0 {
                try writer.producer.send(records, to: writer.sinks[query], onBlocked: onBlocked)
                sentRecords[topics[query], default: 0] += Int64(records.count)
                records.removeAll(keepingAtMost: OutputCollector.keptBytes)
            }
            if let deadLetters = writer.deadLetters, collector.rejections.records.count > 0 {
                try writer.producer.send(collector.rejections.records, to: deadLetters, onBlocked: onBlocked)
                sentRecords[deadLetterTopic ?? "", default: 0] += Int64(collector.rejections.records.count)
                collector.rejections.clearRecords()
            }
        }
    }

    /// Says, once a topic, that the broker will delete soon what is written to it.
    private func noteExpiring(_ collector: OutputCollector) {
        for (query, old) in collector.expiring where !saidExpiring.contains(topics[query]) {
            let topic = topics[query]
            saidExpiring.insert(topic)
            observer.log(
                LogLine(
                    .warn,
                    "results of \(TimeDisplay.timestamp(old.time)) go to \(topic), which keeps records for "
                        + "\(NumberDisplay.milliseconds(old.retention)): the broker deletes them soon. To keep them: "
                        + "kafka-configs --alter --entity-type topics --entity-name \(topic) --add-config "
                        + "retention.ms=-1; or RETENTION_MS in the WITH clause of a topic that is made",
                    code: .outputExpires, topic: topic))
        }
    }

    /// Forgets what is there: its transaction was aborted.
    func discard() {
        hasSent = false
        sentRecords = [:]
        for collector in collectors {
            collector.lines.removeAll(keepingAtMost: OutputCollector.keptBytes)
            for records in collector.records { records.removeAll(keepingAtMost: OutputCollector.keptBytes) }
            collector.rejections.clearRecords()
        }
    }
}
