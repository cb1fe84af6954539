// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport

/// Notices that an input topic was deleted and made again while it is read. The new log may at once have more records
/// than were read of the old one; then reading goes on in it without any error.
///
/// In one log the first offset at or after a time never goes down: records are added behind, and removed in front.
///
///     old log   0 1 2 3 4 5 6│          first at or after t: 6
///     new log   0 1 2 3 4 5 6 7 8       first at or after t: 0, as all its records are younger
///
/// Brokers look times up in an index. Of several records of the very time another one may be found when the index was
/// made anew, after a crash. So only a fall to the beginning counts, which is where a new log begins.
struct LogWatch {
    /// Between two looks, in ns.
    private static let interval: UInt64 = 5_000_000_000

    private struct Mark {
        /// Kafka timestamp of a record that was read.
        var time: EventTime
        /// The first offset at or after it; −1: not known yet.
        var offset: Int64
        /// What was to be read next when the log was last seen to be the same.
        var seen: Int64
    }

    /// A log that is another one.
    struct Finding: Equatable {
        var partition: TopicPartition
        /// What was to be read next when it was still the old one.
        var seen: Int64
    }

    private var marks: [TopicPartition: Mark] = [:]
    private var nextLook: UInt64 = 0

    func isDue(now: UInt64) -> Bool { now >= nextLook }

    /// Begins a look.
    /// - Parameter last: the timestamps of records that were read of each partition, the latest ones best.
    /// - Returns: the times whose first offsets are wanted.
    mutating func begin(_ last: [TopicPartition: EventTime], now: UInt64) -> [TopicPartition: EventTime] {
        nextLook = now +| LogWatch.interval
        marks = marks.filter { last[$0.key] != nil }
        for (partition, time) in last where marks[partition].map({ $0.offset <= 0 }) ?? true {
            // At the beginning of a log, or nowhere, it would show nothing.
            marks[partition] = Mark(time: time, offset: -1, seen: 0)
        }
        return marks.mapValues(\.time)
    }

    /// - Parameters:
    ///   - found: the first offset at or after each time; left out where there is none.
    ///   - next: what is read next of each partition.
    mutating func end(_ found: [TopicPartition: Int64], next: [TopicPartition: Int64]) -> [Finding] {
        var findings: [Finding] = []
        for (partition, mark) in marks {
            guard let offset = found[partition] else {
                marks[partition] = nil
                continue
            }
            if offset == 0, mark.offset > 0 { findings.append(Finding(partition: partition, seen: mark.seen)) }
            marks[partition] = Mark(time: mark.time, offset: offset, seen: next[partition] ?? 0)
        }
        return findings.sorted { $0.partition < $1.partition }
    }
}
