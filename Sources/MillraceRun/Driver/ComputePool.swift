// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Runs batches through the shards of a pipeline: inline with one shard, on one thread a shard with several.
///
///     poll thread ── submit ──► queue of shard 0 ──► thread 0 ──► pipeline.process
///                          └──► queue of shard 1 ──► thread 1 ──► pipeline.process
///     poll thread ◄── waitUntilIdle: all queues empty, all threads waiting: a barrier
final class ComputePool {
    struct Work {
        var source: Int
        var records: RawRecords
        var from: Int
        var to: Int
        var isReread: Bool
        /// Gives the batch back when it is done.
        var recycles: Bool
    }

    /// Batches that may wait for one thread: enough to keep it busy, few enough to stay in the cache.
    private static let queueLimit = 4

    private let pipeline: Pipeline
    private let lanes: [Lane]

    init(_ pipeline: Pipeline) {
        self.pipeline = pipeline
        lanes = pipeline.options.shards == 1 ? [] : (0..<pipeline.options.shards).map { _ in Lane(pipeline) }
    }

    deinit { for lane in lanes { lane.stop() } }

    /// Runs a batch, or hands it to its thread, waiting while that has enough to do.
    func submit(_ work: Work) {
        if lanes.isEmpty {
            pipeline.process(
                source: work.source, work.records, from: work.from, to: work.to, isReread: work.isReread)
        } else {
            lanes[pipeline.sources[work.source].shard].submit(work, limit: ComputePool.queueLimit)
        }
    }

    /// Returns when everything submitted is done: nothing runs until the next `submit`.
    func waitUntilIdle() {
        for lane in lanes { lane.waitUntilIdle() }
    }

    /// CPU time of each thread of its own so far, in ns; none with one shard, which the caller's thread computes.
    var cpuNanoseconds: [UInt64] { lanes.map { $0.cpuNanoseconds } }

    /// Batches that are done and may be used again.
    func takeFinished() -> [RawRecords] { lanes.flatMap { $0.takeFinished() } }

    /// One thread with its queue. `@unchecked Sendable`: everything mutable is touched under `mutex` only; the
    /// pipeline's shard and the batches in the queue are used by this lane's thread alone until the barrier.
    private final class Lane: @unchecked Sendable {
        private let pipeline: Pipeline
        private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        private var queue: [Work] = []
        private var finished: [RawRecords] = []
        private var isBusy = false
        private var usedNanoseconds: UInt64 = 0
        private var isStopping = false
        private var thread: pthread_t?

        init(_ pipeline: Pipeline) {
            self.pipeline = pipeline
            pthread_mutex_init(mutex, nil)
            pthread_cond_init(changed, nil)
            thread = startThread(run)
        }

        func submit(_ work: Work, limit: Int) {
            pthread_mutex_lock(mutex)
            while queue.count >= limit { pthread_cond_wait(changed, mutex) }
            queue.append(work)
            pthread_cond_broadcast(changed)
            pthread_mutex_unlock(mutex)
        }

        func waitUntilIdle() {
            pthread_mutex_lock(mutex)
            while isBusy || !queue.isEmpty { pthread_cond_wait(changed, mutex) }
            pthread_mutex_unlock(mutex)
        }

        func takeFinished() -> [RawRecords] {
            pthread_mutex_lock(mutex)
            defer { pthread_mutex_unlock(mutex) }
            defer { finished = [] }
            return finished
        }

        var cpuNanoseconds: UInt64 {
            pthread_mutex_lock(mutex)
            defer { pthread_mutex_unlock(mutex) }
            return usedNanoseconds
        }

        /// Ends the thread and waits for it.
        func stop() {
            pthread_mutex_lock(mutex)
            isStopping = true
            pthread_cond_broadcast(changed)
            pthread_mutex_unlock(mutex)
            if let thread { pthread_join(thread, nil) }
            pthread_cond_destroy(changed)
            pthread_mutex_destroy(mutex)
            changed.deallocate()
            mutex.deallocate()
        }

        private func run() {
            pthread_mutex_lock(mutex)
            while true {
                while queue.isEmpty && !isStopping { pthread_cond_wait(changed, mutex) }
                if isStopping { break }
                let work = queue.removeFirst()
                isBusy = true
                pthread_cond_broadcast(changed)
                pthread_mutex_unlock(mutex)
                pipeline.process(
                    source: work.source, work.records, from: work.from, to: work.to, isReread: work.isReread)
                let used = ThreadClock.cpuNanoseconds()
                pthread_mutex_lock(mutex)
                usedNanoseconds = used
                isBusy = false
                if work.recycles { finished.append(work.records) }
                pthread_cond_broadcast(changed)
            }
            pthread_mutex_unlock(mutex)
        }
    }
}
