// SPDX-License-Identifier: Apache-2.0

import MillraceCore
import MillraceKafka
import MillraceLog
import Testing

@Suite struct MockClusterTests {
    private static let topic = "t"
    private static let partitions = [TopicPartition("t", 0), TopicPartition("t", 1)]

    private struct Cluster {
        let mock: MockCluster
        let properties: KafkaProperties

        init(records count: Int) throws {
            mock = try MockCluster()
            try mock.createTopic(topic, partitions: 2)
            properties = try KafkaProperties(bootstrap: mock.bootstrap)
            guard count > 0 else { return }
            let producer = try Producer(ProducerOptions(properties: properties))
            try producer.send(records(0..<count), to: producer.topic(topic))
            try producer.flush(timeoutMilliseconds: 10_000)
        }

        func consumer(keepsHeaders: Bool = false) throws -> Consumer {
            var options = ConsumerOptions(properties: properties, profile: .live)
            options.keepsHeaders = keepsHeaders
            return try Consumer(options)
        }
    }

    @Test func readsWhatWasWritten() throws {
        let cluster = try Cluster(records: 10)
        let consumer = try cluster.consumer()
        try consumer.assign(positions: [Self.partitions[0]: LogicalOffset.beginning, Self.partitions[1]: 2])
        let values = try consumer.readToEnd()
        #expect(values[Self.partitions[0]] == ["v0", "v2", "v4", "v6", "v8"])
        #expect(values[Self.partitions[1]] == ["v5", "v7", "v9"])
        let slot = try #require(consumer.slot(of: Self.partitions[0]))
        #expect(consumer.position(slot: slot) == 5)
        #expect(consumer.endOfPartitionReached(slot: slot) == 5)
        #expect(consumer.duplicatesDropped(slot: slot) == 0)
        #expect(try consumer.positions() == [Self.partitions[0]: 5, Self.partitions[1]: 5])
        #expect(consumer.close(timeoutMilliseconds: 5000))
    }

    @Test func keepsKeysTimesAndHeaders() throws {
        let cluster = try Cluster(records: 0)
        let producer = try Producer(ProducerOptions(properties: cluster.properties))
        let sent = RawRecords()
        let headers = [RawRecords.Header(name: "h", value: [1, 2]), RawRecords.Header(name: "n", value: nil)]
        sent.append(key: [], value: nil, timestamp: 77)
        sent.append(key: nil, value: [], timestamp: 78, headers: headers)
        sent.append(key: [0, 255], value: [0], timestamp: 0)
        try producer.send(sent, to: producer.topic(Self.topic))
        try producer.flush(timeoutMilliseconds: 10_000)
        let consumer = try cluster.consumer(keepsHeaders: true)
        try consumer.assign(positions: [Self.partitions[0]: 0])
        var count = 0
        while count < 3 { count += try consumer.drain(timeoutMilliseconds: 1000, maximumRecords: 10) }
        let read = try #require(consumer.takeBatch(0))
        #expect(read.count == 3)
        #expect(read.key(0)?.count == 0)
        #expect(read.value(0) == nil)
        #expect(read.key(1) == nil)
        #expect(read.value(1)?.count == 0)
        #expect(read.key(2).map(Array.init) == [0, 255])
        #expect((0..<3).map { read.timestamps[$0] } == [77, 78, 1])
        #expect((0..<3).map { read.offsets[$0] } == [0, 1, 2])
        #expect(read.headers == [[], headers])
        #expect(consumer.batch(0) == nil)
    }

    @Test func stopsAtTheRecordLimit() throws {
        let cluster = try Cluster(records: 1000)
        let consumer = try cluster.consumer()
        try consumer.assign(positions: [Self.partitions[0]: 0, Self.partitions[1]: 0])
        var total = 0
        var calls = 0
        while total < 1000, calls < 1000 {
            let count = try consumer.drain(timeoutMilliseconds: 100, maximumRecords: 7)
            #expect(count <= 7)
            total += count
            calls += 1
        }
        #expect(total == 1000)
        // Nothing is lost or doubled by stopping in the middle of a queue.
        for slot in 0..<2 {
            let batch = try #require(consumer.takeBatch(slot))
            #expect((0..<batch.count).map { batch.offsets[$0] } == Array(0..<500))
        }
    }

