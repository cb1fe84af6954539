// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Aggregation state by sessions: one partial result.
///
///     index: key bytes → group ─► table: sessions of the group, the latest first, mostly one
///     session i                   = span i of the table = slot i of `accumulators`
///     expiry                      sessions by the time of their end, or of an end they have moved on from
///     starts                      number of sessions by the time of their start
///
/// Sessions of a group lie more than a gap apart, but for a sealed one and its successor (partition-affine rule); a
/// sealed one ends before all that are not.
///
/// Exclusivity is not checked at run time where a row pays for it: one thread at a time owns the state, and no accessor
/// calls out while it changes a property.
final class SessionState {
    private struct Listing {
        /// The next session in its bucket of `expiry`, as its number + 1; 0: none.
        var next: Int32
        /// Its bucket of `starts`.
        var startBucket: Int32
    }

    private struct Merge {
        var into: Int32
        var from: Int32
    }

    let gap: Int64
    let grace: Int64
    /// Which of the two rules of lateness holds: the partition-affine or the regrouping one.
    let isPartitionAffine: Bool
    let accumulators: AccumulatorSet
    private(set) var index = GroupIndex()
    @exclusivity(unchecked) private(set) var table = SpanTable()
    /// Sessions that changed since they were last emitted, for EMIT CHANGES: those of them whose slot is dirty, and
    /// some of them twice.
    @exclusivity(unchecked) private(set) var dirtySessions: [Int32] = []
    private let tracksChanges: Bool
    private let keyEncoding: KeyEncoding

    @exclusivity(unchecked) private var listings: UnsafeMutablePointer<Listing>
    private var listingCapacity = 1
    private var slotCount = 0
    @exclusivity(unchecked) private var expiry: TimeBuckets
    @exclusivity(unchecked) private var starts: TimeBuckets
    /// Number of buckets of `starts` that are not empty.
    @exclusivity(unchecked) private var usedStarts = 0
    /// Sessions that joined others within the present batch, one after another.
    @exclusivity(unchecked) private var merges: [Merge] = []
    @exclusivity(unchecked) private var groups: UnsafeMutablePointer<Int32>
    @exclusivity(unchecked) private var rows: UnsafeMutablePointer<Int32>
    @exclusivity(unchecked) private var slots: UnsafeMutablePointer<UInt32>
    private var rowCapacity = 1024

    init(
        gap: Int64, grace: Int64, isPartitionAffine: Bool, calls: [AggregateCall], keyTypes: [DataType],
        tracksChanges: Bool, marks: FlushMarks? = nil
    ) {
        // Longer than any time there is (`EventTimes.latest`), short enough to be added to one.
        self.gap = min(gap, EventTimes.latest / 4)
        self.grace = min(grace, EventTimes.latest / 4)
        self.isPartitionAffine = isPartitionAffine
        self.tracksChanges = tracksChanges
        accumulators = AccumulatorSet(calls, marks: marks)
        keyEncoding = KeyEncoding(keyTypes)
        expiry = TimeBuckets(width: self.gap / 8)
        starts = TimeBuckets(width: self.gap / 8)
        listings = .allocate(capacity: 1)
        groups = .allocate(capacity: rowCapacity)
        rows = .allocate(capacity: rowCapacity)
        slots = .allocate(capacity: rowCapacity)
    }

    deinit {
        listings.deallocate()
        groups.deallocate()
        rows.deallocate()
        slots.deallocate()
    }

    var liveSessions: Int { table.liveCount }

    /// Bytes of memory that the state takes, about.
    var heldBytes: Int {
        accumulators.heldBytes + index.heldBytes + table.heldBytes + listingCapacity * MemoryLayout<Listing>.stride
            + expiry.heldBytes + starts.heldBytes + dirtySessions.capacity * MemoryLayout<Int32>.stride
    }

    /// The first session of a group, the latest first, that ends at `time` or before; −1: all end later.
    func firstSession(of group: Int, endingAtOrBefore time: Int64) -> Int32 {
        table.first(of: group, endingAtOrBefore: time)
    }

