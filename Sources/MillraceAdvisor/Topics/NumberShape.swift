// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// What numbers look like, added up over many of them: enough for a type that holds each without losing a digit.
struct NumberShape: Hashable {
    private(set) var count = 0
    /// Some have a point or an exponent.
    private(set) var hasFraction = false
    private(set) var hasExponent = false
    /// Of the whole ones.
    private(set) var lowest: Int64?
    private(set) var highest: Int64?
    /// Of those with a point or an exponent.
    private(set) var lowestFraction: Double?
    private(set) var highestFraction: Double?
    private var isBeyondBigint = false
    private var isBeyondDouble = false
    private var integerDigits = 0
    private var scale = 0

    /// - Parameter text: a number as JSON writes them.
    mutating func add(_ text: String) {
        count += 1
        let mantissa = text.prefix { $0 != "e" && $0 != "E" }
        let parts = mantissa.split(separator: ".", omittingEmptySubsequences: false)
        integerDigits = max(integerDigits, parts[0].drop { $0 == "-" || $0 == "0" }.count)
        if parts.count > 1 { scale = max(scale, parts[1].count) }
        hasExponent = hasExponent || mantissa.count < text.count
        let isWhole = parts.count == 1 && mantissa.count == text.count
        if !isWhole {
            hasFraction = true
            let value = Double(text) ?? 0
            lowestFraction = min(lowestFraction ?? value, value)
            highestFraction = max(highestFraction ?? value, value)
        } else if let value = Int64(text) {
            lowest = min(lowest ?? value, value)
            highest = max(highest ?? value, value)
        } else {
            isBeyondBigint = true
        }
        isBeyondDouble = isBeyondDouble || !NumberShape.isHeldByDouble(text)
    }

    mutating func merge(_ other: NumberShape) {
        func picked<T>(_ left: T?, _ right: T?, _ pick: (T, T) -> T) -> T? {
            guard let left, let right else { return left ?? right }
            return pick(left, right)
        }
        count += other.count
        hasFraction = hasFraction || other.hasFraction
        hasExponent = hasExponent || other.hasExponent
        lowest = picked(lowest, other.lowest, min)
        highest = picked(highest, other.highest, max)
        lowestFraction = picked(lowestFraction, other.lowestFraction, min)
        highestFraction = picked(highestFraction, other.highestFraction, max)
        isBeyondBigint = isBeyondBigint || other.isBeyondBigint
        isBeyondDouble = isBeyondDouble || other.isBeyondDouble
        integerDigits = max(integerDigits, other.integerDigits)
        scale = max(scale, other.scale)
    }

    /// What holds all of them as they are; VARCHAR where no number does.
    var type: DataType {
        if !hasFraction {
            if !isBeyondBigint { return .bigint }
            // 20 digits are an unsigned number of 64 bits.
            return integerDigits <= 38 ? .decimal(precision: max(integerDigits, 20), scale: 0) : .varchar
        }
        if !isBeyondDouble { return .double }
        return !hasExponent && integerDigits + scale <= 38 ? .decimal(precision: 38, scale: scale) : .varchar
    }

    /// Why the type is neither BIGINT nor DOUBLE; nil: it is.
    var reason: String? {
        switch type {
        case .bigint, .double: nil
        case .decimal: hasFraction ? "a DOUBLE would lose digits" : "some numbers are beyond BIGINT"
        default: "some numbers have more digits than any type"
        }
    }

    /// Whether the number, read as a DOUBLE and written again, has its digits still.
    private static func isHeldByDouble(_ text: String) -> Bool {
        let digits = significantDigits(text)
        if digits.count <= 15 { return true }
        guard digits.count <= 17, let value = Double(text), value.isFinite else { return false }
        return significantDigits("\(value)") == digits
    }

    private static func significantDigits(_ text: String) -> String {
        var digits = text.prefix { $0 != "e" && $0 != "E" }.filter(\.isNumber).drop { $0 == "0" }
        while digits.last == "0" { digits.removeLast() }
        return String(digits)
    }
}
