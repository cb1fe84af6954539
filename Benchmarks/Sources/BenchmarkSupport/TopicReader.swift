// SPDX-License-Identifier: Apache-2.0
internal import CSystemKafka

/// Reads a topic with `rd_kafka_consume_callback_queue` and the product's settings, on one thread, doing next to
/// nothing with a record: the rate that an engine over librdkafka can be measured against.
package final class TopicReader {
    /// What the callback counts, in plain memory.
    package struct Count {
        package var records = 0
        /// Of keys and values.
        package var bytes = 0
        fileprivate var ends = 0
        fileprivate var failure = RD_KAFKA_RESP_ERR_NO_ERROR
    }

    package enum Profile {
        /// Reading what is there, as fast as it goes.
        case backfill
        /// Waiting for what comes.
        case live
    }

    private let client: KafkaHandle
    private let topic: String
    private let partitions: Int32
    private let queue: OpaquePointer
    private let queuedRecords: Int
    private let waker: LeaderWaker?
    private let count: UnsafeMutablePointer<Count>
    private var visitor: Visitor?
    private var nextWake: Int32 = 0
    private var wakeUntil: Int64 = 0

    package typealias Visit = (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Void

    private final class Visitor {
        let visit: Visit
        let count: UnsafeMutablePointer<Count>

        init(_ visit: @escaping Visit, _ count: UnsafeMutablePointer<Count>) {
            self.visit = visit
            self.count = count
        }
    }

    /// - Parameter queuedRecords: how many librdkafka may hold ready; the product's own figure is 20,000.
    package init(
        bootstrap: String, topic: String, profile: Profile = .backfill, isolation: String = "read_committed",
        queuedRecords: Int = 20_000
    ) throws {
        var settings = [
            ("group.id", "benchmark-reader"), ("enable.auto.commit", "false"), ("enable.auto.offset.store", "false"),
            ("auto.offset.reset", "error"), ("enable.partition.eof", "true"), ("check.crcs", "true"),
            ("isolation.level", isolation), ("queued.min.messages", "\(queuedRecords)"),
            ("queued.max.messages.kbytes", "65536"), ("fetch.message.max.bytes", "1048576"),
            ("fetch.wait.max.ms", profile == .backfill ? "10" : "5"), ("fetch.error.backoff.ms", "5"),
            ("socket.nagle.disable", "true"),
        ]
        if KafkaHandle.hasFetchQueueBackoff { settings.append(("fetch.queue.backoff.ms", "5")) }
        client = try KafkaHandle(RD_KAFKA_CONSUMER, bootstrap: bootstrap, settings)
        rd_kafka_poll_set_consumer(client.handle)
        guard let queue = rd_kafka_queue_new(client.handle) else { throw Failure("out of memory") }
        self.queue = queue
        self.topic = topic
        self.queuedRecords = queuedRecords
        count = .allocate(capacity: 1)
        count.initialize(to: Count())
        waker = KafkaHandle.hasFetchQueueBackoff ? nil : LeaderWaker(client: client.handle, topic: topic)
        partitions = try client.partitionCount(topic)
        guard partitions > 0 else { throw Failure("there is no topic \(topic)") }
    }

    deinit {
        waker?.stop()
        rd_kafka_queue_destroy(queue)
        count.deallocate()
    }

    /// Begins at this share of each partition: 0 is the beginning, 1 the end.
    package func start(at share: Double) throws {
        guard let list = rd_kafka_topic_partition_list_new(partitions) else { throw Failure("out of memory") }
        defer { rd_kafka_topic_partition_list_destroy(list) }
        for partition in 0..<partitions {
            let range = try client.watermarks(topic, partition)
            let element = rd_kafka_topic_partition_list_add(list, topic, partition)
            element?.pointee.offset = range.low + Int64(Double(range.high - range.low) * share)
        }
        forward()
        try KafkaHandle.check(rd_kafka_assign(client.handle, list), "read \(topic)")
        // librdkafka may have set its own forwarding while it started the partitions.
        forward()
        wakeUntil = MonotonicClock.nanoseconds() + 1_500_000_000
    }

    /// Reads to the end of every partition and only counts.
    package func readToEnd() throws -> Count {
        try readToEnd { rd_kafka_consume_callback_queue(queue, 100, countMessage, count) }
    }

    /// Reads to the end of every partition and shows each record, which is valid only during the call.
    package func readToEnd(_ visit: @escaping Visit) throws -> Count {
        let visitor = Visitor(visit, count)
        let context = Unmanaged.passUnretained(visitor).toOpaque()
        return try withExtendedLifetime(visitor) {
            try readToEnd { rd_kafka_consume_callback_queue(queue, 100, visitMessage, context) }
        }
    }

    /// Says what is to be done with each record that `poll` brings; it is valid only during the call.
    package func onRecord(_ visit: @escaping Visit) { visitor = Visitor(visit, count) }

    /// Takes in what is there, or what comes within this time.
    package func poll(milliseconds: Int32) throws {
        guard let visitor else { return }
        rd_kafka_consume_callback_queue(queue, milliseconds, visitMessage, Unmanaged.passUnretained(visitor).toOpaque())
        try KafkaHandle.check(count.pointee.failure, "read \(topic)")
    }

    private func readToEnd(_ drain: () -> Void) throws -> Count {
        var lastNews = MonotonicClock.nanoseconds()
        while count.pointee.ends < partitions {
            let queued = rd_kafka_queue_length(queue)
            let before = count.pointee.records
            drain()
            try KafkaHandle.check(count.pointee.failure, "read \(topic)")
            wakeIfPaused(queued: queued)
            let now = MonotonicClock.nanoseconds()
            if count.pointee.records > before { lastNews = now }
            guard now - lastNews < 60_000_000_000 else { throw Failure("\(topic): nothing came for a minute") }
        }
        return count.pointee
    }

    /// As the product does it: only a queue seen nearly full may have made the client pause, and for a second at most.
    private func wakeIfPaused(queued: Int) {
        guard let waker else { return }
        let isFull = queued >= queuedRecords * 3 / 4
        guard isFull || wakeUntil > 0 else { return }
        let now = MonotonicClock.nanoseconds()
        if isFull { wakeUntil = now + 1_500_000_000 }
        guard now < wakeUntil else {
            wakeUntil = 0
            return
        }
        guard rd_kafka_queue_length(queue) < queuedRecords / 2 else { return }
        waker.wake(nextWake)
        nextWake = (nextWake + 1) % partitions
    }

    private func forward() {
        for partition in 0..<partitions {
            guard let own = rd_kafka_queue_get_partition(client.handle, topic, partition) else { continue }
            rd_kafka_queue_forward(own, queue)
            rd_kafka_queue_destroy(own)
        }
    }

    fileprivate static func note(
        _ message: UnsafeMutablePointer<rd_kafka_message_t>, _ count: UnsafeMutablePointer<Count>
    ) -> Bool {
        if message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR {
            count.pointee.records &+= 1
            count.pointee.bytes &+= message.pointee.key_len &+ message.pointee.len
            return true
        }
        if message.pointee.err == RD_KAFKA_RESP_ERR__PARTITION_EOF {
            count.pointee.ends &+= 1
        } else {
            count.pointee.failure = message.pointee.err
        }
        return false
    }

    fileprivate static func show(
        _ message: UnsafeMutablePointer<rd_kafka_message_t>, _ opaque: UnsafeMutableRawPointer
    ) {
        let visitor = Unmanaged<Visitor>.fromOpaque(opaque).takeUnretainedValue()
        guard note(message, visitor.count) else { return }
        visitor.visit(
            UnsafeRawBufferPointer(start: message.pointee.key, count: message.pointee.key_len),
            UnsafeRawBufferPointer(start: message.pointee.payload, count: message.pointee.len))
    }
}

private let countMessage: @convention(c) (UnsafeMutablePointer<rd_kafka_message_t>?, UnsafeMutableRawPointer?) -> Void =
    { message, opaque in
        guard let message, let opaque else { return }
        _ = TopicReader.note(message, opaque.assumingMemoryBound(to: TopicReader.Count.self))
    }

private let visitMessage: @convention(c) (UnsafeMutablePointer<rd_kafka_message_t>?, UnsafeMutableRawPointer?) -> Void =
    { message, opaque in
        guard let message, let opaque else { return }
        TopicReader.show(message, opaque)
    }
