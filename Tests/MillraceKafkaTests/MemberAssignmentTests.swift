// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import Testing

@testable import MillraceKafka

struct MemberAssignmentTests {
    private static let whole: [UInt8] =
        [0, 1, 0, 0, 0, 2] + [0, 1, 0x61, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3] + [
            0, 2, 0x62, 0x63, 0, 0, 0, 1, 0, 0, 1, 0,
        ]
        + [0xff, 0xff, 0xff, 0xff]

    private func read(_ bytes: [UInt8]) -> [TopicPartition]? {
        bytes.withUnsafeBytes { MemberAssignment.partitions($0) }
    }

    @Test func topicsAndPartitions() {
        #expect(read(Self.whole) == [TopicPartition("a", 0), TopicPartition("a", 3), TopicPartition("bc", 256)])
        #expect(read([]) == [])
        #expect(read([0, 0, 0, 0, 0, 0]) == [])
    }

    @Test func whatIsCutOffIsNotRead() {
        // The user data at the end may be missing.
        for count in 1..<Self.whole.count - 4 { #expect(read(Array(Self.whole.prefix(count))) == nil) }
    }

    @Test func absurdNumbersAreNotBelieved() {
        #expect(read([0, 1, 0x7f, 0xff, 0xff, 0xff]) == nil)
        #expect(read([0, 1, 0, 0, 0, 1, 0xff, 0xff]) == nil)
    }
}
