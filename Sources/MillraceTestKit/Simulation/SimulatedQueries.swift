// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog

// What readers and administrators ask alike.

extension SimulatedCluster {
    func offsetRanges(
        _ partitions: [TopicPartition], _ isolation: Isolation, _ timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: OffsetRange] {
        try forEach(partitions, timeoutMilliseconds) { log, _ in
            OffsetRange(low: log.start, high: log.limit(isolation))
        }
    }

    /// What these logs answer. One that is not there may come: it is waited for.
    func forEach<Result: Sendable>(
        _ partitions: [TopicPartition], _ timeoutMilliseconds: Int32,
        _ body: (SimulatedPartition, TopicPartition) -> Result
    ) throws(KafkaError) -> [TopicPartition: Result] {
        let found = try wait(milliseconds: timeoutMilliseconds) { (state) throws(KafkaError) in
            var results: [TopicPartition: Result] = [:]
            for place in partitions {
                guard let log = state.partition(place) else { return [TopicPartition: Result]?.none }
                results[place] = body(log, place)
            }
            return results
        }
        guard let found else { throw SimulatedError.unknownPartition.during("ask for offsets") }
        return found
    }
}

extension SimulatedState {
    func partitionCounts(_ names: [String]) -> [String: Int32] {
        topics.filter { names.contains($0.key) }.mapValues { Int32($0.partitions.count) }
    }

    func describe(_ group: String) -> GroupDescription {
        guard let found = groups[group] else { return GroupDescription(members: [], isStable: false) }
        let members = found.members.sorted { $0.key < $1.key }.map { reader, member in
            GroupMember(
                clientID: found.clients[reader]?.clientID ?? "", host: "/127.0.0.1",
                partitions: member.share.sorted())
        }
        return GroupDescription(members: members, isStable: found.isStable)
    }

    mutating func deleteRecords(before offsets: [TopicPartition: Int64]) throws(KafkaError) -> [TopicPartition: Int64] {
        var starts: [TopicPartition: Int64] = [:]
        for (place, offset) in offsets.sorted(by: { $0.key < $1.key }) {
            let operation = "delete records of \(place)"
            guard let log = partition(place) else { throw SimulatedError.unknownPartition.during(operation) }
            let wanted = offset == LogicalOffset.end ? log.end : offset
            guard wanted >= 0, wanted <= log.end else { throw SimulatedError.offsetOutOfRange.during(operation) }
            deleteRecords(place, before: wanted)
            starts[place] = partition(place)?.start
        }
        return starts
    }
}
