// SPDX-License-Identifier: Apache-2.0

/// The shortest decimal that gives a double again, by whole numbers of 128 bits.
enum ShortestDecimal {
    private static let powersOfTen: [UInt64] = {
        var powers: [UInt64] = [1]
        while powers.count < 20 { powers.append((powers.last ?? 1) &* 10) }
        return powers
    }()

    /// significand × 10^exponent, the nearest to `value` of the shortest; nil outside 2^−9 ..< 2^49 and for powers of
    /// two, whose neighbours are not equally far.
    ///
    ///     value = m × 2^e, its neighbours' midpoints (2m ± 1) × 2^(e − 1): every decimal between these gives m again
    ///     all three × 10^scale: 17 or 18 digits before the point, which is enough for any double
    static func find(_ value: Double) -> (significand: UInt64, exponent: Int)? {
        let bits = value.bitPattern
        let exponent = Int(bits &>> 52) &- 1023
        let fraction = bits & 0xF_FFFF_FFFF_FFFF
        guard exponent >= -9, exponent < 49, fraction != 0 else { return nil }
        let doubled = (fraction | 1 &<< 52) &<< 1
        // Sixteen less the power of ten at or below 2^exponent.
        let scale = 16 &- (exponent &* 1233) &>> 12
        let power = powersOfTen[scale]
        let shift = UInt128(truncatingIfNeeded: 53 &- exponent)
        let mask: UInt128 = (1 &<< shift) &- 1

        // Midpoints count where m is even, for ties go there.
        let isOdd = doubled & 2 != 0
        let below = product(doubled &- 1, power)
        let above = product(doubled &+ 1, power)
        // One less than the lowest candidate, and the highest.
        var low = UInt64(truncatingIfNeeded: below &>> shift)
        if !isOdd, below & mask == 0 { low &-= 1 }
        var high = UInt64(truncatingIfNeeded: above &>> shift)
        if isOdd, above & mask == 0 { high &-= 1 }

        var unit: UInt64 = 1
        var zeros = 0
        while high / 10 > low / 10 {
            high /= 10
            low /= 10
            unit &*= 10
            zeros &+= 1
        }
        // The nearest multiple of `unit`; ties to the even one.
        let exact = product(doubled, power)
        let whole = UInt64(truncatingIfNeeded: exact &>> shift)
        var significand = whole / unit
        let rest = UInt128(whole &- significand &* unit) &<< shift | exact & mask
        let half = UInt128(unit) &<< (shift &- 1)
        if rest > half || (rest == half && significand & 1 == 1) { significand &+= 1 }
        return (significand, zeros &- scale)
    }

    @inline(__always)
    private static func product(_ left: UInt64, _ right: UInt64) -> UInt128 {
        let (high, low) = left.multipliedFullWidth(by: right)
        return UInt128(high) &<< 64 | UInt128(low)
    }
}
