// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillracePlan
import MillraceReport

/// Ends a run before it publishes results of a key that lies in two partitions (`keys.partitioning`), and says what is
/// only a suspicion. Asked with nothing under way.
struct KeyPartitionWatch {
    let policy: KeyPartitioning
    private var hasSaidSplit = false
    /// Queries whose misplaced keys were named.
    private var said: Set<Int> = []

    init(_ policy: KeyPartitioning) { self.policy = policy }

    /// Before results go out.
    mutating func check(_ pipeline: Pipeline, log: (LogLine) -> Void) throws {
        guard let split = pipeline.findSplitKey() else { return }
        let query = pipeline.graph.program.queries[split.query].name
        let key = split.key.map { "the key \(KeyReport.display($0))" } ?? "a key"
        let found =
            "\(key) of \(split.first.topic) lies in partitions \(split.first.partition) and \(split.second.partition)"
        guard policy == .trusted else {
            throw RunFailure(
                .data, .keyInTwoPartitions,
                "\(found), and \(query) groups by the key partition by partition: each would publish a part of its own",
                hint:
                    "SET 'keys.partitioning' = 'any' before the query (or keys.partitioning: any in the configuration) "
                    + "makes it regroup; with 'trusted' the parts are published as they are",
                partition: split.second)
        }
        guard !hasSaidSplit else { return }
        hasSaidSplit = true
        log(
            LogLine(
                .warn, "\(found): each publishes its own part of \(query) (keys.partitioning is trusted)",
                code: .keyInTwoPartitions, partition: split.second))
    }

    /// What there is to say of keys that may be in two partitions, once a query.
    mutating func notes(_ pipeline: Pipeline) -> [LogLine] {
        pipeline.graph.program.queries.indices.flatMap { query -> [LogLine] in
            guard !said.contains(query) else { return [] }
            return KeyReport.all(pipeline, query).map { report in
                said.insert(query)
                guard !report.isWhole else { return LogLine(.info, report.text) }
                return LogLine(
                    .warn,
                    "\(report.text): if \(report.topic) has been widened, or several producers with different "
                        + "partitioners write it, set keys.partitioning to any",
                    code: .misplacedKeys, partition: TopicPartition(report.topic, report.partition))
            }
        }
    }
}

extension KeyReport {
    /// Of a query, one a topic.
    static func all(_ pipeline: Pipeline, _ query: Int) -> [KeyReport] {
        var reports: [KeyReport] = []
        for keys in pipeline.misplacedKeys(query) {
            if let place = reports.firstIndex(where: { $0.topic == keys.partition.topic }) {
                reports[place].misplaced += Int64(keys.count)
                continue
            }
            reports.append(
                KeyReport(
                    query: pipeline.graph.program.queries[query].name, topic: keys.partition.topic,
                    misplaced: Int64(keys.count), key: display(keys.key), partition: keys.partition.partition,
                    home: keys.home, split: Int64(pipeline.splitKeyCount(query)),
                    isWhole: pipeline.hasAllPartitions(query)))
        }
        return reports
    }
}

extension [TopicPartition] {
    /// By topic: how many partitions are here, counted by their numbers.
    var countsByTopic: [String: Int32] {
        Dictionary(map { ($0.topic, $0.partition +| 1) }, uniquingKeysWith: { Swift.max($0, $1) })
    }
}
