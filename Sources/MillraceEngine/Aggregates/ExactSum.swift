// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Sums of doubles without any rounding until they are read, for many slots: the result is the correctly rounded sum
/// whatever the order of the additions.
///
///     fixed[slot]   Int128 in units of 2^−74: takes every double of magnitude below 2^52 whose last bit is at least
///                   2^−74 (amounts, measurements …) with one shift and one addition
///     wide[slot]    everything else: a superaccumulator over the whole range of double, made when it is needed
///
/// Both parts are exact integers, so moving between them changes nothing. (The idea of the wide part: Kulisch;
/// of a cheap exact path before it: Neal, "Fast exact summation using small and large superaccumulators", 2015.)
struct ExactSum: ~Copyable {
    private var fixed = SlotArray<Int128>(zero: 0)
    private var wide: [Int: WideSum] = [:]

    static let unitExponent = -74

    var slotBytes: Int { fixed.slotBytes }

    /// Bytes of the wide parts.
    var wideBytes: Int { wide.count * WideSum.heldBytes }

    mutating func reserve(_ slots: Int) { fixed.reserve(slots) }

    mutating func clear(_ slots: Range<Int>) {
        fixed.clear(slots)
        if !wide.isEmpty { for slot in slots { wide[slot] = nil } }
    }

    @inline(__always)
    mutating func add(_ value: Double, to slot: Int) {
        let bits = value.bitPattern
        let exponent = Int(bits &>> 52) & 0x7FF
        // In units of 2^−74 the significand is shifted by exponent − 1075 + 74.
        let shift = exponent &- 1001
        if shift >= 0 && shift <= 73 {
            let significand = Int128(truncatingIfNeeded: (bits & 0xF_FFFF_FFFF_FFFF) | (1 &<< 52)) &<< Int128(shift)
            let (sum, overflow) = fixed.base[slot].addingReportingOverflow(value < 0 ? 0 &- significand : significand)
            if !overflow {
                fixed.base[slot] = sum
                return
            }
        } else if bits &<< 1 == 0 {
            return
        }
        addSlowly(value, to: slot)
    }

    @inline(never)
    private mutating func addSlowly(_ value: Double, to slot: Int) { wideSum(slot).add(value) }

    private mutating func wideSum(_ slot: Int) -> WideSum {
        if let found = wide[slot] { return found }
        let new = WideSum()
        wide[slot] = new
        return new
    }

    @inline(__always)
    mutating func merge(_ slot: Int, from other: borrowing ExactSum, slot otherSlot: Int) {
        let (sum, overflow) = fixed.base[slot].addingReportingOverflow(other.fixed.base[otherSlot])
        if overflow {
            wideSum(slot).add(other.fixed.base[otherSlot])
        } else {
            fixed.base[slot] = sum
        }
        if !other.wide.isEmpty, let otherWide = other.wide[otherSlot] { wideSum(slot).merge(otherWide) }
    }

    /// Adds another slot of the same sums.
    mutating func merge(_ slot: Int, ownSlot otherSlot: Int) {
        let (sum, overflow) = fixed.base[slot].addingReportingOverflow(fixed.base[otherSlot])
        if overflow {
            wideSum(slot).add(fixed.base[otherSlot])
        } else {
            fixed.base[slot] = sum
        }
        if !wide.isEmpty, let otherWide = wide[otherSlot] { wideSum(slot).merge(otherWide) }
    }

    /// The sum rounded to the nearest double, ties to even; infinite where it is out of range.
    func value(_ slot: Int) -> Double {
        // The common case asks no dictionary.
        guard !wide.isEmpty, let part = wide[slot] else {
            let sum = fixed.base[slot]
            let magnitude = ExactSum.rounded(sum.magnitude, exponent: ExactSum.unitExponent)
            return sum < 0 ? -magnitude : magnitude
        }
        let total = WideSum()
        total.merge(part)
        total.add(fixed.base[slot])
        return total.value
    }

