// SPDX-License-Identifier: Apache-2.0

/// Panes on their way through an exchange: one record a group and pane, as in a changelog.
extension PaneScope {
    /// Writes all groups of all panes, and forgets them.
    func handOverPanes(to exchange: ChangelogWriter) {
        var found: [PanePlace: [PaneOfPart]] = [:]
        for part in parts {
            for pane in part.state.panes {
                found[pane.place, default: []].append(PaneOfPart(state: part.state, pane: pane))
            }
        }
        for (place, sources) in found.sorted(by: { $0.key < $1.key }) {
            write(place, sources.map { ($0, Array(0..<UInt32($0.pane.index.count))) }, into: exchange)
        }
        for part in parts { part.state.removeAll() }
    }

    /// Adds what another process, or this one, has made of a group to the latest part.
    func mergeGroup(_ entry: ChangelogImage.Entry, by scratch: MergeSlot) throws(StateError) {
        guard let state = parts.last?.state else { return }
        let (place, key) = try named(entry)
        try builder.keyEncoding.check(key)
        var reader = StateReader(entry.value)
        try scratch.read(from: &reader)
        try reader.finish()
        state.merge(place, key: key, scratch)
    }
}

extension PaneState {
    func merge(_ place: PanePlace, key: UnsafeRawBufferPointer, _ other: MergeSlot) {
        let (pane, group) = findGroup(place, key: key)
        let slot = pane.slot(group)
        accumulators.merge(slot, from: other.accumulators, slot: other.slot)
        accumulators.marks?.noteChanged(slot)
        noteChange(pane, group)
    }
}
