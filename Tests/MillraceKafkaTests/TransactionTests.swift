// SPDX-License-Identifier: Apache-2.0

import Foundation
import MillraceCore
import MillraceKafka
import MillraceLog
import Testing

@Suite(.enabled(if: Broker.isGiven), .serialized) struct TransactionTests {
    @Test func readersSeeOnlyCommittedRecords() throws {
        let broker = try Broker("committed")
        try broker.createTopic()
        let producer = try broker.producer()
        let topic = try producer.topic(broker.name)
        let both = [TopicPartition(broker.name, 0), TopicPartition(broker.name, 1)]

        try producer.beginTransaction()
        try producer.send(records(0..<4), to: topic)
        try producer.commitTransaction(timeoutMilliseconds: 10_000)
        try producer.beginTransaction()
        try producer.send(records(4..<8), to: topic)
        try producer.flush(timeoutMilliseconds: 10_000)

        // 2 records + a marker in each partition, then 2 of an open transaction.
        let committed = try broker.consumer()
        let everything = try broker.consumer(isolation: .readUncommitted)
        let stable = OffsetRange(low: 0, high: 3)
        #expect(try committed.offsetRanges(both, timeoutMilliseconds: 5000) == [both[0]: stable, both[1]: stable])
        let high = OffsetRange(low: 0, high: 5)
        #expect(try everything.offsetRanges(both, timeoutMilliseconds: 5000) == [both[0]: high, both[1]: high])
        let admin = try Admin(broker.properties)
        #expect(try admin.offsetRanges(both, timeoutMilliseconds: 5000) == [both[0]: high, both[1]: high])

        try producer.abortTransaction(timeoutMilliseconds: 10_000)
        try committed.assign(positions: [both[0]: 0, both[1]: 0])
        #expect(try committed.readToEnd() == [both[0]: ["v0", "v2"], both[1]: ["v1", "v3"]])
        for slot in 0..<2 {
            // The end counts the aborted records and both markers; the position goes there too.
            #expect(committed.endOfPartitionReached(slot: slot) == 6)
            #expect(committed.position(slot: slot) == 6)
        }
        #expect(try committed.positions() == [both[0]: 6, both[1]: 6])
        try everything.assign(positions: [both[0]: 0])
        #expect(try everything.readToEnd() == [both[0]: ["v0", "v2", "v4", "v6"]])
        #expect(!producer.hadUncertainRequest)
    }

    @Test func offsetsAndTextComeBack() throws {
        let broker = try Broker("offsets")
        try broker.createTopic()
        let plain = try broker.producer(transactional: false)
        try plain.send(records(0..<10), to: plain.topic(broker.name))
        try plain.flush(timeoutMilliseconds: 10_000)

        let membership = GroupMembership(
            groupID: broker.name, instanceID: "one", sessionTimeoutMilliseconds: 6000)
        let first = TopicPartition(broker.name, 0)
        let second = TopicPartition(broker.name, 1)
        let consumer = try broker.consumer(membership)
        try consumer.subscribe(topics: [broker.name])
        let given = try consumer.wait { if case .assigned(let list) = $0 { list } else { nil } }
        #expect(given.sorted() == [first, second])
        #expect(try consumer.committed(given, timeoutMilliseconds: 5000) == [:])
        try consumer.incrementalAssign(positions: [first: 0, second: 2])
        #expect(try consumer.readToEnd()[second] == ["v5", "v7", "v9"])

        let group = try #require(consumer.groupMetadata())
        #expect(group.generation >= 1)
        let producer = try broker.producer()
        try producer.beginTransaction()
        try producer.sendOffsets(
            [
                OffsetToCommit(partition: first, offset: 5, metadata: "s=3;w=1008;é"),
                OffsetToCommit(partition: second, offset: 4),
            ], group: group, timeoutMilliseconds: 10_000)
        try producer.commitTransaction(timeoutMilliseconds: 10_000)
        #expect(
            try consumer.committed(given, timeoutMilliseconds: 10_000)
                == [
                    first: CommittedOffset(offset: 5, metadata: "s=3;w=1008;é"),
                    second: CommittedOffset(offset: 4, metadata: ""),
                ])

        // A consumer that never joined has no generation: its offsets are refused.
        let outsider = try broker.consumer(GroupMembership(groupID: broker.name))
        let metadata = try #require(outsider.groupMetadata())
        try producer.beginTransaction()
        let error = #expect(throws: KafkaError.self) {
            try producer.sendOffsets(
                [OffsetToCommit(partition: first, offset: 1)], group: metadata, timeoutMilliseconds: 5000)
        }
        #expect(error?.name == "ILLEGAL_GENERATION")
        #expect(error?.requiresAbort == true)
        try producer.abortTransaction(timeoutMilliseconds: 5000)
        #expect(consumer.close(timeoutMilliseconds: 10_000))
    }

    @Test func offsetsAndTextComeBackWithoutATransaction() throws {
        let broker = try Broker("plain-offsets")
        try broker.createTopic()
        let both = [TopicPartition(broker.name, 0), TopicPartition(broker.name, 1)]
        let offsets = [
            OffsetToCommit(partition: both[0], offset: 5, metadata: "s=3;w=1008;é"),
            OffsetToCommit(partition: both[1], offset: 4),
        ]
        let consumer = try broker.consumer(GroupMembership(groupID: broker.name, instanceID: "one"))
        // A consumer that has not joined has no generation: nobody would check its commit.
        let error = #expect(throws: KafkaError.self) { try consumer.commit(offsets, timeoutMilliseconds: 5000) }
        #expect(error?.name == "ILLEGAL_GENERATION")
        #expect(error?.requiresAbort == true)
        try consumer.subscribe(topics: [broker.name])
        let given = try consumer.wait { if case .assigned(let list) = $0 { list } else { nil } }
        try consumer.incrementalAssign(positions: [both[0]: 0, both[1]: 0])
        try consumer.commit(offsets, timeoutMilliseconds: 10_000)
        #expect(
            try consumer.committed(given, timeoutMilliseconds: 10_000)
                == [
                    both[0]: CommittedOffset(offset: 5, metadata: "s=3;w=1008;é"),
                    both[1]: CommittedOffset(offset: 4, metadata: ""),
                ])
        #expect(consumer.close(timeoutMilliseconds: 10_000))
    }

    /// What was not delivered is told by every flush until the producer is made anew: no commit can overlook it.
    @Test func aFailedDeliveryIsNotForgotten() throws {
        let broker = try Broker("undelivered")
        let outcome = try Admin(broker.properties).createTopics(
            [NewTopic(name: broker.name, partitions: 2, replicas: 1, configuration: ["max.message.bytes": "1000"])],
            timeoutMilliseconds: 10_000)
        #expect(outcome == [broker.name: .done])
        let producer = try broker.producer(transactional: false)
        let topic = try producer.topic(broker.name)
        let large = RawRecords()
        large.append(key: nil, value: [UInt8](repeating: 1, count: 5000), timestamp: 1)
        try producer.send(large, to: topic)
        for _ in 0..<2 {
            let error = #expect(throws: KafkaError.self) { try producer.flush(timeoutMilliseconds: 10_000) }
            #expect(error?.name == "MSG_SIZE_TOO_LARGE")
            #expect(error?.requiresAbort == true)
        }
        try producer.rotate(timeoutMilliseconds: 10_000)
        try producer.send(records(0..<2), to: topic)
        try producer.flush(timeoutMilliseconds: 10_000)
        #expect(producer.isIdle)
    }

    /// Whoever writes on before the failure was noticed is told to abort, and why.
    @Test func aFailedTransactionTakesNothing() throws {
        let broker = try Broker("failed")
        let outcome = try Admin(broker.properties).createTopics(
            [NewTopic(name: broker.name, partitions: 2, replicas: 1, configuration: ["max.message.bytes": "1000"])],
            timeoutMilliseconds: 10_000)
        #expect(outcome == [broker.name: .done])
        let producer = try broker.producer()
        let topic = try producer.topic(broker.name)
        try producer.beginTransaction()
        let large = RawRecords()
        large.append(key: nil, value: [UInt8](repeating: 1, count: 5000), timestamp: 1)
        try producer.send(large, to: topic)
        let error = #expect(throws: KafkaError.self) {
            for _ in 0..<1000 {
                try producer.send(records(0..<1), to: topic)
                Thread.sleep(forTimeInterval: 0.01)
            }
        }
        #expect(error?.name == "MSG_SIZE_TOO_LARGE")
        #expect(error?.requiresAbort == true)
        try producer.rotate(timeoutMilliseconds: 10_000)
        try producer.beginTransaction()
        try producer.send(records(0..<2), to: topic)
        try producer.commitTransaction(timeoutMilliseconds: 10_000)
    }

    @Test func aSecondProducerFencesTheFirst() throws {
        let broker = try Broker("fencing")
        try broker.createTopic()
        let old = try broker.producer()
        let topic = try old.topic(broker.name)
        try old.beginTransaction()
        try old.send(records(0..<2), to: topic)
        try old.flush(timeoutMilliseconds: 10_000)

        let new = try broker.producer()
        let error = #expect(throws: KafkaError.self) { try old.commitTransaction(timeoutMilliseconds: 10_000) }
        #expect(error?.isFenced == true)
        #expect(error?.isFatal == true)
        #expect(old.fatalError != nil)

        try new.beginTransaction()
        try new.send(records(2..<4), to: new.topic(broker.name))
        try new.commitTransaction(timeoutMilliseconds: 10_000)
        let consumer = try broker.consumer()
        let first = TopicPartition(broker.name, 0)
        try consumer.assign(positions: [first: 0])
        #expect(try consumer.readToEnd() == [first: ["v2"]])
    }

    @Test func rotationAbortsAndKeepsTopicHandles() throws {
        let broker = try Broker("rotation")
        try broker.createTopic()
        let producer = try broker.producer()
        let topic = try producer.topic(broker.name)
        try producer.beginTransaction()
        try producer.send(records(0..<2), to: topic)
        try producer.flush(timeoutMilliseconds: 10_000)
        try producer.rotate(timeoutMilliseconds: 10_000)
        try producer.beginTransaction()
        try producer.send(records(2..<4), to: topic)
        try producer.commitTransaction(timeoutMilliseconds: 10_000)
        let consumer = try broker.consumer()
        let second = TopicPartition(broker.name, 1)
        try consumer.assign(positions: [second: 0])
        #expect(try consumer.readToEnd() == [second: ["v3"]])
    }

    @Test func toldWhenItCannotDeliver() throws {
        let broker = try Broker("large")
        try broker.createTopic()
        let producer = try broker.producer()
        let large = RawRecords()
        large.append(key: nil, value: [UInt8](repeating: 1, count: 2_000_000), timestamp: 1)
        try producer.beginTransaction()
        let error = #expect(throws: KafkaError.self) { try producer.send(large, to: producer.topic(broker.name)) }
        #expect(error?.name == "MSG_SIZE_TOO_LARGE")
        try producer.abortTransaction(timeoutMilliseconds: 10_000)
    }
}
