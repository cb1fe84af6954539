// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillraceReport
import MillraceSettings

/// Looks now and then whether the topics that a run reads and writes are still those that it has read and written.
final class TopicWatch {
    private let context: RunContext
    private var logWatch = LogWatch()
    private var transactionWatch = OpenTransactionWatch()
    private var outputWatch: OutputWatch
    /// The last record that was read of each partition by assignments that are over.
    private var lastRecords: [TopicPartition: CommitMetadata.Fingerprint] = [:]

    init(_ context: RunContext) {
        self.context = context
        outputWatch = OutputWatch(PlannedTopic.all(context.graph, context.options).map(\.name))
    }

    // MARK: inputs

    /// Whether the input's logs are still those that were read so far.
    func lookAtLogs(_ assignment: Assignment) throws {
        let now = context.clock.monotonicNanoseconds()
        guard logWatch.isDue(now: now) else { return }
        transactionWatch.look(heldPlaces(assignment), context.consumer, now: now) { context.log($0) }
        var last: [TopicPartition: EventTime] = [:]
        var next: [TopicPartition: Int64] = [:]
        for (source, record) in zip(assignment.pipeline.sources, assignment.reader.lastRecords) {
            guard let record, record.timestamp >= 0 else { continue }
            last[source.topicPartition] = record.timestamp
            next[source.topicPartition] = record.offset +| 1
        }
        // A broker that does not answer is asked again.
        let times = logWatch.begin(last, now: now)
        guard let found = try? context.consumer.firstOffsets(times, timeoutMilliseconds: 500) else { return }
        for finding in logWatch.end(found, next: next) {
            guard context.options.inputLost == .skip else {
                throw RunFailure.replacedInput(
                    finding.partition, before: finding.seen,
                    hint: InputLoss.hint(finding.partition, application: context.options.application))
            }
            context.groupOffsets.noteReplaced(finding.partition)
            context.log(
                LogLine(
                    .warn,
                    "\(finding.partition) was deleted and made again; input.lost is skip: "
                        + "what it had before offset \(finding.seen) when that was noticed is not read",
                    code: .inputReplaced, partition: finding.partition, offset: finding.seen))
        }
    }

    /// Partitions that were read as far as they are stable, and not to their ends.
    private func heldPlaces(_ assignment: Assignment) -> [OpenTransactionWatch.Place] {
        let consumer = context.consumer
        let partitions = assignment.starts.map(\.partition)
        let ends = consumer.knownEnds(partitions)
        return partitions.compactMap { partition in
            guard let end = ends[partition], let slot = consumer.slot(of: partition),
                let position = consumer.endOfPartitionReached(slot: slot), position < end
            else { return nil }
            return OpenTransactionWatch.Place(partition: partition, position: position, end: end)
        }
    }

    /// The input's topics that exist; nil: no broker has answered.
    func existingInputs() -> Set<String>? {
        widths().map { Set($0.keys) }
    }

    /// How many partitions the input's topics have; nil: no broker has answered.
    func widths() -> [String: Int32]? {
        try? context.consumer.partitionCounts(ofTopics: context.graph.topics, timeoutMilliseconds: 1000)
    }

    /// Keeps what was read last, to know the logs by.
    func keepLastRecords(_ assignment: Assignment) {
        for (source, record) in zip(assignment.pipeline.sources, assignment.reader.lastRecords) {
            if let record { lastRecords[source.topicPartition] = record }
        }
    }

    /// Whether topics that are there again are those that were read before.
    func identify(_ topics: [String], _ assignment: Assignment?) -> RunEvent {
        if let assignment { keepLastRecords(assignment) }
        let records = lastRecords.filter { topics.contains($0.key.topic) }
        guard let verdicts = LogIdentity(context.consumer, context.options).judge(records) else {
            return .identified(topics, another: nil, isAnswered: false)
        }
        let another = verdicts.filter { $0.value == .another }.keys.min().map { partition in
            RunFailure.replacedInput(
                partition, before: records[partition].map { $0.offset +| 1 } ?? 0,
                hint: "the broker has forgotten what the group had committed for it: begin anew, under another name "
                    + "(--application)")
        }
        return .identified(topics, another: another, isAnswered: true)
    }

    // MARK: outputs

    func note(committed records: [String: Int64]) { outputWatch.note(committed: records) }

    /// A topic that was written is missing: the next look is due.
    func hurryOutputs() { outputWatch.hurry() }

    func lookAtOutputs() throws {
        let now = context.clock.monotonicNanoseconds()
        guard outputWatch.isDue(now: now) else { return }
        let consumer = context.consumer
        // A broker that does not answer is asked again.
        guard let counts = try? consumer.partitionCounts(ofTopics: outputWatch.topics, timeoutMilliseconds: 500) else {
            return
        }
        var loss = outputWatch.note(counts: counts, now: now)
        if loss == nil, let ends = try? consumer.ends(outputWatch.partitions, timeoutMilliseconds: 500) {
            loss = try outputWatch.note(ends: ends) ?? provenLack(ends)
            if loss == nil { outputWatch.endLook(ends) }
        }
        guard let loss else { return }
        throw RunFailure(
            loss,
            hint: "begin anew under another name (--application); keep brokers from making topics by themselves "
                + "(auto.create.topics.enable=false)")
    }

    private func provenLack(_ ends: [TopicPartition: Int64]) throws -> OutputWatch.Loss? {
        guard outputWatch.lacking(ends) != nil else { return nil }
        let admin = try context.options.cluster.admin()
        let ranges = try? admin.offsetRanges(outputWatch.partitions, timeoutMilliseconds: 2000)
        return ranges.flatMap { outputWatch.lacking($0.mapValues(\.high)) }
    }
}
