// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillraceReport
import MillraceSettings

extension RunLoop {
    /// Looks now and then whether the input topics are still those that were read so far.
    func watchLogs(_ assignment: Assignment) throws {
        let now = clock.monotonicNanoseconds()
        guard logWatch.isDue(now: now) else { return }
        transactionWatch.look(heldPlaces(assignment), consumer, now: now) { observer.log($0) }
        var last: [TopicPartition: EventTime] = [:]
        var next: [TopicPartition: Int64] = [:]
        for (source, record) in zip(assignment.pipeline.sources, assignment.reader.lastRecords) {
            guard let record, record.timestamp >= 0 else { continue }
            last[source.topicPartition] = record.timestamp
            next[source.topicPartition] = record.offset +| 1
        }
        // Whoever does not answer is asked again.
        guard let found = try? consumer.firstOffsets(logWatch.begin(last, now: now), timeoutMilliseconds: 500) else {
            return
        }
        for finding in logWatch.end(found, next: next) {
            guard options.inputLost == .skip else {
                throw RunFailure.replacedInput(
                    finding.partition, before: finding.seen,
                    hint: InputLoss.hint(finding.partition, application: options.application))
            }
            groupOffsets.noteReplaced(finding.partition)
            observer.log(
                LogLine(
                    .warn,
                    "\(finding.partition) was deleted and made again; input.lost is skip: "
                        + "what it had before offset \(finding.seen) when that was noticed is not read",
                    code: .inputReplaced, partition: finding.partition, offset: finding.seen))
        }
    }

    /// Partitions that were read as far as they are stable, and not to their ends.
    private func heldPlaces(_ assignment: Assignment) -> [OpenTransactionWatch.Place] {
        let partitions = assignment.starts.map(\.partition)
        let ends = consumer.knownEnds(partitions)
        return partitions.compactMap { partition in
            guard let end = ends[partition], let slot = consumer.slot(of: partition),
                let position = consumer.endOfPartitionReached(slot: slot), position < end
            else { return nil }
            return OpenTransactionWatch.Place(partition: partition, position: position, end: end)
        }
    }

    // MARK: topics that are away

    /// A broker says that a topic that is read does not exist.
    func noteMissing(_ partition: TopicPartition, _ error: KafkaError) {
        guard inputWatch.noteMissing(partition.topic, now: clock.monotonicNanoseconds()) else { return }
        observer.log(
            LogLine(
                .warn, "\(partition): \(error.message); looking whether the topic \(partition.topic) comes back",
                code: .missingTopic, partition: partition, topic: partition.topic))
    }

    /// Looks for input topics that are away.
    /// - Returns: whether some are, so that nothing can be read or committed for now.
    func watchInputs() throws -> Bool {
        let isIdle = assignment == nil && hasBeenAssigned
        guard inputWatch.isDue(now: clock.monotonicNanoseconds(), isIdle: isIdle) else { return inputWatch.isWaiting }
        let counts = try? consumer.partitionCounts(ofTopics: graph.topics, timeoutMilliseconds: 1000)
        let found = counts.map { Set($0.keys) }
        switch inputWatch.look(graph.topics, found: found, now: clock.monotonicNanoseconds()) {
        case .quiet: break
        case .gone(let topic): throw RunFailure.deletedInput(topic)
        case .back(let topics): try checkIdentity(topics)
        }
        return inputWatch.isWaiting
    }

    /// Keeps what was read last, to know the logs by.
    func noteLastRecords(_ assignment: Assignment) {
        for (source, record) in zip(assignment.pipeline.sources, assignment.reader.lastRecords) {
            if let record { lastRecords[source.topicPartition] = record }
        }
    }

    /// Whether topics that are there again are those that were read before. With a topic the broker deletes what groups
    /// have committed for it: there is nothing to go on from, whatever `input.lost` says.
    private func checkIdentity(_ topics: [String]) throws {
        if let assignment { noteLastRecords(assignment) }
        let records = lastRecords.filter { topics.contains($0.key.topic) }
        guard let verdicts = LogIdentity(consumer, options).judge(records) else {
            for topic in topics { _ = inputWatch.noteMissing(topic, now: clock.monotonicNanoseconds()) }
            return
        }
        if let partition = verdicts.filter({ $0.value == .another }).keys.min() {
            throw RunFailure.replacedInput(
                partition, before: records[partition].map { $0.offset +| 1 } ?? 0,
                hint: "the broker has forgotten what the group had committed for it: begin anew, under another name "
                    + "(--application)")
        }
        observer.log(LogLine(.info, "\(topics.joined(separator: ", ")): there again, as before"))
        try suspend(isLost: true)
    }
}

extension RunFailure {
    /// An input topic was deleted while it was read.
    static func deletedInput(_ topic: String, hint: String? = nil) -> RunFailure {
        RunFailure(
            .inputMissing, .missingTopic, "the topic \(topic) was deleted while it was read",
            hint: hint ?? "nothing behind the last commit was published; make the topic again, and begin anew under "
                + "another name (--application)")
    }

    /// The log is another one than that of which records were read.
    /// - Parameter offset: what was to be read next when it was still the old one.
    static func replacedInput(
        _ partition: TopicPartition, before offset: Int64, hint: String
    ) -> RunFailure {
        RunFailure(
            .data, .inputReplaced,
            "\(partition) was deleted and made again while it was read: "
                + "what the new log had before offset \(offset) was not read",
            hint: hint, partition: partition, offset: offset)
    }
}
