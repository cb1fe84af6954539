// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MillraceEngine

@Suite struct TimeBucketsTests {
    private static let widths: [(width: Int64, shift: Int64)] = [
        (0, 0), (1, 0), (2, 1), (7, 2), (8, 3), (625, 9), (.max / 8, 59),
    ]

    @Test(arguments: widths) func widthIsAPowerOfTwo(width: Int64, shift: Int64) {
        let found = TimeBuckets(width: width).shift
        #expect(found == shift)
    }

    @Test func bucketsComeByTime() {
        var buckets = TimeBuckets(width: 10)
        for time: Int64 in [70, 16, 23, 5, 64, 1 << 61, 17] { buckets[buckets.bucket(of: time)] += 1 }
        let count = buckets.count
        #expect(count == 4)
        let steps: [(limit: Int64, value: Int32?, earliest: Int64?)] = [
            (0, nil, 0), (1, 1, 16), (16, nil, 16), (17, 3, 64), (1000, 2, 1 << 61), (1000, nil, 1 << 61),
            (.max, 1, nil), (.max, nil, nil),
        ]
        for step in steps {
            let (value, earliest) = (buckets.removeFirst(before: step.limit), buckets.earliest)
            #expect(value == step.value, "before \(step.limit)")
            #expect(earliest == step.earliest, "after \(step.limit)")
        }
    }

    @Test func emptyBucketsGo() {
        var buckets = TimeBuckets(width: 1)
        let kept = [3, 600, 8000] as [Int64]
        for time in Int64(0)..<10_000 where !kept.contains(time) { _ = buckets.bucket(of: time) }
        for time in kept { buckets[buckets.bucket(of: time)] = 7 }
        buckets.removeEmptyFirst()
        let (countBefore, earliest) = (buckets.count, buckets.earliest)
        #expect(countBefore == 9997)
        #expect(earliest == 3)
        buckets.removeEmpty()
        let count = buckets.count
        #expect(count == 3)
        for time in kept {
            let (earliest, value) = (buckets.earliest, buckets.removeFirst(before: .max))
            #expect(earliest == time)
            #expect(value == 7)
        }
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
