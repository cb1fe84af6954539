// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MillraceEngine

/// A sum of doubles as an exact integer over 2^1074, by schoolbook arithmetic: slow, and different from `ExactSum`.
private struct BigSum {
    /// Digits of base 2^16, two's complement is avoided by a positive and a negative part.
    private var positive = [UInt32](repeating: 0, count: 140)
    private var negative = [UInt32](repeating: 0, count: 140)

    mutating func add(_ value: Double) {
        guard value != 0 else { return }
        let exponent = Int(value.exponentBitPattern)
        var significand = exponent == 0 ? value.significandBitPattern : value.significandBitPattern | (1 << 52)
        var bit = max(exponent - 1, 0)
        while significand != 0 {
            if significand & 1 == 1 { addBit(bit, isNegative: value < 0) }
            significand >>= 1
            bit += 1
        }
    }

    private mutating func addBit(_ bit: Int, isNegative: Bool) {
        var digit = bit / 16
        var carry: UInt32 = 1 << UInt32(bit % 16)
        while carry != 0 {
            let sum = (isNegative ? negative[digit] : positive[digit]) + carry
            if isNegative { negative[digit] = sum & 0xFFFF } else { positive[digit] = sum & 0xFFFF }
            carry = sum >> 16
            digit += 1
        }
    }

    /// Correctly rounded by comparing with the midpoints around a candidate, bit by bit.
    var value: Double {
        let isNegative = positive.reversed().lexicographicallyPrecedes(negative.reversed())
        let (large, small) = isNegative ? (negative, positive) : (positive, negative)
        var difference = [UInt32](repeating: 0, count: 140)
        var borrow: Int64 = 0
        for digit in 0..<140 {
            var result = Int64(large[digit]) - Int64(small[digit]) - borrow
            borrow = result < 0 ? 1 : 0
            if result < 0 { result += 65536 }
            difference[digit] = UInt32(result)
        }
        func bit(_ index: Int) -> UInt64 { index < 0 ? 0 : UInt64(difference[index / 16] >> UInt32(index % 16)) & 1 }
        guard let top = (0..<(140 * 16)).last(where: { bit($0) == 1 }) else { return 0 }
        let lowest = max(top - 52, 0)
        var significand: UInt64 = 0
        for index in stride(from: top, through: lowest, by: -1) { significand = significand << 1 | bit(index) }
        let half = bit(lowest - 1)
        let rest = lowest > 1 && (0..<(lowest - 1)).contains { bit($0) == 1 }
        if half == 1 && (rest || significand & 1 == 1) { significand += 1 }
        let magnitude = Double(sign: .plus, exponent: lowest - 1074, significand: 1) * Double(significand)
        return isNegative ? -magnitude : magnitude
    }
}

private struct SplitMix {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

@Suite struct ExactSumTests {
    private func sum(_ values: [Double]) -> Double {
        var sums = ExactSum()
        sums.reserve(1)
        for value in values { sums.add(value, to: 0) }
        return sums.value(0)
    }

    @Test(arguments: [
        ([], 0.0), ([0.1, 0.2, 0.3], 0.6), ([1e16, 1, -1e16], 1), ([1e308, 1e308, -1e308], 1e308),
        ([5e-324, 5e-324], 1e-323), ([1e300, 1e-300, -1e300], 1e-300), ([-0.0, 0.0], 0),
        ([4503599627370496, 0.5, 0.25], 4503599627370497), ([4503599627370496, 0.5], 4503599627370496),
        ([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1], 1.0), ([-2.5, 1.25], -1.25),
    ] as [([Double], Double)])
    func knownSums(values: [Double], expected: Double) {
        #expect(sum(values) == expected)
    }

    @Test func outOfRangeIsInfinite() {
        #expect(sum([1.7e308, 1.7e308]) == .infinity)
        #expect(sum([-1.7e308, -1.7e308]) == -.infinity)
    }

    @Test func equalsSchoolbookArithmeticInAnyOrder() {
        var random = SplitMix(state: 15)
        for round in 0..<400 {
            var values: [Double] = []
            let spread = round % 4
            for _ in 0..<(1 + Int(random.next() % 40)) {
                let fraction = Double(Int64(bitPattern: random.next()) >> 11) / 4503599627370496
                let exponent: Int
                switch spread {
                case 0: exponent = Int(random.next() % 40) - 20
                case 1: exponent = Int(random.next() % 160) - 80
                case 2: exponent = Int(random.next() % 2000) - 1000
                default: exponent = -1074 + Int(random.next() % 30)
                }
                values.append(fraction * Double(sign: .plus, exponent: max(exponent, -1020), significand: 1))
            }
            var expected = BigSum()
            for value in values { expected.add(value) }
            let wanted = expected.value
            #expect(sum(values) == wanted, "round \(round): \(values)")
            #expect(sum(values.reversed()) == wanted, "round \(round), reversed")
            // In two parts, merged.
            var parts = ExactSum()
            parts.reserve(2)
            for (index, value) in values.enumerated() { parts.add(value, to: index % 2) }
            var total = ExactSum()
            total.reserve(1)
            total.merge(0, from: parts, slot: 1)
            total.merge(0, from: parts, slot: 0)
            #expect(total.value(0) == wanted, "round \(round), merged")
        }
    }
}
