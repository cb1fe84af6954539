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
    /// Whether rows are looked up in it.
    let isTable: Bool
    /// At equal merge times, what has a lower level comes first: a table before what is looked up in it.
    let level: Int
    /// Those whose rows are looked up in this one, and those that its rows are looked up in: the order between them
    /// matters.
    let related: Set<String>
    let times: MergeTimes
    /// Among all: by level, then by topic and partition.
    var rank = 0
    /// Those of all that the order matters between.
    var opponents: [MergeInput] = []
    /// The latest merge time of a record that was run.
    var latestRun: Watermark
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
    init(_ index: Int, _ partition: TopicPartition, _ joined: JoinedTopics, times: MergeTimes, from time: Watermark) {
        self.index = index
        self.partition = partition
        isTable = joined.tables.contains(partition.topic)
        level = joined.levels?[partition.topic] ?? 0
        let lookers = joined.behind.filter { $0.value.contains(partition.topic) }.map(\.key)
        related = (joined.behind[partition.topic] ?? []).union(lookers)
        self.times = times
        self.time = time
        latestRun = time
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
        related.contains(other.partition.topic) || (isTable && partition.topic == other.partition.topic)
    }

    /// The latest merge time at which a record comes too late; nil: none does.
    var supersededTime: Int64? {
        opponents.compactMap { other in
            if other.level == level || other.latestRun == .none { return nil }
            return level < other.level ? other.latestRun : other.latestRun -| 1
        }.max()
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
