// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport

extension RunLoop {
    /// Looks now and then whether the topics that the run writes are still those that it has written.
    func watchOutputs() throws {
        let now = clock.monotonicNanoseconds()
        guard outputWatch.isDue(now: now) else { return }
        // Whoever does not answer is asked again.
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
        let admin = try options.cluster.admin()
        let ranges = try? admin.offsetRanges(outputWatch.partitions, timeoutMilliseconds: 2000)
        return ranges.flatMap { outputWatch.lacking($0.mapValues(\.high)) }
    }
}
