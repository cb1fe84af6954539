// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Rounding of decimal digits.
enum Rounding {
    enum Direction: Sendable {
        case up, down, towardZero
        /// To the nearest; a half goes up, towards +∞ (as ksqlDB's ROUND: −1.5 gives −1).
        case nearestUp
    }

    /// `value` with at most `digits` digits after the point (negative: zeros before it), in the scale of `type`.
    static func round(_ value: Decimal128, digits: Int, _ direction: Direction, _ type: DataType)
        throws(EvaluationFailure) -> Value
    {
        guard case .decimal(let precision, let scale) = type else { throw .badArgument }
        var rounded = value
        if digits < value.scale {
            let dropped = value.scale - digits
            let quotient = divide(value.unscaled, byPowerOfTen: dropped, direction)
            rounded = Decimal128(unscaled: quotient, scale: digits)
        }
        guard let result = rounded.rescaled(to: scale, precision: precision) else { throw .overflow }
        return .decimal(result)
    }

    /// `value` with at most `digits` digits after the point, by its shortest decimal digits.
    static func round(_ value: Double, digits: Int, _ direction: Direction) -> Double {
        guard value.isFinite else { return value }
        let (significand, exponent) = DoubleText.shortestDecimal(value.magnitude)
        let dropped = -exponent - digits
        guard dropped > 0 else { return value }
        let signed = value.sign == .minus ? -Int128(significand) : Int128(significand)
        let text = "\(divide(signed, byPowerOfTen: dropped, direction))e\(-digits)"
        return Array(text.utf8).withUnsafeBytes { NumberText.double($0) } ?? value
    }

    private static func divide(_ value: Int128, byPowerOfTen exponent: Int, _ direction: Direction) -> Int128 {
        guard exponent <= 38 else {
            // Less than half of the last digit that is left.
            return direction == .up && value > 0 ? 1 : direction == .down && value < 0 ? -1 : 0
        }
        let divisor = Decimal128.powersOfTen[exponent]
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        switch direction {
        case .towardZero: return quotient
        case .up: return remainder > 0 ? quotient + 1 : quotient
        case .down: return remainder < 0 ? quotient - 1 : quotient
        case .nearestUp:
            if remainder > 0 { return remainder >= divisor - remainder ? quotient + 1 : quotient }
            return -remainder > divisor + remainder ? quotient - 1 : quotient
        }
    }
}
