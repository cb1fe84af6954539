// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Brings the records of a program's joined topics into one order that is a function of the logs alone.
///
/// The merge time of a record is the highest event time of its partition up to and including it; it never falls within
/// a partition. Records of tables and of streams are run in the order of (merge time, tables before streams); what a
/// record waits for is that no record of the other side with an earlier place can come any more. A topic may be both: a
/// table whose rows are themselves looked up in another one comes behind that and before what is looked up in it.
///
///     orders/0    10 ──── 20 ──────── 35 ─► waits: users/0 may still have a record of 30
///     users/0          15 ─────── 30 …
///     run         10   15   20    30
///
/// Records of several streams, and of different tables, need no order between them: a row is looked up, and changes
/// nothing. Records of one table's partitions do: a key may lie in two of them.
///
/// A log that goes on has no end, and a record cannot wait for ever. A record that has waited for so long moves the
/// horizon to its merge time: what has been read to the end of its log is not waited for up to there. A record that
/// comes with an earlier merge time all the same is superseded: the other side has been run as if it were not there.
///
///     orders/0    10 ──── 20 ──────── 35 ── has waited: the horizon is 35, and it is run
///     users/0          15 ─────────────────────────── 30 comes: superseded
final class MergeGate {
    /// A part of a source's records that is run.
    struct Run {
        var source: Int
        var records: RawRecords
        var rows: Range<Int>
        /// By row, from the first one on.
        var times: ArraySlice<Int64>
        /// They are read again behind a restart.
        var isReread: Bool
        /// How many of them are superseded.
        var superseded: Int
    }

    private var inputs: [MergeInput] = []
    private var byIndex: [Int: MergeInput] = [:]
    private let run: (Run) -> Void
    /// Up to here what has been read to its end is not waited for.
    private var horizon = Watermark.none
    /// When `settle` was called last, and how much time has passed in which logs were read; in ns.
    private var lastLook: UInt64?
    private var readingTime: UInt64 = 0
    private let joined: JoinedTopics

    /// - Parameter run: computes records of a source.
    init(_ joined: JoinedTopics, run: @escaping (Run) -> Void) {
        self.joined = joined
        self.run = run
    }

    /// - Parameter source: its last watermark is the merge time of the record before the first one that will come.
    func add(_ index: Int, _ source: SourcePartition, _ times: MergeTimes) {
        let input = MergeInput(index, source.topicPartition, joined, times: times, from: source.mergeTime)
        byIndex[index] = input
        inputs.append(input)
        inputs.sort { left, right in
            if left.level != right.level { return left.level < right.level }
            return left.partition < right.partition
        }
        for (rank, input) in inputs.enumerated() {
            input.rank = rank
            input.opponents = inputs.filter { $0 !== input && input.mustWait(for: $0) }
        }
    }

    func contains(_ source: Int) -> Bool { byIndex[source] != nil }

    /// Takes records, and runs those of all sources whose turn has come.
    /// - Parameter isReread: what waits is all of one kind.
    func take(_ source: Int, _ records: RawRecords, from: Int, to: Int, isReread: Bool = false) {
        guard let input = byIndex[source], from < to else { return }
        assert(input.isReread == isReread || !input.isWaiting, "what is read again is run before what is new")
        input.isReread = isReread
        let times = input.times.times(records, from: from, to: to, after: &input.time)
        var first = from
        if !input.isWaiting {
            // What can be run at once need not be copied.
            first += runnable(input, times, from: 0)
            if first > from { perform(input, records, from..<first, times[..<(first - from)]) }
        }
        if first < to {
            input.waiting.append(first..<to, of: records)
            input.waitingTimes.append(contentsOf: times[(first - from)...])
            relieve(input)
        }
        release()
    }

    // MARK: ends

    /// A source gives no more records until it is opened.
    func end(_ source: Int) {
        guard let input = byIndex[source], input.reach != .ended else { return }
        input.reach = .ended
        release()
    }

    /// A source gives no more records until it is opened, but then it does. What is near to the cut goes on waiting:
    /// what belongs before it may lie behind the cut.
    func cut(_ source: Int) {
        byIndex[source]?.reach = .atCut
        for input in inputs where input.isWaiting { relieve(input) }
        release()
    }

    /// A source may give records again.
    func open(_ source: Int) { byIndex[source]?.reach = .open }

    func endAll() {
        for input in inputs { input.reach = .ended }
        release()
    }

