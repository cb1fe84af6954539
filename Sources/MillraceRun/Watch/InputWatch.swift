// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport

/// Notices input topics that are deleted while a run reads them, or while it waits for partitions of them.
///
///     read ──● the broker does not know the topic ──● it is there again: is it the same log? ──
///            └──── look, look, look … ─────────────── still not there: the run ends
///
/// Brokers that have just started may not know all topics for a moment; and a topic that is deleted may be about to be
/// made again.
struct InputWatch {
    /// For so long a topic may be away, in ns.
    static let patience: UInt64 = 10_000_000_000
    /// Between two looks while one is away, in ns.
    private static let interval: UInt64 = 250_000_000
    /// Between two looks of a process that has no partitions, in ns.
    private static let idleInterval: UInt64 = 5_000_000_000

    /// What a look has found.
    enum Finding: Equatable {
        /// Nothing new.
        case quiet
        /// These are there again.
        case back([String])
        /// This one has been away for too long.
        case gone(String)
    }

    /// Since when, by topic.
    private var missing: [String: UInt64] = [:]
    private var nextLook: UInt64 = 0

    /// Whether a topic is away: nothing can be read or committed then.
    var isWaiting: Bool { !missing.isEmpty }

    /// The broker has said that a topic does not exist.
    /// - Returns: whether that is new.
    mutating func noteMissing(_ topic: String, now: UInt64) -> Bool {
        guard missing[topic] == nil else { return false }
        missing[topic] = now
        nextLook = now +| InputWatch.interval
        return true
    }

    /// - Parameter isIdle: nothing is read, so that no broker would say that a topic is away.
    func isDue(now: UInt64, isIdle: Bool) -> Bool { (isWaiting || isIdle) && now >= nextLook }

    /// - Parameters:
    ///   - topics: all that is read.
    ///   - found: those that exist; nil: no broker has answered.
    mutating func look(_ topics: [String], found: Set<String>?, now: UInt64) -> Finding {
        defer { nextLook = now +| (isWaiting ? InputWatch.interval : InputWatch.idleInterval) }
        guard let found else { return .quiet }
        for topic in topics where !found.contains(topic) {
            let since = missing[topic] ?? now
            missing[topic] = since
            if now -| since >= InputWatch.patience { return .gone(topic) }
        }
        let back = missing.keys.filter { found.contains($0) }.sorted()
        for topic in back { missing[topic] = nil }
        return back.isEmpty ? .quiet : .back(back)
    }
}
