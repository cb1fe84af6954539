// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillraceLog
import MillraceReport
package import MillraceRun

/// Looks at topics: which there are, and what their records look like. Changes nothing.
package struct TopicBrowser {
    private static let timeout: Int32 = 10_000

    private let cluster: any LogCluster

    package init(_ cluster: any LogCluster) {
        self.cluster = cluster
    }

    /// A topic in the list.
    package struct Entry: Hashable, Sendable {
        package var topic: String
        package var partitions: Int
        /// Nil: it may not be seen.
        package var extent: LogExtent?
    }

    /// Those that this user may see, by name; Kafka's own (`__…`) are left out. Reads the first and the last record of
    /// each partition, for their times.
    package func topics() throws -> [Entry] {
        let admin = try cluster.admin()
        let description = try admin.describeCluster(timeoutMilliseconds: TopicBrowser.timeout)
        let topics = description.topics.filter { !$0.key.hasPrefix("__") }.sorted { $0.key < $1.key }
        var ranges: [TopicPartition: OffsetRange] = [:]
        var hidden: Set<String> = []
        for (name, partitions) in topics {
            let places = partitions.filter { $0.leader != nil }.map { TopicPartition(name, $0.number) }
            do throws(KafkaError) {
                ranges.merge(try admin.offsetRanges(places, timeoutMilliseconds: TopicBrowser.timeout)) { $1 }
            } catch {
                guard error.category == .authorization else { throw error }
                hidden.insert(name)
            }
        }
        let extents = try LogExtents(RecordSampler(cluster)).look(at: ranges)
        let wholes = extents.reduce(into: [String: LogExtent]()) { wholes, entry in
            wholes[entry.key.topic] = wholes[entry.key.topic, default: LogExtent()].merged(entry.value)
        }
        return topics.map { name, partitions in
            Entry(
                topic: name, partitions: partitions.count,
                extent: hidden.contains(name) ? nil : wholes[name] ?? LogExtent())
        }
    }

    /// The names of those that this user may see; Kafka's own are left out.
    package func names() throws -> [String] {
        try cluster.admin().describeCluster(timeoutMilliseconds: TopicBrowser.timeout).topics.keys
            .filter { !$0.hasPrefix("__") }.sorted()
    }

    /// The newest records of a topic.
    package struct Sample {
        /// In the order of partition and offset.
        package var records: [SampledRecord]
        /// How many offsets the topic has; markers of transactions and holes of compaction count.
        package var recordCount: Int64
    }

    /// - Parameter limit: of each partition.
    /// - Throws: `RunFailure` where there is no such topic or it may not be read.
    package func sample(_ topic: String, limit: Int) throws -> Sample {
        let admin = try cluster.admin()
        guard
            let count = try admin.partitionCounts(ofTopics: [topic], timeoutMilliseconds: TopicBrowser.timeout)[topic]
        else {
            let names = try admin.describeCluster(timeoutMilliseconds: TopicBrowser.timeout).topics.keys.sorted()
            let nearest = NearestName.suggestion(for: topic, among: names)
            throw RunFailure(
                .inputMissing, .missingTopic, "the topic \(topic) does not exist",
                hint: nearest.map { "did you mean \($0)?" } ?? "millrace topics lists what there is")
        }
        let places = (0..<count).map { TopicPartition(topic, $0) }
        let ranges = try admin.offsetRanges(places, timeoutMilliseconds: TopicBrowser.timeout)
            .filter { $0.value.high > $0.value.low }
        var records = try read(ranges.mapValues { max($0.low, $0.high -| Int64(limit)) }, limit: limit)
        // The newest offsets may all be markers, aborted records or holes: then the oldest ones have to do.
        let filled = Set(records.map(\.partition))
        let others = ranges.filter { !filled.contains($0.key) && $0.value.high -| $0.value.low > Int64(limit) }
        records += try read(others.mapValues(\.low), limit: limit)
        records.sort { ($0.partition, $0.offset) < ($1.partition, $1.offset) }
        return Sample(
            records: records, recordCount: ranges.values.reduce(0) { $0 +| ($1.high -| $1.low) })
    }

    private func read(_ starts: [TopicPartition: Int64], limit: Int) throws -> [SampledRecord] {
        let sample = try RecordSampler(cluster)
            .read(starts, limit: limit, keepsHeaders: true, timeoutMilliseconds: 10_000)
        if sample.records.isEmpty, let failure = sample.failures.values.first { throw RunFailure(failure) }
        return sample.records
    }
}
