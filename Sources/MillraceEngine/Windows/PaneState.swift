// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Aggregation state by panes of time: one partial result (of one source partition, or of one thread; of one stage).
///
///     panes, by (start, firstWindow)      [0 ‖ 0] [2 ‖ 0] [4 ‖ 0] [4 ‖ 4] …
///       index: key bytes → group 0, 1 …                        │
///       chunks: group → slot            slots of `accumulators` ┘
///
/// A record that is late for some of its windows and counts for later ones goes to a pane of its own, [4 ‖ 4] above:
/// `firstWindow` is the first window that may read the pane.
final class PaneState {
    /// Exclusivity is not checked at run time: one thread at a time owns a pane, and no method calls out while it
    /// changes a property.
    final class Pane {
        let start: Int64
        let firstWindow: Int64
        let index = GroupIndex(expectedGroups: 4)
        @exclusivity(unchecked) private(set) var chunks: [Int32] = []
        /// Groups that changed since they were last emitted.
        @exclusivity(unchecked) var dirtyGroups: [UInt32] = []

        init(start: Int64, firstWindow: Int64) {
            self.start = start
            self.firstWindow = firstWindow
        }

        @inline(__always)
        func slot(_ group: Int) -> Int { Pane.slot(group, chunks[group &>> AccumulatorSet.chunkBits]) }

        @inline(__always)
        private static func slot(_ group: Int, _ chunk: Int32) -> Int {
            Int(chunk) &<< AccumulatorSet.chunkBits | group & (AccumulatorSet.chunkSize &- 1)
        }

        /// Makes slots for the groups that have none yet.
        @inline(__always)
        func makeSlots(in accumulators: AccumulatorSet) {
            while chunks.count &<< AccumulatorSet.chunkBits < index.count {
                chunks.append(accumulators.allocateChunk())
            }
        }

        /// Turns group numbers into slots, in place.
        @inline(__always)
        func slots(of groups: UnsafeMutablePointer<UInt32>, count: Int) {
            chunks.withUnsafeBufferPointer { chunks in
                for place in 0..<count {
                    let group = Int(groups[place])
                    let slot = Pane.slot(group, chunks[group &>> AccumulatorSet.chunkBits])
                    groups[place] = UInt32(truncatingIfNeeded: slot)
                }
            }
        }

        /// Itself, the object of its index, and what the memory of its arrays takes besides their elements.
        private static let fixedBytes = 304

        /// Bytes of memory, without the slots.
        var heldBytes: Int { Pane.fixedBytes + index.heldBytes + chunks.capacity * 4 }

        /// What the state has counted of them.
        @exclusivity(unchecked) fileprivate(set) var countedBytes = 0
        @exclusivity(unchecked) fileprivate(set) var countedGroups = 0

        func freeSlots(in accumulators: AccumulatorSet) {
            for chunk in chunks { accumulators.free(chunk) }
            chunks = []
        }
    }

    let geometry: PaneGeometry
    let accumulators: AccumulatorSet
    /// Whether groups that change are noted, for EMIT CHANGES.
    private let tracksChanges: Bool
    private(set) var panes = PaneList()
    /// Those with groups that changed, each once, in the order in which they did.
    private(set) var changedPanes: [Pane] = []
    /// Groups in all panes.
    @exclusivity(unchecked) private(set) var totalGroups = 0
    /// Bytes of all panes. Kept up while groups come: nobody has to look at every pane to know it.
    @exclusivity(unchecked) private var paneBytes = 0
    private let keyBatch: KeyBatch

    // The pane of the last row: rows come mostly in time order.
    @exclusivity(unchecked) private var current: Pane?
    @exclusivity(unchecked) private var currentStart: Int64 = .max
    @exclusivity(unchecked) private var currentEnd: Int64 = .min
    @exclusivity(unchecked) private var currentClosing: Int64 = .min
    /// The undivided panes by their number modulo the size: rows that jump between many open windows find theirs at
    /// once. An entry may be stale; its pane says which it is.
    private var ring: [Pane?] = Array(repeating: nil, count: 64)

    init(
        geometry: PaneGeometry, calls: [AggregateCall], keyTypes: [DataType], tracksChanges: Bool,
        marks: FlushMarks? = nil
    ) {
        self.geometry = geometry
        accumulators = AccumulatorSet(calls, marks: marks)
        keyBatch = KeyBatch(keyTypes)
        self.tracksChanges = tracksChanges
    }

