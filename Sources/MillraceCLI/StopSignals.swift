// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How often the process was told to stop (SIGINT, SIGTERM), and whether whoever has to stop has seen it. Touched by a
/// signal handler: atomics only.
private let requests = Atomic<Int>(0)
private let isHeard = Atomic<Bool>(false)
/// Where the handler tells the watch; negative: nowhere.
private let wakeEnd = Atomic<Int32>(-1)

/// SIGINT and SIGTERM as a wish to stop.
///
///     first signal ─► asked for within 1.5 s ─ yes ─► the run commits and ends
///                         ▲           └ no ─► a computation goes on ─ yes ─► the process ends at once
///                         └─────────────────── no, it waits for a broker
///     second signal ─► the process ends at once
///
/// Ending at once is what open transactions survive: a computation that takes longer than anybody waits is done again
/// by the next start, from the last commit on.
enum StopSignals {
    /// How long a run may not ask whether it is to stop, in microseconds, once it is. Longer than any batch of records
    /// takes, but for one that somebody has made for it.
    private static let patience: UInt32 = 1_500_000

    /// - Parameter isDeaf: called before the process ends because nobody has heard the signal.
    static func handle(isDeaf: @escaping @Sendable () -> Void) {
        watch(isDeaf)
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

    static var isStopRequested: Bool {
        guard requests.load(ordering: .relaxed) > 0 else { return false }
        isHeard.store(true, ordering: .relaxed)
        return true
    }

    /// A thread that sleeps until the first signal.
    private static func watch(_ isDeaf: @escaping @Sendable () -> Void) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        wakeEnd.store(ends[1], ordering: .relaxed)
        let readEnd = ends[0]
        let thread = startThread {
            var number: UInt8 = 0
            while read(readEnd, &number, 1) < 0 && errno == EINTR {}
            while true {
                let used = cpuMicroseconds()
                usleep(patience)
                if isHeard.load(ordering: .relaxed) { return }
                // Two processors may have more to do than this process.
                guard cpuMicroseconds() - used > Int64(patience / 5) else { continue }
                isDeaf()
                _exit(128 + Int32(number))
            }
        }
        if let thread { pthread_detach(thread) }
    }

    /// What the process has computed so far.
    private static func cpuMicroseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}
