// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
import MillracePlan

/// Keys of one query that do not lie where Kafka's own partitioner would have put them.
package struct MisplacedKeys: Hashable, Sendable {
    package var partition: TopicPartition
    /// How many different ones.
    package var count: Int
    /// The first of them, as it stands in the record.
    package var key: [UInt8]
    /// Where murmur2 puts it.
    package var home: Int32
}

/// A key whose groups lie in two partitions, so that each of its results is a part.
package struct SplitKey: Hashable, Sendable {
    package var query: Int
    /// As it stands in a record; nil: it is one of many.
    package var key: [UInt8]?
    package var first: TopicPartition
    package var second: TopicPartition
}

/// Whether each key lies in one partition, which queries that group by the record key depend on.
extension Pipeline {
    /// The watches of a source, by query; nil where nothing has to be watched.
    func keyWatches(_ topicPartition: TopicPartition) -> [KeyWatch?] {
        let partitions = options.partitionCounts[topicPartition.topic] ?? 1
        let roots = Set(graph.roots(ofTopic: topicPartition.topic))
        return graph.program.queries.enumerated().map { query, plan in
            guard partitions > 1, case .aggregate(let aggregation) = plan.operation, aggregation.isPartitionAffine,
                !graph.timingRoots[query].isDisjoint(with: roots)
            else { return nil }
            return KeyWatch(partition: topicPartition.partition, partitions: partitions)
        }
    }

    private func watches(_ query: Int) -> [(source: Int, watch: KeyWatch)] {
        sources.enumerated().compactMap { index, source in source.keyWatches[query].map { (index, $0) } }
    }

    /// Compares what has come since the last time, between the partitions that are here. With nothing under way.
    /// - Returns: a key with results that are parts, not found before.
    package func findSplitKey() -> SplitKey? {
        for query in keyComparisons.indices {
            guard let split = keyComparisons[query].compare(watches(query)) else { continue }
            return SplitKey(
                query: query, key: split.key, first: sources[split.first].topicPartition,
                second: sources[split.second].topicPartition)
        }
        return nil
    }

    /// How many keys of a query were found in two partitions.
    package func splitKeyCount(_ query: Int) -> Int { keyComparisons[query].count }

    /// In the order of the sources; those with none are left out.
    package func misplacedKeys(_ query: Int) -> [MisplacedKeys] {
        watches(query).compactMap { index, watch in
            watch.example.map {
                MisplacedKeys(
                    partition: sources[index].topicPartition, count: watch.misplacedCount, key: $0.key, home: $0.home)
            }
        }
    }

    /// Whether all partitions of the topics that feed a query are here, so that no key can lie in another one.
    package func hasAllPartitions(_ query: Int) -> Bool {
        Set(graph.feedingRoots[query].map { graph.roots[$0].source.topic }).allSatisfy { topic in
            let count = sources.count { $0.topicPartition.topic == topic }
            return options.partitionCounts[topic].map { count >= Int($0) } ?? false
        }
    }

    func watchedBytes(_ query: Int) -> Int { watches(query).reduce(0) { $0 + $1.watch.heldBytes } }

    /// Notes the key of an entry that was loaded.
    func noteLoaded(_ query: Int, _ place: Int?, _ scope: AggregateScope, _ entry: ChangelogImage.Entry)
        throws(StateError)
    {
        guard let place, let watch = sources[place].keyWatches[query] else { return }
        let (key, first, last) = try scope.keyAndWindows(entry)
        guard let base = key.baseAddress else { return }
        watch.noteLoaded(hash: KeyHash.process.bytes(base, count: key.count), first: first, last: last)
    }
}