    /// Finds the slot of each selected row. Rows that are late for all their windows go to `late` instead.
    /// - Parameters:
    ///   - watermarks: the source partition's watermark before each row.
    ///   - rows, slots: out: the rows that count and their slots; room for `selection.count`.
    /// - Returns: how many rows count.
    @inline(never)
    func assign(
        _ selection: Selection, keys: [Column], times: UnsafePointer<Int64>, watermarks: UnsafePointer<Int64>,
        rows: UnsafeMutablePointer<Int32>, slots: UnsafeMutablePointer<UInt32>, late: Selection, origin: KeyOrigin?
    ) -> Int {
        let batch = keyBatch.keys(of: keys, selection)
        let indices = selection.indices
        let count = selection.count
        let watchesKeys = origin != nil
        var counted = 0
        var position = 0
        while position < count {
            let row = Int(indices[position])
            guard isCurrent(times[row], watermarks[row]) || moveToPane(of: times[row], watermark: watermarks[row])
            else {
                late.append(row)
                position &+= 1
                continue
            }
            // Rows come mostly in time order: as many as lie in the same pane are looked up together.
            var end = position &+ 1
            while end < count, isCurrent(times[Int(indices[end])], watermarks[Int(indices[end])]) { end &+= 1 }
            let pane = current.unsafelyUnwrapped
            let found = slots + counted
            let known = pane.index.count
            pane.index.intern(batch, from: position, to: end, into: found)
            if watchesKeys, pane.index.count != known {
                noteNew(pane, from: known, found, rows: indices + position, count: end &- position, origin)
            }
            if pane.index.count != known {
                pane.makeSlots(in: accumulators)
                recount(pane)
            }
            if tracksChanges {
                noteChanges(pane, found, count: end &- position)
            } else {
                pane.slots(of: found, count: end &- position)
            }
            (rows + counted).update(from: indices + position, count: end &- position)
            counted &+= end &- position
            position = end
        }
        return counted
    }

    /// Shows the watch the keys of groups that were just made.
    @inline(never)
    private func noteNew(
        _ pane: Pane, from known: Int, _ groups: UnsafeMutablePointer<UInt32>, rows: UnsafePointer<Int32>, count: Int,
        _ origin: KeyOrigin?
    ) {
        origin?.noteNew(
            pane.index, from: known, groups, rows: rows, count: count,
            windows: (pane.firstWindow, geometry.lastWindow(pane: pane.start)))
    }

    @inline(__always)
    private func isCurrent(_ time: Int64, _ watermark: Int64) -> Bool {
        time >= currentStart && time < currentEnd && watermark < currentClosing
    }

    /// Turns group numbers into slots, in place, and notes the groups as changed.
    private func noteChanges(_ pane: Pane, _ groups: UnsafeMutablePointer<UInt32>, count: Int) {
        let dirty = accumulators.dirty.base
        if pane.dirtyGroups.isEmpty { changedPanes.append(pane) }
        for place in 0..<count {
            let group = groups[place]
            let slot = pane.slot(Int(group))
            if !dirty[slot] {
                dirty[slot] = true
                pane.dirtyGroups.append(group)
            }
            groups[place] = UInt32(truncatingIfNeeded: slot)
        }
    }

    /// Makes the pane of a time the current one; false where the record is late for all its windows.
    @inline(never)
    private func moveToPane(of time: Int64, watermark: Int64) -> Bool {
        let start = geometry.paneStart(time)
        var window = geometry.firstWindow(pane: start)
        if geometry.closing(window: window) <= watermark {
            let lastFinal = geometry.lastFinalWindow(watermark: watermark)
            let last = geometry.lastWindow(pane: start)
            // A record closes its cache entry only for itself: the next row looks again.
            guard lastFinal < last else { return false }
            window = lastFinal + geometry.advance
        }
        let isDivided = window != geometry.firstWindow(pane: start)
        current = isDivided ? findPane(start: start, firstWindow: window) : ringPane(start: start, firstWindow: window)
        if isDivided {
            // Late for some of its windows: the next row, maybe of a partition that is less far, has to look again.
            currentStart = .max
            currentEnd = .min
            return true
        }
        currentStart = geometry.isWindowed ? start : .min
        currentEnd = geometry.isWindowed ? start + geometry.pane : .max
        currentClosing = geometry.isWindowed ? geometry.closing(window: window) : .max
        return true
    }

    private func ringPane(start: Int64, firstWindow: Int64) -> Pane {
        guard geometry.isWindowed else { return findPane(start: start, firstWindow: firstWindow) }
        let place = Int(truncatingIfNeeded: start / geometry.pane) & (ring.count - 1)
        if let found = ring[place], found.start == start { return found }
        let pane = findPane(start: start, firstWindow: firstWindow)
        if panes.count > ring.count {
            ring = Array(repeating: nil, count: ring.count * 2)
            return ringPane(start: start, firstWindow: firstWindow)
        }
        ring[place] = pane
        return pane
    }

