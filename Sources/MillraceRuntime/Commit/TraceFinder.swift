// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceKafka

/// Looks for what an earlier life of the application has left on the cluster: committed records in what it writes. What
/// it may not read does not count.
struct TraceFinder {
    /// For each question, in ms; what is not read by then is taken for nothing.
    private static let timeout: Int32 = 5000

    let options: RunOptions
    /// All that the program writes.
    let topics: [PlannedTopic]
    let clock: any Clock

    func find() throws -> GroupMemory.Trace? {
        let filled = try ranges(topics.map(\.name)).filter { $0.value.low < $0.value.high }
        let sample = try RecordSampler(options.properties, clock: clock, onLog: options.onLog)
            .read(filled.mapValues(\.low), limit: 1, timeoutMilliseconds: Int64(TraceFinder.timeout))
        let found = sample.records.map(\.partition.topic)
        let own = Set(topics.filter { $0.role == .changelog || $0.role == .exchange }.map(\.name))
        return found.first(where: own.contains).map { .state(topic: $0) } ?? found.first.map { .results(topic: $0) }
    }

    private func ranges(_ topics: [String]) throws -> [TopicPartition: OffsetRange] {
        let admin = try Admin(options.properties, onLog: options.onLog)
        let counts = try admin.partitionCounts(ofTopics: topics, timeoutMilliseconds: TraceFinder.timeout)
        let all = counts.flatMap { topic, count in (0..<count).map { TopicPartition(topic, $0) } }
        return try admin.offsetRanges(all.sorted(), timeoutMilliseconds: TraceFinder.timeout)
    }
}
