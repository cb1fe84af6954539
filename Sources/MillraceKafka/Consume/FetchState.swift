// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif
internal import CSystemKafka
internal import MillraceCore
internal import MillraceLog
internal import Synchronization

/// What the fetch callback works on: plain memory, one per consumer, touched by its owner thread only.
struct FetchState {
    let client: OpaquePointer
    let context: Unmanaged<ClientContext>
    let keepsHeaders: Bool
    var slots: UnsafeMutablePointer<FetchSlot>
    var slotCount = 0
    var slotCapacity: Int
    /// The slot of the message before; nil: none. While set, `cursor` is ahead of its batch.
    var current: UnsafeMutablePointer<FetchSlot>?
    var cursor: BatchCursor?
    var records = 0
    var recordLimit = 0
    var bytes = 0
    var byteLimit = 0

    init(client: OpaquePointer, context: ClientContext, keepsHeaders: Bool) {
        self.client = client
        self.context = Unmanaged.passUnretained(context)
        self.keepsHeaders = keepsHeaders
        slotCapacity = 16
        slots = .allocate(capacity: slotCapacity)
    }

    /// Puts the current batch's counts back into its object.
    mutating func leaveCurrent() {
        if let current, let cursor {
            current.pointee.records._withUnsafeGuaranteedRef { cursor.store(into: $0) }
        }
        current = nil
        cursor = nil
    }

    /// Makes the slot of this message the current one; false if the partition is not (or no longer) assigned.
    @inline(never)
    mutating func enter(topic: OpaquePointer?, partition: Int32) -> Bool {
        leaveCurrent()
        guard let topic else { return false }
        guard let slot = find(topic: topic, partition: partition) else { return false }
        current = slot
        cursor = slot.pointee.records._withUnsafeGuaranteedRef { BatchCursor($0) }
        return true
    }

    private func find(topic: OpaquePointer, partition: Int32) -> UnsafeMutablePointer<FetchSlot>? {
        for index in 0..<slotCount {
            let slot = slots + index
            if slot.pointee.topic == topic, slot.pointee.partition == partition, slot.pointee.isActive { return slot }
        }
        // A first message of this topic object: match by name, and remember.
        guard let name = rd_kafka_topic_name(topic) else { return nil }
        for index in 0..<slotCount {
            let slot = slots + index
            guard slot.pointee.isActive, slot.pointee.partition == partition, let own = slot.pointee.topicName,
                strcmp(own, name) == 0
            else { continue }
            slot.pointee.topic = topic
            return slot
        }
        return nil
    }

    /// Enlarges the current batch so that one more record with `needed` bytes fits.
    @inline(never)
    mutating func grow(_ needed: Int) {
        guard let current, let cursor else { return }
        self.cursor = current.pointee.records._withUnsafeGuaranteedRef { records in
            cursor.store(into: records)
            records.reserveRow()
            records.reserveBytes(needed)
            return BatchCursor(records)
        }
    }
}

/// Takes one message: appends it to its partition's batch, or notes what it says instead of a record.
let onFetched: @convention(c) (UnsafeMutablePointer<rd_kafka_message_t>?, UnsafeMutableRawPointer?) -> Void = {
    message, opaque in
    guard let message, let opaque else { return }
    accept(message, opaque.assumingMemoryBound(to: FetchState.self))
}

@inline(__always)
func accept(_ message: UnsafeMutablePointer<rd_kafka_message_t>, _ state: UnsafeMutablePointer<FetchState>) {
    let topic = message.pointee.rkt
    let partition = message.pointee.partition
    if state.pointee.current == nil || state.pointee.current?.pointee.topic != topic
        || state.pointee.current?.pointee.partition != partition
    {
        guard state.pointee.enter(topic: topic, partition: partition) else {
            noteUnassigned(message, state)
            return
        }
    }
    guard let slot = state.pointee.current else { return }
    guard message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
        note(message, slot, state)
        return
    }
    let offset = message.pointee.offset
    if offset < slot.pointee.nextOffset {
        slot.pointee.duplicates &+= 1
        return
    }
    slot.pointee.nextOffset = offset +| 1
    slot.pointee.hasReachedEnd = false
    append(message, offset: offset, state)
    if state.pointee.keepsHeaders { appendHeaders(message, slot, state) }
    if state.pointee.records >= state.pointee.recordLimit || state.pointee.bytes >= state.pointee.byteLimit {
        rd_kafka_yield(state.pointee.client)
    }
}

