// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillraceKafka

/// Looks at topics: which there are, and what their records look like. Changes nothing.
package struct TopicBrowser {
    private static let timeout: Int32 = 10_000

    private let properties: KafkaProperties
    private let clock: any Clock
    private let onLog: KafkaLogHandler?

    package init(_ properties: KafkaProperties, clock: any Clock, onLog: KafkaLogHandler?) {
        self.properties = properties
        self.clock = clock
        self.onLog = onLog
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
        let admin = try Admin(properties, onLog: onLog)
        let cluster = try admin.describeCluster(timeoutMilliseconds: TopicBrowser.timeout)
        let topics = cluster.topics.filter { !$0.key.hasPrefix("__") }.sorted { $0.key < $1.key }
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
        let extents = try LogExtents(RecordSampler(properties, clock: clock, onLog: onLog)).look(at: ranges)
        let wholes = extents.reduce(into: [String: LogExtent]()) { wholes, entry in
            wholes[entry.key.topic] = wholes[entry.key.topic, default: LogExtent()].merged(entry.value)
        }
        return topics.map { name, partitions in
            Entry(
                topic: name, partitions: partitions.count,
                extent: hidden.contains(name) ? nil : wholes[name] ?? LogExtent())
        }
    }

    /// The newest records of a topic, in the order of partition and offset.
    /// - Parameter limit: of each partition.
    /// - Throws: `RunFailure` where there is no such topic or it may not be read.
    package func sample(_ topic: String, limit: Int) throws -> [SampledRecord] {
        let admin = try Admin(properties, onLog: onLog)
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
        let starts = ranges.filter { $0.value.high > $0.value.low }
            .mapValues { max($0.low, $0.high -| Int64(limit)) }
        let sample = try RecordSampler(properties, clock: clock, onLog: onLog)
            .read(starts, limit: limit, timeoutMilliseconds: 10_000)
        if sample.records.isEmpty, let failure = sample.failures.values.first { throw RunFailure(failure) }
        return sample.records
    }
}

extension SampledRecord {
    /// `orders/2@17  2026-11-26T04:00:00.000Z  key  value`, at most `width` characters of each.
    package func line(width: Int) -> String {
        let time = timestamp.map { TimeDisplay.timestamp($0) } ?? "no time"
        return "\(partition)@\(offset)  \(time)  \(SampledRecord.text(key, width))  \(SampledRecord.text(value, width))"
    }

    /// Characters that a terminal would act on are shown as `.`; what is no text as hexadecimal digits.
    private static func text(_ bytes: [UInt8]?, _ width: Int) -> String {
        guard let bytes else { return "null" }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let digits = bytes.prefix(width / 2).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            return "0x\(digits)\(bytes.count > width / 2 ? "…" : "")"
        }
        let visible = String(
            text.unicodeScalars.prefix(width).map { scalar -> Character in
                scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) ? "." : Character(scalar)
            })
        return visible + (text.unicodeScalars.count > width ? "…" : "")
    }
}