    func findPane(start: Int64, firstWindow: Int64) -> Pane {
        if let found = panes.find(start: start, firstWindow: firstWindow) { return found }
        let pane = Pane(start: start, firstWindow: firstWindow)
        panes.insert(pane)
        recount(pane)
        return pane
    }

    /// Counts what a pane takes now, and no more what it took before.
    func recount(_ pane: Pane) {
        let bytes = pane.heldBytes
        paneBytes += bytes - pane.countedBytes
        totalGroups += pane.index.count - pane.countedGroups
        pane.countedBytes = bytes
        pane.countedGroups = pane.index.count
    }

    /// Calls `body` with the panes that make up a window.
    func forEachPane(ofWindow start: Int64, _ body: (Pane) -> Void) {
        guard geometry.isWindowed else { return panes.forEach(body) }
        let end = start +| geometry.size
        panes.forEach(from: start) { pane in
            guard pane.start < end else { return false }
            if pane.firstWindow <= start { body(pane) }
            return true
        }
    }

    /// Drops the panes that no window behind `lastFinalWindow` reads.
    func dropPanes(through lastFinalWindow: Int64) {
        guard geometry.isWindowed, let first = panes.first,
            geometry.lastWindow(pane: first.start) <= lastFinalWindow
        else { return }
        let dropped = panes.removeFirst { geometry.lastWindow(pane: $0.start) <= lastFinalWindow }
        for pane in dropped {
            noteDropped(pane)
            let place = Int(truncatingIfNeeded: pane.start / geometry.pane) & (ring.count - 1)
            if ring[place] === pane { ring[place] = nil }
        }
        changedPanes.removeAll { geometry.lastWindow(pane: $0.start) <= lastFinalWindow }
        forget(dropped)
    }

    /// Drops all panes. What they hold was handed over.
    func removeAll() {
        let dropped = panes.removeAll()
        changedPanes = []
        if ring.count > 64 { ring = Array(repeating: nil, count: 64) }
        for place in ring.indices { ring[place] = nil }
        forget(dropped)
    }

    private func forget(_ dropped: [Pane]) {
        for pane in dropped {
            pane.freeSlots(in: accumulators)
            paneBytes -= pane.countedBytes
            totalGroups -= pane.countedGroups
        }
        forgetCurrent()
    }

    private func forgetCurrent() {
        current = nil
        currentStart = .max
        currentEnd = .min
        currentClosing = .min
    }

    /// Notes that a group changed, for EMIT CHANGES.
    func noteChange(_ pane: Pane, _ group: Int) {
        let slot = pane.slot(group)
        guard tracksChanges, !accumulators.dirty.base[slot] else { return }
        accumulators.dirty.base[slot] = true
        if pane.dirtyGroups.isEmpty { changedPanes.append(pane) }
        pane.dirtyGroups.append(UInt32(group))
    }

    /// Forgets which groups changed.
    func clearDirty() {
        let dirty = accumulators.dirty.base
        for pane in changedPanes {
            for group in pane.dirtyGroups { dirty[pane.slot(Int(group))] = false }
            // What a batch of changes needed is not kept by each pane that ever changed.
            pane.dirtyGroups.removeAll(keepingCapacity: !geometry.isWindowed)
        }
        changedPanes.removeAll(keepingCapacity: !geometry.isWindowed)
    }

    /// Notes every group as changed.
    func markAllDirty() {
        clearDirty()
        let dirty = accumulators.dirty.base
        for pane in panes where pane.index.count > 0 {
            for group in 0..<pane.index.count { dirty[pane.slot(group)] = true }
            pane.dirtyGroups = (0..<UInt32(pane.index.count)).map { $0 }
            changedPanes.append(pane)
        }
    }

    /// The earliest time of which a record may lie in this state; `Int64.max`: the state is empty; `Int64.min`: it
    /// goes back to the beginning.
    var earliestTime: Int64 {
        guard let first = panes.first else { return .max }
        return geometry.isWindowed ? first.start : .min
    }

    /// Bytes of memory that the state takes, about. Of a group that changed, four more are for the note of it.
    var heldBytes: Int {
        accumulators.heldBytes + paneBytes + panes.heldBytes + ring.count * 8 + (tracksChanges ? totalGroups * 4 : 0)
    }
}
