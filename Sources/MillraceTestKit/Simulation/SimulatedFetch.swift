// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog

/// One assigned partition of a simulated reader.
struct SimulatedFetch {
    enum Answer {
        case nothing, end
        case records(Int, bytes: Int)
        case failed(KafkaError)
    }

    let partition: TopicPartition
    /// The next offset to be read, or a `LogicalOffset`.
    private var next: Int64
    /// What the reader tells of it; −1: nothing yet.
    private(set) var known: Int64
    private(set) var hasTaken = false
    /// Where the end was; nil: it has not been reached.
    private(set) var end: Int64?
    /// The high watermark as it was last heard of.
    private(set) var knownEnd: Int64?
    /// It has told an error: nothing is taken until it is assigned again.
    private(set) var isBroken = false
    private var hasToldMissing = false
    var isPaused = false
    var records = SimulatedFetch.newBatch()

    init(_ partition: TopicPartition, from offset: Int64) {
        self.partition = partition
        next = offset
        known = offset >= 0 ? offset : -1
    }

    static func newBatch() -> RawRecords { RawRecords(capacity: 16, byteCapacity: 1024) }

    /// Takes records in, up to these bounds.
    mutating func take(
        from log: SimulatedPartition?, _ options: ReaderOptions, records limit: Int, bytes byteLimit: Int
    ) -> Answer {
        guard !isPaused, !isBroken else { return .nothing }
        guard let log else {
            guard !hasToldMissing else { return .nothing }
            hasToldMissing = true
            return .failed(SimulatedError.unknownTopicOrPart.during("read \(partition)"))
        }
        let bound = log.limit(options.isolation)
        if next == LogicalOffset.beginning { next = log.start }
        if next < 0 { next = bound }
        knownEnd = log.end
        guard (log.start...log.end).contains(next) else {
            isBroken = true
            end = nil
            return .failed(SimulatedError.autoOffsetReset.during("read \(partition)"))
        }
        var (count, bytes) = (0, 0)
        var index = log.firstIndex(next)
        while index < log.entries.count, log.entries[index].offset < bound, count < limit, bytes < byteLimit {
            let entry = log.entries[index]
            index += 1
            next = entry.offset +| 1
            guard let record = entry.record, !entry.isAborted || options.isolation == .readUncommitted else { continue }
            records.append(
                key: record.key, value: record.value, timestamp: record.timestamp, offset: record.offset,
                partition: partition.partition, headers: options.keepsHeaders ? record.headers : [])
            count += 1
            bytes += (record.key?.count ?? 0) + (record.value?.count ?? 0)
            known = next
        }
        hasTaken = hasTaken || count > 0
        if count > 0 {
            end = nil
            return .records(count, bytes: bytes)
        }
        guard end != bound, next >= bound else { return .nothing }
        end = bound
        known = max(known, bound)
        return .end
    }
}
