// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif
internal import CSystemKafka
internal import MillraceCore

/// Makes calls to librdkafka that may not come back in the time they are given. One at a time, from one thread:
///
///     caller   run ──────────────► in time: answered        run ─────────────┤ late
///     thread       └── call ──┘                                 └── call ──────────────── … ──┘ ends with it
///
/// After a call that was too late the thread is left alone with it and with what the call holds.
final class CallThread: @unchecked Sendable {
    // Sendable because the mutable fields are only touched under `mutex`, and a call is run once, by one thread.

    /// A call: returns librdkafka's error object, or nil.
    typealias Call = () -> OpaquePointer?

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var call: Call?
    private var isAnswered = false
    private var answer: OpaquePointer?
    /// Nobody waits for an answer any more.
    private var isLeft = false

    /// Starts the thread; `leave` ends it. nil where the system has no thread left.
    init?() {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        #if !canImport(Darwin)
            // A clock that somebody sets must not make a wait longer.
            pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        #endif
        pthread_cond_init(changed, &attributes)
        pthread_condattr_destroy(&attributes)
        guard let thread = startThread(work) else { return nil }
        pthread_detach(thread)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// What came of a call.
    enum Outcome {
        /// The error object is the caller's to free.
        case answered(OpaquePointer?)
        /// It was not back in time: this thread takes no further calls.
        case late
    }

    /// Runs a call and waits for it. Not after one that was late.
    func run(timeoutMilliseconds: Int32, _ call: @escaping Call) -> Outcome {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        self.call = call
        isAnswered = false
        pthread_cond_broadcast(changed)
        let deadline = monotonicMilliseconds() +| Int64(timeoutMilliseconds)
        while !isAnswered {
            let left = deadline -| monotonicMilliseconds()
            guard left > 0 else {
                isLeft = true
                return .late
            }
            wait(milliseconds: left)
        }
        return .answered(answer)
    }

    /// Ends the thread as soon as it has nothing to do.
    func leave() {
        pthread_mutex_lock(mutex)
        isLeft = true
        pthread_cond_broadcast(changed)
        pthread_mutex_unlock(mutex)
    }

    private func wait(milliseconds: Int64) {
        #if canImport(Darwin)
            var time = timespec(
                tv_sec: Int(clamping: milliseconds / 1000), tv_nsec: Int(clamping: milliseconds % 1000 *| 1_000_000))
            pthread_cond_timedwait_relative_np(changed, mutex, &time)
        #else
            let end = monotonicMilliseconds() +| milliseconds
            var time = timespec(tv_sec: Int(clamping: end / 1000), tv_nsec: Int(clamping: end % 1000 * 1_000_000))
            pthread_cond_timedwait(changed, mutex, &time)
        #endif
    }

    private func work() {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            while call == nil, !isLeft { pthread_cond_wait(changed, mutex) }
            guard let next = call else { return }
            call = nil
            pthread_mutex_unlock(mutex)
            let error = next()
            pthread_mutex_lock(mutex)
            if isLeft {
                if let error { rd_kafka_error_destroy(error) }
                return
            }
            answer = error
            isAnswered = true
            pthread_cond_broadcast(changed)
        }
    }
}
