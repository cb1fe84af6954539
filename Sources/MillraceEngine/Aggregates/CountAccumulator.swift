// SPDX-License-Identifier: Apache-2.0

/// COUNT(*) and COUNT(x).
final class CountAccumulator: Accumulator {
    private let countsNulls: Bool
    @exclusivity(unchecked) private var counts = SlotArray<Int64>(zero: 0)

    init(countsNulls: Bool) { self.countsNulls = countsNulls }

    override var slotBytes: Int { counts.slotBytes }
    override func reserve(_ slots: Int) { counts.reserve(slots) }
    override func clear(_ slots: Range<Int>) { counts.clear(slots) }

    override func update(_ input: AccumulatorInput) {
        let counts = counts.base
        if countsNulls || input.arguments[0].nullCount == 0 {
            for index in 0..<input.count { counts[Int(input.slots[index])] &+= 1 }
            return
        }
        let argument = input.arguments[0]
        for index in 0..<input.count where !argument.isNull(Int(input.rows[index])) {
            counts[Int(input.slots[index])] &+= 1
        }
    }

    override func merge(_ slot: Int, from other: Accumulator, slot otherSlot: Int) {
        counts.base[slot] &+= unsafeDowncast(other, to: CountAccumulator.self).counts.base[otherSlot]
    }

    override func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) {
        let (counts, others) = (counts.base, unsafeDowncast(other, to: CountAccumulator.self).counts.base)
        for index in 0..<count { counts[Int(into[index])] &+= others[Int(from[index])] }
    }

    override func write(_ slot: Int, to writer: inout StateWriter) { writer.append(counts.base[slot]) }

    override func read(_ slot: Int, from reader: inout StateReader) throws(StateError) {
        counts.base[slot] = try reader.int64()
    }

    override func appendResult(_ slot: Int, to column: Column, failures: FailureCounts) {
        column.append(int64: counts.base[slot])
    }
}
