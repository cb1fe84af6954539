// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Reads out session aggregations.
final class SessionScope: AggregateScope {
    private struct Due {
        var part: Int32
        var session: Int32
    }

    let gap: Int64
    private let grace: Int64
    let isPartitionAffine: Bool
    let scratch: AccumulatorSet
    let scratchSlot: Int
    // One thread reads out the scope; what is called during an access to these two does not come back to them.
    @exclusivity(unchecked) private var clusters: SessionClusters
    /// The sessions that may be final, while they are looked at.
    @exclusivity(unchecked) private var due: [Due] = []
    /// Sessions that are final are read out in pieces of about so many: what the reading needs stays small, however
    /// many there are.
    private static let pieceSessions = 16_384
    /// The watermark at which the last look for final sessions was, to look only where time has moved on.
    private var lastLook: Watermark = .min

    init(
        gap: Int64, aggregation: Aggregation, emitsChanges: Bool, builder: ResultBuilder, bounds: Bounds,
        emitted: EmittedGroups?, changelog: ChangelogWriter? = nil
    ) {
        self.gap = min(gap, EventTimes.latest / 4)
        grace = min(aggregation.window?.grace ?? 0, EventTimes.latest / 4)
        isPartitionAffine = aggregation.isPartitionAffine
        scratch = AccumulatorSet(aggregation.aggregates)
        scratchSlot = Int(scratch.allocateChunk()) << AccumulatorSet.chunkBits
        clusters = SessionClusters(gap: self.gap)
        super.init(
            aggregation: aggregation, emitsChanges: emitsChanges, builder: builder, bounds: bounds, emitted: emitted,
            changelog: changelog)
    }

    var parts: [SessionState] { clusters.parts }

    /// A part for one thread. Partition-affine sessions have one part only: whether a record is late depends on the
    /// sessions before it.
    func makePart() -> SessionState {
        let state = SessionState(
            gap: gap, grace: grace, isPartitionAffine: isPartitionAffine, calls: aggregation.aggregates,
            keyTypes: aggregation.groupBy.map(\.type), tracksChanges: emitsChanges,
            marks: changelog.map { _ in FlushMarks() })
        clusters.parts.append(state)
        return state
    }

    /// How far the watermark must be past a session's end.
    private var distance: Int64 { (isPartitionAffine ? gap : 2 *| gap) +| grace }

    private func isFinal(end: Int64, watermark: Watermark) -> Bool {
        watermark == .max || (watermark != .min && watermark > end +| distance)
    }

    // MARK: reading out

    override func close(watermark: Watermark, isForced: Bool) {
        guard watermark != .min, watermark > lastLook else { return }
        // Small results are cheaper many at a time: often enough is once a quarter gap.
        guard isForced || lastLook == .min || watermark -| lastLook > max(gap / 4, 1) else { return }
        lastLook = watermark
        emitFinal(watermark: watermark, openFrom: .max)
    }

    override func end(watermark: Watermark) { emitFinal(watermark: .max, openFrom: watermark) }

    override func dropClosed(watermark: Watermark) {
        findFinal(watermark)
        dropFound()
    }

    /// Makes clusters of the sessions that are final at `watermark`; the others that were due are listed anew.
    private func findFinal(_ watermark: Watermark) {
        clusters.removeAll()
        guard watermark != .min else { return }
        due.removeAll(keepingCapacity: true)
        for (number, part) in parts.enumerated() {
            part.takeSessions(endingBefore: watermark == .max ? .max : watermark -| distance) { session in
                due.append(Due(part: Int32(number), session: session))
            }
        }
        for place in due {
            let part = parts[Int(place.part)]
            if part.isFound(place.session) { continue }
            // Most that were listed too early have moved on themselves; to see that, no other needs looking at.
            var end = part.span(place.session).end
            if isFinal(end: end, watermark: watermark) {
                let found = clusters.find(part: Int(place.part), session: place.session)
                end = found.end
                if isFinal(end: end, watermark: watermark) {
                    // All of it was due: none of it was listed under a later time than its end.
                    clusters.forEachMember(of: found) { part, session in part.markFound(session) }
                    clusters.append(found)
                    continue
                }
            }
            // Until then it cannot be final: a cluster only grows.
            part.list(place.session, until: end)
        }
    }

    private func dropFound() {
        clusters.forEachMember { part, session in part.drop(session) }
        clusters.removeAll()
        for part in parts { part.tidy() }
        emitted?.tidy()
    }

