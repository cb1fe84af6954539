// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport

/// Notices that a topic which a run writes was deleted, and perhaps made again: brokers make a topic by themselves when
/// a producer asks for it (`auto.create.topics.enable`), as wide as they like, and all results of before are gone.
///
/// In one log the end never goes down, and a topic never becomes narrower.
struct OutputWatch {
    /// Between two looks, in ns.
    static let interval: UInt64 = 5_000_000_000
    /// Between two looks after a hint that something is wrong, in ns.
    private static let shortInterval: UInt64 = 500_000_000
    /// So many looks in a row a topic may be away: brokers that have just started may not know all topics.
    private static let maximumMisses = 4

    /// A topic that is not what it was.
    enum Loss: Equatable {
        case deleted(String)
        /// It had more partitions before.
        case narrower(String, before: Int32, now: Int32)
        /// A log ended later before.
        case shorter(TopicPartition, before: Int64, now: Int64)
        /// Not all is there that was written and has arrived.
        case lacking(String, sent: Int64, held: Int64)
    }

    /// All that is written.
    let topics: [String]
    private var counts: [String: Int32] = [:]
    private var ends: [TopicPartition: Int64] = [:]
    private var misses: [String: Int] = [:]
    /// By topic: where its logs ended at the first look, together.
    private var base: [String: Int64] = [:]
    /// By topic: records that were committed since the first look, and until the last one.
    private var committed: [String: Int64] = [:]
    private var committedAtLook: [String: Int64] = [:]
    private var nextLook: UInt64 = 0

    init(_ topics: [String]) { self.topics = topics }

    func isDue(now: UInt64) -> Bool { now >= nextLook }

    /// A broker has said that a topic does not exist.
    mutating func hurry() { nextLook = 0 }

    /// How wide the topics are.
    mutating func note(counts found: [String: Int32], now: UInt64) -> Loss? {
        nextLook = now +| OutputWatch.interval
        for topic in topics {
            guard let before = counts[topic] else {
                counts[topic] = found[topic]
                continue
            }
            guard let count = found[topic] else {
                misses[topic, default: 0] += 1
                nextLook = now +| OutputWatch.shortInterval
                if misses[topic, default: 0] >= OutputWatch.maximumMisses { return .deleted(topic) }
                continue
            }
            misses[topic] = nil
            if count < before { return .narrower(topic, before: before, now: count) }
            counts[topic] = count
        }
        return nil
    }

    /// Those that are there.
    var partitions: [TopicPartition] {
        counts.filter { misses[$0.key] == nil }.flatMap { topic, count in
            (0..<count).map { TopicPartition(topic, $0) }
        }.sorted()
    }

    /// Where the logs end.
    mutating func note(ends found: [TopicPartition: Int64]) -> Loss? {
        for (partition, end) in found.sorted(by: { $0.key < $1.key }) {
            if let before = ends[partition], end < before { return .shorter(partition, before: before, now: end) }
            ends[partition] = end
        }
        return nil
    }

    /// Records of these topics were committed.
    mutating func note(committed sent: [String: Int64]) {
        for (topic, count) in sent where base[topic] != nil { committed[topic, default: 0] += count }
    }

    /// Whether topics hold what was committed before the last look. Behind a transaction of somebody else that is open
    /// readers at `read_committed` do not see all of it: only the logs' real ends prove that something is gone.
    /// - Parameter found: where all their logs end, as of now.
    func lacking(_ found: [TopicPartition: Int64]) -> Loss? {
        let sums = OutputWatch.sums(found)
        for (topic, count) in committedAtLook.sorted(by: { $0.key < $1.key }) {
            guard let sum = sums[topic], let base = base[topic] else { continue }
            if sum - base < count { return .lacking(topic, sent: count, held: max(sum - base, 0)) }
        }
        return nil
    }

    /// The look is over, and nothing was wrong.
    mutating func endLook(_ found: [TopicPartition: Int64]) {
        for (topic, sum) in OutputWatch.sums(found) where base[topic] == nil { base[topic] = sum }
        committedAtLook = committed
    }

    private static func sums(_ ends: [TopicPartition: Int64]) -> [String: Int64] {
        ends.reduce(into: [:]) { sums, entry in sums[entry.key.topic, default: 0] += entry.value }
    }
}

extension RunFailure {
    /// What is published has gone with its topic.
    init(_ loss: OutputWatch.Loss, hint: String) {
        let text =
            switch loss {
            case .deleted(let topic): "the topic \(topic), which the run writes, was deleted"
            case .narrower(let topic, let before, let now):
                "the topic \(topic) was deleted and made again under the run: "
                    + "it had \(before) partitions and has \(now)"
            case .shorter(let partition, let before, let now):
                "the topic \(partition.topic) was deleted and made again under the run: "
                    + "partition \(partition.partition) ended at \(before) and ends at \(now)"
            case .lacking(let topic, let sent, let held):
                "the topic \(topic) was deleted and made again under the run: of "
                    + "\(NumberDisplay.count(sent)) results that it has taken it holds \(NumberDisplay.count(held))"
            }
        self.init(.data, .outputReplaced, "\(text); what was published to it before is gone", hint: hint)
    }
}
