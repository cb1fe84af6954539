// SPDX-License-Identifier: Apache-2.0

/// A magnitude of 256 bits: what the product of two decimals needs.
struct Wide {
    var high: UInt128
    var low: UInt128

    init(high: UInt128 = 0, low: UInt128) {
        self.high = high
        self.low = low
    }

    /// left × right, exact.
    init(_ left: UInt128, times right: UInt128) {
        let product = left.multipliedFullWidth(by: right)
        self.init(high: product.high, low: product.low)
    }

    static func < (left: Wide, right: Wide) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }

    static func == (left: Wide, right: Wide) -> Bool { left.high == right.high && left.low == right.low }

    /// Modulo 2^256; sums of decimals stay far below.
    static func + (left: Wide, right: Wide) -> Wide {
        let (low, carry) = left.low.addingReportingOverflow(right.low)
        return Wide(high: left.high &+ right.high &+ (carry ? 1 : 0), low: low)
    }

    /// left ≥ right.
    static func - (left: Wide, right: Wide) -> Wide {
        let (low, borrow) = left.low.subtractingReportingOverflow(right.low)
        return Wide(high: left.high &- right.high &- (borrow ? 1 : 0), low: low)
    }

    /// Quotient and remainder; nil where the quotient needs more than 128 bits. `divisor` is not 0.
    func divided(by divisor: UInt128) -> (quotient: UInt128, remainder: UInt128)? {
        if high == 0 { return low.quotientAndRemainder(dividingBy: divisor) }
        if high >= divisor { return nil }
        let (quotient, remainder) = divisor.dividingFullWidth((high, low))
        return (quotient, remainder)
    }

    func remainder(dividingBy divisor: UInt128) -> UInt128 {
        if high == 0 { return low % divisor }
        return divisor.dividingFullWidth((high % divisor, low)).remainder
    }

    /// Divided by 10^`shift` and rounded half up; nil where the result needs more than 128 bits.
    /// `shift` is at most 76 and the magnitude below 10^77.
    func dividedByPowerOfTen(_ shift: Int) -> UInt128? {
        var value = self
        var shift = shift
        if shift > 38 {
            // Cut 38 digits first: whether the rest rounds up hangs on digits further up only.
            guard let cut = value.divided(by: DecimalArithmetic.power(38)) else { return nil }
            value = Wide(low: cut.quotient)
            shift -= 38
        }
        if shift == 0 { return value.high == 0 ? value.low : nil }
        let divisor = DecimalArithmetic.power(shift)
        guard let (quotient, remainder) = value.divided(by: divisor) else { return nil }
        return quotient &+ (remainder >= divisor - remainder ? 1 : 0)
    }
}
