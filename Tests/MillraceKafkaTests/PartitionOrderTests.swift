// SPDX-License-Identifier: Apache-2.0

@testable import MillraceKafka
import Testing

@Suite struct PartitionOrderTests {
    @Test(
        arguments: [
            ([2, 0, 1, 0, 2, 0], [1, 3, 5, 2, 0, 4]), ([1, 0], [1, 0]), ([5, 5, 0, 5], [2, 0, 1, 3]),
            // In order already, or nothing to gain, or not for us to judge.
            ([0, 0, 1, 3], nil), ([7], nil), ([], nil), ([5000, 0], nil), ([1, -1], nil),
        ] as [([Int32], [Int32]?)])
    func rowsOfAPartitionComeTogether(partitions: [Int32], expected: [Int32]?) {
        let order = PartitionOrder()
        // Twice, for it keeps its memory.
        for _ in 0..<2 {
            let rows = partitions.withUnsafeBufferPointer { buffer in
                buffer.baseAddress.flatMap { order.sort($0, count: buffer.count) }
            }
            #expect(rows.map { Array(UnsafeBufferPointer(start: $0, count: partitions.count)) } == expected)
        }
    }
}
