// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport

/// Which timestamps of records a topic takes:
///
///     ──┤ before.max ── the broker's clock ── after.max ├──
///
/// `message.timestamp.difference.max.ms` is both of them at once for brokers before 3.6. A topic that writes the time
/// of arrival (LogAppendTime) takes any.
struct TimeLimit: Hashable {
    /// How old a record may be, in ms.
    let before: Int64
    /// How far a record may lie ahead, in ms.
    let after: Int64
    /// A record gets older on its way to the broker, and clocks differ (ms).
    private static let onTheWay: Int64 = 10_000

    static let none = TimeLimit([:])

    /// - Parameter settings: of the topic.
    init(_ settings: [String: String]) {
        func number(_ name: String) -> Int64? { settings[name].flatMap { Int64($0) }.flatMap { $0 < 0 ? nil : $0 } }
        guard settings["message.timestamp.type"] != "LogAppendTime" else {
            (before, after) = (.max, .max)
            return
        }
        let difference = number("message.timestamp.difference.max.ms") ?? .max
        before = number("message.timestamp.before.max.ms") ?? difference
        after = number("message.timestamp.after.max.ms") ?? difference
    }

    var isNone: Bool { before == .max && after == .max }

    /// The times that are taken now.
    func range(now: EventTime) -> ClosedRange<EventTime> {
        let back = before == .max ? .max : max(before -| Self.onTheWay, 0)
        let (oldest, isFarBack) = now.subtractingReportingOverflow(back)
        let (newest, isFarAhead) = now.addingReportingOverflow(after)
        return (isFarBack || before == .max ? .min : oldest)...(isFarAhead ? .max : max(newest, oldest))
    }

    func allows(_ time: EventTime, now: EventTime) -> Bool { isNone || range(now: now).contains(time) }

    /// The setting that a time is against, for people.
    func reason(_ time: EventTime, now: EventTime) -> String {
        time > now
            ? "more than \(NumberDisplay.milliseconds(after)) ahead (message.timestamp.after.max.ms)"
            : "older than \(NumberDisplay.milliseconds(before)) (message.timestamp.before.max.ms)"
    }
}
