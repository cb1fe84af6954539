// SPDX-License-Identifier: Apache-2.0

/// Text of DOUBLE values, exactly as Java's `Double.toString` since JDK 19: the shortest digits that give the same
/// double again, as `123.45` where 1e-3 ≤ |v| < 1e7, else as `1.2345E10`; `NaN`, `Infinity`, `-0.0`.
package enum DoubleText {
    /// The room that `write` needs, in bytes.
    package static let capacity = 32

    /// Appends the text of `value`.
    package static func append(_ value: Double, to bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: capacity) { buffer in
            guard let start = buffer.baseAddress else { return }
            let length = write(value, to: start)
            bytes.append(contentsOf: UnsafeBufferPointer(start: start, count: length))
        }
    }

    /// Writes the text of `value` to memory with room for `capacity` bytes; returns its length.
    package static func write(_ value: Double, to output: UnsafeMutablePointer<UInt8>) -> Int {
        guard value.isFinite else { return writeSpecial(value, to: output) }
        var position = output
        if value.sign == .minus {
            position[0] = UInt8(ascii: "-")
            position += 1
        }
        let magnitude = value.magnitude
        if magnitude < 1e7, magnitude >= 1e-3 || magnitude == 0 {
            if let length = writeShortDecimal(magnitude, to: position) { return position - output + length }
        }
        var digits = shortestDigits(magnitude)
        if digits.count == 1, magnitude < Double.leastNormalMagnitude { digits = twoDigits(magnitude) }
        return position - output + writeDigits(digits, to: position)
    }

    /// The shortest decimal that gives `value` again: significand × 10^exponent. For values that are finite and not
    /// negative.
    package static func shortestDecimal(_ value: Double) -> (significand: UInt64, exponent: Int) {
        let digits = shortestDigits(value)
        return (digits.significand, digits.exponent - digits.count + 1)
    }

    /// `significand` × 10^(`exponent` − count + 1), so that `exponent` is the one of d.ddd notation.
    private struct Digits {
        var significand: UInt64
        var count: Int
        var exponent: Int
    }

    private static func writeSpecial(_ value: Double, to output: UnsafeMutablePointer<UInt8>) -> Int {
        let text: StaticString = value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity"
        output.update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        return text.utf8CodeUnitCount
    }

    /// The common case: a number below 1e7 with at most six digits after the point.
    ///
    /// Two different decimals of at most 15 digits never round to one double, so a number of millionths that gives
    /// `value` again is, less trailing zeros, the shortest. The division is correctly rounded, for both operands are
    /// exact; the product is off by less than 2^−8, so that it is rounded to the right number if there is one.
    private static func writeShortDecimal(_ value: Double, to output: UnsafeMutablePointer<UInt8>) -> Int? {
        let scaled = Int64(value * 1e6 + 0.5)
        guard Double(scaled) / 1e6 == value else { return nil }
        let millionths = UInt64(bitPattern: scaled)
        let units = millionths / 1_000_000
        let length = NumberText.write(units, to: output)
        output[length] = UInt8(ascii: ".")
        // Two zeros more than there are, so that they are eight digits; then trailing zeros but the first are left out.
        let fraction = NumberText.eightDigits((millionths &- units &* 1_000_000) &* 100)
        NumberText.store(fraction, to: output + length + 1)
        return length + 9 - min(fraction.leadingZeroBitCount &>> 3, 7)
    }

    /// The shortest digits of a double, and among these the nearest.
    private static func shortestDigits(_ magnitude: Double) -> Digits {
        // An integer that a double holds exactly is its own shortest form, less trailing zeros.
        if magnitude >= 1, magnitude < 0x1p53, magnitude == magnitude.rounded() {
            return digits(of: UInt64(magnitude), exponentOfLastDigit: 0)
        }
        if let (significand, exponent) = ShortestDecimal.find(magnitude) {
            return digits(of: significand, exponentOfLastDigit: exponent)
        }
        return describedDigits(magnitude)
    }

    /// Digits from Swift's description, which has the shortest and nearest ones as Java's has.
    private static func describedDigits(_ magnitude: Double) -> Digits {
        var significand: UInt64 = 0
        var exponent = 0
        var written = 0
        var writtenIsNegative = false
        var inFraction = false
        var inExponent = false
        for byte in magnitude.description.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if inExponent {
                    written = written * 10 + Int(byte - UInt8(ascii: "0"))
                } else {
                    significand = significand &* 10 &+ UInt64(byte - UInt8(ascii: "0"))
                    if inFraction { exponent -= 1 }
                }
            case UInt8(ascii: "."): inFraction = true
            case UInt8(ascii: "e"): inExponent = true
            case UInt8(ascii: "-"): writtenIsNegative = true
            default: break
            }
        }
        return digits(of: significand, exponentOfLastDigit: exponent + (writtenIsNegative ? -written : written))
    }

    private static func digits(of integer: UInt64, exponentOfLastDigit: Int) -> Digits {
        var significand = integer
        var exponent = exponentOfLastDigit
        while significand != 0, significand % 10 == 0 {
            significand /= 10
            exponent += 1
        }
        let count = NumberText.digitCount(significand)
        return Digits(significand: significand, count: count, exponent: exponent + count - 1)
    }

    /// Java shows at least two digits and takes the nearest such decimal: 4.9E-324, not 5.0E-324. It matters only for
    /// the smallest subnormals, whose neighbours are further apart than a tenth of the first digit.
    private static func twoDigits(_ subnormal: Double) -> Digits {
        var leading = Double(subnormal.bitPattern) * 4.940656458412465441765687928682
        var exponent = -324
        while leading >= 10 {
            leading /= 10
            exponent += 1
        }
        var significand = UInt64((leading * 10).rounded())
        if significand == 100 {
            significand = 10
            exponent += 1
        }
        return significand % 10 == 0
            ? Digits(significand: significand / 10, count: 1, exponent: exponent)
            : Digits(significand: significand, count: 2, exponent: exponent)
    }

    private static func writeDigits(_ digits: Digits, to output: UnsafeMutablePointer<UInt8>) -> Int {
        let isPlain = digits.exponent >= -3 && digits.exponent < 7
        // How many digits stand before the point; zero or less: zeros follow "0.".
        let split = isPlain ? digits.exponent + 1 : 1
        var length = 0
        if split <= 0 {
            length = put("0.", to: output, at: length)
            for _ in split..<0 { length = put("0", to: output, at: length) }
            length += NumberText.write(digits.significand, to: output + length)
        } else if digits.count <= split {
            length += NumberText.write(digits.significand, to: output)
            for _ in digits.count..<split { length = put("0", to: output, at: length) }
            length = put(".0", to: output, at: length)
        } else {
            // One byte further right, then the digits before the point move back over the gap.
            length = NumberText.write(digits.significand, to: output + 1) + 1
            for index in 0..<split { output[index] = output[index + 1] }
            output[split] = UInt8(ascii: ".")
        }
        if isPlain { return length }
        length = put("E", to: output, at: length)
        return length + NumberText.write(Int64(digits.exponent), to: output + length)
    }

    private static func put(_ text: StaticString, to output: UnsafeMutablePointer<UInt8>, at position: Int) -> Int {
        (output + position).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        return position + text.utf8CodeUnitCount
    }
}
