// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog

/// Reads the assigned partitions up to a bound each and runs what it reads through the pipeline.
///
///     log of one partition     … [ re-read, silent )[ batch stage )[ stream stage …
///     offsets                    S                  C               cut
///
/// A partition that has reached its bound is paused until the next phase sets a new one; records behind the bound that
/// came in with the same fetch are held for it.
final class SliceReader {
    /// One partition's place.
    private struct Lane {
        let source: Int
        let slot: Int
        /// Exclusive; nil: no end.
        var bound: Int64?
        /// A batch of which rows from `heldFrom` on are not used yet.
        var held: RawRecords?
        var heldFrom = 0
        var isDone = false
        var isPaused = false
        /// It waits for slower ones.
        var isHeldBack = false
        /// It waits because so much of it waits for records that it is joined with.
        var isAhead = false
        /// Whether a phase goes on until the source has reached its bound.
        var isAwaited = true
    }

    private let consumer: any GroupReader
    let pipeline: Pipeline
    let pool: ComputePool
    private var lanes: [Lane] = []
    private let batchRows: Int
    /// Of records run at once, but for one that is larger itself: what a function makes of them has to be in memory,
    /// and a wish to stop has to wait for it.
    private static let batchBytes = 1 << 20
    private let isStopRequested: () -> Bool
    /// Checksums of the last record of each source, for the commit's metadata.
    private(set) var lastRecords: [CommitMetadata.Fingerprint?]
    /// Records whose fingerprint has to match, by source.
    var expectedRecords: [CommitMetadata.Fingerprint?]
    /// Called behind each batch (with nothing running) where every single update is wanted.
    var afterBatch: (() throws -> Void)?
    /// Records of the input that were run, but for those that were read again.
    private(set) var recordsRead = 0
    /// Bytes of all records that were run, those that were read again and those of exchanges too, with a little for
    /// each record.
    private(set) var bytesRun = 0
    private let isReadToEnd: (Int) -> Bool
    private var goesOn = false
    /// Holds records back whose schemas are not there yet.
    private var gate: SchemaGate

    /// - Parameters:
    ///   - batchRows: most rows run at once.
    ///   - isStopRequested: whether to leave what was read and is not run yet.
    ///   - isReadToEnd: whether a source needs no more records although its bound is not reached (a slice by time).
    init(
        _ consumer: any GroupReader, _ pipeline: Pipeline, _ pool: ComputePool, batchRows: Int,
        isStopRequested: @escaping () -> Bool = { false }, isReadToEnd: @escaping (Int) -> Bool = { _ in false }
    ) {
        self.consumer = consumer
        self.pipeline = pipeline
        self.pool = pool
        self.batchRows = batchRows
        self.isStopRequested = isStopRequested
        self.isReadToEnd = isReadToEnd
        gate = SchemaGate(pipeline)
        lastRecords = Array(repeating: nil, count: pipeline.sources.count)
        expectedRecords = lastRecords
        for (source, partition) in pipeline.sources.enumerated() {
            guard let slot = consumer.slot(of: partition.topicPartition) else { continue }
            lanes.append(Lane(source: source, slot: slot))
        }
    }

    /// Sets how far to read each source (exclusive; nil: without end) and goes on with those that were paused.
    /// - Parameters:
    ///   - goesOn: behind the bounds comes another phase, for which records that are joined may wait.
    ///   - isAwaited: whether `isDone` asks for a source.
    func setBounds(_ bounds: [Int64?], goesOn: Bool = false, isAwaited: (Int) -> Bool = { _ in true }) throws {
        self.goesOn = goesOn
        for index in lanes.indices {
            lanes[index].bound = bounds[lanes[index].source]
            lanes[index].isAwaited = isAwaited(lanes[index].source)
            lanes[index].isDone = false
            pipeline.noteOpen(lanes[index].source)
        }
        try noteDone()
        try resume(lanes.indices.filter { lanes[$0].isPaused && !lanes[$0].isDone })
    }

    private func resume(_ resumed: [Int]) throws {
        try consumer.resume(slots: resumed.map { lanes[$0].slot })
        for index in resumed {
            lanes[index].isPaused = false
            lanes[index].isHeldBack = false
            lanes[index].isAhead = false
        }
    }

    /// Of one partition's records so many bytes may wait for those that they are joined with.
    private static let waitingBytes = 8 << 20

    /// Lets the sources wait that are far ahead of those that they are joined with. What they wait for is never among
    /// them: nothing of it waits.
    private func throttle() throws {
        guard pipeline.graph.hasJoins else { return }
        try resume(
            lanes.indices.filter {
                lanes[$0].isAhead && !lanes[$0].isDone
                    && pipeline.waitingBytes(lanes[$0].source) < SliceReader.waitingBytes / 2
            })
        let ahead = lanes.indices.filter {
            !lanes[$0].isPaused && !lanes[$0].isDone
                && pipeline.waitingBytes(lanes[$0].source) > SliceReader.waitingBytes
        }
        try consumer.pause(slots: ahead.map { lanes[$0].slot })
        for index in ahead { (lanes[index].isPaused, lanes[index].isAhead) = (true, true) }
    }