    @Test func rewindsAndPauses() throws {
        let cluster = try Cluster(records: 10)
        let consumer = try cluster.consumer()
        try consumer.assign(positions: [Self.partitions[0]: 0, Self.partitions[1]: 0])
        _ = try consumer.readToEnd()
        try consumer.rewind(positions: [Self.partitions[0]: 3])
        #expect(try consumer.readToEnd() == [Self.partitions[0]: ["v6", "v8"]])
        let slots = [0, 1]
        try consumer.rewind(positions: [Self.partitions[0]: 0, Self.partitions[1]: 0])
        try consumer.pause(slots: slots)
        _ = try consumer.drain(timeoutMilliseconds: 300, maximumRecords: 100)
        // Who begins anew knows of no pause.
        try consumer.rewind(positions: [Self.partitions[0]: 0, Self.partitions[1]: 0])
        #expect(try consumer.readToEnd().values.map(\.count) == [5, 5])
    }

    @Test func looksTopicsUp() throws {
        let cluster = try Cluster(records: 10)
        let consumer = try cluster.consumer()
        #expect(
            try consumer.partitionCounts(ofTopics: [Self.topic], timeoutMilliseconds: 5000) == [Self.topic: 2])
        #expect(
            try consumer.offsetRanges(Self.partitions, timeoutMilliseconds: 5000)
                == [
                    Self.partitions[0]: OffsetRange(low: 0, high: 5), Self.partitions[1]: OffsetRange(low: 0, high: 5),
                ])
    }

    @Test func saysThatNobodyAnswers() throws {
        let consumer = try Consumer(
            ConsumerOptions(properties: KafkaProperties(bootstrap: "127.0.0.1:1"), profile: .live))
        let error = #expect(throws: KafkaError.self) {
            try consumer.partitionCounts(ofTopics: ["t"], timeoutMilliseconds: 500)
        }
        #expect(error?.category == .unreachable)
        #expect(error?.operation == "look up topic t")
    }

    @Test func noticesRequestsWithoutAnAnswer() throws {
        let cluster = try Cluster(records: 0)
        let producer = try Producer(ProducerOptions(properties: cluster.properties, transactionalID: "x"))
        try producer.initTransactions(timeoutMilliseconds: 10_000)
        let topic = try producer.topic(Self.topic)
        try producer.beginTransaction()
        try producer.send(records(0..<10), to: topic)
        try producer.commitTransaction(timeoutMilliseconds: 10_000)
        #expect(!producer.hadUncertainRequest)

        try producer.beginTransaction()
        try cluster.mock.setRoundTrip(ofBroker: 1, milliseconds: 1500)
        try producer.send(records(0..<10), to: topic)
        #expect(throws: KafkaError.self) { try producer.flush(timeoutMilliseconds: 300) }
        try cluster.mock.setBroker(1, isUp: false)
        for _ in 0..<100 where !producer.hadUncertainRequest || producer.lastConnectionFailure == nil {
            #expect(throws: KafkaError.self) { try producer.flush(timeoutMilliseconds: 50) }
        }
        #expect(producer.hadUncertainRequest)
        #expect(producer.lastConnectionFailure?.error.category == .unreachable)
        try cluster.mock.setRoundTrip(ofBroker: 1, milliseconds: 0)
        try cluster.mock.setBroker(1, isUp: true)
        try producer.rotate(timeoutMilliseconds: 10_000)
        #expect(!producer.hadUncertainRequest)
        try producer.beginTransaction()
        try producer.send(records(0..<10), to: topic)
        try producer.commitTransaction(timeoutMilliseconds: 10_000)
    }

    @Test func refusesAPartitionThatDoesNotExist() throws {
        let cluster = try Cluster(records: 10)
        let producer = try Producer(ProducerOptions(properties: cluster.properties))
        let topic = try producer.topic(Self.topic)
        try producer.send(records(0..<2), to: topic)
        try producer.flush(timeoutMilliseconds: 10_000)
        let wrong = RawRecords()
        wrong.append(
            key: nil, value: [1], timestamp: 1, partition: 9,
            headers: [RawRecords.Header(name: "n", value: [1, 2, 3])])
        let error = #expect(throws: KafkaError.self) { try producer.send(wrong, to: topic) }
        #expect(error?.name == "_UNKNOWN_PARTITION")
        #expect(error?.operation == "write to t/9")
    }

    /// librdkafka's call alone does not come back before the coordinator does.
    @Test func offsetsAreGivenUpWhereTheGroupHasNoCoordinator() throws {
        let mock = try MockCluster(brokers: 2)
        try mock.createTopic(Self.topic, partitions: 2)
        try mock.setCoordinator(ofGroup: "g", broker: 2)
        try mock.setCoordinator(ofTransactionalID: "x", broker: 1)
        let properties = try KafkaProperties(bootstrap: mock.bootstrap)
        let consumer = try Consumer(
            ConsumerOptions(properties: properties, profile: .live, group: GroupMembership(groupID: "g")))
        try consumer.subscribe(topics: [Self.topic])
        let given = try consumer.wait { if case .assigned(let list) = $0 { list } else { nil } }
        try consumer.incrementalAssign(positions: Dictionary(uniqueKeysWithValues: given.map { ($0, 0) }))
        let group = try #require(consumer.groupMetadata())
        let producer = try Producer(
            ProducerOptions(properties: properties, profile: .latency, transactionalID: "x"))
        try producer.initTransactions(timeoutMilliseconds: 10_000)
        func sendOffsets() throws(KafkaError) {
            try producer.sendOffsets(
                [OffsetToCommit(partition: given[0], offset: 1)], group: group, timeoutMilliseconds: 1000)
        }
        try producer.beginTransaction()
        try sendOffsets()
        try mock.setBroker(2, isUp: false)
        let began = ContinuousClock.now
        let error = try #require(throws: KafkaError.self) { try sendOffsets() }
        #expect(ContinuousClock.now - began < .seconds(5))
        #expect(error.category == .unreachable)
        #expect(producer.fatalError != nil)

        try mock.setBroker(2, isUp: true)
        try producer.rotate(timeoutMilliseconds: 10_000)
        #expect(producer.fatalError == nil)
        try producer.beginTransaction()
        try sendOffsets()
        try producer.commitTransaction(timeoutMilliseconds: 10_000)
    }

    /// It comes back: to this process, or after an assignment that was lost.
    @Test func aPauseEndsWhereAPartitionIsGivenUp() throws {
        let cluster = try Cluster(records: 4)
        let consumer = try Consumer(
            ConsumerOptions(properties: cluster.properties, profile: .live, group: GroupMembership(groupID: "g")))
        try consumer.subscribe(topics: [Self.topic])
        let given = try consumer.wait { if case .assigned(let list) = $0 { list } else { nil } }
        let beginning = Dictionary(uniqueKeysWithValues: given.map { ($0, Int64(0)) })
        try consumer.incrementalAssign(positions: beginning)
        try consumer.pause(slots: given.compactMap(consumer.slot(of:)))
        try consumer.incrementalUnassign(given)
        try consumer.incrementalAssign(positions: beginning)
        var count = 0
        for _ in 0..<50 where count < 4 {
            _ = consumer.poll()
            count += try consumer.drain(timeoutMilliseconds: 100, maximumRecords: 10)
        }
        #expect(count == 4)
    }
}