    func span(_ session: Int32) -> SpanTable.Span { table.spans[Int(session)] }

    func group(_ session: Int32) -> Int { Int(table.links[Int(session)].group) }

    func isDirty(_ session: Int32) -> Bool { accumulators.dirty.base[Int(session)] }

    func markClean(_ session: Int32) { accumulators.dirty.base[Int(session)] = false }

    // MARK: rows

    /// Adds the selected rows to their sessions, one after another, because a row's session depends on the rows before
    /// it; the accumulators follow for all of them at once. Rows that are late go to `late` instead.
    /// - Returns: how many rows count.
    func add(
        _ selection: Selection, keys: [Column], arguments: [[Column]], input: AccumulatorInput,
        watermarks: UnsafePointer<Int64>, late: Selection, origin: KeyOrigin?
    ) -> Int {
        reserve(rows: selection.count)
        let known = index.count
        findGroups(selection, keys: keys)
        if let origin, index.count != known {
            // Whether sessions of one key in two partitions would meet is not asked.
            origin.noteNew(
                index, from: known, groups, rows: selection.indices, count: selection.count, windows: (.min, .max))
        }
        let counted = join(selection, times: input.times, watermarks: watermarks, late: late)
        var input = input
        input.rows = UnsafePointer(rows)
        input.slots = UnsafePointer(slots)
        input.count = counted
        accumulators.update(input, arguments: arguments)
        // Behind the rows: aggregates do not depend on the order, and the rows of a session that joined another
        // within the batch are still on their way to its slot.
        finishMerges()
        return counted
    }

    private func finishMerges() {
        for merge in merges {
            accumulators.join(Int(merge.into), with: Int(merge.from))
        }
        merges.removeAll(keepingCapacity: true)
    }

    private func reserve(rows count: Int) {
        guard count > rowCapacity else { return }
        rowCapacity = max(count, rowCapacity * 2)
        groups.deallocate()
        rows.deallocate()
        slots.deallocate()
        groups = .allocate(capacity: rowCapacity)
        rows = .allocate(capacity: rowCapacity)
        slots = .allocate(capacity: rowCapacity)
    }

    /// The group of each selected row, in a loop of its own: its cache misses overlap.
    private func findGroups(_ selection: Selection, keys: [Column]) {
        let (index, hash) = (index, KeyHash.process)
        let groups = groups
        let indices = selection.indices
        for position in 0..<selection.count {
            let group = keyEncoding.withKey(keys, row: Int(indices[position])) { key, count in
                index.intern(key, count: count, hash: hash.bytes(key, count: count))
            }
            groups[position] = Int32(truncatingIfNeeded: group)
        }
        table.reserveGroups(index.count)
    }

    private func join(
        _ selection: Selection, times: UnsafePointer<Int64>, watermarks: UnsafePointer<Int64>, late: Selection
    ) -> Int {
        let reach = gap &+ grace
        let indices = selection.indices
        var counted = 0
        for position in 0..<selection.count {
            let row = Int(indices[position])
            let time = times[row]
            let watermark = watermarks[row]
            let group = Int(groups[position])
            var session = table.heads[group]
            // Mostly a row goes on with its key's latest session.
            let last = session < 0 ? SpanTable.Span(start: .max, end: 0) : table.spans[Int(session)]
            let limit = (isPartitionAffine ? last.end : time) &+ reach
            if time >= last.start, time &- gap <= last.end, watermark <= limit {
                if time > last.end { table.spans[Int(session)].end = time }
            } else {
                session = joinOther(group, time: time, watermark: watermark)
                if session < 0 {
                    late.append(row)
                    continue
                }
            }
            rows[counted] = Int32(truncatingIfNeeded: row)
            slots[counted] = UInt32(truncatingIfNeeded: session)
            counted &+= 1
            if tracksChanges { noteChange(session) }
        }
        return counted
    }

