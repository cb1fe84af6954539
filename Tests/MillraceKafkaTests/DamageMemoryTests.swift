// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import Testing

@testable import MillraceKafka

struct DamageMemoryTests {
    private let partition = TopicPartition("t", 0)
    private let damage = KafkaError(
        code: -199, name: "_BAD_MSG", operation: "read t/0", message: "MessageSet failed CRC32C check",
        category: .other)
    private let outOfRange = KafkaError(
        code: -140, name: "_AUTO_OFFSET_RESET", operation: "read t/0", message: "Offset out of range", category: .other)

    /// As often as it comes: the fetches that were on their way give one each.
    @Test func anOffsetOutOfRangeBehindDamageIsTheDamage() {
        var memory = DamageMemory()
        #expect(memory.explained(damage, of: partition, at: 3000, next: 3000) == damage)
        for next in [1400, 3000, nil] as [Int64?] {
            #expect(memory.explained(outOfRange, of: partition, at: 8_680_820_740, next: next) == damage)
        }
    }

    @Test func behindTheDamageItHasAReasonOfItsOwn() {
        var memory = DamageMemory()
        _ = memory.explained(damage, of: partition, at: 3000, next: 3000)
        #expect(memory.explained(outOfRange, of: partition, at: 3400, next: 3400) == outOfRange)
        #expect(memory.explained(outOfRange, of: partition, at: 1000, next: 1000) == outOfRange)
    }

    @Test func itIsThatOfItsPartitionOnly() {
        var memory = DamageMemory()
        _ = memory.explained(damage, of: partition, at: 3000, next: 3000)
        #expect(memory.explained(outOfRange, of: TopicPartition("t", 1), at: 5, next: 5) == outOfRange)
    }
}