    /// With nothing more to come before the cut from all that it waits for: what waits too much goes on, but for the
    /// newest. It must not be held up by itself, nor by others that are held up with it.
    private func relieve(_ input: MergeInput) {
        guard let time = input.excess(over: MergeGate.bytesAtCut),
            input.reach == .atCut && input.isTable || input.opponents.contains(where: { $0.reach == .atCut }),
            input.opponents.allSatisfy({ $0.isWaiting || $0.reach == .atCut || $0.reach == .ended })
        else { return }
        horizon = max(horizon, time)
    }

    /// Less than a source is read ahead of others (`SliceReader`).
    private static let bytesAtCut = 2 << 20

    // MARK: waiting

    /// Runs what has waited for so long.
    /// - Parameters:
    ///   - now: monotonic, in ns.
    ///   - wait: how long records of streams wait, in ns.
    ///   - isCaughtUp: whether a source has been read to the end of its log.
    /// - Returns: how many records were run.
    func settle(now: UInt64, wait: UInt64, isCaughtUp: (Int) -> Bool) -> Int {
        let now = waited(now, wait)
        for input in inputs {
            if input.reach != .ended { input.reach = isCaughtUp(input.index) ? .caughtUp : .open }
            let patience = input.isTable ? wait *| MergeGate.patienceOfTables : wait
            if let time = input.waitedFor(now: now, patience) { horizon = max(horizon, time) }
        }
        return isWaiting ? release() : 0
    }

    /// Time in which logs were read: a process that stood still has not seen what came meanwhile, so that the time
    /// between two looks counts in part only where it is long.
    private func waited(_ now: UInt64, _ wait: UInt64) -> UInt64 {
        let longest = max(wait / 4, MergeGate.longestLook)
        readingTime = readingTime +| min(now -| (lastLook ?? now), longest)
        lastLook = now
        return readingTime
    }

    /// In ns.
    private static let longestLook: UInt64 = 10_000_000

    /// Nobody needs a record of a table before a row is looked up: those wait longer, so that rows that are a little
    /// later than them find what was there before.
    private static let patienceOfTables: UInt64 = 10

    /// Whether records wait.
    var isWaiting: Bool { inputs.contains(where: \.isWaiting) }

    /// Bytes that wait for the records of other sources.
    func waitingBytes(_ source: Int) -> Int { byIndex[source]?.waitingBytes ?? 0 }

    /// Bytes of memory of all that waits.
    var heldBytes: Int { inputs.reduce(0) { $0 + $1.waitingBytes } }

    // MARK: the order

    /// - Returns: how many records were run.
    @discardableResult private func release() -> Int {
        var total = 0
        var isMoving = true
        while isMoving {
            isMoving = false
            for input in inputs where input.isWaiting {
                let from = input.next
                let count = runnable(input, input.waitingTimes, from: from)
                guard count > 0 else { continue }
                input.next += count
                total += count
                perform(input, input.waiting, from..<from + count, input.waitingTimes[from..<from + count])
                if !input.isWaiting { input.forget() }
                isMoving = true
            }
        }
        return total
    }

    /// How many of the records of a source, from one on, come before all that others may still have.
    private func runnable(_ input: MergeInput, _ times: [Int64], from: Int) -> Int {
        // All records before `bound` are its own, and those at it where it has the lower rank than all others there.
        var bound = Int64.max
        var isBounded = false
        var comesFirst = true
        for opponent in input.opponents {
            guard let frontier = opponent.frontier(horizon) else { continue }
            let precedes = input.rank < opponent.rank || opponent.isReleased(horizon)
            if !isBounded || frontier < bound {
                (bound, comesFirst, isBounded) = (frontier, precedes, true)
            } else if frontier == bound {
                comesFirst = comesFirst && precedes
            }
        }
        guard isBounded else { return times.count - from }
        return MergeGate.count(times[from...]) { $0 < bound || ($0 == bound && comesFirst) }
    }

    private func perform(
        _ input: MergeInput, _ records: RawRecords, _ rows: Range<Int>, _ times: ArraySlice<Int64>
    ) {
        var superseded = 0
        if !input.isReread, let late = input.supersededTime { superseded = MergeGate.count(times) { $0 <= late } }
        input.latestRun = max(input.latestRun, times.last ?? .none)
        run(
            Run(
                source: input.index, records: records, rows: rows, times: times, isReread: input.isReread,
                superseded: superseded))
    }

    /// How many of ascending times come before the first one that is none of these.
    private static func count(_ times: ArraySlice<Int64>, _ isOne: (Int64) -> Bool) -> Int {
        var (low, high) = (times.startIndex, times.endIndex)
        while low < high {
            let middle = low + (high - low) / 2
            if isOne(times[middle]) { low = middle + 1 } else { high = middle }
        }
        return low - times.startIndex
    }
}
