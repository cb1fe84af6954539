// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// A number as an exact fraction of integers: how the reference adds, multiplies and rounds.
struct Fraction {
    var numerator: BigInteger
    /// Greater than zero.
    var denominator: BigInteger

    init(_ numerator: BigInteger, over denominator: BigInteger = BigInteger(1)) {
        self.numerator = denominator.isNegative ? numerator.negated : numerator
        self.denominator = denominator.magnitude
    }

    init(integer value: Int128) { self.init(BigInteger(value)) }

    init(_ value: Decimal128) { self.init(BigInteger(value.unscaled), over: .powerOfTen(max(value.scale, 0))) }

    /// A finite DOUBLE, exactly.
    init(_ value: Double) {
        // A double is an integer of 53 bits times a power of two.
        let significand = BigInteger(Int128(value.significandBitPattern | (value.isNormal ? 1 << 52 : 0)))
        let exponent = (value.isNormal ? Int(value.exponent) : -1022) - 52
        let signed = value < 0 ? significand.negated : significand
        if exponent >= 0 { self.init(signed << exponent) } else { self.init(signed, over: BigInteger(1) << -exponent) }
    }

    static func + (left: Fraction, right: Fraction) -> Fraction {
        Fraction(
            left.numerator * right.denominator + right.numerator * left.denominator,
            over: left.denominator * right.denominator)
    }

    static func - (left: Fraction, right: Fraction) -> Fraction {
        left + Fraction(right.numerator.negated, over: right.denominator)
    }

    static func * (left: Fraction, right: Fraction) -> Fraction {
        Fraction(left.numerator * right.numerator, over: left.denominator * right.denominator)
    }

    /// Nil for a divisor of zero.
    static func / (left: Fraction, right: Fraction) -> Fraction? {
        right.numerator.isZero
            ? nil : Fraction(left.numerator * right.denominator, over: left.denominator * right.numerator)
    }

    /// The nearest integer, halves away from zero.
    var roundedHalfUp: BigInteger {
        guard let (quotient, remainder) = numerator.dividedTowardsZero(by: denominator) else { return BigInteger(0) }
        let isUp = !((remainder.magnitude + remainder.magnitude) < denominator)
        return isUp ? quotient + BigInteger(numerator.isNegative ? -1 : 1) : quotient
    }

    /// As a DECIMAL of this precision and scale, rounded half up; nil where it does not fit.
    func decimal(precision: Int, scale: Int) -> Decimal128? {
        let scaled = Fraction(numerator * .powerOfTen(scale), over: denominator).roundedHalfUp
        guard scaled.magnitude < .powerOfTen(precision), let unscaled = scaled.int128 else { return nil }
        return Decimal128(unscaled: unscaled, scale: scale)
    }

    /// The nearest DOUBLE, ties to even; an infinity where it is too large.
    var double: Double {
        guard !numerator.isZero else { return 0 }
        // Brought to an integer quotient of 54 or 55 bits, or fewer where the result is subnormal.
        var shift = 55 - (numerator.bitWidth - denominator.bitWidth)
        shift = min(shift, 1075)
        let (top, bottom) =
            shift >= 0
            ? (numerator.magnitude << shift, denominator) : (numerator.magnitude, denominator << -shift)
        guard let (quotient, remainder) = top.dividedTowardsZero(by: bottom) else { return 0 }
        // Extra bits beyond 53, and at least the one below the least subnormal bit.
        var extra = max(quotient.bitWidth - 53, shift - 1074)
        extra = max(extra, 0)
        guard let (kept, cut) = quotient.dividedTowardsZero(by: BigInteger(1) << extra) else { return 0 }
        var significand = kept
        if extra > 0 {
            let half = BigInteger(1) << (extra - 1)
            let isAbove = half < cut || (cut == half && !remainder.isZero)
            let isTie = cut == half && remainder.isZero
            if isAbove || (isTie && kept.bit(0)) { significand = kept + BigInteger(1) }
        }
        let magnitude = Double(significand.int128 ?? 0)
        let result = Double(sign: .plus, exponent: extra - shift, significand: magnitude)
        return numerator.isNegative ? -result : result
    }
}
