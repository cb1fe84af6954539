// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport

/// Counts what a replay has published against what its topics hold before that counts: a topic that is deleted
/// meanwhile, and made again by a broker, has lost the first part of it.
///
///     ends of the logs now ≥ ends at the start + records that were written and have arrived
struct ReplayOutputs {
    private static let timeout: Int32 = 15_000

    private let options: RunOptions
    private let counts: [String: Int]
    /// Sums of the ends of each topic's logs.
    private let before: [String: Int64]

    /// - Parameter counts: how many partitions each topic has, by name.
    init(_ options: RunOptions, counts: [String: Int]) throws(KafkaError) {
        self.options = options
        self.counts = counts
        before = try ReplayOutputs.ends(options, counts)
    }

    /// - Parameter sent: how many records of each topic have arrived.
    func check(sent: [String: Int64]) throws {
        let now: [String: Int64]
        do throws(KafkaError) {
            now = try ReplayOutputs.ends(options, counts)
        } catch {
            guard error.category == .missingTopic else { throw error }
            throw RunFailure(.deleted(counts.keys.sorted().joined(separator: ", ")), hint: ReplayOutputs.hint)
        }
        for (topic, count) in sent.sorted(by: { $0.key < $1.key }) where count > 0 {
            let grown = (now[topic] ?? 0) - (before[topic] ?? 0)
            if grown < count { throw RunFailure(.lacking(topic, sent: count, held: max(grown, 0)), hint: Self.hint) }
        }
    }

    private static let hint =
        "what is left of this replay is not committed: start it again; keep brokers from making topics by themselves "
        + "(auto.create.topics.enable=false)"

    private static func ends(
        _ options: RunOptions, _ counts: [String: Int]
    ) throws(KafkaError) -> [String: Int64] {
        // Open transactions count, this one's above all.
        let admin = try options.cluster.admin()
        let partitions = counts.flatMap { topic, count in (0..<Int32(count)).map { TopicPartition(topic, $0) } }
        let ranges = try admin.offsetRanges(partitions.sorted(), timeoutMilliseconds: timeout)
        var sums: [String: Int64] = [:]
        for (partition, range) in ranges { sums[partition.topic, default: 0] += range.high }
        return sums
    }
}
