// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How often the process was told to stop (SIGINT, SIGTERM). Touched by a signal handler: atomics only.
private let requests = Atomic<Int>(0)
/// Where the handler tells the watch; negative: nowhere.
private let wakeEnd = Atomic<Int32>(-1)

/// SIGINT and SIGTERM as a wish to stop.
///
///     first signal ─► over within 1.5 s ─ yes ─► the run has committed and ended
///                          └ no ─► it computes ─ yes ─► the process ends at once
///                                       └ no ─► it waits for a broker: so be it
///     second signal ─► the process ends at once
///
/// Ending at once is what open transactions survive: a computation that takes longer than anybody waits (a batch of
/// records that somebody has made for it, the results of a last commit) is done again by the next start, from the last
/// commit on.
enum StopSignals {
    /// How long a stop may take, in microseconds.
    private static let patience: Int64 = 1_500_000
    /// How much a process that waits may compute meanwhile, in microseconds. Two processors may have more to do than
    /// this process, so that it is not asked how much it could.
    private static let waiting: Int64 = 300_000

    /// - Parameter isLate: called before the process ends because a computation goes on.
    static func handle(isLate: @escaping @Sendable () -> Void) {
        watch(isLate)
        let handler: @convention(c) (Int32) -> Void = { signal in
            let saved = errno
            if requests.add(1, ordering: .relaxed).newValue > 1 { _exit(128 + signal) }
            var number = UInt8(truncatingIfNeeded: signal)
            _ = write(wakeEnd.load(ordering: .relaxed), &number, 1)
            errno = saved
        }
        signal(SIGINT, handler)
        signal(SIGTERM, handler)
        // A process that was started from a thread with blocked signals inherits that, and could not be stopped.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    static var isStopRequested: Bool { requests.load(ordering: .relaxed) > 0 }

    /// A thread that sleeps until the first signal.
    private static func watch(_ isLate: @escaping @Sendable () -> Void) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        wakeEnd.store(ends[1], ordering: .relaxed)
        let readEnd = ends[0]
        let thread = startThread {
            var number: UInt8 = 0
            while read(readEnd, &number, 1) < 0 && errno == EINTR {}
            let (began, used) = (monotonicMicroseconds(), cpuMicroseconds())
            while true {
                usleep(50_000)
                let (passed, computed) = (monotonicMicroseconds() -| began, cpuMicroseconds() -| used)
                guard passed >= patience, computed > waiting else { continue }
                isLate()
                _exit(128 + Int32(number))
            }
        }
        if let thread { pthread_detach(thread) }
    }

    /// What the process has computed so far.
    private static func cpuMicroseconds() -> Int64 { microseconds(CLOCK_PROCESS_CPUTIME_ID) }

    private static func monotonicMicroseconds() -> Int64 { microseconds(CLOCK_MONOTONIC) }

    private static func microseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}
