// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// SUM over INTEGER, BIGINT and DECIMAL: kept in 128 bits, so that only the result can be out of range (then NULL).
///
/// A DECIMAL sum that leaves 128 bits in between stays out of range for good: 10^38 values of one record each would
/// be needed from 128-bit inputs of 38 digits, of which 1.7 are enough; so the overflow is sticky and order-free only
/// together with `excess`, which counts how often the 128 bits wrapped.
final class IntegerSumAccumulator: Accumulator {
    private let argument: DataType
    @exclusivity(unchecked) private var sums = SlotArray<Int128>(zero: 0)
    /// Multiples of 2^128 that `sums` has wrapped by. Only DECIMALs get there.
    @exclusivity(unchecked) private var excess = SlotArray<Int32>(zero: 0)
    @exclusivity(unchecked) private var counts = SlotArray<Int64>(zero: 0)

    init(argument: DataType) { self.argument = argument }

    override var slotBytes: Int { sums.slotBytes + excess.slotBytes + counts.slotBytes }

    override func reserve(_ slots: Int) {
        sums.reserve(slots)
        excess.reserve(slots)
        counts.reserve(slots)
    }

    override func clear(_ slots: Range<Int>) {
        sums.clear(slots)
        excess.clear(slots)
        counts.clear(slots)
    }

    override func update(_ input: AccumulatorInput) {
        let column = input.arguments[0]
        let sums = sums.base
        let counts = counts.base
        let mayBeNull = column.nullCount != 0
        for index in 0..<input.count {
            let row = Int(input.rows[index])
            if mayBeNull && column.isNull(row) { continue }
            let slot = Int(input.slots[index])
            counts[slot] &+= 1
            switch argument {
            case .integer: sums[slot] &+= Int128(column.int32s[row])
            case .bigint: sums[slot] &+= Int128(column.int64s[row])
            default: add(column.decimals[row], wraps: 0, to: slot)
            }
        }
    }

    private func add(_ value: Int128, wraps: Int32, to slot: Int) {
        let (sum, overflow) = sums.base[slot].addingReportingOverflow(value)
        sums.base[slot] = sum
        excess.base[slot] &+= wraps &+ (overflow ? (value < 0 ? -1 : 1) : 0)
    }

    override func merge(_ slot: Int, from other: Accumulator, slot otherSlot: Int) {
        let other = unsafeDowncast(other, to: IntegerSumAccumulator.self)
        counts.base[slot] &+= other.counts.base[otherSlot]
        add(other.sums.base[otherSlot], wraps: other.excess.base[otherSlot], to: slot)
    }

    override func write(_ slot: Int, to writer: inout StateWriter) {
        writer.append(counts.base[slot])
        writer.append(sums.base[slot])
        writer.append(Int64(excess.base[slot]))
    }

    override func read(_ slot: Int, from reader: inout StateReader) throws(StateError) {
        counts.base[slot] = try reader.int64()
        sums.base[slot] = try reader.int128()
        excess.base[slot] = try reader.int32()
    }

    override func appendResult(_ slot: Int, to column: Column, failures: FailureCounts) {
        guard counts.base[slot] > 0 else { return column.appendNull() }
        let sum = sums.base[slot]
        switch column.type {
        case .integer:
            if let value = Int32(exactly: sum) { return column.append(int32: value) }
        case .bigint:
            if let value = Int64(exactly: sum) { return column.append(int64: value) }
        case .decimal(let precision, _):
            if excess.base[slot] == 0, sum.magnitude < Decimal128.powersOfTen[precision].magnitude {
                return column.append(decimal: sum)
            }
        default: break
        }
        failures.add(.overflow)
        column.appendNull()
    }
}
