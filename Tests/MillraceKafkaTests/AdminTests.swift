// SPDX-License-Identifier: Apache-2.0

import Foundation
import MillraceCore
import MillraceKafka
import MillraceLog
import Testing

@Suite(.enabled(if: Broker.isGiven)) struct AdminTests {
    @Test func makesAndDeletesTopics() throws {
        let broker = try Broker("admin")
        let admin = try Admin(broker.properties)
        let topic = NewTopic(
            name: broker.name, partitions: 3, replicas: 1, configuration: ["cleanup.policy": "compact"])
        func create(_ topic: NewTopic) throws -> TopicOutcome? {
            try admin.createTopics([topic], timeoutMilliseconds: 10_000)[topic.name]
        }
        #expect(try create(topic) == .done)
        #expect(try create(topic) == .alreadyExists)
        // A broker answers before it tells of the new topic.
        var counts: [String: Int32] = [:]
        for _ in 0..<50 where counts.isEmpty {
            counts = try admin.partitionCounts(ofTopics: [topic.name, "\(topic.name)-no"], timeoutMilliseconds: 5000)
            if counts.isEmpty { usleep(200_000) }
        }
        #expect(counts == [topic.name: 3])
        guard
            case .failed(let error) = try create(
                NewTopic(name: "\(broker.name)-x", partitions: 1, configuration: ["no.such.setting": "1"]))
        else {
            Issue.record("a wrong setting was taken")
            return
        }
        #expect(error.category == .configuration)
        #expect(try admin.deleteTopics([topic.name], timeoutMilliseconds: 10_000) == [topic.name: .done])
        #expect(try admin.deleteTopics([topic.name], timeoutMilliseconds: 10_000) == [topic.name: .missing])
    }

    @Test func findsOffsetsByTime() throws {
        let broker = try Broker("times")
        try broker.createTopic(partitions: 1)
        let producer = try broker.producer(transactional: false)
        try producer.send(records(0..<10, partitions: 1), to: producer.topic(broker.name))
        try producer.flush(timeoutMilliseconds: 10_000)
        let only = TopicPartition(broker.name, 0)
        let consumer = try broker.consumer()
        for (time, offset): (Int64, Int64) in [(0, 0), (1000, 0), (1003, 3), (1009, 9), (1010, 10)] {
            #expect(try consumer.offsetsForTimes([only: time], timeoutMilliseconds: 5000) == [only: offset])
        }
    }
}
