// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif
internal import CSystemKafka
package import MillraceCore
package import MillraceLog
internal import Synchronization

extension Consumer {
    // MARK: Without a group

    /// Reads exactly these partitions from these offsets on (or a `LogicalOffset`), in place of all others.
    package func assign(positions: [TopicPartition: Int64]) throws(KafkaError) {
        for partition in Array(slotOf.keys) { releaseSlot(partition) }
        for (partition, offset) in positions.sorted(by: { $0.key < $1.key }) { makeSlot(partition, offset) }
        for partition in positions.keys { forward(partition) }
        let list = PartitionList(positions)
        try client.check(rd_kafka_assign(client.handle, list.list), "read the partitions")
        markAssigned()
        // librdkafka may have set its own forwarding while it started the partitions.
        for partition in positions.keys { forward(partition) }
    }

    // MARK: In a group

    /// Joins the group for these topics. What is to be read comes as events.
    package func subscribe(topics: [String]) throws(KafkaError) {
        guard options.group != nil else {
            throw .configuration("the consumer has no group", operation: "subscribe to \(topics)")
        }
        let list = PartitionList(topics.map { TopicPartition($0, RD_KAFKA_PARTITION_UA) })
        try client.check(
            rd_kafka_subscribe(client.handle, list.list), "subscribe to \(topics.joined(separator: ", "))")
        client.context.state.withLock { $0.isSubscribed = true }
    }

