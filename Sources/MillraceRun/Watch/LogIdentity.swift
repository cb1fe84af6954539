// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog

/// Whether logs are those of which records were read before: reads those records again and compares them. Brokers have
/// an id for each topic, which librdkafka tells from 2.3 on only.
struct LogIdentity {
    private static let timeout: Int64 = 5000

    enum Verdict: Equatable {
        case same
        case another
        /// Retention or compaction has taken the record.
        case unknown
    }

    private let consumer: any GroupReader
    private let sampler: RecordSampler

    init(_ consumer: any GroupReader, _ options: RunOptions) {
        self.consumer = consumer
        sampler = RecordSampler(options.cluster)
    }

    /// - Parameter records: a record of each partition that was read.
    /// - Returns: nil: no broker has answered.
    func judge(_ records: [TopicPartition: CommitMetadata.Fingerprint]) -> [TopicPartition: Verdict]? {
        if records.isEmpty { return [:] }
        let topics = Set(records.keys.map(\.topic)).sorted()
        guard let counts = try? consumer.partitionCounts(ofTopics: topics, timeoutMilliseconds: 5000) else {
            return nil
        }
        let existing = records.keys.filter { $0.partition < counts[$0.topic] ?? 0 }.sorted()
        guard let ranges = try? consumer.offsetRanges(existing, timeoutMilliseconds: 5000) else { return nil }
        let held = records.filter { partition, record in
            ranges[partition].map { $0.low <= record.offset && record.offset < $0.high } ?? false
        }
        guard
            let sample = try? sampler.read(
                held.mapValues(\.offset), limit: 1, timeoutMilliseconds: LogIdentity.timeout)
        else { return nil }
        var verdicts: [TopicPartition: Verdict] = [:]
        for (partition, record) in records {
            let found = sample.records.first { $0.partition == partition }
            verdicts[partition] = LogIdentity.verdict(record, in: ranges[partition], found: found)
        }
        return verdicts
    }

    /// - Parameters:
    ///   - range: what the log holds; nil: the partition does not exist.
    ///   - found: its first record from that offset on.
    static func verdict(
        _ record: CommitMetadata.Fingerprint, in range: OffsetRange?, found: SampledRecord?
    ) -> Verdict {
        guard let range else { return .another }
        if record.offset >= range.high { return .another }
        // Retention, or compaction, has taken it.
        guard record.offset >= range.low, let found, found.offset == record.offset else { return .unknown }
        return CommitMetadata.Fingerprint(found) == record ? .same : .another
    }
}

extension CommitMetadata.Fingerprint {
    fileprivate init(_ record: SampledRecord) {
        let records = RawRecords(capacity: 1)
        records.append(
            key: record.key, value: record.value, timestamp: record.timestamp ?? -1, offset: record.offset,
            partition: record.partition.partition)
        self = SliceReader.fingerprint(records, 0)
    }
}
