// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Exact arithmetic on unscaled decimals: the exact result is rounded once, half up (away from zero), to the result's
/// scale; what then has too many digits is an overflow.
struct DecimalArithmetic {
    let leftScale: Int
    let rightScale: Int
    let scale: Int
    /// The result's magnitude must be smaller.
    let limit: UInt128
    /// Operands and result have one scale: `+`, `-` and `%` need no more than the machine's operation.
    private let isAligned: Bool

    init(leftScale: Int, rightScale: Int, precision: Int, scale: Int) {
        self.leftScale = leftScale
        self.rightScale = rightScale
        self.scale = scale
        limit = DecimalArithmetic.power(precision)
        isAligned = leftScale == scale && rightScale == scale
    }

    private static let powers: [UInt128] = Decimal128.powersOfTen.map { $0.magnitude }

    /// 10^exponent, 0 ≤ exponent ≤ 38.
    static func power(_ exponent: Int) -> UInt128 { powers[exponent] }

    /// The unscaled result, or the failure.
    func apply(_ operation: ArithmeticOperator, _ left: Int128, _ right: Int128) -> Result<Int128, EvaluationFailure> {
        let result: Int128?
        switch operation {
        case .add: result = sum(left, right)
        case .subtract: result = sum(left, 0 &- right)
        case .multiply: result = product(left, right)
        case .divide:
            if right == 0 { return .failure(.divisionByZero) }
            result = quotient(left, right)
        case .remainder:
            if right == 0 { return .failure(.divisionByZero) }
            result = remainder(left, right)
        }
        guard let result else { return .failure(.overflow) }
        return .success(result)
    }

    private func fit(_ magnitude: UInt128?, negative: Bool) -> Int128? {
        guard let magnitude, magnitude < limit else { return nil }
        let value = Int128(truncatingIfNeeded: magnitude)
        return negative ? 0 &- value : value
    }

    /// `exact` has the scale `from`.
    private func round(_ exact: Wide, from: Int, negative: Bool) -> Int128? {
        if from >= scale { return fit(exact.dividedByPowerOfTen(from - scale), negative: negative) }
        guard exact.high == 0 else { return nil }
        let (magnitude, overflow) = exact.low.multipliedReportingOverflow(by: DecimalArithmetic.power(scale - from))
        return overflow ? nil : fit(magnitude, negative: negative)
    }

    private func sum(_ left: Int128, _ right: Int128) -> Int128? {
        if isAligned {
            let (sum, overflow) = left.addingReportingOverflow(right)
            return overflow || sum.magnitude >= limit ? nil : sum
        }
        let common = max(leftScale, rightScale)
        let first = Wide(left.magnitude, times: DecimalArithmetic.power(common - leftScale))
        let second = Wide(right.magnitude, times: DecimalArithmetic.power(common - rightScale))
        if (left < 0) == (right < 0) { return round(first + second, from: common, negative: left < 0) }
        if first < second { return round(second - first, from: common, negative: right < 0) }
        return round(first - second, from: common, negative: left < 0)
    }

    private func product(_ left: Int128, _ right: Int128) -> Int128? {
        let exact = Wide(left.magnitude, times: right.magnitude)
        return round(exact, from: leftScale + rightScale, negative: (left < 0) != (right < 0))
    }

