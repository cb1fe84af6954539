// SPDX-License-Identifier: Apache-2.0

import MillraceCore

/// A number in decimal or scientific notation, taken apart without rounding.
struct ExactNumber {
    private let text: UnsafeBufferPointer<UInt8>
    private var isNegative = false
    /// Where the first digit that is not zero stands, and how many digits there are from it on.
    private var first = 0
    private var digitCount = 0
    /// How many of these digits stand before the point, after the exponent has moved it: may be negative or more than
    /// there are.
    private var integerDigits = 0

    /// `[+-]digits[.digits][e[+-]digits]`, digits may be missing on one side of the point; nil for anything else.
    init?(_ text: UnsafeBufferPointer<UInt8>) {
        self.text = text
        var index = 0
        if let sign = text.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            index = 1
        }
        var seenDigits = 0
        var hasPoint = false
        var leadingZeros = 0
        while index < text.count {
            let byte = text[index]
            if byte &- UInt8(ascii: "0") <= 9 {
                seenDigits += 1
                if digitCount == 0, byte == UInt8(ascii: "0") {
                    if hasPoint { leadingZeros += 1 }
                } else {
                    if digitCount == 0 { first = index }
                    digitCount += 1
                    if !hasPoint { integerDigits += 1 }
                }
            } else if byte == UInt8(ascii: "."), !hasPoint {
                hasPoint = true
            } else {
                break
            }
            index += 1
        }
        guard seenDigits > 0 else { return nil }
        if integerDigits == 0 { integerDigits = -leadingZeros }
        if index == text.count { return }
        guard text[index] | 0x20 == UInt8(ascii: "e") else { return nil }
        guard let exponent = ExactNumber.exponent(text, from: index + 1) else { return nil }
        integerDigits += exponent
    }

    /// The exponent, cut where any number of a sane length is out of every range.
    private static func exponent(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var index = start
        var isNegative = false
        if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
            isNegative = text[index] == UInt8(ascii: "-")
            index += 1
        }
        guard index < text.count else { return nil }
        var value = 0
        while index < text.count {
            let digit = text[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            value = min(value * 10 + Int(digit), 1_000_000_000)
            index += 1
        }
        return isNegative ? -value : value
    }

    /// The number without its fraction; nil where it does not fit 64 bits.
    func truncatedInteger() -> Int64? {
        guard digitCount > 0, integerDigits > 0 else { return 0 }
        guard integerDigits <= 19, let magnitude = leadingDigits(integerDigits) else { return nil }
        let limit = Int128(Int64.max) + (isNegative ? 1 : 0)
        guard magnitude <= limit else { return nil }
        return Int64(truncatingIfNeeded: isNegative ? -magnitude : magnitude)
    }

    /// The unscaled value of the number as DECIMAL(precision, scale); nil where it does not fit without rounding.
    func unscaledDecimal(precision: Int, scale: Int) -> Int128? {
        guard digitCount > 0 else { return 0 }
        let kept = integerDigits + scale
        guard kept > 0, kept <= min(precision, 38), let magnitude = leadingDigits(kept, exactly: true) else {
            return nil
        }
        return isNegative ? -magnitude : magnitude
    }

    /// The first `count` (at most 38) digits as a number, zeros behind the last one; nil where `exactly` and one of the
    /// others is not zero.
    private func leadingDigits(_ count: Int, exactly: Bool = false) -> Int128? {
        var result: Int128 = 0
        var taken = 0
        var index = first
        var left = digitCount
        while left > 0 {
            let byte = text[index]
            index += 1
            if byte == UInt8(ascii: ".") { continue }
            left -= 1
            if taken < count {
                result = result * 10 + Int128(byte &- UInt8(ascii: "0"))
                taken += 1
            } else if !exactly {
                break
            } else if byte != UInt8(ascii: "0") {
                return nil
            }
        }
        return taken < count ? result * Decimal128.powersOfTen[count - taken] : result
    }
}
