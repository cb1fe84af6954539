// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceKafka
import MillraceLog
import Testing

/// Every request of a transaction, answered with each of Kafka's errors: the transaction is committed all the same, or
/// the error says how to go on from the last commit; and from there the next one is committed.
@Suite struct RequestErrorTests {
    /// What comes of a transaction of which one request was answered with an error.
    private enum Outcome: String {
        /// librdkafka asks again, and it is committed.
        case committed
        /// It has to be aborted and done again.
        case abort
        /// A new producer has to do it again: the error is fatal, or somebody has the transactional id.
        case anew
        /// It does not mend itself: the run ends.
        case ends
    }

    struct Case: CustomTestStringConvertible {
        var api: Int16
        var name: String
        var testDescription: String { name }
    }

    private static let topic = TopicPartition("t", 0)

    /// Kafka's numbers: 2 CORRUPT_MESSAGE, 3 UNKNOWN_TOPIC_OR_PARTITION, 5 LEADER_NOT_AVAILABLE, 6 NOT_LEADER, 7
    /// REQUEST_TIMED_OUT, 10 MESSAGE_TOO_LARGE, 14 COORDINATOR_LOAD_IN_PROGRESS, 15 COORDINATOR_NOT_AVAILABLE, 16
    /// NOT_COORDINATOR, 19 and 20 NOT_ENOUGH_REPLICAS, 22 ILLEGAL_GENERATION, 25 UNKNOWN_MEMBER_ID, 27
    /// REBALANCE_IN_PROGRESS, 29, 30, 31, 53 authorization, 45 OUT_OF_ORDER_SEQUENCE, 47 INVALID_PRODUCER_EPOCH, 48
    /// INVALID_TXN_STATE, 49 INVALID_PRODUCER_ID_MAPPING, 51 CONCURRENT_TRANSACTIONS, 59 UNKNOWN_PRODUCER_ID, 82
    /// FENCED_INSTANCE_ID, 90 PRODUCER_FENCED; −195 is a lost connection.
    static let cases = [
        Case(api: 0, name: "Produce"), Case(api: 24, name: "AddPartitionsToTxn"),
        Case(api: 25, name: "AddOffsetsToTxn"), Case(api: 28, name: "TxnOffsetCommit"),
        Case(api: 26, name: "EndTxn"),
    ]
    private static let codes: [Int32] = [
        2, 3, 5, 6, 7, 10, 14, 15, 16, 19, 20, 22, 25, 27, 29, 30, 31, 45, 47, 48, 49, 51, 53, 59, 82, 90, 999, -195,
    ]
    /// Those that pass by themselves must not end a run, whatever request they answer.
    private static let passing: Set<Int32> = [5, 6, 7, 14, 15, 16, 27, 51, -195]

    private struct Transactions {
        let mock: MockCluster
        let producer: Producer
        let group: any GroupMetadata
        let consumer: Consumer

        init() throws {
            mock = try MockCluster()
            try mock.createTopic(topic.topic, partitions: 1)
            var properties = try KafkaProperties(bootstrap: mock.bootstrap)
            for (name, value) in [("retry.backoff.ms", "20"), ("reconnect.backoff.ms", "10")] {
                try properties.set(name, value)
            }
            consumer = try Consumer(
                ConsumerOptions(properties: properties, profile: .live, group: GroupMembership(groupID: "g")))
            try consumer.subscribe(topics: [topic.topic])
            let given = try consumer.wait { if case .assigned(let list) = $0 { list } else { nil } }
            try consumer.incrementalAssign(positions: Dictionary(uniqueKeysWithValues: given.map { ($0, 0) }))
            group = try #require(consumer.groupMetadata())
            producer = try Producer(ProducerOptions(properties: properties, profile: .latency, transactionalID: "x"))
            try producer.initTransactions(timeoutMilliseconds: 10_000)
        }

        func run() throws(KafkaError) {
            try producer.beginTransaction()
            try producer.send(records(0..<3, partitions: 1), to: producer.topic(topic.topic))
            try producer.flush(timeoutMilliseconds: 5000)
            try producer.sendOffsets(
                [OffsetToCommit(partition: topic, offset: 1)], group: group, timeoutMilliseconds: 5000)
            try producer.commitTransaction(timeoutMilliseconds: 5000)
        }
    }

    /// Fault 32: each error of each request.
    @Test(arguments: cases)
    func aRequestIsRefused(_ test: Case) throws {
        let transactions = try Transactions()
        for code in Self.codes {
            transactions.mock.answer(api: test.api, with: [code])
            var outcome = Outcome.committed
            do {
                try transactions.run()
            } catch {
                outcome =
                    error.isFatal || error.isFenced || transactions.producer.fatalError != nil
                    ? .anew : error.requiresAbort || error.category == .unreachable ? .abort : .ends
                #expect(outcome != .ends || !Self.passing.contains(code), "\(code): \(error)")
            }
            // What was not met by this transaction must not meet the next one.
            try transactions.producer.rotate(timeoutMilliseconds: 10_000)
            do {
                try transactions.run()
            } catch {
                Issue.record("after \(code) of \(test.name), \(outcome): \(error)")
                try transactions.producer.rotate(timeoutMilliseconds: 10_000)
            }
        }
    }

    /// Fault 31: other brokers take over partitions, transactions and groups in the midst of transactions.
    @Test func leadersAndCoordinatorsMove() throws {
        let mock = try MockCluster(brokers: 3)
        try mock.createTopic(Self.topic.topic, partitions: 1)
        var properties = try KafkaProperties(bootstrap: mock.bootstrap)
        try properties.set("retry.backoff.ms", "20")
        let producer = try Producer(ProducerOptions(properties: properties, profile: .latency, transactionalID: "x"))
        try producer.initTransactions(timeoutMilliseconds: 10_000)
        var committed = 0
        for round in 0..<12 {
            try producer.beginTransaction()
            try producer.send(records(0..<5, partitions: 1), to: producer.topic(Self.topic.topic))
            let broker = Int32(round % 3) + 1
            switch round % 4 {
            case 0: try mock.setLeader(of: Self.topic, broker: broker)
            case 1: try mock.setCoordinator(ofTransactionalID: "x", broker: broker)
            case 2: try producer.flush(timeoutMilliseconds: 10_000)
            default:
                try mock.setLeader(of: Self.topic, broker: broker)
                try mock.setCoordinator(ofTransactionalID: "x", broker: 4 - broker)
            }
            do {
                try producer.flush(timeoutMilliseconds: 10_000)
                try producer.commitTransaction(timeoutMilliseconds: 10_000)
                committed += 1
            } catch {
                #expect(
                    error.requiresAbort || error.isFenced || error.isFatal || error.category == .unreachable, "\(error)"
                )
                try producer.rotate(timeoutMilliseconds: 10_000)
            }
        }
        #expect(committed >= 6, "\(committed) of 12")
        let consumer = try Consumer(ConsumerOptions(properties: properties, profile: .live))
        try consumer.assign(positions: [Self.topic: LogicalOffset.beginning])
        let values = try consumer.readToEnd()
        #expect(values[Self.topic]?.count ?? 0 >= 5 * committed)
    }
}
