// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Reads out tumbling, hopping and unwindowed aggregations.
final class PaneScope: AggregateScope {
    struct Part {
        var stage: Int
        var state: PaneState
    }

    let geometry: PaneGeometry
    private(set) var parts: [Part] = []
    /// Windows up to this start are done; −1: none yet.
    private var lastClosed: Int64 = -1
    /// The watermark below which nothing can close: `close` is called often and mostly finds nothing.
    private var nextClosing: Watermark = .min
    let scratch: AccumulatorSet

    init(
        geometry: PaneGeometry, aggregation: Aggregation, emitsChanges: Bool, builder: ResultBuilder, bounds: Bounds,
        emitted: EmittedGroups?, changelog: ChangelogWriter? = nil
    ) {
        self.geometry = geometry
        scratch = AccumulatorSet(aggregation.aggregates)
        super.init(
            aggregation: aggregation, emitsChanges: emitsChanges, builder: builder, bounds: bounds, emitted: emitted,
            changelog: changelog)
    }

    func makePart(stage: Int) -> PaneState {
        let state = PaneState(
            geometry: geometry, calls: aggregation.aggregates, keyTypes: aggregation.groupBy.map(\.type),
            tracksChanges: emitsChanges, marks: changelog.map { _ in FlushMarks() })
        parts.append(Part(stage: stage, state: state))
        return state
    }

    // MARK: reading out

    override func close(watermark: Watermark, isForced: Bool) {
        guard geometry.isWindowed, watermark >= nextClosing else { return }
        let lastFinal = geometry.lastFinalWindow(watermark: watermark)
        if lastFinal > lastClosed { emitWindows(through: lastFinal, watermark: watermark) }
        drop(through: lastFinal, watermark: watermark)
    }

    override func end(watermark: Watermark) {
        if geometry.isWindowed {
            emitWindows(through: .max, watermark: watermark)
            drop(through: .max, watermark: .max)
        } else if emitsChanges {
            emitChanges()
        }
    }

    override func dropClosed(watermark: Watermark) {
        guard geometry.isWindowed else { return }
        drop(through: geometry.lastFinalWindow(watermark: watermark), watermark: watermark)
    }

    private func drop(through lastFinal: Int64, watermark: Watermark) {
        guard lastFinal >= 0 else { return }
        lastClosed = max(lastClosed, lastFinal)
        for part in parts { part.state.dropPanes(through: lastFinal) }
        let latestStage = parts.last?.stage ?? 0
        parts.removeAll { $0.state.panes.isEmpty && $0.stage < latestStage && !$0.state.hasDropped }
        emitted?.removeAll { _, bounds in bounds.start <= lastFinal }
        nextClosing = lastFinal == .max ? .max : geometry.closing(window: lastFinal +| geometry.advance)
    }

    /// Emits the windows behind `lastClosed` up to `through`; for EMIT CHANGES only their changed groups.
    private func emitWindows(through last: Int64, watermark: Watermark) {
        if emitsChanges {
            emitDirty(through: last, watermark: watermark)
        } else {
            for window in windows(of: parts.flatMap { $0.state.panes }, through: last) {
                emitWindow(window, isOpen: geometry.closing(window: window) > watermark)
            }
        }
        builder.flush(emitted)
    }

    /// The starts of all windows that read one of the panes, ascending.
    private func windows(of panes: [PaneState.Pane], through last: Int64) -> [Int64] {
        var starts: Set<Int64> = []
        for pane in panes { forEachWindow(of: pane, through: last) { starts.insert($0) } }
        return starts.sorted()
    }

    func forEachWindow(of pane: PaneState.Pane, through last: Int64, _ body: (Int64) -> Void) {
        guard geometry.isWindowed else { return body(0) }
        guard lastClosed != .max else { return }
        var window = max(pane.firstWindow, lastClosed < 0 ? 0 : lastClosed +| geometry.advance)
        let end = min(geometry.lastWindow(pane: pane.start), last)
        while window <= end {
            if isEmittable(window) { body(window) }
            window = window +| geometry.advance
        }
    }

    private func isEmittable(_ window: Int64) -> Bool {
        window >= bounds.earliestStart && (bounds.latestEnd == .max || window +| geometry.size <= bounds.latestEnd)
    }

    private func resultBounds(_ window: Int64) -> EmittedGroups.Bounds {
        geometry.isWindowed
            ? EmittedGroups.Bounds(start: window, end: window +| geometry.size) : EmittedGroups.Bounds(start: 0, end: 0)
    }

    private func panes(ofWindow window: Int64, in parts: [Part]) -> [PaneOfPart] {
        var found: [PaneOfPart] = []
        for part in parts {
            for pane in part.state.panes(ofWindow: window) where pane.firstWindow <= window {
                found.append(PaneOfPart(state: part.state, pane: pane))
            }
        }
        return found
    }