    /// One number or, with a wide part, all of it there: how the sum came to lie in the two parts does not matter.
    func write(_ slot: Int, to writer: inout StateWriter) {
        guard let part = wide[slot] else {
            writer.append(false)
            return writer.append(fixed.base[slot])
        }
        let total = WideSum()
        total.merge(part)
        total.add(fixed.base[slot])
        writer.append(true)
        total.write(to: &writer)
    }

    mutating func read(_ slot: Int, from reader: inout StateReader) throws(StateError) {
        if try reader.flag() { wide[slot] = try WideSum.read(&reader) } else { fixed.base[slot] = try reader.int128() }
    }

    /// The sum as a pair of doubles, high and low: about 106 significant bits.
    mutating func pair(_ slot: Int) -> (high: Double, low: Double) {
        let high = value(slot)
        guard high.isFinite else { return (high, 0) }
        add(-high, to: slot)
        let low = value(slot)
        add(high, to: slot)
        return (high, low)
    }

    /// `magnitude` × 2^`exponent`, correctly rounded; the result must be a normal number or zero.
    static func rounded(_ magnitude: UInt128, exponent: Int) -> Double {
        let excess = 128 - magnitude.leadingZeroBitCount - 53
        guard excess > 0 else { return scaled(Double(UInt64(truncatingIfNeeded: magnitude)), exponent) }
        var significand = UInt64(truncatingIfNeeded: magnitude >> UInt128(excess))
        let rest = magnitude & ((1 << UInt128(excess)) - 1)
        let half: UInt128 = 1 << UInt128(excess - 1)
        if rest > half || (rest == half && significand & 1 == 1) { significand += 1 }
        return scaled(Double(significand), exponent + excess)
    }

    /// `value` × 2^`exponent`: a multiplication where that power is a normal number.
    @inline(__always)
    private static func scaled(_ value: Double, _ exponent: Int) -> Double {
        guard exponent >= -1022, exponent <= 1023 else { return scalbn(value, Int32(exponent)) }
        return value * Double(bitPattern: UInt64(truncatingIfNeeded: exponent &+ 1023) &<< 52)
    }
}

/// An exact integer in units of 2^−1074, wide enough for every sum of doubles.
///
///     limb i holds 32 bits of weight 2^(32·i − 1074) in an Int64, so that carries can wait
///     2^−1074 … 2^1024 = 2,098 bits = 66 limbs; two more for the carries of 2^62 additions
final class WideSum {
    private static let limbCount = 69
    /// Bytes of memory, with the place in a table.
    static let heldBytes = limbCount * 8 + 128
    private var limbs = [Int64](repeating: 0, count: WideSum.limbCount)
    /// Additions since the carries were last settled; each adds less than 2^32 to a limb.
    private var pending = 0
    private var hasNaN = false
    private var hasPositiveInfinity = false
    private var hasNegativeInfinity = false

    func add(_ value: Double) {
        guard value.isFinite else {
            if value.isNaN {
                hasNaN = true
            } else if value > 0 {
                hasPositiveInfinity = true
            } else {
                hasNegativeInfinity = true
            }
            return
        }
        let bits = value.bitPattern
        let exponent = Int(bits >> 52) & 0x7FF
        let fraction = bits & 0xF_FFFF_FFFF_FFFF
        let significand = exponent == 0 ? fraction : fraction | (1 << 52)
        add(UInt128(significand), at: max(exponent - 1, 0), negative: value < 0)
    }

    /// Adds a sum of `ExactSum`'s fixed part.
    func add(_ fixed: Int128) {
        add(fixed.magnitude, at: 1074 + ExactSum.unitExponent, negative: fixed < 0)
    }

    /// Adds ± magnitude × 2^(bit − 1074).
    private func add(_ magnitude: UInt128, at bit: Int, negative: Bool) {
        if pending >= 1 << 29 { settle() }
        pending += 1
        var limb = bit / 32
        var rest = magnitude
        let shift = bit % 32
        // The lowest limb takes the bits that are left of it after the shift; then 32 at a time.
        var part = Int64(truncatingIfNeeded: (rest << UInt128(shift)) & 0xFFFF_FFFF)
        rest >>= UInt128(32 - shift)
        while true {
            limbs[limb] += negative ? -part : part
            if rest == 0 { return }
            limb += 1
            part = Int64(truncatingIfNeeded: rest & 0xFFFF_FFFF)
            rest >>= 32
        }
    }

