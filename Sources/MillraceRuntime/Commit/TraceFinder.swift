// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceKafka

/// Looks for what an earlier life of the application has left on the cluster: committed records in what it writes. What
/// it may not read does not count.
struct TraceFinder {
    /// For each question, in ms.
    private static let timeout: Int32 = 5000
    /// For so long it is read, in ns; what has not shown by then is taken for nothing.
    private static let longestRead: UInt64 = 5_000_000_000

    let options: RunOptions
    /// All that the program writes.
    let topics: [PlannedTopic]
    let clock: any Clock

    func find() throws -> GroupMemory.Trace? {
        let own = Set(topics.filter { $0.role == .changelog || $0.role == .exchange }.map(\.name))
        let filled = try ranges(topics.map(\.name)).filter { $0.value.low < $0.value.high }
        if let topic = try firstCommitted(filled.filter { own.contains($0.key.topic) }) { return .state(topic: topic) }
        return try firstCommitted(filled.filter { !own.contains($0.key.topic) }).map { .results(topic: $0) }
    }

    private func ranges(_ topics: [String]) throws -> [TopicPartition: OffsetRange] {
        let admin = try Admin(options.properties, onLog: options.onLog)
        let counts = try admin.partitionCounts(ofTopics: topics, timeoutMilliseconds: TraceFinder.timeout)
        let all = counts.flatMap { topic, count in (0..<count).map { TopicPartition(topic, $0) } }
        return try admin.offsetRanges(all.sorted(), timeoutMilliseconds: TraceFinder.timeout)
    }

    private func isHopeless(_ event: ConsumerEvent) -> Bool {
        switch event {
        case .partitionError: true
        case .error(let error): error.isFatal || error.category == .authorization
        case .assigned, .revoked, .lost: false
        }
    }

    /// The topic of the first record that is in no open and no aborted transaction.
    private func firstCommitted(_ filled: [TopicPartition: OffsetRange]) throws -> String? {
        if filled.isEmpty { return nil }
        let consumer = try Consumer(ConsumerOptions(properties: options.properties, profile: .backfill))
        defer { consumer.close(timeoutMilliseconds: 2000) }
        // An open transaction hides what is behind it, which nobody needs to wait for.
        let stable = try consumer.offsetRanges(filled.keys.sorted(), timeoutMilliseconds: TraceFinder.timeout)
            .filter { $0.value.low < $0.value.high }
        if stable.isEmpty { return nil }
        try consumer.assign(positions: stable.mapValues(\.low))
        let end = clock.monotonicNanoseconds() + TraceFinder.longestRead
        while clock.monotonicNanoseconds() < end {
            if try consumer.drain(timeoutMilliseconds: 100, maximumRecords: 1) > 0 {
                return stable.keys.sorted().first { partition in
                    consumer.slot(of: partition).flatMap { consumer.takeBatch($0) } != nil
                }?.topic
            }
            if consumer.poll(timeoutMilliseconds: 0).contains(where: isHopeless) { return nil }
            let isOver = stable.allSatisfy { partition, range in
                consumer.slot(of: partition).flatMap { consumer.position(slot: $0) } ?? range.low >= range.high
            }
            if isOver { return nil }
        }
        return nil
    }
}
