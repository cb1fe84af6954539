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

/// A reader of Kafka partitions, alone (`assign`) or as a member of a group (`subscribe`). Owned by one thread.
///
///     main queue ── poll ──► events: rebalances, errors          (rd_kafka_consumer_poll)
///     partition queues ─► data queue ── drain ──► one RawRecords per slot  (rd_kafka_consume_callback_queue)
///
/// Records of a drain lie in the batches until the caller takes or clears them. A slot is the number of an assigned
/// partition, valid until the partition is given up; numbers are small and used again.
package final class Consumer: GroupReader {
    let client: KafkaClient
    let options: ConsumerOptions
    let state: UnsafeMutablePointer<FetchState>
    private let data: OpaquePointer
    private let waker: BrokerWaker?
    private var isClosed = false
    /// Names of the slots; nil where a slot is free.
    var partitions: [TopicPartition?] = []
    var slotOf: [TopicPartition: Int] = [:]
    private var spare: [RawRecords] = []
    private var nextWake = 0
    /// Until when the broker threads may sleep although there is something to fetch, in monotonic milliseconds.
    var wakeUntil: Int64 = 0

    /// Bytes of keys and values that came so far.
    package private(set) var bytesRead = 0

    /// At most this many bytes of keys and values are taken in by one `drain`.
    package var drainByteLimit: Int

    /// Makes the client; it connects in the background.
    package init(_ options: ConsumerOptions) throws(KafkaError) {
        self.options = options
        drainByteLimit = Consumer.drainByteLimit(budget: options.memoryBudget)
        client = try KafkaClient(options.configuration, rebalancing: options.rebalancing, log: options.onLog)
        rd_kafka_poll_set_consumer(client.handle)
        guard let queue = rd_kafka_queue_new(client.handle) else {
            throw .configuration("out of memory", operation: "start the consumer")
        }
        data = queue
        state = .allocate(capacity: 1)
        state.initialize(
            to: FetchState(client: client.handle, context: client.context, keepsHeaders: options.keepsHeaders))
        waker = options.wakesBrokers ? BrokerWaker(client: client) : nil
    }

    /// 16 MiB, or a small part of a small budget: what comes in at once is held besides it.
    static func drainByteLimit(budget: Int64?) -> Int {
        min(16 << 20, max(Int(clamping: (budget ?? .max) / 128), 256 << 10))
    }

    deinit {
        if !isClosed { close(timeoutMilliseconds: 0) }
        for index in 0..<state.pointee.slotCount {
            free(state.pointee.slots[index].topicName)
            state.pointee.slots[index].records.release()
        }
        state.pointee.slots.deallocate()
        state.deallocate()
    }

    // MARK: Events

    /// Serves the group and the connections, then returns what happened, in order. Call it often (at least every
    /// `maximumPollIntervalMilliseconds`), also while nothing is drained. Waits up to the timeout for a first event.
    package func poll(timeoutMilliseconds: Int32 = 0) -> [ConsumerEvent] {
        var timeout = timeoutMilliseconds
        while let message = rd_kafka_consumer_poll(client.handle, timeout) {
            // Nothing of a forwarded partition comes here but what was queued before it was forwarded.
            state.pointee.recordLimit = Int.max
            state.pointee.byteLimit = Int.max
            accept(message, state)
            rd_kafka_message_destroy(message)
            timeout = 0
        }
        state.pointee.leaveCurrent()
        return client.context.state.withLock { state in
            defer { state.events.removeAll() }
            return state.events
        }
    }

    /// The last reason why a broker could not be reached; later success does not clear it.
    package var lastConnectionFailure: ConnectionFailure? { client.context.lastFailure }

    /// What ended this consumer for good (e.g. another one with its instance id), if something did.
    package var fatalError: KafkaError? { client.fatalError("go on reading") }

    // MARK: Records

    /// Takes in what librdkafka has ready: records are appended to the batches of their slots. Waits up to the timeout
    /// for a first record (events wait in `poll` meanwhile). `maximumRecords` bounds this call's records exactly,
    /// `drainByteLimit` their bytes roughly. Returns how many there were. Errors of partitions come from `poll`.
    package func drain(timeoutMilliseconds: Int32, maximumRecords: Int) throws(KafkaError) -> Int {
        let queued = rd_kafka_queue_length(data)
        state.pointee.records = 0
        state.pointee.bytes = 0
        state.pointee.recordLimit = max(1, maximumRecords)
        state.pointee.byteLimit = max(1, drainByteLimit)
        if queued == 0, waker != nil { wakeIfPaused(now: monotonicMilliseconds()) }
        rd_kafka_consume_callback_queue(data, timeoutMilliseconds, onFetched, state)
        state.pointee.leaveCurrent()
        let records = state.pointee.records
        bytesRead &+= state.pointee.bytes
        if waker != nil, records > 0 { noteDrained(queued: queued, records: records) }
        return records
    }

    /// Whether this slot's batch holds records, and which.
    package func batch(_ slot: Int) -> RawRecords? {
        guard let fetch = active(slot) else { return nil }
        let records = fetch.pointee.records.takeUnretainedValue()
        return records.count > 0 ? records : nil
    }

    /// Hands over this slot's batch, nil if it is empty; the slot goes on with another one (see `recycle`).
    package func takeBatch(_ slot: Int) -> RawRecords? {
        guard let fetch = active(slot) else { return nil }
        let records = fetch.pointee.records
        guard records._withUnsafeGuaranteedRef({ $0.count }) > 0 else { return nil }
        fetch.pointee.records = Unmanaged.passRetained(spare.popLast() ?? RawRecords())
        return records.takeRetainedValue()
    }

    /// Gives a batch's memory back for later ones. The caller must not use it again.
    package func recycle(_ records: RawRecords) {
        guard spare.count < max(4, slotOf.count) else { return }
        records.removeAll()
        spare.append(records)
    }

    /// Calls `body` with each batch that holds records, in the order of the slots. `body` clears what it has used with
    /// `removeAll()`; what it leaves stays in front of later records.
    package func forEachNonEmptyBatch<Failure: Error>(
        _ body: (_ slot: Int, _ partition: TopicPartition, _ records: RawRecords) throws(Failure) -> Void
    ) throws(Failure) {
        for (slot, partition) in partitions.enumerated() {
            guard let partition, let records = batch(slot) else { continue }
            try body(slot, partition, records)
        }
    }

    /// How many requests the cure for the one-second pause has sent.
    package var wakeRequests: Int { waker?.requestCount ?? 0 }

    /// The id of the cluster, once a broker has told it.
    package var knownClusterID: String? {
        guard let text = rd_kafka_clusterid(client.handle, 0) else { return nil }
        defer { rd_kafka_mem_free(client.handle, text) }
        return String(cString: text)
    }

    // MARK: Closing

    /// Leaves for good: gives up the partitions and frees the client. A static member stays in the group for its
    /// session timeout, so that its successor finds its partitions. Returns false if the deadline passed first; then
    /// the client's threads are left to the end of the process, which open transactions survive safely.
    @discardableResult
    package func close(timeoutMilliseconds: Int32) -> Bool {
        guard !isClosed else { return !client.isAbandoned }
        isClosed = true
        waker?.stop()
        for partition in Array(slotOf.keys) { releaseSlot(partition) }
        let isSubscribed = client.context.state.withLock { state in
            state.isClosing = true
            state.events.removeAll()
            return state.isSubscribed
        }
        if isSubscribed { leave(deadline: monotonicMilliseconds() +| Int64(timeoutMilliseconds)) }
        if !client.isAbandoned { rd_kafka_queue_destroy(data) }
        return !client.isAbandoned
    }

    /// Leaves the group, or abandons the client at the deadline: freeing it waits for the group without end.
    private func leave(deadline: Int64) {
        client.isAbandoned = true
        answerWhileClosing(client.handle, client.context)
        // Closing a cooperative consumer before its first assignment crashes librdkafka before 2.3.0.
        while !client.context.state.withLock({ $0.hasBeenAssigned }) {
            guard monotonicMilliseconds() < deadline else { return }
            if let message = rd_kafka_consumer_poll(client.handle, 20) { rd_kafka_message_destroy(message) }
        }
        guard let queue = rd_kafka_queue_new(client.handle) else { return }
        if let error = rd_kafka_consumer_close_queue(client.handle, queue) {
            rd_kafka_error_destroy(error)
            return
        }
        while rd_kafka_consumer_closed(client.handle) == 0 {
            guard monotonicMilliseconds() < deadline else { return }
            // Not by callback: a record that was fetched meanwhile has none, which ends the process.
            if let message = rd_kafka_consumer_poll(client.handle, 20) { rd_kafka_message_destroy(message) }
        }
        rd_kafka_queue_destroy(queue)
        client.isAbandoned = false
    }

    // MARK: The one-second pause

    /// librdkafka pauses a fetch when the queue is full, so only a queue seen (nearly) full may need waking, and only
    /// for the second that the pause lasts.
    private func noteDrained(queued: Int, records: Int) {
        let averageBytes = state.pointee.bytes / max(1, records)
        let isFull =
            queued >= FetchProfile.queuedRecords * 3 / 4
            || queued * averageBytes >= options.profile.queuedKilobytes * 1024 / 2
        guard isFull || wakeUntil > 0 else { return }
        let now = monotonicMilliseconds()
        if isFull { wakeUntil = now +| 1500 }
        if rd_kafka_queue_length(data) < FetchProfile.queuedRecords / 2 { wakeIfPaused(now: now) }
    }

    private func wakeIfPaused(now: Int64) {
        guard wakeUntil > 0, let waker else { return }
        guard now < wakeUntil else {
            wakeUntil = 0
            return
        }
        for _ in 0..<partitions.count {
            nextWake = nextWake + 1 < partitions.count ? nextWake + 1 : 0
            guard let partition = partitions[nextWake], let fetch = active(nextWake), !fetch.pointee.hasReachedEnd,
                !fetch.pointee.isPaused
            else { continue }
            waker.wake(partition)
            return
        }
    }

    /// Routes a partition's messages to the data queue. Before the assignment, so that none comes to the main queue.
    func forward(_ partition: TopicPartition) {
        guard let queue = rd_kafka_queue_get_partition(client.handle, partition.topic, partition.partition) else {
            return
        }
        rd_kafka_queue_forward(queue, data)
        rd_kafka_queue_destroy(queue)
    }
}
