// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// `+ - * / %` on two values: integers and decimals as exact fractions, rounded at the end. NULL where there is
/// no result.
enum Arithmetic {
    static func zero(_ type: DataType) -> Value {
        switch type {
        case .integer: .integer(0)
        case .bigint: .bigint(0)
        case .double: .double(0)
        case .decimal(_, let scale): .decimal(Decimal128(unscaled: 0, scale: scale))
        default: .null
        }
    }

    static func apply(_ operation: ArithmeticOperator, _ left: Value, _ right: Value, _ type: DataType) -> Value {
        if case .double(let left) = left, case .double(let right) = right { return double(operation, left, right) }
        guard let left = fraction(left), let right = fraction(right),
            let result = exact(operation, left, right, isInteger: type == .integer || type == .bigint)
        else { return .null }
        return value(result, type)
    }

    /// The value of a number type; NULL where it does not fit.
    static func value(_ number: Fraction, _ type: DataType) -> Value {
        switch type {
        case .integer:
            guard let wide = number.roundedHalfUp.int128, let value = Int32(exactly: wide) else { return .null }
            return .integer(value)
        case .bigint:
            guard let wide = number.roundedHalfUp.int128, let value = Int64(exactly: wide) else { return .null }
            return .bigint(value)
        case .decimal(let precision, let scale):
            return number.decimal(precision: precision, scale: scale).map { .decimal($0) } ?? .null
        default: return .null
        }
    }

    /// An integer or a decimal as a fraction.
    static func fraction(_ value: Value) -> Fraction? {
        switch value {
        case .integer(let value): Fraction(integer: Int128(value))
        case .bigint(let value): Fraction(integer: Int128(value))
        case .decimal(let value): Fraction(value)
        default: nil
        }
    }

    private static func exact(
        _ operation: ArithmeticOperator, _ left: Fraction, _ right: Fraction, isInteger: Bool
    ) -> Fraction? {
        switch operation {
        case .add: return left + right
        case .subtract: return left - right
        case .multiply: return left * right
        case .divide:
            guard let quotient = left / right else { return nil }
            return isInteger ? whole(quotient) : quotient
        case .remainder:
            guard let quotient = left / right, let whole = whole(quotient) else { return nil }
            return left - right * whole
        }
    }

    private static func whole(_ number: Fraction) -> Fraction? {
        number.numerator.dividedTowardsZero(by: number.denominator).map { Fraction($0.quotient) }
    }

    private static func double(_ operation: ArithmeticOperator, _ left: Double, _ right: Double) -> Value {
        let result: Double
        switch operation {
        case .add: result = left + right
        case .subtract: result = left - right
        case .multiply: result = left * right
        case .divide: result = left / right
        case .remainder: result = left.truncatingRemainder(dividingBy: right)
        }
        let isDivision = operation == .divide || operation == .remainder
        if isDivision, right == 0 { return .null }
        // Two finite numbers have a finite result or none.
        if left.isFinite, right.isFinite, !result.isFinite { return .null }
        return .double(result == 0 ? 0 : result.isNaN ? .nan : result)
    }
}
