// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceKafka

extension RunLoop {
    /// Looks now and then whether the input topics are still those that were read so far.
    func watchLogs(_ assignment: Assignment) throws {
        let now = clock.monotonicNanoseconds()
        guard logWatch.isDue(now: now) else { return }
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
                throw RunFailure(
                    .data, .inputReplaced,
                    "\(finding.partition) was deleted and made again while it was read: "
                        + "what the new log had before offset \(finding.seen) was not read",
                    hint: InputLoss.hint(finding.partition, application: options.application),
                    partition: finding.partition, offset: finding.seen)
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
}
