// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif
internal import CSystemKafka
internal import Synchronization

/// The same cure as the product's for librdkafka's pause of up to a second after a full queue (before 2.2.0): a request
/// to the leader wakes the client's thread. Asked often, it asks the broker at most every 5 ms.
final class LeaderWaker: @unchecked Sendable {
    // Sendable because `wanted` is atomic, the condition is the mutex's, and the client handle is thread-safe.

    private let client: OpaquePointer
    private let topic: String
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// The partition to ask for; −1: none.
    private let wanted = Atomic<Int32>(-1)
    private let isStopping = Atomic<Bool>(false)
    private var thread: Thread?

    /// The client must outlive it: call `stop` first.
    init(client: OpaquePointer, topic: String) {
        self.client = client
        self.topic = topic
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
        thread = Thread { [self] in run() }
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Has the leader of this partition woken soon. Returns at once.
    func wake(_ partition: Int32) {
        guard wanted.load(ordering: .relaxed) < 0 else { return }
        pthread_mutex_lock(mutex)
        wanted.store(partition, ordering: .relaxed)
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    func stop() {
        pthread_mutex_lock(mutex)
        isStopping.store(true, ordering: .relaxed)
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
        thread?.join()
    }

    private func run() {
        while let partition = next() {
            var low: Int64 = 0
            var high: Int64 = 0
            rd_kafka_query_watermark_offsets(client, topic, partition, &low, &high, 500)
            usleep(5000)
            wanted.store(-1, ordering: .relaxed)
        }
    }

    private func next() -> Int32? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while wanted.load(ordering: .relaxed) < 0, !isStopping.load(ordering: .relaxed) {
            pthread_cond_wait(condition, mutex)
        }
        return isStopping.load(ordering: .relaxed) ? nil : wanted.load(ordering: .relaxed)
    }
}