    func merge(_ other: WideSum) {
        settle()
        other.settle()
        for limb in limbs.indices { limbs[limb] += other.limbs[limb] }
        hasNaN = hasNaN || other.hasNaN
        hasPositiveInfinity = hasPositiveInfinity || other.hasPositiveInfinity
        hasNegativeInfinity = hasNegativeInfinity || other.hasNegativeInfinity
        settle()
    }

    /// Brings every limb but the last to 0 ..< 2^32; the last keeps the sign.
    private func settle() {
        var carry: Int64 = 0
        for limb in 0..<(WideSum.limbCount - 1) {
            let sum = limbs[limb] + carry
            limbs[limb] = sum & 0xFFFF_FFFF
            carry = sum >> 32
        }
        limbs[WideSum.limbCount - 1] += carry
        pending = 0
    }

    func write(to writer: inout StateWriter) {
        settle()
        writer.append(byte: (hasNaN ? 1 : 0) | (hasPositiveInfinity ? 2 : 0) | (hasNegativeInfinity ? 4 : 0))
        let used = limbs.prefix((limbs.lastIndex { $0 != 0 } ?? -1) + 1)
        let first = used.firstIndex { $0 != 0 } ?? used.endIndex
        writer.append(count: first)
        writer.append(count: used.count - first)
        for limb in used[first...] { writer.append(limb) }
    }

    static func read(_ reader: inout StateReader) throws(StateError) -> WideSum {
        let sum = WideSum()
        let flags = try reader.byte()
        sum.hasNaN = flags & 1 != 0
        sum.hasPositiveInfinity = flags & 2 != 0
        sum.hasNegativeInfinity = flags & 4 != 0
        let first = try reader.count()
        let count = try reader.count()
        guard first <= limbCount, count <= limbCount - first else { throw StateError("a sum out of range") }
        for limb in first..<(first + count) {
            sum.limbs[limb] = try reader.int64()
            // As `settle` leaves them: the sums of such sums do not overflow.
            let allowed: ClosedRange<Int64> = limb < limbCount - 1 ? 0...0xFFFF_FFFF : -0xFFFF_FFFF...0xFFFF_FFFF
            guard allowed.contains(sum.limbs[limb]) else { throw StateError("a sum out of range") }
        }
        return sum
    }

    /// Correctly rounded, ties to even.
    var value: Double {
        if hasNaN || (hasPositiveInfinity && hasNegativeInfinity) { return .nan }
        if hasPositiveInfinity { return .infinity }
        if hasNegativeInfinity { return -.infinity }
        settle()
        var magnitude = limbs
        let negative = magnitude[WideSum.limbCount - 1] < 0
        if negative {
            // Two's complement over 32-bit digits.
            var carry: Int64 = 1
            for limb in magnitude.indices {
                let sum = (~magnitude[limb] & 0xFFFF_FFFF) + carry
                magnitude[limb] = sum & 0xFFFF_FFFF
                carry = sum >> 32
            }
        }
        guard let top = magnitude.lastIndex(where: { $0 != 0 }) else { return 0 }
        // The top three limbs hold at least 65 significant bits; what lies below only matters as "not zero".
        var head: UInt128 = 0
        for limb in stride(from: top, through: max(top - 2, 0), by: -1) {
            head = head << 32 | UInt128(truncatingIfNeeded: magnitude[limb])
        }
        let lowest = max(top - 2, 0)
        if magnitude[..<lowest].contains(where: { $0 != 0 }) { head = head << 1 | 1 } else { head <<= 1 }
        let exponent = 32 * lowest - 1074 - 1
        let result = ExactSum.rounded(head, exponent: exponent)
        return negative ? -result : result
    }
}
