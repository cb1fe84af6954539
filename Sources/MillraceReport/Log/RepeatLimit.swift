// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Holds back lines that say the same again and again, and counts them, so that a broker that is away for a night fills
/// no disk and is still heard of:
///
///     A  A  A  (A)  (A)  …  |  2 more like A were held back   A  A  A  (A) …
///     └──────── interval ───┘
struct RepeatLimit {
    /// How many lines of a kind are let through in an interval.
    static let count = 3
    /// In ns.
    static let interval: UInt64 = 60_000_000_000

    /// What an interval has kept back.
    struct Summary: Hashable {
        /// The last of the lines.
        var line: LogLine
        var heldBack: Int
        /// How long ago the interval began.
        var nanoseconds: UInt64
    }

    private struct Entry {
        var began: UInt64
        var count = 0
        var heldBack = 0
        var last: LogLine
    }

    private var entries: [String: Entry] = [:]
    /// The beginning of the oldest interval, or earlier.
    private var oldest = UInt64.max

    /// Whether a line is to be written now. First ask for `takeSummaries`.
    /// - Parameter now: in ns, never going back.
    mutating func admits(_ line: LogLine, now: UInt64) -> Bool {
        let kind = line.kind ?? line.message
        var entry = entries[kind] ?? Entry(began: now, last: line)
        entry.count += 1
        let isAdmitted = entry.count <= RepeatLimit.count
        if !isAdmitted {
            entry.heldBack += 1
            entry.last = line
        }
        entries[kind] = entry
        oldest = min(oldest, entry.began)
        return isAdmitted
    }

    /// What was held back in intervals that are over, the oldest first; those begin anew.
    mutating func takeSummaries(now: UInt64) -> [Summary] {
        guard now >= oldest, now -| oldest >= RepeatLimit.interval else { return [] }
        return take(now) { now >= $0.began && now -| $0.began >= RepeatLimit.interval }
    }

    /// What was held back until now, at the end.
    mutating func takeAll(now: UInt64) -> [Summary] { take(now) { _ in true } }

    private mutating func take(_ now: UInt64, where isOver: (Entry) -> Bool) -> [Summary] {
        let over = entries.filter { isOver($0.value) }
        for kind in over.keys { entries[kind] = nil }
        oldest = entries.values.map(\.began).min() ?? .max
        return over.values.filter { $0.heldBack > 0 }
            .sorted { ($0.began, $0.last.message) < ($1.began, $1.last.message) }
            .map { Summary(line: $0.last, heldBack: $0.heldBack, nanoseconds: now -| $0.began) }
    }
}

extension RepeatLimit.Summary {
    /// What is said of it.
    var summary: LogLine {
        var summary = line
        let period = NumberDisplay.duration(nanoseconds: nanoseconds)
        summary.message =
            "\(NumberDisplay.count(Int64(heldBack))) more like this in \(period), held back: \(line.message)"
        summary.text = nil
        summary.fields.append(LogLine.Field("heldBack", .number(Int64(heldBack))))
        return summary
    }
}
