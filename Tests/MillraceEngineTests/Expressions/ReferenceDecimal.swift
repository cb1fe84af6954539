// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Decimal arithmetic as on paper: natural numbers as decimal digits, lowest first. Slow and plainly right.
struct PaperNumber: Comparable {
    var digits: [Int]

    init(digits: [Int]) {
        self.digits = digits
        while self.digits.last == 0 { self.digits.removeLast() }
    }

    init(_ magnitude: UInt128) { self.init(digits: String(magnitude).reversed().compactMap { $0.wholeNumberValue }) }

    var isZero: Bool { digits.isEmpty }

    static func < (left: PaperNumber, right: PaperNumber) -> Bool {
        if left.digits.count != right.digits.count { return left.digits.count < right.digits.count }
        return left.digits.reversed().lexicographicallyPrecedes(right.digits.reversed())
    }

    func shifted(_ places: Int) -> PaperNumber {
        PaperNumber(digits: isZero ? [] : Array(repeating: 0, count: places) + digits)
    }

    static func + (left: PaperNumber, right: PaperNumber) -> PaperNumber {
        var (result, carry): ([Int], Int) = ([], 0)
        for place in 0..<max(left.digits.count, right.digits.count) + 1 {
            let sum = carry + left.digit(place) + right.digit(place)
            result.append(sum % 10)
            carry = sum / 10
        }
        return PaperNumber(digits: result)
    }

    static func - (left: PaperNumber, right: PaperNumber) -> PaperNumber {
        var (result, borrow): ([Int], Int) = ([], 0)
        for place in 0..<left.digits.count {
            let difference = left.digit(place) - right.digit(place) - borrow
            result.append((difference + 10) % 10)
            borrow = difference < 0 ? 1 : 0
        }
        return PaperNumber(digits: result)
    }

    static func * (left: PaperNumber, right: PaperNumber) -> PaperNumber {
        var result = PaperNumber(digits: [])
        for (place, digit) in right.digits.enumerated() {
            for _ in 0..<digit { result = result + left.shifted(place) }
        }
        return result
    }

    func divided(by divisor: PaperNumber) -> (quotient: PaperNumber, remainder: PaperNumber) {
        var (quotient, rest): ([Int], PaperNumber) = ([], PaperNumber(digits: []))
        for digit in digits.reversed() {
            rest = PaperNumber(digits: [digit] + rest.digits)
            var times = 0
            while !(rest < divisor) {
                rest = rest - divisor
                times += 1
            }
            quotient.append(times)
        }
        return (PaperNumber(digits: quotient.reversed()), rest)
    }

    private func digit(_ place: Int) -> Int { place < digits.count ? digits[place] : 0 }

    /// numerator ÷ denominator, half up.
    static func rounded(_ numerator: PaperNumber, over denominator: PaperNumber) -> PaperNumber {
        let (quotient, rest) = numerator.divided(by: denominator)
        return rest + rest < denominator ? quotient : quotient + PaperNumber(1)
    }
}

enum PaperDecimal {
    static func apply(
        _ operation: ArithmeticOperator, _ left: Decimal128, _ right: Decimal128, precision: Int, scale: Int
    ) throws(EvaluationFailure) -> Decimal128 {
        let common = max(left.scale, right.scale)
        let first = PaperNumber(left.unscaled.magnitude).shifted(common - left.scale)
        let second = PaperNumber(right.unscaled.magnitude).shifted(common - right.scale)
        var negative = left.unscaled < 0
        var numerator = PaperNumber(digits: [])
        var denominator = PaperNumber(1)
        switch operation {
        case .add, .subtract:
            let rightNegative = (right.unscaled < 0) != (operation == .subtract)
            if negative == rightNegative {
                numerator = first + second
            } else if first < second {
                numerator = second - first
                negative = rightNegative
            } else {
                numerator = first - second
            }
            denominator = denominator.shifted(common)
        case .multiply:
            numerator = first * second
            denominator = denominator.shifted(2 * common)
            negative = negative != (right.unscaled < 0)
        case .divide, .remainder:
            if second.isZero { throw .divisionByZero }
            if operation == .divide {
                numerator = first
                denominator = second
                negative = negative != (right.unscaled < 0)
            } else {
                numerator = first.divided(by: second).remainder
                denominator = denominator.shifted(common)
            }
        }
        let result = PaperNumber.rounded(numerator.shifted(scale), over: denominator)
        if result.digits.count > precision { throw .overflow }
        var unscaled: Int128 = 0
        for digit in result.digits.reversed() { unscaled = unscaled * 10 + Int128(digit) }
        return Decimal128(unscaled: negative ? -unscaled : unscaled, scale: scale)
    }
}
