// SPDX-License-Identifier: Apache-2.0

/// A decimal number of at most 38 digits: `unscaled` × 10^−`scale`.
package struct Decimal128: Sendable, Hashable {
    package var unscaled: Int128
    package var scale: Int

    package init(unscaled: Int128, scale: Int) {
        self.unscaled = unscaled
        self.scale = scale
    }

    /// 10^0 … 10^38: index = exponent.
    package static let powersOfTen: [Int128] = {
        var powers: [Int128] = [1]
        for _ in 0..<38 { powers.append(powers[powers.count - 1] * 10) }
        return powers
    }()

    /// The same number with another scale, rounded half up (away from zero) as ksqlDB does; nil where it needs more
    /// than `precision` digits.
    package func rescaled(to newScale: Int, precision: Int = 38) -> Decimal128? {
        var result = unscaled
        if newScale > scale {
            let shift = newScale - scale
            guard shift <= 38 else { return unscaled == 0 ? Decimal128(unscaled: 0, scale: newScale) : nil }
            let (product, overflow) = unscaled.multipliedReportingOverflow(by: Decimal128.powersOfTen[shift])
            if overflow { return nil }
            result = product
        } else if newScale < scale {
            let shift = scale - newScale
            guard shift <= 38 else { return Decimal128(unscaled: 0, scale: newScale) }
            let divisor = Decimal128.powersOfTen[shift]
            let (quotient, remainder) = unscaled.quotientAndRemainder(dividingBy: divisor)
            result = quotient
            let distance = remainder.magnitude
            if distance >= divisor.magnitude - distance { result += unscaled < 0 ? -1 : 1 }
        }
        guard result.magnitude < Decimal128.powersOfTen[min(precision, 38)].magnitude else { return nil }
        return Decimal128(unscaled: result, scale: newScale)
    }

    /// All digits with the point, for example `-12.50`; never an exponent.
    package var text: String {
        let digits = String(unscaled.magnitude)
        let sign = unscaled < 0 ? "-" : ""
        if scale <= 0 { return sign + digits + String(repeating: "0", count: unscaled == 0 ? 0 : -scale) }
        let padded = digits.count > scale ? digits : String(repeating: "0", count: scale - digits.count + 1) + digits
        let split = padded.index(padded.endIndex, offsetBy: -scale)
        return sign + padded[..<split] + "." + padded[split...]
    }
}
