// SPDX-License-Identifier: Apache-2.0
import MillraceCore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif
internal import CSystemKafka

/// Milliseconds since 1970-01-01T00:00Z. For diagnostics only.
func wallClock() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) *| 1000 +| Int64(time.tv_nsec) / 1_000_000
}

/// Milliseconds from an arbitrary start, never going back.
func monotonicMilliseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) *| 1000 +| Int64(time.tv_nsec) / 1_000_000
}
