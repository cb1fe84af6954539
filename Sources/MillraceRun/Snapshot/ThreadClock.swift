// SPDX-License-Identifier: Apache-2.0
import MillraceCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How much CPU time the calling thread has used: a thread that waits uses none, whatever it waits for.
enum ThreadClock {
    static func cpuNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) *| 1_000_000_000 +| UInt64(time.tv_nsec)
    }
}
