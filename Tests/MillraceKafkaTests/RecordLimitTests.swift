// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import Testing

@testable import MillraceKafka

@Suite struct RecordLimitTests {
    private func limit(topic: Int?, _ pairs: [(name: String, value: String)] = []) throws -> RecordLimit {
        RecordLimit(try KafkaProperties(pairs), topic: topic)
    }

    /// A batch of one record takes 61 + 1 or 2 (its length) + 3 + 1 (key) + 2 (value's length) + value + 1 (headers).
    @Test func theTopicJudgesTheBatchOfOneRecord() throws {
        let limit = try limit(topic: 1000)
        let overhead = 61 + 2 + 3 + 1 + 2 + 1
        #expect(limit.allows(key: 0, value: 1000 - overhead))
        #expect(!limit.allows(key: 0, value: 1001 - overhead))
        #expect(!limit.allows(key: 1, value: 1000 - overhead))
        #expect(limit.bytes == 1000)
    }

    @Test func headersCount() throws {
        let limit = try limit(topic: 1000)
        let header = RawRecords.Header(name: "ab", value: [1, 2, 3])
        let overhead = 61 + 2 + 3 + 1 + 2 + 1 + (1 + 2 + 1 + 3)
        #expect(limit.allows(key: 0, value: 1000 - overhead, headers: [header]))
        #expect(!limit.allows(key: 0, value: 1001 - overhead, headers: [header]))
    }

    @Test func theProducerHasALimitToo() throws {
        let unknown = try limit(topic: nil)
        #expect(unknown.allows(key: 10, value: 1_000_000 - 46))
        #expect(!unknown.allows(key: 10, value: 1_000_000 - 45))
        let raised = try limit(topic: nil, [("message.max.bytes", "2000000")])
        #expect(raised.allows(key: 10, value: 2_000_000 - 46))
        #expect(try limit(topic: 5_000_000).bytes == 1_000_000)
    }

    /// What a batch is compressed to only the broker sees.
    @Test(arguments: ["compression.codec", "compression.type"])
    func compressionLeavesTheTopicsLimitToTheBroker(name: String) throws {
        #expect(try limit(topic: 1000, [(name, "zstd")]).allows(key: 0, value: 5000))
        #expect(try !limit(topic: 1000, [(name, "none")]).allows(key: 0, value: 5000))
    }

    @Test(arguments: [nil, 1000, 1_048_588])
    func whatIsCertainIsAllowed(topic: Int?) throws {
        let limit = try limit(topic: topic)
        for key in [0, 1, 100, limit.certainBytes] {
            #expect(limit.allows(key: key, value: limit.certainBytes - key))
        }
    }
}