@inline(__always)
private func append(
    _ message: UnsafeMutablePointer<rd_kafka_message_t>, offset: Int64, _ state: UnsafeMutablePointer<FetchState>
) {
    let key = message.pointee.key
    let value = message.pointee.payload
    let keyLength = key == nil ? 0 : message.pointee.key_len
    let valueLength = value == nil ? 0 : message.pointee.len
    let needed = keyLength &+ valueLength
    if let cursor = state.pointee.cursor,
        cursor.count == cursor.capacity || cursor.byteCount &+ needed > cursor.byteCapacity
    {
        state.pointee.grow(needed)
    }
    guard let cursor = state.pointee.cursor else { return }
    let row = cursor.count
    var end = cursor.byteCount
    var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
    cursor.offsets[row] = offset
    cursor.timestamps[row] = rd_kafka_message_timestamp(message, &kind)
    cursor.partitions[row] = message.pointee.partition
    cursor.keyStarts[row] = end
    if let key {
        cursor.keyLengths[row] = Int32(truncatingIfNeeded: keyLength)
        memcpy(cursor.bytes + end, key, keyLength)
        end &+= keyLength
    } else {
        cursor.keyLengths[row] = -1
    }
    cursor.valueStarts[row] = end
    if let value {
        cursor.valueLengths[row] = Int32(truncatingIfNeeded: valueLength)
        memcpy(cursor.bytes + end, value, valueLength)
        end &+= valueLength
    } else {
        cursor.valueLengths[row] = -1
    }
    state.pointee.cursor?.count = row &+ 1
    state.pointee.cursor?.byteCount = end
    state.pointee.records &+= 1
    state.pointee.bytes &+= needed
}

@inline(never)
private func appendHeaders(
    _ message: UnsafeMutablePointer<rd_kafka_message_t>, _ slot: UnsafeMutablePointer<FetchSlot>,
    _ state: UnsafeMutablePointer<FetchState>
) {
    var list: OpaquePointer?
    guard rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return }
    var headers: [RawRecords.Header] = []
    var name: UnsafePointer<CChar>?
    var value: UnsafeRawPointer?
    var size = 0
    while rd_kafka_header_get_all(list, headers.count, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR {
        headers.append(
            RawRecords.Header(
                name: name.map { String(cString: $0) } ?? "",
                value: value.map { [UInt8](UnsafeRawBufferPointer(start: $0, count: size)) }))
    }
    let row = (state.pointee.cursor?.count ?? 1) - 1
    slot.pointee.records._withUnsafeGuaranteedRef { $0.setHeaders(headers, row: row) }
}

/// An end of partition, or an error in place of a record.
@inline(never)
private func note(
    _ message: UnsafeMutablePointer<rd_kafka_message_t>, _ slot: UnsafeMutablePointer<FetchSlot>,
    _ state: UnsafeMutablePointer<FetchState>
) {
    if message.pointee.err == RD_KAFKA_RESP_ERR__PARTITION_EOF {
        if slot.pointee.isBroken { return }
        slot.pointee.hasReachedEnd = true
        slot.pointee.endOffset = message.pointee.offset
        slot.pointee.nextOffset = max(slot.pointee.nextOffset, message.pointee.offset)
        return
    }
    // It says the same again with each fetch, until the partition is read again from where it was.
    if slot.pointee.isBroken { return }
    let topic = slot.pointee.topicName.map { String(cString: $0) } ?? ""
    let partition = TopicPartition(topic, slot.pointee.partition)
    let code = message.pointee.err
    let error = KafkaError(
        code: code, operation: "read \(partition)",
        message: rd_kafka_message_errstr(message).map { String(cString: $0) },
        // Here it is a batch that is wrong, not an answer as a whole.
        category: code == RD_KAFKA_RESP_ERR__BAD_MSG ? .other : nil)
    let next = slot.pointee.nextOffset
    // A topic that is not there now may come back, and goes on where it was.
    if error.category != .missingTopic {
        slot.pointee.nextOffset = FetchSlot.takesNothing
        slot.pointee.hasReachedEnd = false
    }
    state.pointee.context._withUnsafeGuaranteedRef {
        $0.note(error, of: partition, at: message.pointee.offset, next: next)
    }
}

/// A message without a slot: an error of the client as a whole, or what is left of a partition given up.
@inline(never)
private func noteUnassigned(
    _ message: UnsafeMutablePointer<rd_kafka_message_t>, _ state: UnsafeMutablePointer<FetchState>
) {
    let code = message.pointee.err
    guard code != RD_KAFKA_RESP_ERR_NO_ERROR, code != RD_KAFKA_RESP_ERR__PARTITION_EOF else { return }
    let error = KafkaError(
        code: code, operation: "read",
        message: rd_kafka_message_errstr(message).map { String(cString: $0) })
    state.pointee.context._withUnsafeGuaranteedRef { context in
        guard let topic = message.pointee.rkt, let name = rd_kafka_topic_name(topic) else {
            context.note(error)
            return
        }
        let partition = TopicPartition(String(cString: name), message.pointee.partition)
        context.note(error, of: partition, at: message.pointee.offset, next: nil)
    }
}
