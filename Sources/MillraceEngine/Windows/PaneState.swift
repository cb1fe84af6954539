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
    final class Pane {
        let start: Int64
        let firstWindow: Int64
        let index = GroupIndex()
        var chunks: [Int32] = []

        init(start: Int64, firstWindow: Int64) {
            self.start = start
            self.firstWindow = firstWindow
        }

        @inline(__always)
        func slot(_ group: Int) -> Int {
            Int(chunks[group &>> AccumulatorSet.chunkBits]) &<< AccumulatorSet.chunkBits
                | group & (AccumulatorSet.chunkSize &- 1)
        }
    }

    /// A group that changed since it was last emitted.
    struct DirtyGroup {
        var pane: Pane
        var group: Int
    }

    let geometry: PaneGeometry
    let accumulators: AccumulatorSet
    /// Whether groups that change are noted, for EMIT CHANGES.
    private let tracksChanges: Bool
    /// Sorted by (start, firstWindow).
    private(set) var panes: [Pane] = []
    private(set) var dirtyGroups: [DirtyGroup] = []
    private let keyEncoding: KeyEncoding

    // The pane of the last row: rows come mostly in time order.
    @exclusivity(unchecked) private var current: Pane?
    @exclusivity(unchecked) private var currentStart: Int64 = .max
    @exclusivity(unchecked) private var currentEnd: Int64 = .min
    @exclusivity(unchecked) private var currentClosing: Int64 = .min

    init(geometry: PaneGeometry, calls: [AggregateCall], keyTypes: [DataType], tracksChanges: Bool) {
        self.geometry = geometry
        accumulators = AccumulatorSet(calls)
        keyEncoding = KeyEncoding(keyTypes)
        self.tracksChanges = tracksChanges
    }

    /// Finds the slot of each selected row. Rows that are late for all their windows go to `late` instead.
    /// - Parameters:
    ///   - watermarks: the source partition's watermark before each row.
    ///   - rows, slots: out: the rows that count and their slots; room for `selection.count`.
    /// - Returns: how many rows count.
    func assign(
        _ selection: Selection, keys: [Column], times: UnsafePointer<Int64>, watermarks: UnsafePointer<Int64>,
        rows: UnsafeMutablePointer<Int32>, slots: UnsafeMutablePointer<UInt32>, late: Selection
    ) -> Int {
        var counted = 0
        let indices = selection.indices
        for position in 0..<selection.count {
            let row = Int(indices[position])
            let time = times[row]
            if time < currentStart || time >= currentEnd || watermarks[row] >= currentClosing {
                guard moveToPane(of: time, watermark: watermarks[row]) else {
                    late.append(row)
                    continue
                }
            }
            let pane = current.unsafelyUnwrapped
            let slot = keyEncoding.withKey(keys, row: row) { key, count in
                slotOf(key, count: count, in: pane)
            }
            rows[counted] = Int32(truncatingIfNeeded: row)
            slots[counted] = UInt32(truncatingIfNeeded: slot)
            counted &+= 1
        }
        return counted
    }

    @inline(__always)
    private func slotOf(_ key: UnsafeRawPointer, count: Int, in pane: Pane) -> Int {
        let group = pane.index.intern(key, count: count, hash: Hash.bytes(key, count: count))
        if group &>> AccumulatorSet.chunkBits >= pane.chunks.count { addChunk(to: pane) }
        let slot = pane.slot(group)
        if tracksChanges, !accumulators.dirty.base[slot] {
            accumulators.dirty.base[slot] = true
            dirtyGroups.append(DirtyGroup(pane: pane, group: group))
        }
        return slot
    }

    @inline(never)
    private func addChunk(to pane: Pane) {
        pane.chunks.append(accumulators.allocateChunk())
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
        let pane = findPane(start: start, firstWindow: window)
        current = pane
        if window != geometry.firstWindow(pane: start) {
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

    private func findPane(start: Int64, firstWindow: Int64) -> Pane {
        var low = 0
        var high = panes.count
        while low < high {
            let middle = (low + high) / 2
            let pane = panes[middle]
            if (pane.start, pane.firstWindow) < (start, firstWindow) { low = middle + 1 } else { high = middle }
        }
        if low < panes.count, panes[low].start == start, panes[low].firstWindow == firstWindow { return panes[low] }
        let pane = Pane(start: start, firstWindow: firstWindow)
        panes.insert(pane, at: low)
        return pane
    }

    /// The panes that make up a window.
    func panes(ofWindow start: Int64) -> ArraySlice<Pane> {
        guard geometry.isWindowed else { return panes[...] }
        let first = panes.firstIndex { $0.start >= start } ?? panes.count
        let end = panes[first...].firstIndex { $0.start >= start + geometry.size } ?? panes.count
        return panes[first..<end]
    }

    /// Drops the panes that no window behind `lastFinalWindow` reads.
    func dropPanes(through lastFinalWindow: Int64) {
        guard geometry.isWindowed, let first = panes.first,
            geometry.lastWindow(pane: first.start) <= lastFinalWindow
        else { return }
        let kept = panes.firstIndex { geometry.lastWindow(pane: $0.start) > lastFinalWindow } ?? panes.count
        for pane in panes[..<kept] {
            for chunk in pane.chunks { accumulators.free(chunk) }
            pane.chunks = []
        }
        dirtyGroups.removeAll { $0.pane.chunks.isEmpty }
        panes.removeFirst(kept)
        current = nil
        currentStart = .max
        currentEnd = .min
        currentClosing = .min
    }

    /// Forgets which groups changed.
    func clearDirty() {
        for dirty in dirtyGroups { accumulators.dirty.base[dirty.pane.slot(dirty.group)] = false }
        dirtyGroups.removeAll(keepingCapacity: true)
    }

    /// Notes every group as changed.
    func markAllDirty() {
        clearDirty()
        for pane in panes {
            for group in 0..<pane.index.count {
                accumulators.dirty.base[pane.slot(group)] = true
                dirtyGroups.append(DirtyGroup(pane: pane, group: group))
            }
        }
    }

    /// The earliest time of which a record may lie in this state; `Int64.max`: the state is empty; `Int64.min`: it
    /// goes back to the beginning.
    var earliestTime: Int64 {
        guard let first = panes.first else { return .max }
        return geometry.isWindowed ? first.start : .min
    }

    /// Groups in all panes.
    var totalGroups: Int { panes.reduce(0) { $0 + $1.index.count } }
}