    /// Emits all groups of a window.
    private func emitWindow(_ window: Int64, isOpen: Bool) {
        emitWindow(window, from: parts, flags: isOpen ? .open : [])
    }

    private func emitWindow(_ window: Int64, from parts: [Part], flags: ResultBatch.Flags) {
        let sources = panes(ofWindow: window, in: parts)
        if sources.count == 1 {
            return add(sources[0].pane.index.groupsByKey(), of: sources[0], window, flags)
        }
        let merge = PaneMerge(scratch, window: window)
        for source in sources { merge.add(source) }
        add(merge, window, flags)
    }

    private func add(_ merge: PaneMerge, _ window: Int64, _ flags: ResultBatch.Flags) {
        let pane = merge.pane
        for group in pane.index.groupsByKey() {
            add(pane.index.key(Int(group)), window, merge.accumulators, pane.slot(Int(group)), flags)
        }
        merge.free()
    }

    private func add(_ groups: [UInt32], of source: PaneOfPart, _ window: Int64, _ flags: ResultBatch.Flags) {
        let pane = source.pane
        for group in groups {
            add(pane.index.key(Int(group)), window, source.state.accumulators, pane.slot(Int(group)), flags)
        }
    }

    private func add(
        _ key: UnsafeRawBufferPointer, _ window: Int64, _ accumulators: AccumulatorSet, _ slot: Int,
        _ flags: ResultBatch.Flags
    ) {
        builder.add(
            key: key, bounds: resultBounds(window), accumulators: accumulators, slot: slot,
            timestamp: accumulators.maximumTimes.base[slot], flags: flags, emitted: emitted)
    }

    // MARK: changes

    override func emitChanges() {
        emitDirty(through: .max, watermark: .max)
        builder.flush(emitted)
        for part in parts { part.state.clearDirty() }
    }

    /// Emits the changed groups of the windows behind `lastClosed` up to `through`.
    private func emitDirty(through last: Int64, watermark: Watermark) {
        let changed = parts.flatMap { $0.state.panes.filter { !$0.dirtyGroups.isEmpty } }
        for window in windows(of: changed, through: last) {
            let flags: ResultBatch.Flags = geometry.closing(window: window) > watermark ? .open : []
            let sources = panes(ofWindow: window, in: parts)
            if sources.count == 1 {
                add(sources[0].pane.index.byKey(sources[0].pane.dirtyGroups), of: sources[0], window, flags)
                continue
            }
            let merge = PaneMerge(scratch, window: window)
            for source in sources { merge.addKeysOfChanged(source) }
            for source in sources { merge.addKnown(source) }
            add(merge, window, flags)
        }
    }

    // MARK: restore and report

    override func finishRestore(arePending: Bool) {
        if arePending {
            for part in parts { part.state.markAllDirty() }
            return
        }
        guard emitsChanges else { return }
        if emitted != nil {
            for part in parts { part.state.markAllDirty() }
            builder.isSilent = true
            emitDirty(through: .max, watermark: .max)
            builder.flush(emitted)
            builder.isSilent = false
        }
        for part in parts { part.state.clearDirty() }
    }

    override func flush(into changelog: ChangelogWriter) { flushPanes(into: changelog) }

    override func load(_ entry: ChangelogImage.Entry) throws(StateError) { try loadGroup(entry) }

    override func keyAndWindows(
        _ entry: ChangelogImage.Entry
    ) throws(StateError) -> (key: UnsafeRawBufferPointer, first: Int64, last: Int64) {
        let (place, key) = try named(entry)
        return (key, place.firstWindow, geometry.lastWindow(pane: place.start))
    }

    override func handOver(to exchange: ChangelogWriter) { handOverPanes(to: exchange) }

    override func merge(_ entry: ChangelogImage.Entry, by scratch: MergeSlot) throws(StateError) {
        try mergeGroup(entry, by: scratch)
    }

    override var earliestTime: Int64 { parts.map(\.state.earliestTime).min() ?? .max }

    override var heldBytes: Int { parts.reduce(super.heldBytes) { $0 + $1.state.heldBytes } }

    override var groupCount: Int { parts.reduce(0) { $0 + $1.state.totalGroups } }

    override func readParts(stage: Int?, into body: @escaping (ResultBatch) -> Void) {
        let ofStage = parts.filter { stage == nil || $0.stage == stage }
        builder.redirect = body
        for window in windows(of: ofStage.flatMap { $0.state.panes }, through: .max) {
            emitWindow(window, from: ofStage, flags: [])
        }
        builder.flush(nil)
        builder.redirect = nil
    }
}