    /// Emits and drops the sessions that are final at `watermark`, ordered by (end, key, start); those that are not at
    /// `openFrom` are marked open. Of EMIT CHANGES only what has changed is emitted.
    ///
    ///     ends of sessions   |  · ·· ·|· ····· ·|·  ·   |··|
    ///     pieces               1        2         3      4    each as if the watermark had stood there in passing, so
    ///                                                         that the order is that of one piece
    private func emitFinal(watermark: Watermark, openFrom: Watermark) {
        guard watermark != .min else { return }
        // At least two buckets: a session that is listed again may lie in the bucket of the boundary.
        let leastWidth = max(gap / 4, 2)
        var width = leastWidth
        while let earliest = parts.compactMap(\.earliestListing).min() {
            let piece = earliest +| width +| distance
            guard piece < watermark else { break }
            emitPiece(watermark: piece, openFrom: openFrom)
            if due.count < Self.pieceSessions / 2 {
                width = width *| 2
            } else if due.count > Self.pieceSessions {
                width = max(width / 2, leastWidth)
            }
        }
        emitPiece(watermark: watermark, openFrom: openFrom)
        if due.capacity > 4 * Self.pieceSessions { due = [] }
        clusters.trim(to: 4 * Self.pieceSessions)
    }

    private func emitPiece(watermark: Watermark, openFrom: Watermark) {
        findFinal(watermark)
        guard !clusters.all.isEmpty else { return }
        clusters.sortByEnd()
        for cluster in clusters.all where !emitsChanges || cluster.isDirty {
            // What stood in the output for an earlier extent of this session goes first.
            deleteReplaced(cluster)
            let isOpen = openFrom != .max && !isFinal(end: cluster.end, watermark: openFrom)
            add(cluster, isOpen ? .open : [])
        }
        builder.flush(emitted)
        if let emitted {
            for cluster in clusters.all { emitted.removeAll(clusters.key(cluster), within: cluster.bounds) }
        }
        dropFound()
    }

    private func add(_ cluster: SessionClusters.Cluster, _ flags: ResultBatch.Flags) {
        let isTooEarly = bounds.earliestStart != .min && cluster.start < bounds.earliestStart -| gap
        guard !isTooEarly, cluster.end <= bounds.latestEnd else { return }
        var flags = flags
        if bounds.earliestStart != .min, cluster.start <= bounds.earliestStart +| gap { flags.insert(.partial) }
        var accumulators = parts[Int(cluster.part)].accumulators
        var slot = Int(cluster.session)
        if !cluster.isSingle {
            scratch.clear(slot: scratchSlot)
            clusters.forEachMember(of: cluster) { part, session in
                scratch.merge(scratchSlot, from: part.accumulators, slot: Int(session))
            }
            accumulators = scratch
            slot = scratchSlot
        }
        builder.add(
            key: clusters.key(cluster), bounds: cluster.bounds, accumulators: accumulators, slot: slot,
            timestamp: cluster.end, flags: flags, emitted: emitted)
    }

    // MARK: changes

    override func emitChanges() {
        clusters.removeAll()
        for (number, part) in parts.enumerated() {
            for session in part.dirtySessions where part.isDirty(session) {
                let found = clusters.find(part: number, session: session)
                clusters.forEachMember(of: found) { part, session in part.markClean(session) }
                clusters.append(found)
            }
            part.clearDirty()
        }
        clusters.sortByKey()
        var first = 0
        while first < clusters.all.count {
            // All that a key's results replace goes before them.
            var end = first
            while end < clusters.all.count, clusters.haveSameKey(first, end) {
                deleteReplaced(clusters.all[end])
                end += 1
            }
            for place in first..<end { add(clusters.all[place], []) }
            first = end
        }
        builder.flush(emitted)
        clusters.removeAll()
        clusters.trim(to: 4 * Self.pieceSessions)
    }

    /// Deletes results that have since grown or merged to this session: they lie within it, and no session is like
    /// them. (A sealed session may lie within its successor and still stand.)
    private func deleteReplaced(_ cluster: SessionClusters.Cluster) {
        guard let emitted, !builder.isSilent else { return }
        let key = clusters.key(cluster)
        let replaced = emitted.removeAll(key, within: cluster.bounds) { bounds in
            bounds != cluster.bounds && !(isPartitionAffine && clusters.hasLike(cluster, bounds))
        }
        for bounds in replaced {
            builder.addTombstone(key: key, bounds: bounds, timestamp: bounds.end, emitted: emitted)
        }
    }

    // MARK: restore

    override func finishRestore(arePending: Bool) {
        guard emitsChanges else { return }
        for part in parts { part.markAllDirty() }
        if arePending { return }
        if emitted != nil {
            builder.isSilent = true
            emitChanges()
            builder.isSilent = false
        }
        for part in parts { part.clearDirty() }
    }

    override func flush(into changelog: ChangelogWriter) { flushSessions(into: changelog) }

    override func load(_ entry: ChangelogImage.Entry) throws(StateError) { try loadSessions(entry) }

    override func handOver(to exchange: ChangelogWriter) { handOverSessions(to: exchange) }

    override func merge(_ entry: ChangelogImage.Entry, by scratch: MergeSlot) throws(StateError) {
        try mergeSessions(entry, by: scratch)
    }

    override var earliestTime: Int64 { parts.map(\.earliestTime).min() ?? .max }

    override var heldBytes: Int { parts.reduce(super.heldBytes) { $0 + $1.heldBytes } }

    override var groupCount: Int { parts.reduce(0) { $0 + $1.liveSessions } }
}