    /// Live: runs what has waited for so long for records that it is joined with, and waits for none that are there.
    /// - Parameter now: monotonic, in ns.
    /// - Returns: how many records were run.
    func settleJoins(now: UInt64, waitMilliseconds: Int64) -> Int {
        guard pipeline.graph.hasJoins else { return 0 }
        return pipeline.settleJoins(now: now, wait: UInt64(clamping: waitMilliseconds) *| 1_000_000) { source in
            lanes.contains {
                $0.source == source && $0.held == nil && consumer.endOfPartitionReached(slot: $0.slot) != nil
            }
        }
    }

    /// Lets the sources wait that are ahead of the slowest in event time, as long as that has something to read. Call
    /// it again and again, with nothing under way.
    /// - Returns: those that are read meanwhile; none: all are.
    func holdBack() throws -> [TopicPartition] {
        // What comes through an exchange is of all partitions, and lets windows close.
        let reading = lanes.indices.filter { !lanes[$0].isDone && !pipeline.isExchange(lanes[$0].source) }
        func watermark(_ index: Int) -> Watermark { pipeline.sources[lanes[index].source].watermarks.min() ?? .none }
        let lowest = reading.map(watermark).min() ?? .none
        let slowest = reading.filter { watermark($0) == lowest }
        guard slowest.count < reading.count,
            slowest.contains(where: { consumer.endOfPartitionReached(slot: lanes[$0].slot) == nil })
        else {
            try release()
            return []
        }
        try resume(slowest.filter { lanes[$0].isHeldBack })
        let ahead = reading.filter { !slowest.contains($0) && !lanes[$0].isPaused }
        try consumer.pause(slots: ahead.map { lanes[$0].slot })
        for index in ahead {
            lanes[index].isPaused = true
            lanes[index].isHeldBack = true
        }
        return slowest.map { pipeline.sources[lanes[$0].source].topicPartition }
    }

    /// Goes on with the sources that waited.
    func release() throws { try resume(lanes.indices.filter { lanes[$0].isHeldBack }) }

    /// The sources of which records are held that lie behind their bound.
    var sourcesHeld: Set<Int> { Set(lanes.filter { $0.held != nil }.map(\.source)) }

    /// Whether every source that is awaited has reached its bound.
    var isDone: Bool { lanes.allSatisfy { $0.isDone || !$0.isAwaited } }

    /// Whether a source has reached its bound.
    func hasReachedBound(_ source: Int) -> Bool { lanes.contains { $0.source == source && $0.isDone } }

    /// Reads what is there (waiting at most `timeout` for it) and runs it.
    /// - Returns: the number of records run.
    func pump(timeoutMilliseconds: Int32, maximumRecords: Int, isReread: Bool) throws -> Int {
        var count = 0
        for index in lanes.indices where lanes[index].held != nil && !isStopRequested() {
            count += try runHeld(index, isReread: isReread)
        }
        let timeout = count > 0 ? 0 : timeoutMilliseconds
        let isReading = lanes.contains { !$0.isDone }
        if isReading, try consumer.drain(timeoutMilliseconds: timeout, maximumRecords: maximumRecords) > 0, !isReread {
            try FaultPoint.read.reach()
        }
        for index in lanes.indices where lanes[index].held == nil && !isStopRequested() {
            guard let records = consumer.takeBatch(lanes[index].slot) else { continue }
            lanes[index].held = records
            lanes[index].heldFrom = 0
            count += try runHeld(index, isReread: isReread)
        }
        for records in pool.takeFinished() { consumer.recycle(records) }
        try noteDone()
        try throttle()
        return count
    }

    /// Runs the rows of a held batch that lie before the bound.
    private func runHeld(_ index: Int, isReread: Bool) throws -> Int {
        guard let records = lanes[index].held else { return 0 }
        let from = lanes[index].heldFrom
        let source = lanes[index].source
        let to = try gate.firstWaiting(
            source, records, from: from, to: rowsBefore(lanes[index].bound, in: records, from: from))
        guard to > from else { return 0 }
        try checkFingerprint(source, records, from: from, to: to)
        let first = firstRow(source, records, from: from, to: to)
        let end = try run(source, records, from: first, to: to, isReread: isReread)
        guard end > from else { return 0 }
        bytesRun = bytesRun +| SliceReader.bytes(records, from: from, to: end)
        noteLast(source, records, end - 1)
        lanes[index].held = end == records.count ? nil : records
        lanes[index].heldFrom = end
        // With one shard the batch is done now; with threads it comes back through `takeFinished`.
        if pipeline.options.shards == 1, end == records.count { consumer.recycle(records) }
        if !isReread, !pipeline.isExchange(source) { recordsRead += end - from }
        return end - from
    }

