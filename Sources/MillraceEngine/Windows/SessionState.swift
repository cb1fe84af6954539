// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Aggregation state by sessions: one partial result.
///
///     index: key bytes → group ─► heads[group] ─► session ─► session ─► −1     linked by `next`, mostly one
///     sessions[i] = start, end, slot of `accumulators`, next                  free ones form a list of their own
///
/// Sessions of a group lie more than a gap apart, but for a sealed one and its successor (partition-affine rule).
final class SessionState {
    struct Session {
        var start: Int64
        var end: Int64
        var slot: Int32
        var next: Int32
        /// Changed since it was last emitted.
        var isDirty: Bool
    }

    let gap: Int64
    let grace: Int64
    /// Which of the two rules of lateness holds: the partition-affine or the regrouping one.
    let isPartitionAffine: Bool
    let accumulators: AccumulatorSet
    private(set) var index = GroupIndex()
    private(set) var heads: [Int32] = []
    private(set) var sessions: [Session] = []
    private var freeSessions: [Int32] = []
    private var freeSlots: [Int32] = []
    private(set) var liveSessions = 0
    /// Groups with a session that changed; each once.
    private(set) var dirtyGroups: [Int32] = []
    private var isDirtyGroup: [Bool] = []
    private let keyEncoding: KeyEncoding

    init(gap: Int64, grace: Int64, isPartitionAffine: Bool, calls: [AggregateCall], keyTypes: [DataType]) {
        // Longer than any time there is (`EventTimes.latest`), short enough to be added to one.
        self.gap = min(gap, EventTimes.latest / 4)
        self.grace = min(grace, EventTimes.latest / 4)
        self.isPartitionAffine = isPartitionAffine
        accumulators = AccumulatorSet(calls)
        keyEncoding = KeyEncoding(keyTypes)
    }

    /// Adds the selected rows to their sessions, one at a time, because a row's session depends on the rows before it.
    /// Rows that are late go to `late` instead.
    /// - Returns: how many rows count.
    func add(
        _ selection: Selection, keys: [Column], arguments: [[Column]], input: AccumulatorInput,
        watermarks: UnsafePointer<Int64>, late: Selection
    ) -> Int {
        var counted = 0
        for position in 0..<selection.count {
            let row = Int(selection.indices[position])
            let group = keyEncoding.withKey(keys, row: row) { key, count in
                index.intern(key, count: count, hash: Hash.bytes(key, count: count))
            }
            if group == heads.count {
                heads.append(-1)
                isDirtyGroup.append(false)
            }
            let session = join(group, time: input.times[row], watermark: watermarks[row])
            guard session >= 0 else {
                late.append(row)
                continue
            }
            var rowIndex = Int32(row)
            var slot = UInt32(sessions[session].slot)
            var one = input
            one.count = 1
            withUnsafePointer(to: &rowIndex) { rows in
                withUnsafePointer(to: &slot) { slots in
                    one.rows = rows
                    one.slots = slots
                    accumulators.update(one, arguments: arguments)
                }
            }
            noteChange(group, session)
            counted += 1
        }
        return counted
    }

    private func noteChange(_ group: Int, _ session: Int) {
        sessions[session].isDirty = true
        if !isDirtyGroup[group] {
            isDirtyGroup[group] = true
            dirtyGroups.append(Int32(group))
        }
    }

    /// Whether a session takes no more records of its partition (affine rule).
    private func isSealed(_ session: Session, watermark: Int64) -> Bool {
        isPartitionAffine && watermark != .min && watermark > session.end + gap + grace
    }

    /// The session that a row joins or makes, merged with all that it touches; −1: the row is late.
    private func join(_ group: Int, time: Int64, watermark: Int64) -> Int {
        let counts = watermark == .min || time + gap + grace >= watermark
        if !isPartitionAffine && !counts { return -1 }
        var joined = -1
        var previous = -1
        var next = Int(heads[group])
        while next >= 0 {
            let candidate = next
            next = Int(sessions[candidate].next)
            let session = sessions[candidate]
            let touches = session.start - gap <= time && time <= session.end + gap
            guard touches, !isSealed(session, watermark: watermark) else {
                previous = candidate
                continue
            }
            if joined < 0 {
                joined = candidate
                sessions[candidate].start = min(session.start, time)
                sessions[candidate].end = max(session.end, time)
                previous = candidate
            } else {
                absorb(candidate, into: joined)
                unlink(candidate, after: previous, group: group)
            }
        }
        if joined >= 0 { return joined }
        return counts ? makeSession(group, time: time) : -1
    }

