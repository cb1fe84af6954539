// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// CORRELATION of two DOUBLEs: from the exact sums of x, y, x², y² and x·y, so that it does not depend on the order.
/// NULL where there are less than two rows, or one side is the same in all.
final class CorrelationAccumulator: Accumulator {
    /// Of x, y, x², y², x·y.
    @exclusivity(unchecked) private var sums = (0..<5).map { _ in SumsBox() }
    @exclusivity(unchecked) private var counts = SlotArray<Int64>(zero: 0)

    /// Sums, which cannot be copied, in an array.
    private final class SumsBox {
        @exclusivity(unchecked) var sum = ExactSum()
    }

    override var slotBytes: Int { sums.reduce(counts.slotBytes) { $0 + $1.sum.slotBytes } }
    override var valueBytes: Int { sums.reduce(0) { $0 + $1.sum.wideBytes } }

    override func reserve(_ slots: Int) {
        for box in sums { box.sum.reserve(slots) }
        counts.reserve(slots)
    }

    override func clear(_ slots: Range<Int>) {
        for box in sums { box.sum.clear(slots) }
        counts.clear(slots)
    }

    override func update(_ input: AccumulatorInput) {
        let (first, second) = (input.arguments[0], input.arguments[input.arguments.count - 1])
        for index in 0..<input.count {
            let row = Int(input.rows[index])
            if first.isNull(row) || second.isNull(row) { continue }
            let slot = Int(input.slots[index])
            let (x, y) = (first.doubles[row], second.doubles[row])
            sums[0].sum.add(x, to: slot)
            sums[1].sum.add(y, to: slot)
            add(x, x, to: 2, slot)
            add(y, y, to: 3, slot)
            add(x, y, to: 4, slot)
            counts.base[slot] &+= 1
        }
    }

    /// A product, exactly: with what rounding took from it.
    private func add(_ left: Double, _ right: Double, to place: Int, _ slot: Int) {
        let product = left * right
        sums[place].sum.add(product, to: slot)
        if product.isFinite { sums[place].sum.add(fma(left, right, -product), to: slot) }
    }

    override func merge(_ slot: Int, from other: Accumulator, slot otherSlot: Int) {
        let other = unsafeDowncast(other, to: CorrelationAccumulator.self)
        for (box, otherBox) in zip(sums, other.sums) {
            if other === self {
                box.sum.merge(slot, ownSlot: otherSlot)
            } else {
                box.sum.merge(slot, from: otherBox.sum, slot: otherSlot)
            }
        }
        counts.base[slot] &+= other.counts.base[otherSlot]
    }

    override func write(_ slot: Int, to writer: inout StateWriter) {
        writer.append(counts.base[slot])
        for box in sums { box.sum.write(slot, to: &writer) }
    }

    override func read(_ slot: Int, from reader: inout StateReader) throws(StateError) {
        counts.base[slot] = try reader.int64()
        for box in sums { try box.sum.read(slot, from: &reader) }
    }

    /// Σxy − Σx·Σy/n without losing digits where the means are large.
    private func spread(_ product: Int, _ left: Int, _ right: Int, _ slot: Int) -> Double {
        let count = Double(counts.base[slot])
        let (sum, sumRest) = sums[product].sum.pair(slot)
        let (first, firstRest) = sums[left].sum.pair(slot)
        let (second, secondRest) = sums[right].sum.pair(slot)
        let whole = first * second
        let wholeRest = fma(first, second, -whole) + (first * secondRest + second * firstRest)
        let quotient = whole / count
        let quotientRest = (fma(-quotient, count, whole) + wholeRest) / count
        return (sum - quotient) + (sumRest - quotientRest)
    }

    override func appendResult(_ slot: Int, to column: Column, failures: FailureCounts) {
        guard counts.base[slot] > 1 else { return column.appendNull() }
        let result = Correlation.coefficient(
            count: counts.base[slot], together: spread(4, 0, 1, slot), first: spread(2, 0, 0, slot),
            second: spread(3, 1, 1, slot))
        guard let result else {
            return column.appendNull()
        }
        column.append(double: result)
    }
}