    /// left × 10^exponent ÷ right, digits in blocks of at most 38 as in long division.
    private func quotient(_ left: Int128, _ right: Int128) -> Int128? {
        let negative = (left < 0) != (right < 0)
        var exponent = scale + rightScale - leftScale
        var divisor = right.magnitude
        if exponent < 0 {
            let (larger, overflow) = divisor.multipliedReportingOverflow(by: DecimalArithmetic.power(-exponent))
            // A divisor above 2^128 is more than twice any dividend: the quotient rounds to 0.
            if overflow { return 0 }
            divisor = larger
            exponent = 0
        }
        var (quotient, rest) = left.magnitude.quotientAndRemainder(dividingBy: divisor)
        while exponent > 0 {
            let block = min(exponent, 38)
            let power = DecimalArithmetic.power(block)
            let (shifted, overflow) = quotient.multipliedReportingOverflow(by: power)
            guard !overflow, let digits = Wide(rest, times: power).divided(by: divisor) else { return nil }
            let (next, carry) = shifted.addingReportingOverflow(digits.quotient)
            if carry { return nil }
            quotient = next
            rest = digits.remainder
            exponent -= block
        }
        if rest >= divisor - rest { quotient &+= 1 }
        return fit(quotient, negative: negative)
    }

    /// The sign of the dividend, as in Java.
    private func remainder(_ left: Int128, _ right: Int128) -> Int128? {
        let common = max(leftScale, rightScale)
        let dividend = Wide(left.magnitude, times: DecimalArithmetic.power(common - leftScale))
        let divisor = Wide(right.magnitude, times: DecimalArithmetic.power(common - rightScale))
        // Only one of the two was scaled up: above 2^128 the divisor is larger than the dividend.
        let rest = divisor.high == 0 ? Wide(low: dividend.remainder(dividingBy: divisor.low)) : dividend
        return round(rest, from: common, negative: left < 0)
    }

    /// Whether left < right, for scales that may differ.
    static func less(_ left: Int128, _ leftScale: Int, _ right: Int128, _ rightScale: Int) -> Bool {
        if leftScale == rightScale { return left < right }
        if (left < 0) != (right < 0) { return left < 0 }
        let (first, second) = aligned(left, leftScale, right, rightScale)
        return left < 0 ? second < first : first < second
    }

    /// Whether left = right, for scales that may differ.
    static func equal(_ left: Int128, _ leftScale: Int, _ right: Int128, _ rightScale: Int) -> Bool {
        if leftScale == rightScale { return left == right }
        if (left < 0) != (right < 0) { return false }
        let (first, second) = aligned(left, leftScale, right, rightScale)
        return first == second
    }

    private static func aligned(_ left: Int128, _ leftScale: Int, _ right: Int128, _ rightScale: Int) -> (Wide, Wide) {
        let common = max(leftScale, rightScale)
        return (
            Wide(left.magnitude, times: power(common - leftScale)),
            Wide(right.magnitude, times: power(common - rightScale))
        )
    }
}

/// DECIMAL arithmetic over a batch.
enum DecimalKernel {
    /// `out` becomes the result; operands are DECIMAL columns of any scale.
    static func evaluate(
        _ operation: ArithmeticOperator, _ left: Column, _ right: Column, into out: Column, rows: Int,
        selection: Selection, failures: FailureCounts
    ) {
        guard case .decimal(let precision, let scale) = out.type, case .decimal(_, let leftScale) = left.type,
            case .decimal(_, let rightScale) = right.type
        else { preconditionFailure("decimal arithmetic on other types") }
        let arithmetic = DecimalArithmetic(
            leftScale: leftScale, rightScale: rightScale, precision: precision, scale: scale)
        out.prepare(rows: rows, nullsOf: left, right)
        let (first, second, values) = (left.decimals, right.decimals, out.decimals)
        let nulls = NullSource(out)
        Rows(selection, of: rows).forEach { row in
            if nulls.isNull(row) { return }
            switch arithmetic.apply(operation, first[row], second[row]) {
            case .success(let value): values[row] = value
            case .failure(let failure):
                out.setNull(row)
                failures.add(failure)
            }
        }
    }

    /// Unary minus; a DECIMAL's negative always fits.
    static func negate(_ operand: Column, into out: Column, rows: Int, selection: Selection) {
        out.prepare(rows: rows, nullsOf: operand, nil)
        let (source, values) = (operand.decimals, out.decimals)
        Rows(selection, of: rows).forEach { row in values[row] = 0 &- source[row] }
    }
}
