// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MillraceEngine

@Suite struct TimeBucketsTests {
    @Test(arguments: [(0, 0), (1, 0), (2, 1), (7, 2), (8, 3), (625, 9), (Int64.max / 8, 59)])
    func widthIsAPowerOfTwo(width: Int64, shift: Int64) {
        #expect(TimeBuckets(width: width).shift == shift)
    }

    @Test func bucketsComeByTime() {
        var buckets = TimeBuckets(width: 10)
        for time: Int64 in [70, 16, 23, 5, 64, 1 << 61, 17] { buckets[buckets.bucket(of: time)] += 1 }
        #expect(buckets.count == 4)
        #expect(buckets.earliest == 0)
        #expect(buckets.removeFirst(before: 0) == nil)
        #expect(buckets.removeFirst(before: 1) == 1)
        #expect(buckets.earliest == 16)
        #expect(buckets.removeFirst(before: 16) == nil)
        #expect(buckets.removeFirst(before: 17) == 3)
        #expect(buckets.removeFirst(before: 1000) == 2)
        #expect(buckets.removeFirst(before: 1000) == nil)
        #expect(buckets.removeFirst(before: .max) == 1)
        #expect(buckets.earliest == nil)
    }

    @Test func emptyBucketsGo() {
        var buckets = TimeBuckets(width: 1)
        let kept = [3, 600, 8000] as [Int64]
        for time in Int64(0)..<10_000 where !kept.contains(time) { _ = buckets.bucket(of: time) }
        for time in kept { buckets[buckets.bucket(of: time)] = 7 }
        #expect(buckets.count == 10_000)
        buckets.removeEmptyFirst()
        #expect(buckets.earliest == 3)
        buckets.removeEmpty()
        #expect(buckets.count == 3)
        #expect(buckets.removeFirst(before: .max) == 7)
        #expect(buckets.earliest == 600)
    }

    /// Random times come out in order and none is lost, also where many buckets share a place of `recent`.
    @Test func nothingIsLost() {
        var generator = SystemRandomNumberGenerator()
        var buckets = TimeBuckets(width: 4)
        var expected: [Int64: Int32] = [:]
        for round in Int64(0)..<20 {
            for _ in 0..<1000 {
                let time = round * 1000 + Int64.random(in: 0..<20_000, using: &generator)
                buckets[buckets.bucket(of: time)] += 1
                expected[time >> 2, default: 0] += 1
            }
            let limit = round * 1000 + 500
            while let earliest = buckets.earliest, let count = buckets.removeFirst(before: limit) {
                expected[earliest >> 2, default: 0] -= count
            }
            #expect(!expected.contains { $0.value < 0 || ($0.value != 0 && $0.key << 2 < limit) })
        }
        while let earliest = buckets.earliest, let count = buckets.removeFirst(before: .max) {
            expected[earliest >> 2, default: 0] -= count
        }
        #expect(expected.allSatisfy { $0.value == 0 })
    }
}
