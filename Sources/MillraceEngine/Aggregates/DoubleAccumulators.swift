// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// SUM over DOUBLE: the exact sum, rounded when it is read. Out of range gives NULL.
final class DoubleSumAccumulator: Accumulator {
    @exclusivity(unchecked) private var sums = ExactSum()
    @exclusivity(unchecked) private var counts = SlotArray<Int64>(zero: 0)

    override var slotBytes: Int { sums.slotBytes + counts.slotBytes }
    override var valueBytes: Int { sums.wideBytes }

    override func reserve(_ slots: Int) {
        sums.reserve(slots)
        counts.reserve(slots)
    }

    override func clear(_ slots: Range<Int>) {
        sums.clear(slots)
        counts.clear(slots)
    }

    override func update(_ input: AccumulatorInput) {
        let column = input.arguments[0]
        let values = column.doubles
        let counts = counts.base
        let mayBeNull = column.nullCount != 0
        for index in 0..<input.count {
            let row = Int(input.rows[index])
            if mayBeNull && column.isNull(row) { continue }
            let slot = Int(input.slots[index])
            sums.add(values[row], to: slot)
            counts[slot] &+= 1
        }
    }

    override func merge(_ slot: Int, from other: Accumulator, slot otherSlot: Int) {
        let other = unsafeDowncast(other, to: DoubleSumAccumulator.self)
        // Sessions that join lie in one accumulator; reading and changing the same sums would be two accesses at once.
        if other === self {
            sums.merge(slot, ownSlot: otherSlot)
        } else {
            sums.merge(slot, from: other.sums, slot: otherSlot)
        }
        counts.base[slot] &+= other.counts.base[otherSlot]
    }

    override func merge(
        _ other: Accumulator, from: UnsafePointer<UInt32>, into: UnsafePointer<UInt32>, count: Int
    ) {
        let other = unsafeDowncast(other, to: DoubleSumAccumulator.self)
        precondition(other !== self, "a batch of slots is merged from another accumulator")
        let (counts, others) = (counts.base, other.counts.base)
        for index in 0..<count {
            let (slot, otherSlot) = (Int(into[index]), Int(from[index]))
            sums.merge(slot, from: other.sums, slot: otherSlot)
            counts[slot] &+= others[otherSlot]
        }
    }

    override func write(_ slot: Int, to writer: inout StateWriter) {
        writer.append(counts.base[slot])
        sums.write(slot, to: &writer)
    }

    override func read(_ slot: Int, from reader: inout StateReader) throws(StateError) {
        counts.base[slot] = try reader.int64()
        try sums.read(slot, from: &reader)
    }

    override func appendResult(_ slot: Int, to column: Column, failures: FailureCounts) {
        guard counts.base[slot] > 0 else { return column.appendNull() }
        let sum = sums.value(slot)
        guard sum.isFinite else {
            failures.add(.overflow)
            return column.appendNull()
        }
        column.append(double: sum)
    }
}

/// AVG: the exact sum rounded once to DOUBLE, divided by the count of the values that are not NULL.
final class AverageAccumulator: Accumulator {
    private let scale: Int
    private let isDouble: Bool
    private let sum: Accumulator
    @exclusivity(unchecked) private var counts = SlotArray<Int64>(zero: 0)
    private let scratch: Column

    init(argument: DataType) {
        isDouble = argument == .double
        if case .decimal(_, let scale) = argument { self.scale = scale } else { scale = 0 }
        sum = isDouble ? DoubleSumAccumulator() : IntegerSumAccumulator(argument: argument)
        scratch = Column(isDouble ? .double : .decimal(precision: 38, scale: scale))
    }

    override var slotBytes: Int { sum.slotBytes + counts.slotBytes }
    override var valueBytes: Int { sum.valueBytes }

    override func reserve(_ slots: Int) {
        sum.reserve(slots)
        counts.reserve(slots)
    }

    override func clear(_ slots: Range<Int>) {
        sum.clear(slots)
        counts.clear(slots)
    }

    override func update(_ input: AccumulatorInput) {
        sum.update(input)
        let column = input.arguments[0]
        let counts = counts.base
        for index in 0..<input.count where !column.isNull(Int(input.rows[index])) {
            counts[Int(input.slots[index])] &+= 1
        }
    }

    override func merge(_ slot: Int, from other: Accumulator, slot otherSlot: Int) {
        let other = unsafeDowncast(other, to: AverageAccumulator.self)
        sum.merge(slot, from: other.sum, slot: otherSlot)
        counts.base[slot] &+= other.counts.base[otherSlot]
    }