    /// Leaves the group at once, a static member too, so that it shares out its partitions anew. What was assigned
    /// comes back as `.revoked`; after that `subscribe` joins again.
    package func unsubscribe() throws(KafkaError) {
        let code = rd_kafka_unsubscribe(client.handle)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw client.failure(code, "leave the group") }
    }

    /// The answer to `.assigned`: reads these partitions too, from these offsets on.
    package func incrementalAssign(positions: [TopicPartition: Int64]) throws(KafkaError) {
        for (partition, offset) in positions.sorted(by: { $0.key < $1.key }) { makeSlot(partition, offset) }
        for partition in positions.keys { forward(partition) }
        let list = PartitionList(positions)
        if isCooperative {
            try client.check(rd_kafka_incremental_assign(client.handle, list.list), "take over the partitions")
        } else {
            try client.check(rd_kafka_assign(client.handle, list.list), "take over the partitions")
        }
        markAssigned()
        for partition in positions.keys { forward(partition) }
    }

    /// The answer to `.revoked` and `.lost`. Their slots, and records in them that were not taken, are gone.
    package func incrementalUnassign(_ partitions: [TopicPartition]) throws(KafkaError) {
        // librdkafka would remember the pause until the partition comes back.
        try resume(slots: partitions.compactMap { slotOf[$0] })
        for partition in partitions { releaseSlot(partition) }
        let list = PartitionList(partitions)
        if isCooperative {
            try client.check(rd_kafka_incremental_unassign(client.handle, list.list), "give up the partitions")
        } else {
            try client.check(rd_kafka_assign(client.handle, nil), "give up the partitions")
        }
        client.context.state.withLock { $0.unanswered = nil }
    }

    /// Reads kept partitions again from other offsets (after an aborted transaction): their batches are emptied, and
    /// none of them is paused afterwards. With an assignor that is not cooperative all assigned partitions must be
    /// given.
    package func rewind(positions: [TopicPartition: Int64]) throws(KafkaError) {
        let kept = positions.filter { slotOf[$0.key] != nil }
        // As in `incrementalUnassign`.
        try resume(slots: kept.keys.compactMap { slotOf[$0] })
        if options.rebalancing == .eager {
            guard kept.count == slotOf.count else {
                throw .configuration("some partitions have no position", operation: "rewind the partitions")
            }
            return try assign(positions: kept)
        }
        let list = PartitionList(Array(kept.keys))
        try client.check(rd_kafka_incremental_unassign(client.handle, list.list), "rewind the partitions")
        for partition in kept.keys { releaseSlot(partition) }
        for (partition, offset) in kept.sorted(by: { $0.key < $1.key }) {
            makeSlot(partition, offset)
            forward(partition)
        }
        let again = PartitionList(kept)
        try client.check(rd_kafka_incremental_assign(client.handle, again.list), "rewind the partitions")
        markAssigned()
        for partition in kept.keys { forward(partition) }
    }

    /// Who this consumer is in its group now. Take it after each poll; nil without a group.
    package func groupMetadata() -> (any GroupMetadata)? { ownGroupMetadata() }

    func ownGroupMetadata() -> LibraryGroupMetadata? {
        guard options.group != nil else { return nil }
        return rd_kafka_consumer_group_metadata(client.handle).map { LibraryGroupMetadata(owning: $0) }
    }

    private var isCooperative: Bool { options.rebalancing == .cooperative }

    private func markAssigned() {
        // A broker's thread may be in the midst of a sleep of a second, from which a new partition does not wake it.
        wakeUntil = monotonicMilliseconds() +| 1500
        client.context.state.withLock { state in
            state.hasBeenAssigned = true
            state.unanswered = nil
        }
    }

    // MARK: Slots

    /// The slot of an assigned partition.
    package func slot(of partition: TopicPartition) -> Int? { slotOf[partition] }

    /// The partition of a slot; nil for a free one.
    package func partition(ofSlot slot: Int) -> TopicPartition? {
        partitions.indices.contains(slot) ? partitions[slot] : nil
    }

    /// The assigned partitions, in order.
    package var assignment: [TopicPartition] { slotOf.keys.sorted() }

    /// The offset from which this slot goes on, as far as its batch has come: last record + 1, or the end that was
    /// reached (transaction markers counted); nil while neither is known.
    package func position(slot: Int) -> Int64? {
        guard let fetch = active(slot), fetch.pointee.nextOffset >= 0, !fetch.pointee.isBroken else { return nil }
        return fetch.pointee.nextOffset
    }

    /// librdkafka's own idea of the positions (it passes markers too); partitions without one are left out.
    package func positions() throws(KafkaError) -> [TopicPartition: Int64] {
        let list = PartitionList(assignment)
        try client.check(rd_kafka_position(client.handle, list.list), "ask for positions")
        var positions: [TopicPartition: Int64] = [:]
        for entry in list.entries where entry.offset >= 0 {
            let fetch = slot(of: entry.topicPartition).flatMap(active)
            if fetch?.pointee.isBroken != true { positions[entry.topicPartition] = entry.offset }
        }
        return positions
    }

    /// Where the end of the partition was, if it has been reached and nothing has come since. With `.readCommitted`
    /// this is the last stable offset.
    package func endOfPartitionReached(slot: Int) -> Int64? {
        guard let fetch = active(slot), fetch.pointee.hasReachedEnd else { return nil }
        return fetch.pointee.endOffset
    }

    /// Records of this slot that came a second time and were dropped.
    package func duplicatesDropped(slot: Int) -> Int { active(slot)?.pointee.duplicates ?? 0 }

    /// Stops fetching these slots; what is in their batches stays.
    package func pause(slots: [Int]) throws(KafkaError) { try setPaused(true, slots) }

    /// Goes on fetching paused slots; others are left alone (librdkafka would read old records again).
    package func resume(slots: [Int]) throws(KafkaError) { try setPaused(false, slots) }

    private func setPaused(_ isPaused: Bool, _ slots: [Int]) throws(KafkaError) {
        let changing = slots.filter { active($0).map { $0.pointee.isPaused != isPaused } ?? false }
        guard !changing.isEmpty else { return }
        let list = PartitionList(changing.compactMap(partition(ofSlot:)))
        let code =
            isPaused
            ? rd_kafka_pause_partitions(client.handle, list.list)
            : rd_kafka_resume_partitions(client.handle, list.list)
        try client.check(code, isPaused ? "pause partitions" : "resume partitions")
        for slot in changing { active(slot)?.pointee.isPaused = isPaused }
    }

    func active(_ slot: Int) -> UnsafeMutablePointer<FetchSlot>? {
        guard slot >= 0, slot < state.pointee.slotCount, state.pointee.slots[slot].isActive else { return nil }
        return state.pointee.slots + slot
    }

    private func makeSlot(_ partition: TopicPartition, _ offset: Int64) {
        if slotOf[partition] != nil { releaseSlot(partition) }
        let slot: Int
        if let free = partitions.firstIndex(of: nil) {
            slot = free
        } else {
            slot = addSlot()
        }
        let fetch = state.pointee.slots + slot
        fetch.pointee.partition = partition.partition
        fetch.pointee.topicName = strdup(partition.topic)
        fetch.pointee.topic = nil
        fetch.pointee.isPaused = false
        fetch.pointee.hasReachedEnd = false
        fetch.pointee.endOffset = -1
        fetch.pointee.nextOffset = offset >= 0 ? offset : -1
        fetch.pointee.duplicates = 0
        fetch.pointee.isActive = true
        partitions[slot] = partition
        slotOf[partition] = slot
    }

    private func addSlot() -> Int {
        let slot = state.pointee.slotCount
        if slot == state.pointee.slotCapacity {
            let larger = UnsafeMutablePointer<FetchSlot>.allocate(capacity: slot * 2)
            larger.moveInitialize(from: state.pointee.slots, count: slot)
            state.pointee.slots.deallocate()
            state.pointee.slots = larger
            state.pointee.slotCapacity = slot * 2
        }
        (state.pointee.slots + slot).initialize(
            to: FetchSlot(partition: -1, nextOffset: -1, records: Unmanaged.passRetained(RawRecords())))
        state.pointee.slotCount = slot + 1
        partitions.append(nil)
        return slot
    }

    func releaseSlot(_ partition: TopicPartition) {
        guard let slot = slotOf.removeValue(forKey: partition) else { return }
        // What it has said of itself is past with it.
        client.context.state.withLock { state in
            state.events.removeAll {
                if case .partitionError(partition, _) = $0 { return true }
                return false
            }
        }
        partitions[slot] = nil
        let fetch = state.pointee.slots + slot
        fetch.pointee.isActive = false
        fetch.pointee.topic = nil
        free(fetch.pointee.topicName)
        fetch.pointee.topicName = nil
        fetch.pointee.records._withUnsafeGuaranteedRef { $0.removeAll() }
    }
}
