// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// When to speak of something that is counted and goes on: the first time at once, of more at most once a minute.
struct CountedNotice {
    /// From line to line, in ns.
    static let pause: UInt64 = 60_000_000_000

    /// How many the last line counted.
    private(set) var said: Int64 = 0
    private var lastLine: UInt64 = 0

    /// Whether a count that has grown would be spoken of.
    func isDue(now: UInt64) -> Bool { said == 0 || now -| lastLine >= CountedNotice.pause }

    /// - Returns: how many more than the last time there are, where that is to be said now; nil: it is not.
    mutating func take(_ count: Int64, now: UInt64) -> Int64? {
        guard count > said, isDue(now: now) else { return nil }
        defer { (said, lastLine) = (count, now) }
        return count -| said
    }
}