    /// Records lie one after another.
    private static func bytes(_ records: RawRecords, from: Int, to: Int) -> Int {
        let end = records.valueStarts[to - 1] + max(Int(records.valueLengths[to - 1]), 0)
        return end - records.keyStarts[from] + (to - from) * 16
    }

    /// - Returns: the row behind the last one that was run: `to`, unless the run is to stop.
    private func run(
        _ source: Int, _ records: RawRecords, from: Int, to: Int, isReread: Bool
    ) throws -> Int {
        let recycles = to == records.count
        var row = from
        repeat {
            let end = records.end(
                from: row, atMost: min(row + batchRows, to), bytes: SliceReader.batchBytes)
            pool.submit(
                ComputePool.Work(
                    source: source, records: records, from: row, to: end, isReread: isReread,
                    recycles: recycles && end == to))
            row = end
            if let afterBatch {
                pool.waitUntilIdle()
                try afterBatch()
            }
        } while row < to && !isStopRequested()
        return row
    }

    /// Records before the source's place are read for their fingerprint only.
    private func firstRow(_ source: Int, _ records: RawRecords, from: Int, to: Int) -> Int {
        var row = from
        let next = startOffsets[source]
        while row < to && records.offsets[row] < next { row += 1 }
        return row
    }

    /// Where each source's state begins; set once, before threads move `nextOffset`.
    private lazy var startOffsets: [Int64] = pipeline.sources.map(\.nextOffset)

    /// Fixes `startOffsets`; call it before the first `pump`.
    func prepare() { _ = startOffsets }

    private func rowsBefore(_ bound: Int64?, in records: RawRecords, from: Int) -> Int {
        guard let bound, records.count > 0, records.offsets[records.count - 1] >= bound else { return records.count }
        var low = from
        var high = records.count
        while low < high {
            let middle = (low + high) / 2
            if records.offsets[middle] < bound { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Pauses the sources that have reached their bound.
    private func noteDone() throws {
        for index in lanes.indices where !lanes[index].isDone {
            guard let bound = lanes[index].bound else { continue }
            let lane = lanes[index]
            if let held = lane.held {
                if held.offsets[lane.heldFrom] < bound { continue }
                lanes[index].isDone = true
            } else if let position = consumer.position(slot: lane.slot), position >= bound {
                lanes[index].isDone = true
            } else {
                lanes[index].isDone = bound <= 0
            }
            if !lanes[index].isDone && pipeline.options.toTime != nil {
                pool.waitUntilIdle()
                lanes[index].isDone = isReadToEnd(lane.source)
            }
            if lanes[index].isDone { goesOn ? pipeline.noteCut(lane.source) : pipeline.noteEnd(lane.source) }
            guard lanes[index].isDone, !lane.isPaused else { continue }
            try consumer.pause(slots: [lane.slot])
            lanes[index].isPaused = true
        }
    }

    // MARK: the identity of the log

    private func noteLast(_ source: Int, _ records: RawRecords, _ row: Int) {
        lastRecords[source] = SliceReader.fingerprint(records, row)
    }

    /// The fingerprint of the last record before a restart, where nothing was read since.
    func keepLastRecord(_ source: Int, _ record: CommitMetadata.Fingerprint?) { lastRecords[source] = record }

    static func fingerprint(_ records: RawRecords, _ row: Int) -> CommitMetadata.Fingerprint {
        var checksum: UInt64 = 0
        if let key = records.key(row), let base = key.baseAddress { checksum = Hash.bytes(base, count: key.count) }
        if let value = records.value(row), let base = value.baseAddress {
            checksum = Hash.word(checksum) ^ Hash.bytes(base, count: value.count)
        }
        return CommitMetadata.Fingerprint(
            offset: records.offsets[row], timestamp: records.timestamps[row], checksum: checksum)
    }

    /// A record whose fingerprint was committed must be the same one now.
    private func checkFingerprint(_ source: Int, _ records: RawRecords, from: Int, to: Int) throws {
        guard let expected = expectedRecords[source], records.offsets[to - 1] >= expected.offset else { return }
        expectedRecords[source] = nil
        // A compacted topic may have lost just this record; then there is nothing to compare.
        guard let row = (from..<to).first(where: { records.offsets[$0] == expected.offset }) else { return }
        guard SliceReader.fingerprint(records, row) == expected else {
            throw ReplacedInput(partition: pipeline.sources[source].topicPartition)
        }
    }
}
