// SPDX-License-Identifier: Apache-2.0

/// Where the control plane gets its time from, so that tests can pass their own. No result ever depends on it.
package protocol Clock: Sendable {
    /// Nanoseconds from an arbitrary start, never going back.
    func monotonicNanoseconds() -> UInt64
    /// Milliseconds since 1970-01-01T00:00Z.
    func wallMilliseconds() -> Int64
}

extension Clock {
    /// Nanoseconds that have passed since a moment of `monotonicNanoseconds`; 0 where it lies ahead.
    package func nanoseconds(since moment: UInt64) -> UInt64 { monotonicNanoseconds() -| moment }

    /// Whole milliseconds that have passed since a moment of `monotonicNanoseconds`; 0 where it lies ahead.
    package func milliseconds(since moment: UInt64) -> Int64 { Int64(nanoseconds(since: moment) / 1_000_000) }

    /// Whether so many milliseconds have passed since a moment of `monotonicNanoseconds`.
    package func hasPassed(milliseconds: Int64, since moment: UInt64) -> Bool {
        nanoseconds(since: moment) >= UInt64(clamping: milliseconds) *| 1_000_000
    }
}