    @inline(__always)
    private func noteChange(_ session: Int32) {
        let dirty = accumulators.dirty.base
        if !dirty[Int(session)] {
            dirty[Int(session)] = true
            dirtySessions.append(session)
        }
    }

    /// Whether a session takes no more records of its partition (affine rule).
    private func isSealed(_ span: SpanTable.Span, watermark: Int64) -> Bool {
        isPartitionAffine && watermark > span.end + gap + grace
    }

    /// The session that a row joins or makes, merged with the other one that it touches; −1: the row is late.
    @inline(never)
    private func joinOther(_ group: Int, time: Int64, watermark: Int64) -> Int32 {
        let counts = time + gap + grace >= watermark
        if !isPartitionAffine && !counts { return -1 }
        // All in front of these begin more than a gap later, and are not sealed either if the row counts.
        var session = table.twoBefore(firstOf: group, endingAtOrBefore: time + gap)
        while session >= 0 {
            let span = table.spans[Int(session)]
            // All that follow end earlier, or are sealed too.
            if span.end + gap < time || isSealed(span, watermark: watermark) { break }
            if span.start - gap <= time {
                extend(session, to: time)
                let next = table.links[Int(session)].next
                // More than two cannot be within a gap of the row.
                if next >= 0, table.spans[Int(next)].end + gap >= time,
                    !isSealed(table.spans[Int(next)], watermark: watermark)
                {
                    absorb(next, into: session)
                }
                return session
            }
            session = table.links[Int(session)].next
        }
        return counts ? makeSession(group, time: time, before: session) : -1
    }

    private func extend(_ session: Int32, to time: Int64) {
        let span = table.spans[Int(session)]
        if time > span.end { table.spans[Int(session)].end = time }
        if time < span.start {
            table.spans[Int(session)].start = time
            moveStart(session, to: time)
        }
    }

    private func absorb(_ other: Int32, into session: Int32) {
        extend(session, to: table.spans[Int(other)].start)
        merges.append(Merge(into: session, from: other))
        accumulators.marks?.inherit(Int(session), from: Int(other))
        forgetStart(other)
        // It is still in its bucket of `expiry`; when that one's time comes, its number is free.
        table.remove(other)
    }

    private func makeSession(_ group: Int, time: Int64, before next: Int32) -> Int32 {
        makeSession(group, SpanTable.Span(start: time, end: time), before: next)
    }

    private func makeSession(_ group: Int, _ span: SpanTable.Span, before next: Int32) -> Int32 {
        let session = table.insert(span, group: group, before: next)
        if Int(session) >= slotCount { reserveSlots() }
        noteStart(session, span.start)
        list(session, until: span.end)
        return session
    }

    /// Makes an empty session behind those that the key has, which end later.
    func makeSession(_ key: UnsafeRawBufferPointer, _ span: SpanTable.Span) -> Int32 {
        let group = index.intern(key)
        table.reserveGroups(index.count)
        return makeSession(group, span, before: -1)
    }

    /// Adds a session of a key that was made elsewhere, and joins what then lies at most a gap apart.
    func merge(_ key: UnsafeRawBufferPointer, _ span: SpanTable.Span, _ other: MergeSlot) {
        let group = index.intern(key)
        table.reserveGroups(index.count)
        var next = table.twoBefore(firstOf: group, endingAtOrBefore: span.end + gap)
        while next >= 0, table.spans[Int(next)].start - gap > span.end { next = table.links[Int(next)].next }
        let session: Int32
        if next >= 0, table.spans[Int(next)].end + gap >= span.start {
            session = next
            extend(session, to: span.end)
            extend(session, to: span.start)
            next = table.links[Int(session)].next
        } else {
            session = makeSession(group, span, before: next)
        }
        accumulators.merge(Int(session), from: other.accumulators, slot: other.slot)
        accumulators.marks?.noteChanged(Int(session))
        if tracksChanges { noteChange(session) }
        while next >= 0, table.spans[Int(next)].end + gap >= span.start {
            let absorbed = next
            next = table.links[Int(absorbed)].next
            absorb(absorbed, into: session)
        }
        finishMerges()
    }

