// SPDX-License-Identifier: Apache-2.0
import MillraceLog
import Testing

@testable import MillraceKafka

/// What clients may hold of a budget for memory.
@Suite struct MemoryShareTests {
    @Test(
        arguments: [
            (nil, nil), (2 << 30, nil), (1 << 30, nil), (256 << 20, 16_384), (64 << 20, 4096), (1 << 20, 2048),
        ] as [(Int64?, Int?)])
    func aSixteenthAtMost(budget: Int64?, kilobytes: Int?) {
        #expect(MemoryShare(budget: budget, below: 65_536)?.kilobytes == kilobytes)
    }

    @Test func aSmallBudgetMakesSmallQueues() throws {
        var consumer = ConsumerOptions(properties: KafkaProperties(), profile: .backfill)
        var producer = ProducerOptions(properties: KafkaProperties())
        func setting(_ name: String, _ configuration: ClientConfiguration) -> String? {
            configuration.defaults.last { $0.name == name }?.value
        }
        #expect(setting("queued.max.messages.kbytes", consumer.configuration) == "65536")
        #expect(setting("queue.buffering.max.kbytes", producer.configuration) == "65536")
        consumer.memoryBudget = 64 << 20
        producer.memoryBudget = 64 << 20
        #expect(setting("queued.max.messages.kbytes", consumer.configuration) == "4096")
        #expect(setting("fetch.max.bytes", consumer.configuration) == "4194304")
        #expect(setting("queue.buffering.max.kbytes", producer.configuration) == "4096")
        // Somebody wants larger records.
        try producer.properties.set("message.max.bytes", "20000000")
        #expect(setting("queue.buffering.max.kbytes", producer.configuration) == "65536")
    }

    @Test func aSmallBudgetIsFilledInSmallSteps() {
        #expect(Consumer.drainByteLimit(budget: nil) == 16 << 20)
        #expect(Consumer.drainByteLimit(budget: 4 << 30) == 16 << 20)
        #expect(Consumer.drainByteLimit(budget: 128 << 20) == 1 << 20)
        #expect(Consumer.drainByteLimit(budget: 1) == 256 << 10)
    }
}
