// SPDX-License-Identifier: Apache-2.0

/// One pane of one partial result.
struct PaneOfPart {
    var state: PaneState
    var pane: PaneState.Pane
}

/// Merges groups of several panes into one pane with accumulators of its own, a pane at a time.
final class PaneMerge {
    /// The keys of some groups of an index.
    private struct ListedKeys: GroupKeys {
        let index: GroupIndex
        let groups: UnsafePointer<UInt32>

        @inline(__always)
        func key(_ place: Int) -> UnsafeRawBufferPointer { index.key(Int(groups[place])) }

        @inline(__always)
        func hash(_ place: Int) -> UInt64 { index.hash(Int(groups[place])) }
    }

    let accumulators: AccumulatorSet
    let pane: PaneState.Pane
    private var from = GrowingArray<UInt32>()
    private var into = GrowingArray<UInt32>()

    /// - Parameter accumulators: where the merged slots lie until `free`.
    init(_ accumulators: AccumulatorSet, window: Int64) {
        self.accumulators = accumulators
        pane = PaneState.Pane(start: window, firstWindow: window)
    }

    /// Adds all groups of a pane.
    func add(_ source: PaneOfPart) {
        let count = source.pane.index.count
        reserve(count)
        for group in 0..<count { from.base[group] = UInt32(truncatingIfNeeded: group) }
        intern(source, from.base, count: count)
        source.pane.slots(of: from.base, count: count)
        pane.slots(of: into.base, count: count)
        accumulators.merge(source.state.accumulators, from: from.base, into: into.base, count: count)
    }

    /// Adds some groups of a pane.
    func add(_ groups: ArraySlice<UInt32>, of source: PaneOfPart) {
        reserve(groups.count)
        for (place, group) in groups.enumerated() { from.base[place] = group }
        intern(source, from.base, count: groups.count)
        source.pane.slots(of: from.base, count: groups.count)
        pane.slots(of: into.base, count: groups.count)
        accumulators.merge(source.state.accumulators, from: from.base, into: into.base, count: groups.count)
    }

    /// Makes room for some groups of a pane, without adding them.
    func addKeys(_ groups: ArraySlice<UInt32>, of source: PaneOfPart) {
        groups.withUnsafeBufferPointer { groups in
            guard let base = groups.baseAddress else { return }
            reserve(groups.count)
            intern(source, base, count: groups.count)
        }
    }

    /// Adds those groups of a pane that have room already.
    func addKnown(_ source: PaneOfPart) {
        reserve(pane.index.count)
        var count = 0
        for group in 0..<pane.index.count {
            let key = pane.index.key(group)
            let found = source.pane.index.find(
                key.baseAddress.unsafelyUnwrapped, count: key.count, hash: pane.index.hash(group))
            guard found >= 0 else { continue }
            from.base[count] = UInt32(truncatingIfNeeded: source.pane.slot(found))
            into.base[count] = UInt32(truncatingIfNeeded: pane.slot(group))
            count += 1
        }
        accumulators.merge(source.state.accumulators, from: from.base, into: into.base, count: count)
    }

    /// Gives the slots back.
    func free() { pane.freeSlots(in: accumulators) }

    private func reserve(_ count: Int) {
        from.reserve(count, used: 0)
        into.reserve(count, used: 0)
    }

    private func intern(_ source: PaneOfPart, _ groups: UnsafePointer<UInt32>, count: Int) {
        pane.index.intern(
            ListedKeys(index: source.pane.index, groups: groups), from: 0, to: count, into: into.base)
        pane.makeSlots(in: accumulators)
    }
}
