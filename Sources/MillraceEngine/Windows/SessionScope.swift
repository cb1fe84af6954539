// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Reads out session aggregations.
final class SessionScope: AggregateScope {
    /// A session of the merged result.
    private struct Merged {
        var start: Int64
        var end: Int64
        var isDirty: Bool
        /// Where its records lie: (part, slot).
        var places: [(SessionState, Int)]
    }

    private let gap: Int64
    private let grace: Int64
    private let isPartitionAffine: Bool
    private(set) var parts: [SessionState] = []
    private let scratch: AccumulatorSet
    private let scratchSlot: Int
    /// The watermark at which the last look for final sessions was, to look only where time has moved on.
    private var lastLook: Watermark = .min

    init(
        gap: Int64, aggregation: Aggregation, emitsChanges: Bool, builder: ResultBuilder, bounds: Bounds,
        emitted: EmittedGroups?
    ) {
        self.gap = min(gap, EventTimes.latest / 4)
        grace = min(aggregation.window?.grace ?? 0, EventTimes.latest / 4)
        isPartitionAffine = aggregation.isPartitionAffine
        scratch = AccumulatorSet(aggregation.aggregates)
        scratchSlot = Int(scratch.allocateChunk()) << AccumulatorSet.chunkBits
        super.init(
            aggregation: aggregation, emitsChanges: emitsChanges, builder: builder, bounds: bounds, emitted: emitted)
    }

    /// A part for one thread. Partition-affine sessions have one part only: whether a record is late depends on the
    /// sessions before it.
    func makePart() -> SessionState {
        let state = SessionState(
            gap: gap, grace: grace, isPartitionAffine: isPartitionAffine, calls: aggregation.aggregates,
            keyTypes: aggregation.groupBy.map(\.type))
        parts.append(state)
        return state
    }

    /// How far the watermark must be past a session's end.
    private var distance: Int64 { (isPartitionAffine ? gap : 2 * gap) + grace }

    private func isFinal(end: Int64, watermark: Watermark) -> Bool {
        watermark == .max || (watermark != .min && watermark > end + distance)
    }

    // MARK: reading out

    override func close(watermark: Watermark, isForced: Bool) {
        guard watermark != .min, watermark > lastLook else { return }
        // A look costs a visit to every session: often enough is once a quarter gap.
        guard isForced || lastLook == .min || watermark - lastLook > max(gap / 4, 1) else { return }
        lastLook = watermark
        guard parts.contains(where: { $0.earliestTime != .max }) else { return }
        emitFinal(watermark: watermark, openFrom: .max)
    }

    override func end(watermark: Watermark) { emitFinal(watermark: .max, openFrom: watermark) }

    override func dropClosed(watermark: Watermark) { drop(watermark) }

    private func drop(_ watermark: Watermark) {
        // Before the sessions go: a result that a live session has outgrown has still to be deleted, however old its
        // own end is; one that stands as it is, is closed.
        emitted?.removeAll { key, bounds in
            guard isFinal(end: bounds.end, watermark: watermark) else { return false }
            let sessions = key.withUnsafeBytes { key in
                key.baseAddress.map { mergedSessions(key, hash: Hash.bytes($0, count: key.count)) } ?? []
            }
            return !isReplaced(bounds, by: sessions)
        }
        let kept = keptSlots(watermark)
        for part in parts {
            let slots = kept[ObjectIdentifier(part)] ?? []
            part.drop { isFinal(end: $0.end, watermark: watermark) && !slots.contains($0.slot) }
        }
    }

    /// Whether a result's session has since grown or merged: it lies within one of the key's sessions and is none.
    /// (A sealed session may lie within its successor and still stand.)
    private func isReplaced(_ bounds: EmittedGroups.Bounds, by sessions: [Merged]) -> Bool {
        sessions.contains { $0.start <= bounds.start && bounds.end <= $0.end }
            && !sessions.contains { $0.start == bounds.start && $0.end == bounds.end }
    }

    /// What is final alone, but belongs to a session with records in other parts that is not final.
    private func keptSlots(_ watermark: Watermark) -> [ObjectIdentifier: Set<Int32>] {
        var kept: [ObjectIdentifier: Set<Int32>] = [:]
        guard parts.count > 1 else { return kept }
        for part in parts {
            for group in part.heads.indices {
                var hasFinal = false
                part.forEachSession(group) { session in
                    if isFinal(end: session.end, watermark: watermark) { hasFinal = true }
                }
                guard hasFinal else { continue }
                for session in mergedSessions(part.index.key(group), hash: part.index.hash(group))
                where !isFinal(end: session.end, watermark: watermark) {
                    for (place, slot) in session.places {
                        kept[ObjectIdentifier(place), default: []].insert(Int32(slot))
                    }
                }
            }
        }
        return kept
    }

