// SPDX-License-Identifier: Apache-2.0

/// What a changelog lacks of one partial result, by the slots of its accumulators.
///
///     marks[slot]    changed   the slot is not in the changelog as it is now
///                    stored    the changelog has an entry that the slot is part of
///     dropped        names of entries that lost what they were made of
///
/// Rows are noted a batch at a time. Exclusivity is not checked at run time: one thread at a time owns a part.
final class FlushMarks {
    private static let changed: UInt8 = 1
    private static let stored: UInt8 = 2
    private static let eightChanged: UInt64 = 0x0101_0101_0101_0101

    @exclusivity(unchecked) private var marks = SlotArray<UInt8>(zero: 0)
    @exclusivity(unchecked) private var dropped = ByteArena(capacity: 0)
    private var droppedEnds: [Int] = []

    /// Bytes of memory for each slot.
    static let slotBytes = MemoryLayout<UInt8>.stride

    func reserve(_ slots: Int) { marks.reserve(slots) }

    func clear(_ slots: Range<Int>) { marks.clear(slots) }

    /// Bytes of the dropped entries' names.
    var heldBytes: Int { dropped.count + droppedEnds.count * 8 }

    // MARK: rows

    @inline(__always)
    func noteChanged(_ slots: UnsafePointer<UInt32>, count: Int) {
        let marks = marks.base
        for index in 0..<count { marks[Int(slots[index])] |= FlushMarks.changed }
    }

    func noteChanged(_ slot: Int) { marks.base[slot] |= FlushMarks.changed }

    func isChanged(_ slot: Int) -> Bool { marks.base[slot] & FlushMarks.changed != 0 }

    func isStored(_ slot: Int) -> Bool { marks.base[slot] & FlushMarks.stored != 0 }

    /// The changelog has the slot as it is.
    func noteStored(_ slot: Int) { marks.base[slot] = FlushMarks.stored }

    /// The entry of a slot that another one takes up becomes the other's.
    func inherit(_ slot: Int, from other: Int) { marks.base[slot] |= marks.base[other] & FlushMarks.stored }

    /// Calls `body` with those of a chunk's slots that changed, by their place among them. Mostly few or none have.
    @inline(__always)
    func forEachChanged(from first: Int, _ body: (_ offset: Int) -> Void) {
        let base = UnsafeRawPointer(marks.base + first)
        for start in stride(from: 0, to: AccumulatorSet.chunkSize, by: 8) {
            let word = base.loadUnaligned(fromByteOffset: start, as: UInt64.self)
            guard word & FlushMarks.eightChanged != 0 else { continue }
            for offset in start..<(start + 8) where isChanged(first + offset) { body(offset) }
        }
    }

    // MARK: dropped entries

    /// Notes the entry of a name (its parts are joined) as gone from memory.
    func noteDropped(_ prefix: UnsafeRawBufferPointer, _ key: UnsafeRawBufferPointer) {
        if let base = prefix.baseAddress { _ = dropped.append(base, count: prefix.count) }
        if let base = key.baseAddress { _ = dropped.append(base, count: key.count) }
        droppedEnds.append(dropped.count)
    }

    var hasDropped: Bool { !droppedEnds.isEmpty }

    /// Calls `body` with the names of dropped entries and forgets them.
    func takeDropped(_ body: (_ name: UnsafeRawBufferPointer) -> Void) {
        var start = 0
        for end in droppedEnds {
            body(UnsafeRawBufferPointer(start: dropped.base + start, count: end - start))
            start = end
        }
        dropped = ByteArena(capacity: 0)
        droppedEnds.removeAll(keepingCapacity: false)
    }
}
