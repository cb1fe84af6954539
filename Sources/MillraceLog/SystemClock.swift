// SPDX-License-Identifier: Apache-2.0
import MillraceCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The machine's clocks.
package struct SystemClock: Timekeeper {
    package init() {}

    package func monotonicNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) *| 1_000_000_000 +| UInt64(time.tv_nsec)
    }

    package func sleep(milliseconds: Int64) {
        guard milliseconds > 0 else { return }
        usleep(UInt32(clamping: milliseconds *| 1000))
    }

    package func wallMilliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) *| 1000 +| Int64(time.tv_nsec) / 1_000_000
    }
}
