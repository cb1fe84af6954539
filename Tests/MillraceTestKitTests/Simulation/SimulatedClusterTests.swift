// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceTestKit
import Testing

/// What only a simulated cluster can show.
struct SimulatedClusterTests {
    private func member(_ cluster: SimulatedCluster) throws -> any GroupReader {
        let membership = GroupMembership(groupID: "g", sessionTimeoutMilliseconds: 6000)
        let reader = try cluster.reader(ReaderOptions(profile: .live, group: membership))
        try reader.subscribe(topics: ["t"])
        return reader
    }

    private func makeCluster(seed: UInt64 = 1, partitions: Int32) throws -> SimulatedCluster {
        let cluster = SimulatedCluster(seed: seed)
        _ = try cluster.admin().createTopics(
            [NewTopic(name: "t", partitions: partitions)], timeoutMilliseconds: 1000)
        return cluster
    }

    /// Polls them in turn for so long; what happened, and when.
    private func history(
        _ members: [any GroupReader], _ cluster: SimulatedCluster, milliseconds: Int64
    ) throws -> [String] {
        var lines: [String] = []
        let end = cluster.simulatedTime.milliseconds + milliseconds
        while cluster.simulatedTime.milliseconds < end {
            for (number, member) in members.enumerated() {
                for event in member.poll(timeoutMilliseconds: 10) {
                    lines.append("\(cluster.simulatedTime.milliseconds) \(number) \(event)")
                    switch event {
                    case .assigned(let places):
                        try member.incrementalAssign(
                            positions: Dictionary(uniqueKeysWithValues: places.map { ($0, 0) }))
                    case .revoked(let places), .lost(let places): try member.incrementalUnassign(places)
                    case .partitionError, .error: break
                    }
                }
            }
        }
        return lines
    }

    @Test func aSeedDecidesEverything() throws {
        func run(_ seed: UInt64) throws -> [String] {
            let cluster = try makeCluster(seed: seed, partitions: 5)
            var members = [try member(cluster)]
            var lines = try history(members, cluster, milliseconds: 5000)
            for _ in 0..<2 {
                members.append(try member(cluster))
                lines += try history(members, cluster, milliseconds: 5000)
            }
            return lines
        }
        let first = try run(7)
        #expect(first.count >= 6)
        #expect(try run(7) == first)
        #expect(try run(8) != first)
    }

    @Test func aKilledMemberKeepsItsShareForItsSession() throws {
        let cluster = try makeCluster(partitions: 2)
        let (first, second) = (try member(cluster), try member(cluster))
        _ = try history([first, second], cluster, milliseconds: 5000)
        #expect(second.assignment.count == 1)
        (first as? SimulatedReader)?.kill()
        _ = try history([second], cluster, milliseconds: 5000)
        #expect(second.assignment.count == 1)
        _ = try history([second], cluster, milliseconds: 3000)
        #expect(second.assignment.count == 2)
    }

    @Test func aTransactionEndsByItselfWhenItsTimeIsOver() throws {
        let cluster = try makeCluster(partitions: 1)
        var options = WriterOptions(transactionalID: "id")
        options.transactionTimeoutMilliseconds = 5000
        let writer = try cluster.writer(options)
        try writer.initTransactions(timeoutMilliseconds: 1000)
        try writer.beginTransaction()
        let records = RawRecords()
        records.append(key: nil, value: [1], timestamp: 1)
        try writer.send(records, to: writer.topic("t"))
        let place = TopicPartition("t", 0)
        cluster.simulatedTime.sleep(milliseconds: 4999)
        _ = try cluster.admin().partitionCounts(ofTopics: [], timeoutMilliseconds: 0)
        #expect(cluster.snapshot.partition(place)?.lastStable == 0)
        cluster.simulatedTime.sleep(milliseconds: 1)
        _ = try cluster.admin().partitionCounts(ofTopics: [], timeoutMilliseconds: 0)
        #expect(cluster.snapshot.partition(place)?.lastStable == 2)
        #expect(cluster.snapshot.partition(place)?.entries.map(\.isAborted) == [true, false])
    }

    /// As with librdkafka: who does not rotate after a record that was not taken fails once more.
    @Test func aGapReachesIntoTheNextTransaction() throws {
        let cluster = SimulatedCluster()
        _ = try cluster.admin().createTopics(
            [NewTopic(name: "t", partitions: 1, configuration: ["max.message.bytes": "1000"])],
            timeoutMilliseconds: 1000)
        let writer = try cluster.writer(WriterOptions(transactionalID: "id"))
        try writer.initTransactions(timeoutMilliseconds: 1000)
        func transact(_ size: Int) -> String? {
            do throws(KafkaError) {
                try writer.beginTransaction()
                let records = RawRecords()
                records.append(key: nil, value: [UInt8](repeating: 1, count: size), timestamp: 1)
                try writer.send(records, to: writer.topic("t"))
                try writer.commitTransaction(timeoutMilliseconds: 1000)
                return nil
            } catch {
                try? writer.abortTransaction(timeoutMilliseconds: 1000)
                return error.name
            }
        }
        #expect([5000, 1, 1].map(transact) == ["MSG_SIZE_TOO_LARGE", "_PURGE_QUEUE", nil])
    }
}
