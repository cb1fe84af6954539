// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillraceReport

/// Sees to it that a replay reads one and the same log from the beginning of its slice to the end: a topic may be
/// deleted meanwhile, and made again.
final class ReplayLogs {
    /// Within so short a time nobody deletes a topic, makes it again and fills it, in ns.
    private static let shortest: UInt64 = 1_000_000_000

    private let options: RunOptions
    private let clock: any Clock
    private let began: UInt64
    /// A record of each partition, the first ones that were seen.
    private var firstRecords: [TopicPartition: CommitMetadata.Fingerprint] = [:]

    init(_ options: RunOptions, clock: any Clock) {
        self.options = options
        self.clock = clock
        began = clock.monotonicNanoseconds()
    }

    func note(_ reader: SliceReader) {
        guard firstRecords.count < reader.pipeline.sources.count else { return }
        for (source, record) in zip(reader.pipeline.sources, reader.lastRecords) {
            guard let record, firstRecords[source.topicPartition] == nil else { continue }
            firstRecords[source.topicPartition] = record
        }
    }

    /// Before results count.
    /// - Throws: `RunFailure` where a log is not the one any more that was read at first.
    func check(_ consumer: any GroupReader) throws {
        guard clock.monotonicNanoseconds() -| began > ReplayLogs.shortest else { return }
        let verdicts = LogIdentity(consumer, options).judge(firstRecords) ?? [:]
        guard let partition = verdicts.filter({ $0.value == .another }).keys.min() else { return }
        throw RunFailure.replacedInput(
            partition, before: firstRecords[partition].map { $0.offset +| 1 } ?? 0,
            hint: "nothing of it was published; start the replay again, over the log that is there now")
    }

    /// What a consumer has to say besides records.
    func check(_ event: ConsumerEvent, _ consumer: any GroupReader) throws {
        switch event {
        case .partitionError(let partition, let error) where error.isOffsetOutOfRange:
            try check(consumer)
            throw RunFailure(
                .data, .rangeNotHeld, "\(partition): \(error.message)",
                hint: "the log no longer holds what was asked for; choose a later --from", partition: partition)
        case .partitionError(let partition, let error) where error.category == .missingTopic:
            let counts = try? consumer.partitionCounts(ofTopics: [partition.topic], timeoutMilliseconds: 5000)
            if counts?[partition.topic] != nil { try check(consumer) }
            throw RunFailure.deletedInput(
                partition.topic, hint: "the results are not whole; make the topic again and start the replay anew")
        case .partitionError(_, let error): throw RunFailure(error)
        case .error(let error) where error.isFatal || error.category == .authentication: throw error
        case .assigned, .revoked, .lost, .error: break
        }
    }
}
