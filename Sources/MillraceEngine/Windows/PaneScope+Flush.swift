// SPDX-License-Identifier: Apache-2.0

/// Panes in a changelog: one entry a group and pane, of all parts together, so that it does not matter how many there
/// are when the state is loaded.
extension PaneScope {
    /// Writes the groups that changed, and deletes those of panes that were dropped.
    func flushPanes(into changelog: ChangelogWriter) {
        for part in parts { part.state.accumulators.marks?.takeDropped { changelog.delete(name: $0) } }
        var changed: [PanePlace: [(source: PaneOfPart, groups: [UInt32])]] = [:]
        for part in parts {
            for pane in part.state.panes {
                let groups = part.state.changedGroups(of: pane)
                guard !groups.isEmpty else { continue }
                changed[pane.place, default: []].append((PaneOfPart(state: part.state, pane: pane), groups))
            }
        }
        for (place, sources) in changed.sorted(by: { $0.key < $1.key }) {
            write(place, sources, into: changelog)
            for (source, groups) in sources {
                let marks = source.state.accumulators.marks
                for group in groups { marks?.noteStored(source.pane.slot(Int(group))) }
            }
        }
    }

    /// Writes some groups of a pane, each from all parts.
    func write(
        _ place: PanePlace, _ sources: [(source: PaneOfPart, groups: [UInt32])], into changelog: ChangelogWriter
    ) {
        let named = geometry.isWindowed ? place : nil
        let all = parts.compactMap { part in
            part.state.pane(at: place).map { PaneOfPart(state: part.state, pane: $0) }
        }
        if all.count == 1, let (source, groups) = sources.first {
            for group in groups {
                changelog.put(pane: named, key: source.pane.index.key(Int(group))) { writer in
                    source.state.accumulators.write(source.pane.slot(Int(group)), to: &writer)
                }
            }
            return
        }
        forEachMerge(of: sources, from: all, place.firstWindow) { merge in
            for group in 0..<merge.pane.index.count {
                changelog.put(pane: named, key: merge.pane.index.key(group)) { writer in
                    scratch.write(merge.pane.slot(group), to: &writer)
                }
            }
            merge.free()
        }
    }

    /// Adds one group of one pane to the first part.
    func loadGroup(_ entry: ChangelogImage.Entry) throws(StateError) {
        guard let state = parts.first?.state else { return }
        let (place, key) = try named(entry)
        try builder.keyEncoding.check(key)
        var reader = StateReader(entry.value)
        try state.load(place, key: key, &reader)
        try reader.finish()
    }

    /// The pane and the key of an entry.
    func named(
        _ entry: ChangelogImage.Entry
    ) throws(StateError) -> (place: PanePlace, key: UnsafeRawBufferPointer) {
        guard entry.kind == (geometry.isWindowed ? .paneGroup : .group) else {
            throw StateError("it is of another kind of window")
        }
        guard geometry.isWindowed else { return (PanePlace(start: 0, firstWindow: 0), entry.name) }
        let (place, key) = try PanePlace.read(entry.name)
        guard geometry.contains(place) else {
            throw StateError("a pane from \(place.start) in windows from \(place.firstWindow) on")
        }
        return (place, key)
    }
}

extension PaneState.Pane {
    var place: PanePlace { PanePlace(start: start, firstWindow: firstWindow) }
}

extension PaneState {
    /// The groups of a pane that the changelog does not have as they are.
    func changedGroups(of pane: Pane) -> [UInt32] {
        guard let marks = accumulators.marks else { return [] }
        var groups: [UInt32] = []
        for (number, chunk) in pane.chunks.enumerated() {
            marks.forEachChanged(from: Int(chunk) << AccumulatorSet.chunkBits) { place in
                groups.append(UInt32(number << AccumulatorSet.chunkBits + place))
            }
        }
        return groups
    }

    /// The pane of a place, if there is one.
    func pane(at place: PanePlace) -> Pane? { panes.find(start: place.start, firstWindow: place.firstWindow) }

    /// Whether entries of panes that went wait for a flush.
    var hasDropped: Bool { accumulators.marks?.hasDropped ?? false }

    /// Notes the entries of a pane that goes.
    func noteDropped(_ pane: Pane) {
        guard let marks = accumulators.marks else { return }
        pane.place.withName { name in
            for group in 0..<pane.index.count where marks.isStored(pane.slot(group)) {
                marks.noteDropped(name, pane.index.key(group))
            }
        }
    }

    func load(_ place: PanePlace, key: UnsafeRawBufferPointer, _ reader: inout StateReader) throws(StateError) {
        let (pane, group) = findGroup(place, key: key)
        try accumulators.read(pane.slot(group), from: &reader)
        accumulators.marks?.noteStored(pane.slot(group))
    }

    /// A group of a pane, both made if they are new.
    func findGroup(_ place: PanePlace, key: UnsafeRawBufferPointer) -> (pane: Pane, group: Int) {
        let pane = findPane(start: place.start, firstWindow: place.firstWindow)
        let group = pane.index.intern(key)
        pane.makeSlots(in: accumulators)
        recount(pane)
        return (pane, group)
    }
}