    private func absorb(_ other: Int, into session: Int) {
        sessions[session].start = min(sessions[session].start, sessions[other].start)
        sessions[session].end = max(sessions[session].end, sessions[other].end)
        accumulators.merge(
            Int(sessions[session].slot), from: accumulators, slot: Int(sessions[other].slot))
    }

    private func makeSession(_ group: Int, time: Int64) -> Int {
        let session = Session(start: time, end: time, slot: takeSlot(), next: heads[group], isDirty: true)
        liveSessions += 1
        if let free = freeSessions.popLast() {
            sessions[Int(free)] = session
            heads[group] = free
            return Int(free)
        }
        sessions.append(session)
        heads[group] = Int32(sessions.count - 1)
        return sessions.count - 1
    }

    private func takeSlot() -> Int32 {
        if freeSlots.isEmpty {
            let first = accumulators.allocateChunk() << Int32(AccumulatorSet.chunkBits)
            freeSlots = (first..<(first + Int32(AccumulatorSet.chunkSize))).reversed()
        }
        return freeSlots.removeLast()
    }

    private func unlink(_ session: Int, after previous: Int, group: Int) {
        if previous < 0 {
            heads[group] = sessions[session].next
        } else {
            sessions[previous].next = sessions[session].next
        }
        accumulators.clear(slot: Int(sessions[session].slot))
        freeSlots.append(sessions[session].slot)
        freeSessions.append(Int32(session))
        liveSessions -= 1
    }

    /// Calls `body` with the sessions of a group.
    func forEachSession(_ group: Int, _ body: (Session) -> Void) {
        var next = Int(heads[group])
        while next >= 0 {
            body(sessions[next])
            next = Int(sessions[next].next)
        }
    }

    /// Drops the sessions of every group for which `isFinal` holds.
    func drop(where isFinal: (Session) -> Bool) {
        for group in heads.indices {
            var previous = -1
            var next = Int(heads[group])
            while next >= 0 {
                let session = next
                next = Int(sessions[session].next)
                if isFinal(sessions[session]) {
                    unlink(session, after: previous, group: group)
                } else {
                    previous = session
                }
            }
        }
        dropEmptyGroups()
    }

    /// Keys without sessions cost memory: when they are the most, the index is made anew.
    private func dropEmptyGroups() {
        let empty = heads.reduce(0) { $0 + ($1 < 0 ? 1 : 0) }
        guard heads.count > 1024, empty * 2 > heads.count else { return }
        let newIndex = GroupIndex(expectedGroups: heads.count - empty)
        var newHeads: [Int32] = []
        var newDirty: [Bool] = []
        var newDirtyGroups: [Int32] = []
        for group in heads.indices where heads[group] >= 0 {
            let key = index.key(group)
            guard let base = key.baseAddress else { continue }
            let place = newIndex.intern(base, count: key.count, hash: index.hash(group))
            newHeads.append(heads[group])
            newDirty.append(isDirtyGroup[group])
            if isDirtyGroup[group] { newDirtyGroups.append(Int32(place)) }
        }
        index = newIndex
        heads = newHeads
        isDirtyGroup = newDirty
        dirtyGroups = newDirtyGroups
    }

    func clearDirty() {
        for group in dirtyGroups {
            isDirtyGroup[Int(group)] = false
            var next = Int(heads[Int(group)])
            while next >= 0 {
                sessions[next].isDirty = false
                next = Int(sessions[next].next)
            }
        }
        dirtyGroups.removeAll(keepingCapacity: true)
    }

    func markAllDirty() {
        for group in heads.indices {
            var next = Int(heads[group])
            while next >= 0 {
                noteChange(group, next)
                next = Int(sessions[next].next)
            }
        }
    }

    /// The start of the earliest session; `Int64.max`: none.
    var earliestTime: Int64 {
        var earliest = Int64.max
        for head in heads where head >= 0 {
            var next = Int(head)
            while next >= 0 {
                earliest = min(earliest, sessions[next].start)
                next = Int(sessions[next].next)
            }
        }
        return earliest
    }
}
