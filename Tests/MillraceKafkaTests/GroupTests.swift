// SPDX-License-Identifier: Apache-2.0

import MillraceCore
import MillraceKafka
import MillraceLog
import Testing

@Suite(.enabled(if: Broker.isGiven), .serialized) struct GroupTests {
    private func isAssigned(_ event: ConsumerEvent) -> [TopicPartition]? {
        if case .assigned(let partitions) = event { partitions } else { nil }
    }

    @Test func partitionsMoveOneByOne() throws {
        let broker = try Broker("moves")
        try broker.createTopic(partitions: 2)
        func member(_ name: String) throws -> Consumer {
            let consumer = try broker.consumer(
                GroupMembership(groupID: broker.name, instanceID: name, sessionTimeoutMilliseconds: 6000))
            try consumer.subscribe(topics: [broker.name])
            return consumer
        }
        let one = try member("one")
        let all = try one.wait(isAssigned)
        #expect(all.count == 2)
        try one.incrementalAssign(positions: [all[0]: 0, all[1]: 0])
        let generation = try #require(one.groupMetadata()).generation

        let two = try member("two")
        var moved: [TopicPartition] = []
        var taken: [TopicPartition] = []
        for _ in 0..<400 where taken.isEmpty {
            for event in one.poll(timeoutMilliseconds: 25) {
                switch event {
                case .revoked(let partitions):
                    moved += partitions
                    try one.incrementalUnassign(partitions)
                case .assigned(let partitions):
                    try one.incrementalAssign(positions: Dictionary(uniqueKeysWithValues: partitions.map { ($0, 0) }))
                default: break
                }
            }
            for event in two.poll(timeoutMilliseconds: 25) {
                guard let partitions = isAssigned(event) else { continue }
                taken += partitions
                try two.incrementalAssign(positions: Dictionary(uniqueKeysWithValues: partitions.map { ($0, 0) }))
            }
        }
        #expect(moved.count == 1)
        #expect(taken == moved)
        #expect(one.assignment.count == 1)
        #expect(two.assignment == moved)
        #expect(try #require(two.groupMetadata()).generation > generation)

        // A restarted static member has its partition back without a session timeout.
        #expect(two.close(timeoutMilliseconds: 5000))
        let again = try member("two")
        #expect(try again.wait(seconds: 4, isAssigned) == moved)
        try again.incrementalAssign(positions: [moved[0]: 0])
        #expect(one.close(timeoutMilliseconds: 5000))
        #expect(again.close(timeoutMilliseconds: 5000))
    }

    @Test func closesBeforeTheFirstAssignment() throws {
        let broker = try Broker("early")
        try broker.createTopic()
        for wait: Int32 in [0, 5, 50, 200] {
            let consumer = try broker.consumer(GroupMembership(groupID: broker.name, instanceID: "i"))
            try consumer.subscribe(topics: [broker.name])
            _ = consumer.poll(timeoutMilliseconds: wait)
            #expect(consumer.close(timeoutMilliseconds: 5000))
        }
    }

    @Test func tellsADeletedStart() throws {
        let broker = try Broker("deleted")
        try broker.createTopic(partitions: 1)
        let producer = try broker.producer(transactional: false)
        try producer.send(records(0..<10, partitions: 1), to: producer.topic(broker.name))
        try producer.flush(timeoutMilliseconds: 10_000)
        let only = TopicPartition(broker.name, 0)
        #expect(
            try Admin(broker.properties).deleteRecords(before: [only: 4], timeoutMilliseconds: 10_000) == [only: 4])
        let consumer = try broker.consumer()
        #expect(
            try consumer.offsetRanges([only], timeoutMilliseconds: 5000) == [only: OffsetRange(low: 4, high: 10)])
        try consumer.assign(positions: [only: 2])
        let error = #expect(throws: KafkaError.self) { try consumer.readToEnd(seconds: 5) }
        #expect(error?.name == "_AUTO_OFFSET_RESET")
    }
}