    override func write(_ slot: Int, to writer: inout StateWriter) {
        writer.append(counts.base[slot])
        sum.write(slot, to: &writer)
    }

    override func read(_ slot: Int, from reader: inout StateReader) throws(StateError) {
        counts.base[slot] = try reader.int64()
        try sum.read(slot, from: &reader)
    }

    override func appendResult(_ slot: Int, to column: Column, failures: FailureCounts) {
        let count = counts.base[slot]
        guard count > 0 else { return column.appendNull() }
        scratch.removeAll()
        sum.appendResult(slot, to: scratch, failures: failures)
        guard !scratch.isNull(0) else { return column.appendNull() }
        if isDouble {
            column.append(double: scratch.doubles[0] / Double(count))
        } else {
            let total = Decimal128(unscaled: scratch.decimals[0], scale: scale)
            column.append(double: strtod(total.text, nil) / Double(count))
        }
    }
}

/// STDDEV_SAMP: from the exact sums of x and of x² (x² as product and rounding error, both exact), so that the result
/// does not depend on the order. One value has the deviation 0, none has NULL.
final class DeviationAccumulator: Accumulator {
    private let argument: DataType
    @exclusivity(unchecked) private var sums = ExactSum()
    @exclusivity(unchecked) private var squares = ExactSum()
    @exclusivity(unchecked) private var counts = SlotArray<Int64>(zero: 0)

    init(argument: DataType) { self.argument = argument }

    override var slotBytes: Int { sums.slotBytes + squares.slotBytes + counts.slotBytes }
    override var valueBytes: Int { sums.wideBytes + squares.wideBytes }

    override func reserve(_ slots: Int) {
        sums.reserve(slots)
        squares.reserve(slots)
        counts.reserve(slots)
    }

    override func clear(_ slots: Range<Int>) {
        sums.clear(slots)
        squares.clear(slots)
        counts.clear(slots)
    }

    override func update(_ input: AccumulatorInput) {
        let column = input.arguments[0]
        for index in 0..<input.count {
            let row = Int(input.rows[index])
            if column.isNull(row) { continue }
            let slot = Int(input.slots[index])
            let value: Double
            switch argument {
            case .integer: value = Double(column.int32s[row])
            case .bigint: value = Double(column.int64s[row])
            case .decimal(_, let scale):
                value = strtod(Decimal128(unscaled: column.decimals[row], scale: scale).text, nil)
            default: value = column.doubles[row]
            }
            let square = value * value
            sums.add(value, to: slot)
            squares.add(square, to: slot)
            if square.isFinite { squares.add(fma(value, value, -square), to: slot) }
            counts.base[slot] &+= 1
        }
    }

    override func merge(_ slot: Int, from other: Accumulator, slot otherSlot: Int) {
        let other = unsafeDowncast(other, to: DeviationAccumulator.self)
        if other === self {
            sums.merge(slot, ownSlot: otherSlot)
            squares.merge(slot, ownSlot: otherSlot)
        } else {
            sums.merge(slot, from: other.sums, slot: otherSlot)
            squares.merge(slot, from: other.squares, slot: otherSlot)
        }
        counts.base[slot] &+= other.counts.base[otherSlot]
    }

    override func write(_ slot: Int, to writer: inout StateWriter) {
        writer.append(counts.base[slot])
        sums.write(slot, to: &writer)
        squares.write(slot, to: &writer)
    }

    override func read(_ slot: Int, from reader: inout StateReader) throws(StateError) {
        counts.base[slot] = try reader.int64()
        try sums.read(slot, from: &reader)
        try squares.read(slot, from: &reader)
    }

    override func appendResult(_ slot: Int, to column: Column, failures: FailureCounts) {
        let count = Double(counts.base[slot])
        guard count > 0 else { return column.appendNull() }
        guard count > 1 else { return column.append(double: 0) }
        let (sum, sumRest) = sums.pair(slot)
        let (square, squareRest) = squares.pair(slot)
        // Σx² − (Σx)²/n loses all its digits in plain doubles where the mean is large against the deviation: the square
        // of the sum and its quotient are kept with their rounding errors.
        let product = sum * sum
        let productRest = fma(sum, sum, -product) + 2 * sum * sumRest
        let quotient = product / count
        let quotientRest = (fma(-quotient, count, product) + productRest) / count
        let deviation = (max((square - quotient) + (squareRest - quotientRest), 0) / (count - 1)).squareRoot()
        guard deviation.isFinite else {
            failures.add(.overflow)
            return column.appendNull()
        }
        column.append(double: deviation)
    }
}
