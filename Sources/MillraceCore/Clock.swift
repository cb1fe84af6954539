// SPDX-License-Identifier: Apache-2.0

/// Where the control plane gets its time from, so that tests can pass their own. No result ever depends on it.
package protocol Clock: Sendable {
    /// Nanoseconds from an arbitrary start, never going back.
    func monotonicNanoseconds() -> UInt64
    /// Milliseconds since 1970-01-01T00:00Z.
    func wallMilliseconds() -> Int64
}