    /// Emits the sessions that are final at `watermark`, ordered by (end, key); those that are not at `openFrom` are
    /// marked open.
    private func emitFinal(watermark: Watermark, openFrom: Watermark) {
        var results: [(key: [UInt8], session: Merged)] = []
        let keys = GroupIndex()
        for part in parts {
            for group in part.heads.indices {
                var hasFinal = false
                part.forEachSession(group) { session in
                    if isFinal(end: session.end, watermark: watermark) { hasFinal = true }
                }
                let key = part.index.key(group)
                if hasFinal, let base = key.baseAddress {
                    _ = keys.intern(base, count: key.count, hash: part.index.hash(group))
                }
            }
        }
        for place in 0..<keys.count {
            let key = keys.key(place)
            for session in mergedSessions(key, hash: keys.hash(place))
            where isFinal(end: session.end, watermark: watermark) && (!emitsChanges || session.isDirty) {
                results.append((Array(key), session))
            }
        }
        results.sort { left, right in
            left.session.end != right.session.end
                ? left.session.end < right.session.end
                : left.key == right.key
                    ? left.session.start < right.session.start : left.key.lexicographicallyPrecedes(right.key)
        }
        for result in results {
            result.key.withUnsafeBytes { key in
                // What stood in the output for an earlier extent of this session goes first.
                if emitted != nil {
                    deleteReplaced(
                        key,
                        within: mergedSessions(key, hash: key.baseAddress.map { Hash.bytes($0, count: key.count) } ?? 0)
                    )
                }
                let isOpen = openFrom != .max && !isFinal(end: result.session.end, watermark: openFrom)
                add(key, result.session, isOpen ? .open : [])
            }
        }
        builder.flush(emitted)
        drop(watermark)
    }

    /// All sessions of a key, the parts' sessions merged where they are at most a gap apart (affine: as they are).
    private func mergedSessions(_ key: UnsafeRawBufferPointer, hash: UInt64) -> [Merged] {
        guard let base = key.baseAddress else { return [] }
        var found: [Merged] = []
        for part in parts {
            let group = part.index.find(base, count: key.count, hash: hash)
            guard group >= 0 else { continue }
            part.forEachSession(group) { session in
                found.append(
                    Merged(
                        start: session.start, end: session.end, isDirty: session.isDirty,
                        places: [(part, Int(session.slot))]))
            }
        }
        found.sort { ($0.start, $0.end) < ($1.start, $1.end) }
        guard parts.count > 1 else { return found }
        var merged: [Merged] = []
        for session in found {
            if let last = merged.last, session.start - last.end <= gap {
                merged[merged.count - 1].end = max(last.end, session.end)
                merged[merged.count - 1].isDirty = last.isDirty || session.isDirty
                merged[merged.count - 1].places += session.places
            } else {
                merged.append(session)
            }
        }
        return merged
    }

    private func add(_ key: UnsafeRawBufferPointer, _ session: Merged, _ flags: ResultBatch.Flags) {
        let isTooEarly = bounds.earliestStart != .min && session.start < bounds.earliestStart - gap
        guard !isTooEarly, session.end <= bounds.latestEnd else { return }
        var flags = flags
        if bounds.earliestStart != .min, session.start <= bounds.earliestStart + gap { flags.insert(.partial) }
        let resultBounds = EmittedGroups.Bounds(start: session.start, end: session.end)
        if session.places.count == 1 {
            let (part, slot) = session.places[0]
            builder.add(
                key: key, bounds: resultBounds, accumulators: part.accumulators, slot: slot, timestamp: session.end,
                flags: flags, emitted: emitted)
            return
        }
        scratch.clear(slot: scratchSlot)
        for (part, slot) in session.places { scratch.merge(scratchSlot, from: part.accumulators, slot: slot) }
        builder.add(
            key: key, bounds: resultBounds, accumulators: scratch, slot: scratchSlot, timestamp: session.end,
            flags: flags, emitted: emitted)
    }

    // MARK: changes

    override func emitChanges() {
        let keys = GroupIndex()
        for part in parts {
            for group in part.dirtyGroups {
                let key = part.index.key(Int(group))
                guard let base = key.baseAddress else { continue }
                _ = keys.intern(base, count: key.count, hash: part.index.hash(Int(group)))
            }
        }
        for place in keys.groupsByKey() {
            let key = keys.key(Int(place))
            let sessions = mergedSessions(key, hash: keys.hash(Int(place)))
            deleteReplaced(key, within: sessions)
            for session in sessions where session.isDirty { add(key, session, []) }
        }
        builder.flush(emitted)
        for part in parts { part.clearDirty() }
    }

    /// Deletes results whose session has since grown or merged: they lie within one of the sessions and are none.
    private func deleteReplaced(_ key: UnsafeRawBufferPointer, within sessions: [Merged]) {
        guard let emitted, !builder.isSilent else { return }
        for bounds in emitted.bounds(key) {
            // Rows before it in the builder may be the ones that put it there.
            if isReplaced(bounds, by: sessions) {
                builder.addTombstone(key: key, bounds: bounds, timestamp: bounds.end, emitted: emitted)
            }
        }
    }

    // MARK: restore

    override func finishRestore(arePending: Bool) {
        for part in parts { part.markAllDirty() }
        if arePending { return }
        if emitted != nil {
            builder.isSilent = true
            emitChanges()
            builder.isSilent = false
        }
        for part in parts { part.clearDirty() }
    }

    override var earliestTime: Int64 { parts.map(\.earliestTime).min() ?? .max }

    override var groupCount: Int { parts.reduce(0) { $0 + $1.liveSessions } }
}
