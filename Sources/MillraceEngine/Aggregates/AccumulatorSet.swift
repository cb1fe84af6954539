// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// All accumulators of one aggregation over one space of slots, with each slot's highest event time.
///
/// Slots are handed out in chunks, so that a pane that is dropped gives its memory back in a few steps:
///
///     slot          0 … 7      8 … 15      16 … 23
///     chunk         0          1           2          …      a pane owns whole chunks
///
/// A chunk is small: there may be a pane for each millisecond, with a group or two.
final class AccumulatorSet {
    static let chunkBits = 3
    static let chunkSize = 1 << chunkBits

    let accumulators: [Accumulator]
    /// Highest event time of the slot's rows; `Int64.min`: none yet.
    @exclusivity(unchecked) private(set) var maximumTimes = SlotArray<Int64>(zero: .min)
    /// Whether the slot changed since it was last emitted.
    @exclusivity(unchecked) private(set) var dirty = SlotArray<Bool>(zero: false)
    /// What the changelog lacks; nil: there is none.
    let marks: FlushMarks?
    private var freeChunks: [Int32] = []
    private var chunkCount = 0

    init(_ calls: [AggregateCall], marks: FlushMarks? = nil) {
        self.marks = marks
        accumulators = calls.map { Accumulator.make($0) }
    }

    /// Hands out an empty chunk; its slots are chunk × chunkSize ….
    func allocateChunk() -> Int32 {
        if let chunk = freeChunks.popLast() {
            let first = Int(chunk) << AccumulatorSet.chunkBits
            let slots = first..<(first + AccumulatorSet.chunkSize)
            for accumulator in accumulators { accumulator.clear(slots) }
            maximumTimes.clear(slots)
            dirty.clear(slots)
            marks?.clear(slots)
            return chunk
        }
        let chunk = Int32(chunkCount)
        chunkCount += 1
        let slots = chunkCount << AccumulatorSet.chunkBits
        for accumulator in accumulators { accumulator.reserve(slots) }
        maximumTimes.reserve(slots)
        dirty.reserve(slots)
        marks?.reserve(slots)
        return chunk
    }

    func free(_ chunk: Int32) { freeChunks.append(chunk) }

    /// Bytes of memory that the slots in use take, about.
    var heldBytes: Int {
        let slots = (chunkCount - freeChunks.count) << AccumulatorSet.chunkBits
        let own = slots * slotBytes + freeChunks.capacity * MemoryLayout<Int32>.stride
        return accumulators.reduce(own) { $0 + $1.valueBytes } + (marks?.heldBytes ?? 0)
    }

    /// Whether values of any length or number lie outside of the slots.
    var keepsValues: Bool { accumulators.contains(where: \.keepsValues) }

    /// Bytes of memory for each slot, without values that lie outside of the slots.
    var slotBytes: Int {
        let own = maximumTimes.slotBytes + dirty.slotBytes + (marks == nil ? 0 : FlushMarks.slotBytes)
        return accumulators.reduce(own) { $0 + $1.slotBytes }
    }

    /// Makes one slot empty.
    func clear(slot: Int) {
        for accumulator in accumulators { accumulator.clear(slot..<(slot + 1)) }
        maximumTimes.clear(slot..<(slot + 1))
        dirty.clear(slot..<(slot + 1))
        marks?.clear(slot..<(slot + 1))
    }

    /// Adds the rows of a batch to their slots.
    func update(_ input: AccumulatorInput, arguments: [[Column]]) {
        var input = input
        for (accumulator, columns) in zip(accumulators, arguments) {
            input.arguments = columns
            accumulator.update(input)
        }
        let maximumTimes = maximumTimes.base
        for index in 0..<input.count {
            let slot = Int(input.slots[index])
            let time = input.times[Int(input.rows[index])]
            if time > maximumTimes[slot] { maximumTimes[slot] = time }
        }
        marks?.noteChanged(input.slots, count: input.count)
    }

    /// Writes the state of a slot.
    func write(_ slot: Int, to writer: inout StateWriter) {
        writer.append(maximumTimes.base[slot])
        for accumulator in accumulators { accumulator.write(slot, to: &writer) }
    }

    /// Makes the state of an empty slot what was written.
    func read(_ slot: Int, from reader: inout StateReader) throws(StateError) {
        maximumTimes.base[slot] = try reader.int64()
        for accumulator in accumulators { try accumulator.read(slot, from: &reader) }
    }

    /// Adds slot `from[i]` of another set to slot `into[i]`, for i in 0 ..< count.
    func merge(_ other: AccumulatorSet, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int) {
        for (mine, theirs) in zip(accumulators, other.accumulators) {
            mine.merge(theirs, from: from, into: into, count: count)
        }
        let (times, otherTimes) = (maximumTimes.base, other.maximumTimes.base)
        for index in 0..<count {
            let slot = Int(into[index])
            times[slot] = max(times[slot], otherTimes[Int(from[index])])
        }
    }

    /// Adds one slot to another and makes it empty.
    func join(_ slot: Int, with absorbed: Int) {
        for accumulator in accumulators { accumulator.join(slot, with: absorbed) }
        maximumTimes.base[slot] = max(maximumTimes.base[slot], maximumTimes.base[absorbed])
        maximumTimes.clear(absorbed..<(absorbed + 1))
        dirty.clear(absorbed..<(absorbed + 1))
        marks?.clear(absorbed..<(absorbed + 1))
    }

    func merge(_ slot: Int, from other: AccumulatorSet, slot otherSlot: Int) {
        for (mine, theirs) in zip(accumulators, other.accumulators) { mine.merge(slot, from: theirs, slot: otherSlot) }
        maximumTimes.base[slot] = max(maximumTimes.base[slot], other.maximumTimes.base[otherSlot])
    }
}
