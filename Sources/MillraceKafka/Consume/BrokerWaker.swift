// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif
internal import CSystemKafka
internal import MillraceCore

/// The cure for librdkafka's pause of up to a second after a full fetch queue (before 2.2.0): any request to the leader
/// wakes its thread, so a thread of ours asks for the watermarks of a partition when the queue has run low.
/// It sleeps until asked, and asks at most every 5 milliseconds.
final class BrokerWaker: @unchecked Sendable {
    // Sendable because the mutable fields are only touched under `mutex`, and the client handle is thread-safe.

    /// Held, so that it is not freed under a request.
    private let client: KafkaClient
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var wanted: TopicPartition?
    private var isStopping = false
    private var isAsking = false
    private var thread: pthread_t?
    private var requests = 0

    private static let pauseMicroseconds: UInt32 = 5000
    private static let timeoutMilliseconds: Int32 = 500

    /// Starts the thread; `stop` ends it.
    init(client: KafkaClient) {
        self.client = client
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
        // Without a thread reading is slower at times, nothing else.
        thread = startThread(run)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// How many requests were sent so far.
    var requestCount: Int {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return requests
    }

    /// Asks for the leader of this partition to be woken soon. Returns at once.
    func wake(_ partition: TopicPartition) {
        pthread_mutex_lock(mutex)
        if wanted == nil {
            wanted = partition
            pthread_cond_signal(condition)
        }
        pthread_mutex_unlock(mutex)
    }

    /// Ends the thread. A request under way is not waited for: it is answered behind the fetch before it, which takes
    /// as long as nothing comes, up to `fetch.wait.max.ms`. The thread then lets go of the client.
    func stop() {
        pthread_mutex_lock(mutex)
        isStopping = true
        let running = thread
        let isLeft = isAsking
        thread = nil
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
        guard let running else { return }
        if isLeft { pthread_detach(running) } else { pthread_join(running, nil) }
    }

    private func run() {
        while let partition = next() {
            var low: Int64 = 0
            var high: Int64 = 0
            // The answer does not matter, only that the request wakes the broker's thread.
            rd_kafka_query_watermark_offsets(
                client.handle, partition.topic, partition.partition, &low, &high, BrokerWaker.timeoutMilliseconds)
            usleep(BrokerWaker.pauseMicroseconds)
        }
    }

    private func next() -> TopicPartition? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        isAsking = false
        while wanted == nil, !isStopping { pthread_cond_wait(condition, mutex) }
        guard !isStopping, let partition = wanted else { return nil }
        wanted = nil
        isAsking = true
        requests += 1
        return partition
    }
}
