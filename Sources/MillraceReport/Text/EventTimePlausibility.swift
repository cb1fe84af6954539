// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// Whether event times can be what they are taken for, milliseconds since 1970: seconds lie in January 1970 then,
/// microseconds in the year 55,000. Pure; fed one time after the other, or with the ends of a range.
package struct EventTimePlausibility: Hashable, Sendable {
    /// What an implausible time seems to be.
    package enum Suspicion: String, Hashable, Sendable {
        case seconds
        case microseconds
        case nanoseconds
        /// Before 1980, and not in another unit either.
        case early
        /// Beyond 2100, and not in another unit either.
        case far
    }

    /// The years 1980 to 2100.
    package static let plausible: Range<EventTime> = 315_532_800_000..<4_102_444_800_000

    private var counts: [Suspicion: Int64] = [:]
    private var total: Int64 = 0
    private var lowest: EventTime?
    private var highest: EventTime?

    package init() {}

    package init(_ times: some Sequence<EventTime>) {
        for time in times { add(time) }
    }

    /// Nil: the time can be what it is taken for.
    package static func suspicion(of time: EventTime) -> Suspicion? {
        if plausible.contains(time) { return nil }
        if time < plausible.lowerBound {
            let (milliseconds, overflow) = time.multipliedReportingOverflow(by: 1000)
            return !overflow && plausible.contains(milliseconds) ? .seconds : .early
        }
        if plausible.contains(time / 1000) { return .microseconds }
        return plausible.contains(time / 1_000_000) ? .nanoseconds : .far
    }

    package mutating func add(_ time: EventTime) {
        total += 1
        guard let suspicion = EventTimePlausibility.suspicion(of: time) else { return }
        counts[suspicion, default: 0] += 1
        lowest = min(lowest ?? time, time)
        highest = max(highest ?? time, time)
    }

    /// What most of the implausible ones seem to be; nil: none is.
    package var suspicion: Suspicion? {
        counts.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key
    }

    /// One sentence for people, without a period; nil: nothing is strange.
    package var warning: String? {
        guard let suspicion, let lowest, let highest else { return nil }
        let strange = counts.values.reduce(0, +)
        let which = strange == total ? total == 1 ? "the" : "all" : "\(strange) of \(total)"
        let (first, last) = (TimeDisplay.short(lowest), TimeDisplay.short(highest))
        let (verb, range) = first == last ? ("at", first) : ("from", "\(first) to \(last)")
        let noun = total == 1 ? "event time lies" : "event times lie"
        return "\(which) \(noun) \(verb) \(range): \(EventTimePlausibility.words(suspicion))"
    }

    package static func words(_ suspicion: Suspicion) -> String {
        switch suspicion {
        case .seconds: taken("seconds", "seconds")
        case .microseconds: taken("microseconds", "micros")
        case .nanoseconds: taken("nanoseconds", "nanos")
        case .early: "before 1980; look at the column or the clock that gives them"
        case .far: "beyond 2100; look at the column or the clock that gives them"
        }
    }
    /// - Parameter format: as TIMESTAMP_FORMAT has it.
    private static func taken(_ unit: String, _ format: String) -> String {
        "as if \(unit) since 1970 were taken for milliseconds; of a column TIMESTAMP_FORMAT='\(format)' reads them"
    }
}
