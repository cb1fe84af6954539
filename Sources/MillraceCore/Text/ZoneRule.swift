// SPDX-License-Identifier: Apache-2.0

/// The rule by which a zone's clocks are changed in years to come, as POSIX writes it in TZ:
/// `CET-1CEST,M3.5.0,M10.5.0/3`.
struct ZoneRule: Sendable {
    private enum Day: Sendable {
        /// Month, week (5: the last) and day of the week (0: Sunday).
        case inMonth(Int, Int, Int)
        /// 1 … 365, February 29 never counted.
        case julian(Int)
        /// 0 … 365.
        case ofYear(Int)
    }

    private struct Change: Sendable {
        var day: Day
        var seconds: Int64
    }

    private let standard: (offset: Int64, abbreviation: [UInt8])
    private var summer: (offset: Int64, abbreviation: [UInt8], start: Change, end: Change)?

    /// Nil for a text that is none.
    init?(_ text: [UInt8]) {
        var rest = text[...]
        guard let name = ZoneRule.name(&rest), let offset = ZoneRule.time(&rest) else { return nil }
        standard = (-offset, name)
        if rest.isEmpty { return }
        guard let summerName = ZoneRule.name(&rest) else { return nil }
        var summerOffset = standard.offset + 3600
        if rest.first != UInt8(ascii: ",") {
            guard let offset = ZoneRule.time(&rest) else { return nil }
            summerOffset = -offset
        }
        guard let start = ZoneRule.change(&rest), let end = ZoneRule.change(&rest), rest.isEmpty else { return nil }
        summer = (summerOffset, summerName, start, end)
    }

    func offset(atSeconds seconds: Int64) -> (offset: Int64, abbreviation: [UInt8]) {
        guard let summer else { return standard }
        let local = seconds +| standard.offset
        let days = local / 86_400 - (local % 86_400 < 0 ? 1 : 0)
        let year = CivilDate(days: days).year
        guard let start = ZoneRule.seconds(summer.start, year), let end = ZoneRule.seconds(summer.end, year) else {
            return standard
        }
        let (first, last) = (start -| standard.offset, end -| summer.offset)
        // In the south summer goes on over the turn of the year.
        let isSummer = first < last ? first <= seconds && seconds < last : !(last <= seconds && seconds < first)
        return isSummer ? (summer.offset, summer.abbreviation) : standard
    }

    /// As a clock shows it that is not changed yet.
    private static func seconds(_ change: Change, _ year: Int64) -> Int64? {
        guard let newYear = CivilDate(year: year, month: 1, day: 1)?.days else { return nil }
        let day: Int64
        switch change.day {
        case .ofYear(let number): day = newYear + Int64(number)
        case .julian(let number): day = newYear + Int64(number) - (CivilDate.isLeap(year) && number >= 60 ? 0 : 1)
        case .inMonth(let month, let week, let weekday):
            guard let first = CivilDate(year: year, month: month, day: 1) else { return nil }
            // Monday is 1 and Sunday 7.
            let ahead = (weekday - first.dayOfWeek % 7 + 7) % 7
            var number = 1 + ahead + (week - 1) * 7
            if number > CivilDate.daysInMonth(year: year, month: month) { number -= 7 }
            day = first.days + Int64(number) - 1
        }
        return day *| 86_400 +| change.seconds
    }

    // MARK: Reading

    /// Letters, or anything in `<>`.
    private static func name(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        if rest.first == UInt8(ascii: "<") {
            guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return nil }
            let name = Array(rest[(rest.startIndex + 1)..<end])
            rest = rest[(end + 1)...]
            return name
        }
        let name = Array(rest.prefix { ($0 | 0x20) &- UInt8(ascii: "a") < 26 })
        rest = rest.dropFirst(name.count)
        return name.isEmpty ? nil : name
    }

    private static func number(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        let digits = rest.prefix { $0 &- UInt8(ascii: "0") < 10 }
        guard 1...4 ~= digits.count else { return nil }
        rest = rest.dropFirst(digits.count)
        return digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    private static func take(_ character: Unicode.Scalar, _ rest: inout ArraySlice<UInt8>) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    private static func time(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        let isNegative = take("-", &rest)
        if !isNegative { _ = take("+", &rest) }
        guard var seconds = number(&rest).map({ $0 * 3600 }) else { return nil }
        if take(":", &rest) {
            guard let minutes = number(&rest) else { return nil }
            seconds += minutes * 60
            if take(":", &rest) {
                guard let more = number(&rest) else { return nil }
                seconds += more
            }
        }
        return isNegative ? -seconds : seconds
    }

    /// `,M3.5.0/2`, `,J60`, `,59/2`
    private static func change(_ rest: inout ArraySlice<UInt8>) -> Change? {
        guard take(",", &rest) else { return nil }
        let day: Day
        if take("M", &rest) {
            guard let month = number(&rest), take(".", &rest), let week = number(&rest), take(".", &rest),
                let weekday = number(&rest), 1...12 ~= month, 1...5 ~= week, 0...6 ~= weekday
            else { return nil }
            day = .inMonth(Int(month), Int(week), Int(weekday))
        } else if take("J", &rest) {
            guard let number = number(&rest), 1...365 ~= number else { return nil }
            day = .julian(Int(number))
        } else {
            guard let number = number(&rest), 0...365 ~= number else { return nil }
            day = .ofYear(Int(number))
        }
        guard take("/", &rest) else { return Change(day: day, seconds: 7200) }
        return time(&rest).map { Change(day: day, seconds: $0) }
    }
}
