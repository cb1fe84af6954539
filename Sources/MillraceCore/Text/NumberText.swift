// SPDX-License-Identifier: Apache-2.0

/// Numbers from and to ASCII bytes. Parsers take the whole text: no white space, nothing behind the number.
package enum NumberText {
    /// The room that `write` needs, in bytes.
    package static let integerCapacity = 20

    // MARK: Integers

    /// `[+-]digits` that fits 64 bits; nil for anything else.
    package static func integer(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        var position = 0
        var isNegative = false
        if let first = bytes.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
            isNegative = first == UInt8(ascii: "-")
            position = 1
        }
        guard position < bytes.count else { return nil }
        // Counted downwards, because the least Int64 has no positive twin.
        var value: Int64 = 0
        let firstDigit = position
        while position < bytes.count {
            let digit = bytes[position] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            if position - firstDigit < 18 {
                value = value &* 10 &- Int64(digit)
            } else {
                let (product, overflow) = value.multipliedReportingOverflow(by: 10)
                let (difference, underflow) = product.subtractingReportingOverflow(Int64(digit))
                if overflow || underflow { return nil }
                value = difference
            }
            position += 1
        }
        if isNegative { return value }
        return value == Int64.min ? nil : -value
    }

    /// Writes the decimal digits of `value` to memory with room for `integerCapacity` bytes; returns their number.
    /// Bytes behind the digits, within that room, become undefined.
    @inline(__always)
    package static func write(_ value: UInt64, to output: UnsafeMutablePointer<UInt8>) -> Int {
        if value < 100_000_000 { return writeLeading(value, to: output) }
        let high = value / 100_000_000
        let low = eightDigits(value &- high &* 100_000_000)
        var count: Int
        if high < 100_000_000 {
            count = writeLeading(high, to: output)
        } else {
            let highest = high / 100_000_000
            count = writeLeading(highest, to: output)
            store(eightDigits(high &- highest &* 100_000_000), to: output + count)
            count &+= 8
        }
        store(low, to: output + count)
        return count &+ 8
    }

    /// Writes a number of at most eight digits without leading zeros; eight bytes are touched.
    @inline(__always)
    private static func writeLeading(_ value: UInt64, to output: UnsafeMutablePointer<UInt8>) -> Int {
        let digits = eightDigits(value)
        // Of zero one digit is left.
        let zeros = min(digits.trailingZeroBitCount &>> 3, 7)
        UnsafeMutableRawPointer(output).storeBytes(
            of: ((digits | asciiZeros) &>> UInt64(zeros &* 8)).littleEndian, as: UInt64.self)
        return 8 &- zeros
    }

    private static let asciiZeros: UInt64 = 0x3030_3030_3030_3030

    /// The eight digits (0–9, not ASCII) of a number below 10^8, the first in the lowest byte: all lanes of a word are
    /// divided at once, by multiplications that are exact in the lanes' ranges.
    @inline(__always)
    static func eightDigits(_ value: UInt64) -> UInt64 {
        let high = value / 10_000
        let fours = high | (value &- high &* 10_000) &<< 32
        let hundreds = (fours &* 10_486) &>> 20 & 0x0000_007F_0000_007F
        let pairs = hundreds | (fours &- hundreds &* 100) &<< 16
        let tens = (pairs &* 103) &>> 10 & 0x000F_000F_000F_000F
        return tens | (pairs &- tens &* 10) &<< 8
    }

    /// Writes eight digits as ASCII.
    @inline(__always)
    static func store(_ digits: UInt64, to output: UnsafeMutablePointer<UInt8>) {
        UnsafeMutableRawPointer(output).storeBytes(of: (digits | asciiZeros).littleEndian, as: UInt64.self)
    }

    /// Writes `value` with its sign to memory with room for `integerCapacity` bytes; returns the length.
    @inline(__always)
    package static func write(_ value: Int64, to output: UnsafeMutablePointer<UInt8>) -> Int {
        guard value < 0 else { return write(UInt64(value), to: output) }
        output[0] = UInt8(ascii: "-")
        return 1 + write(value.magnitude, to: output + 1)
    }

    /// Appends `value` with its sign.
    package static func append(_ value: Int64, to bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: integerCapacity) { buffer in
            guard let start = buffer.baseAddress else { return }
            let length = write(value, to: start)
            bytes.append(contentsOf: UnsafeBufferPointer(start: start, count: length))
        }
    }

    /// The number of decimal digits, at least 1.
    @inline(__always)
    package static func digitCount(_ value: UInt64) -> Int {
        var count = 1
        var rest = value
        while rest >= 10_000 {
            rest /= 10_000
            count &+= 4
        }
        return rest >= 1000 ? count &+ 3 : rest >= 100 ? count &+ 2 : rest >= 10 ? count &+ 1 : count
    }

    // MARK: Numbers with a point and an exponent

    /// The nearest double to `[+-]digits[.digits][e[+-]digits]` (digits may be missing on one side of the point); too
    /// large a number gives an infinity, too small a one zero. Nil for anything else, also for `NaN` and `Infinity`.
    package static func double(_ bytes: UnsafeRawBufferPointer) -> Double? {
        guard let number = DecimalNotation(bytes) else { return nil }
        if number.significand == 0, !number.isTruncated { return number.isNegative ? -0.0 : 0.0 }
        // Clinger's fast path: both operands are exact, so the one rounding is the right one.
        if !number.isTruncated, number.significand <= 1 << 53, number.exponent >= -22, number.exponent <= 22 {
            let significand = Double(number.significand)
            let magnitude =
                number.exponent < 0
                ? significand / exactPowersOfTen[-number.exponent] : significand * exactPowersOfTen[number.exponent]
            return number.isNegative ? -magnitude : magnitude
        }
        // The standard library reads in the C locale, whatever the process has set.
        return Double(String(decoding: bytes, as: UTF8.self))
    }

    private static let exactPowersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    /// The same notation as a decimal of this precision and scale, rounded half up (away from zero); nil where the text
    /// is not a number or needs more digits before the point than precision − scale.
    package static func decimal(_ bytes: UnsafeRawBufferPointer, precision: Int, scale: Int) -> Decimal128? {
        guard let number = DecimalNotation(bytes) else { return nil }
        if number.digitCount == 0 { return Decimal128(unscaled: 0, scale: scale) }
        // The digits d₀d₁… of the text stand for d₀d₁… × 10^(exponent of the last one): so many of them are kept.
        let keep = number.digitCount + number.lastDigitExponent + scale
        guard keep <= min(precision, 38) else { return nil }
        guard keep >= 0 else { return Decimal128(unscaled: 0, scale: scale) }
        var unscaled: Int128 = 0
        var index = 0
        for byte in bytes[number.digits] where byte != UInt8(ascii: ".") {
            let digit = byte &- UInt8(ascii: "0")
            if index == keep {
                if digit >= 5 { unscaled += 1 }
                index += 1
                break
            }
            unscaled = unscaled * 10 + Int128(digit)
            index += 1
        }
        if index < keep { unscaled *= Decimal128.powersOfTen[keep - index] }
        guard unscaled < Decimal128.powersOfTen[min(precision, 38)] else { return nil }
        return Decimal128(unscaled: number.isNegative ? -unscaled : unscaled, scale: scale)
    }
}

