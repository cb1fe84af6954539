// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillraceReport

/// Looks for what an earlier life of the application has left on the cluster: committed records in what it writes. What
/// it may not read does not count.
struct TraceFinder {
    /// For each question, in ms; what is not read by then is taken for nothing.
    private static let timeout: Int32 = 5000

    private let options: RunOptions
    /// All that the program writes, but for dead letters, which are of many programs.
    private let topics: [PlannedTopic]

    init(_ graph: QueryGraph, _ options: RunOptions) {
        self.options = options
        topics = PlannedTopic.all(graph, options).filter { $0.role != .deadLetters }
    }

    /// Of a replay, which keeps no state.
    init(resultsOf graph: QueryGraph, _ options: RunOptions) {
        self.options = options
        topics = PlannedTopic.outputs(graph, deadLetterTopic: nil)
    }

    func find() throws -> GroupMemory.Trace? {
        let filled = try ranges(topics.map(\.name)).filter { $0.value.low < $0.value.high }
        let sample = try RecordSampler(options.cluster)
            .read(filled.mapValues(\.low), limit: 1, timeoutMilliseconds: Int64(TraceFinder.timeout))
        let found = sample.records.map(\.partition.topic)
        let own = Set(topics.filter { $0.role == .changelog || $0.role == .exchange }.map(\.name))
        return GroupMemory.Trace(
            results: found.first { !own.contains($0) }, state: found.first(where: own.contains))
    }

    /// Why nothing is published beside results.
    /// - Parameter topic: where they are.
    func failure(resultsIn topic: String) -> RunFailure {
        if options.publishes {
            return RunFailure(
                .configuration, .resultsExist, "there are records in \(topic) already",
                hint:
                    "publish to a topic of its own (KAFKA_TOPIC in the program's WITH); or, to publish beside what is "
                    + "there:\n    \(options.command(with: ["--publish-again"]))")
        }
        return RunFailure(
            .configuration, .resultsExist,
            "the group \(options.application) has committed nothing, though there are records in \(topic), which it "
                + "would publish to",
            hint: "its offsets were deleted or have expired, or others write there. To begin again with empty topics:\n"
                + "    \(options.command(as: "reset"))\n"
                + "  to publish everything once more beside what is there:\n"
                + "    \(options.command(with: ["--publish-again"]))")
    }

    private func ranges(_ topics: [String]) throws -> [TopicPartition: OffsetRange] {
        let admin = try options.cluster.admin()
        let counts = try admin.partitionCounts(ofTopics: topics, timeoutMilliseconds: TraceFinder.timeout)
        let all = counts.flatMap { topic, count in (0..<count).map { TopicPartition(topic, $0) } }
        return try admin.offsetRanges(all.sorted(), timeoutMilliseconds: TraceFinder.timeout)
    }
}
