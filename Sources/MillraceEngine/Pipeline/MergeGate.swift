// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Brings the records of a program's joined topics into one order that is a function of the logs alone.
///
/// The merge time of a record is the highest event time of its partition up to and including it; it never falls within
/// a partition. Records of tables and of streams are run in the order of (merge time, tables before streams); what a
/// record waits for is that no record of the other side with an earlier place can come any more.
///
///     orders/0    10 ──── 20 ──────── 35 ─► waits: users/0 may still have a record of 30
///     users/0          15 ─────── 30 …
///     run         10   15   20    30
///
/// Records of several streams, and of different tables, need no order between them: a row is looked up, and changes
/// nothing. Records of one table's partitions do: a key may lie in two of them.
final class MergeGate {
    /// One partition.
    fileprivate final class Input {
        /// Of the pipeline's sources.
        let index: Int
        let source: SourcePartition
        let isTable: Bool
        let times: MergeTimes
        /// Among all: tables first, then by topic and partition.
        var rank = 0
        /// Those that wait, in the order of the log.
        var waiting = RawRecords()
        /// Their merge times.
        var waitingTimes: [Int64] = []
        var next = 0
        /// Of the last record that came.
        var time = Watermark.none
        var hasEnded = false

        init(_ index: Int, _ source: SourcePartition, isTable: Bool, times: MergeTimes) {
            self.index = index
            self.source = source
            self.isTable = isTable
            self.times = times
        }

        /// No record comes any more with an earlier merge time; nil: none comes at all.
        var frontier: Int64? {
            if next < waitingTimes.count { return waitingTimes[next] }
            return hasEnded ? nil : time
        }

        func forget() {
            waiting.removeAll(keepingAtMost: MergeGate.keptBytes)
            waitingTimes.removeAll(keepingCapacity: waitingTimes.count < 65_536)
            next = 0
        }
    }

    fileprivate static let keptBytes = 1 << 20

    private var inputs: [Input] = []
    private var byIndex: [Int: Input] = [:]
    private let run: (_ source: Int, _ records: RawRecords, _ from: Int, _ to: Int) -> Void

    /// - Parameter run: computes records of a source.
    init(run: @escaping (_ source: Int, _ records: RawRecords, _ from: Int, _ to: Int) -> Void) { self.run = run }

    func add(_ index: Int, _ source: SourcePartition, isTable: Bool, _ times: MergeTimes) {
        let input = Input(index, source, isTable: isTable, times: times)
        byIndex[index] = input
        inputs.append(input)
        inputs.sort { left, right in
            if left.isTable != right.isTable { return left.isTable }
            return left.source.topicPartition < right.source.topicPartition
        }
        for (rank, input) in inputs.enumerated() { input.rank = rank }
    }

    func contains(_ source: Int) -> Bool { byIndex[source] != nil }

    /// Takes records, and runs those of all sources whose turn has come.
    func take(_ source: Int, _ records: RawRecords, from: Int, to: Int) {
        guard let input = byIndex[source], from < to else { return }
        let times = input.times.times(records, from: from, to: to, after: &input.time)
        var first = from
        if input.next == input.waitingTimes.count {
            // Nothing of it waits: what can be run at once need not be copied.
            first += runnable(input, times, from: 0)
            if first > from { run(source, records, from, first) }
        }
        if first < to {
            input.waiting.append(first..<to, of: records)
            input.waitingTimes.append(contentsOf: times[(first - from)...])
        }
        release()
    }

    /// A source gives no more records.
    func end(_ source: Int) {
        guard let input = byIndex[source], !input.hasEnded else { return }
        input.hasEnded = true
        release()
    }

    func endAll() {
        for input in inputs { input.hasEnded = true }
        release()
    }

    /// Bytes that wait for the records of other sources.
    func waitingBytes(_ source: Int) -> Int {
        guard let input = byIndex[source], input.next < input.waitingTimes.count else { return 0 }
        return input.waiting.byteCount - input.waiting.keyStarts[input.next]
            + (input.waitingTimes.count - input.next) * 64
    }

    private func release() {
        var isMoving = true
        while isMoving {
            isMoving = false
            for input in inputs where input.next < input.waitingTimes.count {
                let count = runnable(input, input.waitingTimes, from: input.next)
                guard count > 0 else { continue }
                let from = input.next
                input.next += count
                run(input.index, input.waiting, from, from + count)
                if input.next == input.waitingTimes.count { input.forget() }
                isMoving = true
            }
        }
    }

    /// How many of the records of a source, from one on, come before all that others may still have.
    private func runnable(_ input: Input, _ times: [Int64], from: Int) -> Int {
        // All records before `bound` are its own, and those at it where it has the lower rank than all others there.
        var bound = Int64.max
        var isBounded = false
        var comesFirst = true
        for opponent in inputs where opponent !== input && input.mustWait(for: opponent) {
            guard let frontier = opponent.frontier else { continue }
            let precedes = input.rank < opponent.rank
            if !isBounded || frontier < bound {
                (bound, comesFirst, isBounded) = (frontier, precedes, true)
            } else if frontier == bound {
                comesFirst = comesFirst && precedes
            }
        }
        guard isBounded else { return times.count - from }
        var (low, high) = (from, times.count)
        while low < high {
            let middle = (low + high) / 2
            if times[middle] < bound || (times[middle] == bound && comesFirst) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low - from
    }
}

extension MergeGate.Input {
    /// Whether the order between the two sources' records matters.
    fileprivate func mustWait(for other: MergeGate.Input) -> Bool {
        if isTable != other.isTable { return true }
        return isTable && source.topicPartition.topic == other.source.topicPartition.topic
    }
}

/// The merge times of a topic's records. A record without a usable time has that of the record before it; those of a
/// table that is taken as it is at the start lie before all others.
final class MergeTimes {
    private let areAllFirst: Bool
    private let eventTimes: EventTimes
    /// Nil: the records' own timestamps.
    private let decoder: RecordDecoder?
    private let batch: DecodedBatch?

    init(_ source: SourceDefinition, _ options: PipelineOptions) {
        areAllFirst = source.versions == .start
        eventTimes = EventTimes(source, futureLimit: options.futureLimit)
        guard let timestamp = source.timestamp, !areAllFirst else {
            (decoder, batch) = (nil, nil)
            return
        }
        let decoder = RecordDecoder(source: source, columns: [timestamp.column], strict: false)
        decoder.use(options.schemas)
        self.decoder = decoder
        batch = decoder.makeBatch()
    }

    /// - Parameter time: in: of the record before the first one; out: of the last one.
    func times(_ records: RawRecords, from: Int, to: Int, after time: inout Watermark) -> [Int64] {
        if areAllFirst { return Array(repeating: .none, count: to - from) }
        if let decoder, let batch { decoder.decode(records, from: from, to: to, into: batch) }
        var times: [Int64] = []
        times.reserveCapacity(to - from)
        for row in from..<to {
            let isBad = batch.map { $0.status[row - from] == .bad } ?? false
            if !isBad,
                let own = eventTimes.time(
                    recordTimestamp: records.timestamps[row], column: batch?.columns[0], row: row - from)
            {
                time = max(time, own)
            }
            times.append(time)
        }
        return times
    }
}
