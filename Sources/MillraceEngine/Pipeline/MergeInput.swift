// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// One partition of what a `MergeGate` brings into order.
final class MergeInput {
    /// How far it has been read.
    enum Reach {
        /// More is there to be read.
        case open
        /// To the end of its log.
        case caughtUp
        /// To where it stops until all others have come so far.
        case atCut
        /// No record comes any more.
        case ended
    }

    /// Of the pipeline's sources.
    let index: Int
    let partition: TopicPartition
    let isTable: Bool
    let times: MergeTimes
    /// Among all: tables first, then by topic and partition.
    var rank = 0
    /// Those that wait, in the order of the log.
    var waiting = RawRecords()
    /// Their merge times.
    var waitingTimes: [Int64] = []
    /// The first that waits; those before it were run.
    var next = 0
    /// Of the last record that came.
    var time: Watermark
    var isReread = false
    var reach = Reach.open
    /// When which of those that wait were there at the latest, ascending: (the number behind the last one, ns).
    private var seen: [(end: Int, at: UInt64)] = []

    private static let keptBytes = 1 << 20

    /// - Parameter time: the merge time of the record before the first one.
    init(_ index: Int, _ partition: TopicPartition, isTable: Bool, times: MergeTimes, from time: Watermark) {
        self.index = index
        self.partition = partition
        self.isTable = isTable
        self.times = times
        self.time = time
    }

    var isWaiting: Bool { next < waitingTimes.count }

    /// No record comes any more with an earlier merge time, or none that is waited for; nil: none at all.
    func frontier(_ horizon: Watermark) -> Int64? {
        if isWaiting { return waitingTimes[next] }
        switch reach {
        case .ended: return nil
        case .caughtUp, .atCut: return max(time, horizon)
        case .open: return time
        }
    }

    /// Whether records at the horizon are not waited for.
    func isReleased(_ horizon: Watermark) -> Bool {
        !isWaiting && (reach == .caughtUp || reach == .atCut) && time <= horizon
    }

    /// Whether the order between the two sources' records matters.
    func mustWait(for other: MergeInput) -> Bool {
        if isTable != other.isTable { return true }
        return isTable && partition.topic == other.partition.topic
    }

    /// The merge time of the last record that has waited for so long; nil: none has.
    func waitedFor(now: UInt64, _ patience: UInt64) -> Int64? {
        seen.removeAll { $0.end <= next }
        guard isWaiting else { return nil }
        if seen.last?.end != waitingTimes.count { seen.append((waitingTimes.count, now)) }
        return seen.last { $0.at +| patience <= now }.map { waitingTimes[$0.end - 1] }
    }

    /// Bytes that wait, with a little for each record.
    var waitingBytes: Int { isWaiting ? waitingBytes(from: next) : 0 }

    private func waitingBytes(from row: Int) -> Int {
        waiting.byteCount - waiting.keyStarts[row] + (waitingTimes.count - row) * 64
    }

    /// The merge time up to which records have to go so that no more than so many bytes wait; nil: no more do.
    func excess(over bytes: Int) -> Int64? {
        guard waitingBytes > bytes else { return nil }
        var (low, high) = (next, waitingTimes.count - 1)
        while low < high {
            let middle = low + (high - low) / 2
            if waitingBytes(from: middle + 1) <= bytes { high = middle } else { low = middle + 1 }
        }
        return waitingTimes[low]
    }

    /// All that waited was run.
    func forget() {
        waiting.removeAll(keepingAtMost: MergeInput.keptBytes)
        waitingTimes.removeAll(keepingCapacity: waitingTimes.count < 65_536)
        next = 0
        seen.removeAll(keepingCapacity: true)
    }
}