/// The parts of a number in decimal or scientific notation.
private struct DecimalNotation {
    var isNegative = false
    /// The first 19 significant digits.
    var significand: UInt64 = 0
    /// The number is `significand` × 10^`exponent`, if it is not truncated.
    var exponent = 0
    /// Whether there are more than 19 significant digits.
    var isTruncated: Bool { digitCount > 19 }
    /// Digits from the first that is not zero on; 0 for zero.
    var digitCount = 0
    /// Where these digits are in the text; one point may be among them.
    var digits: Range<Int>
    /// The power of ten of the last digit.
    var lastDigitExponent = 0

    /// Exponents beyond this make any number of a sane length zero or infinite; they are cut to it.
    private static let exponentLimit = 1_000_000_000

    init?(_ bytes: UnsafeRawBufferPointer) {
        var position = 0
        if let first = bytes.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
            isNegative = first == UInt8(ascii: "-")
            position = 1
        }
        digits = 0..<0
        var firstSignificant = -1
        var seenDigits = 0
        var point = -1
        while position < bytes.count {
            let byte = bytes[position]
            let digit = byte &- UInt8(ascii: "0")
            if digit <= 9 {
                seenDigits += 1
                if digit != 0 || firstSignificant >= 0 {
                    if firstSignificant < 0 { firstSignificant = position }
                    if digitCount < 19 { significand = significand &* 10 &+ UInt64(digit) }
                    digitCount += 1
                }
            } else if byte == UInt8(ascii: "."), point < 0 {
                point = position
            } else {
                break
            }
            position += 1
        }
        guard seenDigits > 0 else { return nil }
        if firstSignificant >= 0 { digits = firstSignificant..<position }
        let fractionDigits = point < 0 ? 0 : position - point - 1
        var written = 0
        if position < bytes.count {
            guard bytes[position] | 0x20 == UInt8(ascii: "e") else { return nil }
            guard let parsed = DecimalNotation.exponent(bytes, from: position + 1) else { return nil }
            written = parsed
        }
        lastDigitExponent = written - fractionDigits
        exponent = lastDigitExponent
    }

    private static func exponent(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var position = start
        var isNegative = false
        if position < bytes.count, bytes[position] == UInt8(ascii: "-") || bytes[position] == UInt8(ascii: "+") {
            isNegative = bytes[position] == UInt8(ascii: "-")
            position += 1
        }
        guard position < bytes.count else { return nil }
        var value = 0
        while position < bytes.count {
            let digit = bytes[position] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            value = min(value * 10 + Int(digit), exponentLimit)
            position += 1
        }
        return isNegative ? -value : value
    }
}
