// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillraceLog

/// Who a simulated reader is in its group.
final class SimulatedGroupMetadata: GroupMetadata {
    let group: String
    let reader: Int
    let generation: Int32

    init(group: String, reader: Int, generation: Int32) {
        self.group = group
        self.reader = reader
        self.generation = generation
    }
}

extension SimulatedReader {
    private func needGroup(_ operation: String) throws(KafkaError) -> String {
        guard let group = options.group else {
            throw SimulatedError.invalidArgument.during(operation, "the consumer has no group")
        }
        return group.groupID
    }

    private func inGroup<Result: Sendable>(
        _ operation: String, _ body: (inout SimulatedGroup, Int64) -> Result
    ) throws(KafkaError) -> Result? {
        let group = try needGroup(operation)
        return try cluster.call { (state) throws(KafkaError) in state.changeGroup(group, body) }
    }

    package func subscribe(topics: [String]) throws(KafkaError) {
        _ = try inGroup("subscribe to \(topics)") { [number] group, now in
            group.subscribe(number, topics, now: now)
        }
    }

    package func unsubscribe() throws(KafkaError) {
        _ = try inGroup("leave the group") { [number] group, now in group.unsubscribe(number, now: now) }
    }

    package func incrementalAssign(positions: [TopicPartition: Int64]) throws(KafkaError) {
        if options.group?.assignor == "cooperative-sticky" {
            makeSlots(positions)
        } else {
            try assign(positions: positions)
        }
        _ = try inGroup("take over the partitions") { [number] group, now in
            group.answer(number, assigned: positions.keys, now: now)
        }
    }

    package func incrementalUnassign(_ partitions: [TopicPartition]) throws(KafkaError) {
        for partition in partitions { releaseSlot(partition) }
        _ = try inGroup("give up the partitions") { [number] group, now in
            group.answer(number, gaveUp: partitions, now: now)
        }
    }

    package func rewind(positions: [TopicPartition: Int64]) throws(KafkaError) {
        let kept = positions.filter { slot(of: $0.key) != nil }
        if options.group.map({ $0.assignor != "cooperative-sticky" }) ?? false, kept.count != assignment.count {
            throw SimulatedError.invalidArgument.during("rewind the partitions", "some partitions have no position")
        }
        makeSlots(kept)
    }

    package func groupMetadata() -> (any GroupMetadata)? {
        guard let group = options.group?.groupID else { return nil }
        return SimulatedGroupMetadata(group: group, reader: number, generation: generation)
    }

    private var generation: Int32 {
        options.group.flatMap { cluster.snapshot.groups[$0.groupID]?.clients[number]?.generation } ?? -1
    }

    package func describeGroup(timeoutMilliseconds: Int32) throws(KafkaError) -> GroupDescription {
        let group = try needGroup("describe it")
        return try cluster.call { (state) throws(KafkaError) in state.describe(group) }
    }

    package func committed(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: CommittedOffset] {
        let operation = "ask for the committed offsets"
        let group = try needGroup(operation)
        let found = try cluster.wait(milliseconds: timeoutMilliseconds) { (state) throws(KafkaError) in
            if state.transactions.holds(group, partitions) { return [TopicPartition: CommittedOffset]?.none }
            return state.committed(group).filter { partitions.contains($0.key) }
        }
        guard let found else { throw SimulatedError.timedOut.during(operation) }
        return found
    }

    package func commit(_ offsets: [OffsetToCommit], timeoutMilliseconds: Int32) throws(KafkaError) {
        let operation = "commit the input offsets"
        let generation = generation
        guard generation >= 0 else {
            throw SimulatedError.illegalGeneration.during(
                operation, "the consumer is not a member of its group now", requiresAbort: true)
        }
        guard !offsets.isEmpty else { return }
        let refusal = try inGroup(operation) { [number] group, _ in
            let refusal = group.refusal(number, generation: generation)
            if refusal == nil { group.commit(offsets.byPartition) }
            return refusal
        }
        if let refusal, let refusal { throw refusal.during(operation, requiresAbort: true) }
    }

    // MARK: Offsets

    package func offsetRanges(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: OffsetRange] {
        try cluster.offsetRanges(partitions, options.isolation, timeoutMilliseconds)
    }

    package func ends(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        try offsetRanges(partitions, timeoutMilliseconds: timeoutMilliseconds).mapValues(\.high)
    }

    package func knownEnds(_ partitions: [TopicPartition]) -> [TopicPartition: Int64] {
        var ends: [TopicPartition: Int64] = [:]
        for partition in partitions {
            ends[partition] = slot(of: partition).flatMap { fetches[$0]?.knownEnd }
        }
        return ends
    }

    package func offsetsForTimes(
        _ times: [TopicPartition: EventTime], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        let isolation = options.isolation
        return try cluster.forEach(times.keys.sorted(), timeoutMilliseconds) { log, place in
            log.firstOffset(atOrAfter: max(0, times[place] ?? 0), isolation) ?? log.limit(isolation)
        }
    }

    package func firstOffsets(
        _ times: [TopicPartition: EventTime], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        let isolation = options.isolation
        return try cluster.forEach(times.keys.sorted(), timeoutMilliseconds) { log, place in
            log.firstOffset(atOrAfter: times[place] ?? 0, isolation)
        }.compactMapValues { $0 }
    }

    package func partitionCounts(
        ofTopics topics: [String], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [String: Int32] {
        try cluster.call { (state) throws(KafkaError) in state.partitionCounts(topics) }
    }

    package func deleteRecords(
        before offsets: [TopicPartition: Int64], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        try cluster.call { (state) throws(KafkaError) in try state.deleteRecords(before: offsets) }
    }
}

extension [OffsetToCommit] {
    /// As the coordinator keeps them.
    var byPartition: [TopicPartition: CommittedOffset] {
        reduce(into: [:]) { $0[$1.partition] = CommittedOffset(offset: $1.offset, metadata: $1.metadata) }
    }
}
