// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillraceLog

/// The log of one partition: records and the markers at which transactions end, each with an offset.
package struct SimulatedPartition: Sendable, Equatable {
    /// What lies at one offset.
    package struct Entry: Sendable, Equatable {
        /// Nil: a marker, which readers do not see.
        package var record: SimulatedLog.Record?
        package var offset: Int64
        package var timestamp: Int64
        /// The producer in whose transaction it was written; nil: in none.
        package var producer: Int64?
        package var isAborted = false
    }

    /// Ascending by offset.
    package private(set) var entries: [Entry] = []
    /// Where the log begins: records before it are deleted.
    package private(set) var start: Int64 = 0
    /// The high watermark: the offset of the next entry.
    package private(set) var end: Int64 = 0
    /// Where the open transaction of a producer begins.
    private var open: [Int64: Int64] = [:]

    package init() {}

    /// Before it all transactions have ended.
    package var lastStable: Int64 { open.values.min() ?? end }

    /// Up to where a reader sees the log.
    package func limit(_ isolation: Isolation) -> Int64 { isolation == .readCommitted ? lastStable : end }

    package mutating func append(
        timestamp: Int64, key: [UInt8]?, value: [UInt8]?, headers: [RawRecords.Header], producer: Int64?
    ) {
        let record = SimulatedLog.Record(
            offset: end, timestamp: timestamp, key: key, value: value, headers: headers)
        entries.append(Entry(record: record, offset: end, timestamp: timestamp, producer: producer))
        if let producer, open[producer] == nil { open[producer] = end }
        end = end +| 1
    }

    /// Takes records over with their offsets, between which there may be holes, as compaction leaves them.
    package mutating func load(_ records: [SimulatedLog.Record]) {
        for record in records where record.offset >= end {
            entries.append(Entry(record: record, offset: record.offset, timestamp: record.timestamp, producer: nil))
            end = record.offset +| 1
        }
    }

    /// Ends the producer's transaction here with a marker.
    package mutating func endTransaction(of producer: Int64, commits: Bool, timestamp: Int64) {
        if let first = open.removeValue(forKey: producer), !commits {
            for place in firstIndex(first)..<entries.count where entries[place].producer == producer {
                entries[place].isAborted = true
            }
        }
        entries.append(Entry(record: nil, offset: end, timestamp: timestamp, producer: producer))
        end = end +| 1
    }

    /// Leaves the last record of each key, as far as all transactions have ended; the last entry stays.
    package mutating func compact() {
        let bound = firstIndex(min(lastStable, end -| 1))
        var last: [[UInt8]: Int] = [:]
        for index in 0..<bound {
            guard let key = entries[index].record?.key, !entries[index].isAborted else { continue }
            last[key] = index
        }
        let kept = entries[..<bound].indices.filter { index in
            guard !entries[index].isAborted else { return false }
            return entries[index].record?.key.map { last[$0] == index } ?? false
        }
        entries = kept.map { entries[$0] } + entries[bound...]
    }

    package mutating func delete(before offset: Int64) {
        start = max(start, min(offset, end))
        entries.removeSubrange(..<firstIndex(start))
    }

    /// The index of the first entry at or behind an offset.
    package func firstIndex(_ offset: Int64) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].offset < offset { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The first offset whose entry, a marker too, is not older than the time; nil where a reader sees none.
    package func firstOffset(atOrAfter time: EventTime, _ isolation: Isolation) -> Int64? {
        guard let first = entries.first(where: { $0.timestamp >= time }), first.offset < limit(isolation) else {
            return nil
        }
        return first.offset
    }
}
