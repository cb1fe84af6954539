// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillraceLog

/// A record that was read to be looked at.
package struct SampledRecord: Hashable, Sendable {
    package var partition: TopicPartition
    package var offset: Int64
    /// Its Kafka timestamp; nil: it has none.
    package var timestamp: EventTime?
    /// Nil: none.
    package var key: [UInt8]?
    /// Nil: none (a tombstone).
    package var value: [UInt8]?
    /// Empty where they were not asked for.
    package var headers: [RawRecords.Header] = []
}

/// Reads a few records here and there.
package struct RecordSampler {
    private let cluster: any LogCluster
    private let clock: any Clock

    package init(_ cluster: any LogCluster) {
        self.cluster = cluster
        clock = cluster.time
    }

    package struct Sample {
        /// In the order of partition and offset.
        package var records: [SampledRecord] = []
        /// Why partitions could not be read.
        package var failures: [TopicPartition: KafkaError] = [:]
    }

    /// Up to `limit` records of each partition from an offset on; fewer where the log ends, or the time.
    package func read(
        _ positions: [TopicPartition: Int64], limit: Int, keepsHeaders: Bool = false, timeoutMilliseconds: Int64
    ) throws -> Sample {
        var sample = Sample()
        guard !positions.isEmpty, limit > 0 else { return sample }
        var options = ReaderOptions(profile: .glance)
        options.keepsHeaders = keepsHeaders
        // A new one each time: of partitions that are assigned a second time librdkafka may hold back what it has read,
        // because it starts them while it still stops them.
        let consumer = try cluster.reader(options)
        defer { consumer.close(timeoutMilliseconds: 2000) }
        try consumer.assign(positions: positions)
        var counts: [TopicPartition: Int] = [:]
        var open = Set(positions.keys)
        let deadline = clock.monotonicNanoseconds() +| UInt64(clamping: timeoutMilliseconds) *| 1_000_000
        while !open.isEmpty, clock.monotonicNanoseconds() < deadline {
            for case .partitionError(let partition, let error) in consumer.poll() {
                sample.failures[partition] = error
                open.remove(partition)
            }
            _ = try consumer.drain(timeoutMilliseconds: 50, maximumRecords: 1000)
            consumer.forEachNonEmptyBatch { _, partition, records in
                for row in 0..<records.count where counts[partition, default: 0] < limit {
                    counts[partition, default: 0] += 1
                    sample.records.append(SampledRecord(records, row, partition))
                }
                records.removeAll()
                if counts[partition] == limit { open.remove(partition) }
            }
            open = open.filter { partition in
                consumer.slot(of: partition).map { consumer.endOfPartitionReached(slot: $0) == nil } ?? false
            }
        }
        sample.records.sort { ($0.partition, $0.offset) < ($1.partition, $1.offset) }
        return sample
    }
}

extension SampledRecord {
    fileprivate init(_ records: RawRecords, _ row: Int, _ partition: TopicPartition) {
        self.partition = partition
        offset = records.offsets[row]
        timestamp = records.timestamps[row] < 0 ? nil : records.timestamps[row]
        key = records.key(row).map { Array($0) }
        value = records.value(row).map { Array($0) }
        headers = row < records.headers.count ? records.headers[row] : []
    }
}
