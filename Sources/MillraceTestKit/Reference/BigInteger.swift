// SPDX-License-Identifier: Apache-2.0

/// An integer of any size, written for being obviously right: sign and magnitude, 32 bits a limb, school methods.
struct BigInteger: Equatable {
    private(set) var isNegative: Bool
    /// Least first, no zeros at the end; empty is zero.
    private(set) var limbs: [UInt32]

    private init(isNegative: Bool, limbs: [UInt32]) {
        var trimmed = limbs
        while trimmed.last == 0 { trimmed.removeLast() }
        self.limbs = trimmed
        self.isNegative = isNegative && !trimmed.isEmpty
    }

    init(_ value: Int128) {
        var rest = value.magnitude
        var limbs: [UInt32] = []
        while rest != 0 {
            limbs.append(UInt32(truncatingIfNeeded: rest))
            rest >>= 32
        }
        self.init(isNegative: value < 0, limbs: limbs)
    }

    var isZero: Bool { limbs.isEmpty }
    var negated: BigInteger { BigInteger(isNegative: !isNegative, limbs: limbs) }
    var magnitude: BigInteger { BigInteger(isNegative: false, limbs: limbs) }

    /// The number of bits of the magnitude; 0 for zero.
    var bitWidth: Int { limbs.isEmpty ? 0 : limbs.count * 32 - (limbs[limbs.count - 1].leadingZeroBitCount) }

    /// One bit of the magnitude.
    func bit(_ index: Int) -> Bool {
        index >= 0 && index / 32 < limbs.count && limbs[index / 32] >> UInt32(index % 32) & 1 == 1
    }

    /// The value where it fits 128 bits.
    var int128: Int128? {
        guard bitWidth <= 127 else { return nil }
        var value: Int128 = 0
        for limb in limbs.reversed() { value = value << 32 | Int128(limb) }
        return isNegative ? -value : value
    }

    private static func compareMagnitudes(_ left: [UInt32], _ right: [UInt32]) -> Int {
        if left.count != right.count { return left.count < right.count ? -1 : 1 }
        for index in left.indices.reversed() where left[index] != right[index] {
            return left[index] < right[index] ? -1 : 1
        }
        return 0
    }

    static func < (left: BigInteger, right: BigInteger) -> Bool { (left - right).isNegative }

    static func + (left: BigInteger, right: BigInteger) -> BigInteger {
        if left.isNegative == right.isNegative {
            var limbs: [UInt32] = []
            var carry: UInt64 = 0
            for index in 0..<max(left.limbs.count, right.limbs.count) {
                let one = index < left.limbs.count ? UInt64(left.limbs[index]) : 0
                let other = index < right.limbs.count ? UInt64(right.limbs[index]) : 0
                carry += one + other
                limbs.append(UInt32(truncatingIfNeeded: carry))
                carry >>= 32
            }
            limbs.append(UInt32(truncatingIfNeeded: carry))
            return BigInteger(isNegative: left.isNegative, limbs: limbs)
        }
        let order = compareMagnitudes(left.limbs, right.limbs)
        let (greater, smaller) = order >= 0 ? (left, right) : (right, left)
        var limbs: [UInt32] = []
        var borrow: Int64 = 0
        for index in greater.limbs.indices {
            var difference = Int64(greater.limbs[index]) - borrow
            difference -= index < smaller.limbs.count ? Int64(smaller.limbs[index]) : 0
            borrow = difference < 0 ? 1 : 0
            limbs.append(UInt32(truncatingIfNeeded: difference))
        }
        return BigInteger(isNegative: greater.isNegative, limbs: limbs)
    }

    static func - (left: BigInteger, right: BigInteger) -> BigInteger { left + right.negated }

    static func * (left: BigInteger, right: BigInteger) -> BigInteger {
        var limbs = [UInt32](repeating: 0, count: left.limbs.count + right.limbs.count)
        for (place, one) in left.limbs.enumerated() {
            var carry: UInt64 = 0
            for (index, other) in right.limbs.enumerated() {
                carry += UInt64(one) * UInt64(other) + UInt64(limbs[place + index])
                limbs[place + index] = UInt32(truncatingIfNeeded: carry)
                carry >>= 32
            }
            limbs[place + right.limbs.count] = UInt32(truncatingIfNeeded: carry)
        }
        return BigInteger(isNegative: left.isNegative != right.isNegative, limbs: limbs)
    }

    static func << (value: BigInteger, count: Int) -> BigInteger {
        var shifted = BigInteger(
            isNegative: value.isNegative, limbs: [UInt32](repeating: 0, count: count / 32) + value.limbs)
        for _ in 0..<(count % 32) { shifted = shifted + shifted }
        return shifted
    }

    /// Quotient towards zero and remainder with the dividend's sign; nil for a divisor of zero. One bit at a time.
    func dividedTowardsZero(by divisor: BigInteger) -> (quotient: BigInteger, remainder: BigInteger)? {
        guard !divisor.isZero else { return nil }
        var quotient = [UInt32](repeating: 0, count: limbs.count)
        var rest = BigInteger(0)
        for index in stride(from: bitWidth - 1, through: 0, by: -1) {
            rest = rest + rest + BigInteger(bit(index) ? 1 : 0)
            if BigInteger.compareMagnitudes(rest.limbs, divisor.limbs) >= 0 {
                rest = rest - divisor.magnitude
                quotient[index / 32] |= 1 << UInt32(index % 32)
            }
        }
        return (
            BigInteger(isNegative: isNegative != divisor.isNegative, limbs: quotient),
            BigInteger(isNegative: isNegative, limbs: rest.limbs)
        )
    }

    /// 10 to the power of `exponent`.
    static func powerOfTen(_ exponent: Int) -> BigInteger {
        var power = BigInteger(1)
        for _ in 0..<exponent { power = power * BigInteger(10) }
        return power
    }
}
