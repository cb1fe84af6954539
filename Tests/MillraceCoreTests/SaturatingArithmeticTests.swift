// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import Testing

struct SaturatingArithmeticTests {
    private static let samples: [Int64] = [
        .min, .min + 1, -1 << 62, -1000, -2, -1, 0, 1, 2, 1000, 1 << 31, 1 << 61, 1 << 62, .max - 1, .max,
    ]

    private static func clamped(_ exact: Int128) -> Int64 { Int64(clamping: exact) }

    @Test(arguments: samples) func signedResultsEndAtTheBounds(left: Int64) {
        for right in Self.samples {
            #expect(left +| right == Self.clamped(Int128(left) + Int128(right)))
            #expect(left -| right == Self.clamped(Int128(left) - Int128(right)))
            #expect(left *| right == Self.clamped(Int128(left) * Int128(right)))
        }
    }

    @Test(arguments: [0, 1, 5, 1 << 63, .max - 1, .max] as [UInt64]) func unsignedResultsEndAtTheBounds(left: UInt64) {
        for right in [0, 1, 5, 1 << 63, .max - 1, .max] as [UInt64] {
            #expect(left +| right == UInt64(clamping: Int128(left) + Int128(right)))
            #expect(left -| right == UInt64(clamping: Int128(left) - Int128(right)))
            #expect((left *| right) == (left.multipliedFullWidth(by: right).high == 0 ? left &* right : .max))
        }
    }

    @Test func theyBindLikeTheirLikes() {
        #expect(2 +| 3 *| 4 == 14)
        #expect(10 -| 3 -| 2 == 5)
        #expect(1 + 2 *| 3 -| 4 == 3)
    }

    private struct FixedClock: Clock {
        var nanoseconds: UInt64
        func monotonicNanoseconds() -> UInt64 { nanoseconds }
        func wallMilliseconds() -> Int64 { 0 }
    }

    @Test func aMomentThatLiesAheadIsNoTimeAgo() {
        let clock = FixedClock(nanoseconds: 5_000_000)
        #expect(clock.nanoseconds(since: 2_000_000) == 3_000_000)
        #expect(clock.nanoseconds(since: 9_000_000) == 0)
        #expect(clock.milliseconds(since: 2_500_000) == 2)
        #expect(clock.hasPassed(milliseconds: 3, since: 2_000_000))
        #expect(!clock.hasPassed(milliseconds: 4, since: 2_000_000))
        #expect(!clock.hasPassed(milliseconds: .max, since: 0))
        #expect(clock.hasPassed(milliseconds: -1, since: 9_000_000))
        #expect(FixedClock(nanoseconds: .max).milliseconds(since: 0) == 18_446_744_073_709)
    }
}