    private func reserveSlots() {
        let first = Int(accumulators.allocateChunk()) << AccumulatorSet.chunkBits
        precondition(first == slotCount, "the accumulators are the sessions' alone")
        let newCount = first + AccumulatorSet.chunkSize
        if newCount > listingCapacity {
            listingCapacity = max(newCount, listingCapacity + listingCapacity / 2)
            let new = UnsafeMutablePointer<Listing>.allocate(capacity: listingCapacity)
            new.update(from: listings, count: slotCount)
            listings.deallocate()
            listings = new
        }
        slotCount = newCount
    }

    // MARK: expiry

    /// Puts a session into the bucket of a time that is not later than its end.
    func list(_ session: Int32, until time: Int64) {
        let bucket = expiry.bucket(of: time)
        listings[Int(session)].next = expiry[bucket]
        expiry[bucket] = session + 1
    }

    /// A time that no session of the list ends before; nil: none is listed.
    var earliestListing: Int64? { expiry.earliest }

    /// Takes the sessions that may end before `time` out of their buckets and calls `body` with them. The caller puts
    /// them back (`list`) or drops them.
    func takeSessions(endingBefore time: Int64, _ body: (_ session: Int32) -> Void) {
        while let first = expiry.removeFirst(before: time) {
            var next = first
            while next > 0 {
                let session = next - 1
                next = listings[Int(session)].next
                listings[Int(session)].next = 0
                if table.links[Int(session)].group < 0 { table.release(session) } else { body(session) }
            }
        }
    }

    /// Notes that a session that was taken out of its bucket will be dropped.
    func markFound(_ session: Int32) { listings[Int(session)].next = -1 }

    func isFound(_ session: Int32) -> Bool { listings[Int(session)].next < 0 }

    /// Drops a session that was taken out of its bucket.
    func drop(_ session: Int32) {
        noteDropped(session)
        accumulators.clear(slot: Int(session))
        forgetStart(session)
        table.remove(session)
        table.release(session)
    }

    /// Gives back what sessions that were dropped leave behind, when it is the most: keys without sessions, and
    /// changes of sessions that are gone.
    func tidy() {
        if table.isMostlyEmpty { index = table.renumberGroups(index) }
        guard dirtySessions.count > 2 * table.liveCount + 1024 else { return }
        // The flag of one that is kept is down for a moment, so that it is kept once.
        dirtySessions.removeAll { session in
            let isGone = !isDirty(session)
            markClean(session)
            return isGone
        }
        for session in dirtySessions { accumulators.dirty.base[Int(session)] = true }
    }

    // MARK: starts

    private func noteStart(_ session: Int32, _ time: Int64) {
        let bucket = starts.bucket(of: time)
        listings[Int(session)].startBucket = bucket
        if starts[bucket] == 0 { usedStarts += 1 }
        starts[bucket] += 1
    }

    private func forgetStart(_ session: Int32) {
        let bucket = listings[Int(session)].startBucket
        starts[bucket] -= 1
        guard starts[bucket] == 0 else { return }
        usedStarts -= 1
        // A few long sessions may hold a start far behind all others.
        if starts.count > 2 * usedStarts + 256 { starts.removeEmpty() }
    }

    private func moveStart(_ session: Int32, to time: Int64) {
        guard starts.isBefore(time, listings[Int(session)].startBucket) else { return }
        forgetStart(session)
        noteStart(session, time)
    }

    /// A time not later than the start of the earliest session, and at most an eighth of a gap earlier; `Int64.max`:
    /// there is none.
    var earliestTime: Int64 {
        starts.removeEmptyFirst()
        return starts.earliest ?? .max
    }

    // MARK: changes

    func clearDirty() {
        for session in dirtySessions { markClean(session) }
        dirtySessions.removeAll(keepingCapacity: true)
    }

    func markAllDirty() {
        for session in 0..<Int32(table.numberCount) where table.links[Int(session)].group >= 0 { noteChange(session) }
    }
}
