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
            windows(of: parts.map(\.state.panes), through: last).forEach { window in
                emitWindow(window, isOpen: geometry.closing(window: window) > watermark)
            }
        }
        builder.flush(emitted)
    }

    /// The windows behind `lastClosed` up to a start that read some panes, of those that may be emitted.
    private func windows(of panes: [PaneList], through last: Int64) -> PaneWindows {
        guard let bounds = emittable(through: last) else { return PaneWindows(geometry, of: []) }
        return PaneWindows(geometry, of: panes.map { PaneWindows.Source(panes: $0, bounds: bounds) })
    }

    /// The panes of all parts, for who looks at the windows of several scopes together.
    var openPanes: [PaneWindows.Source] {
        guard let bounds = emittable(through: .max) else { return [] }
        return parts.map { PaneWindows.Source(panes: $0.state.panes, bounds: bounds) }
    }

    /// The lowest and the highest start of a window that may be emitted; nil: none may.
    private func emittable(through last: Int64) -> ClosedRange<Int64>? {
        guard geometry.isWindowed else { return 0...0 }
        guard lastClosed != .max else { return nil }
        let first = max(lastClosed < 0 ? 0 : lastClosed +| geometry.advance, bounds.earliestStart)
        let latest = bounds.latestEnd == .max ? last : min(last, bounds.latestEnd -| geometry.size)
        return first <= latest ? first...latest : nil
    }

    private func resultBounds(_ window: Int64) -> EmittedGroups.Bounds {
        geometry.isWindowed
            ? EmittedGroups.Bounds(start: window, end: window +| geometry.size) : EmittedGroups.Bounds(start: 0, end: 0)
    }

    private func panes(ofWindow window: Int64, in parts: [Part]) -> [PaneOfPart] {
        var found: [PaneOfPart] = []
        for part in parts {
            part.state.forEachPane(ofWindow: window) { found.append(PaneOfPart(state: part.state, pane: $0)) }
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
        if MergePieces.areWorthwhile(groups: sources.reduce(0) { $0 + $1.pane.index.count }, of: scratch) {
            var pieces = MergePieces(sources.map { ($0, $0.pane.index.groupsByKey()) })
            while case let piece = pieces.next(), !piece.isEmpty {
                let merge = PaneMerge(scratch, window: window)
                for (source, groups) in piece { merge.add(groups, of: source) }
                add(merge, window, flags)
            }
            return
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
        windows(of: parts.map { PaneList($0.state.changedPanes) }, through: last).forEach { window in
            let flags: ResultBatch.Flags = geometry.closing(window: window) > watermark ? .open : []
            let sources = panes(ofWindow: window, in: parts)
            if sources.count == 1 {
                add(sources[0].pane.index.byKey(sources[0].pane.dirtyGroups), of: sources[0], window, flags)
                return
            }
            forEachMerge(of: sources.map { ($0, $0.pane.dirtyGroups) }, from: sources, window) { merge in
                add(merge, window, flags)
            }
        }
    }

    /// Merges some groups of panes, each from all of `sources`; in pieces where they are many. `body` frees the merge.
    func forEachMerge(
        of parts: [(source: PaneOfPart, groups: [UInt32])], from sources: [PaneOfPart], _ window: Int64,
        _ body: (PaneMerge) -> Void
    ) {
        func merge(_ piece: [MergePieces.Part]) {
            let merge = PaneMerge(scratch, window: window)
            for (source, groups) in piece { merge.addKeys(groups, of: source) }
            for source in sources { merge.addKnown(source) }
            body(merge)
        }
        guard MergePieces.areWorthwhile(groups: parts.reduce(0) { $0 + $1.groups.count }, of: scratch) else {
            return merge(parts.map { ($0.source, $0.groups[...]) })
        }
        var pieces = MergePieces(parts.map { ($0.source, $0.source.pane.index.byKey($0.groups)) })
        while case let piece = pieces.next(), !piece.isEmpty { merge(piece) }
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
        windows(of: ofStage.map(\.state.panes), through: .max).forEach { emitWindow($0, from: ofStage, flags: []) }
        builder.flush(nil)
        builder.redirect = nil
    }
}
