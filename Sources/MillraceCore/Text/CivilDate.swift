// SPDX-License-Identifier: Apache-2.0

/// A day of the proleptic Gregorian calendar. Year 0 is 1 BC.
package struct CivilDate: Hashable, Sendable {
    package var year: Int64
    /// 1 … 12
    package var month: Int
    /// 1 … 31
    package var day: Int

    /// Nil where the calendar has no such day, or the year is beyond ±400 million.
    package init?(year: Int64, month: Int, day: Int) {
        guard year.magnitude <= 400_000_000, month >= 1, month <= 12, day >= 1,
            day <= CivilDate.daysInMonth(year: year, month: month)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// The day so many days after 1970-01-01; `days` is within ±2^40.
    ///
    /// Years are counted from March on, so that the leap day comes last: 146,097 days are 400 years.
    package init(days: Int64) {
        let shifted = days &+ 719_468
        let era = (shifted >= 0 ? shifted : shifted &- 146_096) / 146_097
        let dayOfEra = shifted &- era &* 146_097
        let yearOfEra = (dayOfEra &- dayOfEra / 1460 &+ dayOfEra / 36_524 &- dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra &- (365 &* yearOfEra &+ yearOfEra / 4 &- yearOfEra / 100)
        let marchMonth = (5 &* dayOfYear &+ 2) / 153
        day = Int(dayOfYear &- (153 &* marchMonth &+ 2) / 5 &+ 1)
        month = Int(marchMonth < 10 ? marchMonth &+ 3 : marchMonth &- 9)
        year = yearOfEra &+ era &* 400 &+ (month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01.
    package var days: Int64 {
        let marchYear = month <= 2 ? year &- 1 : year
        let era = (marchYear >= 0 ? marchYear : marchYear &- 399) / 400
        let yearOfEra = marchYear &- era &* 400
        let marchMonth = Int64(month > 2 ? month &- 3 : month &+ 9)
        let dayOfYear = (153 &* marchMonth &+ 2) / 5 &+ Int64(day) &- 1
        let dayOfEra = yearOfEra &* 365 &+ yearOfEra / 4 &- yearOfEra / 100 &+ dayOfYear
        return era &* 146_097 &+ dayOfEra &- 719_468
    }

    /// 1 … 366
    package var dayOfYear: Int {
        var count = day
        for earlier in 1..<month { count += CivilDate.daysInMonth(year: year, month: earlier) }
        return count
    }

    /// 1 = Monday … 7 = Sunday.
    package var dayOfWeek: Int {
        // 1970-01-01 was a Thursday.
        let index = (days &+ 3) % 7
        return Int(index < 0 ? index + 7 : index) + 1
    }

    package static func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    /// For months 1 … 12.
    package static func daysInMonth(year: Int64, month: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    package static let millisecondsPerDay: Int64 = 86_400_000

    /// Whole days since 1970-01-01 and the milliseconds into the day of a timestamp, also before 1970.
    package static func split(_ timestamp: Int64) -> (days: Int64, milliseconds: Int64) {
        var days = timestamp / millisecondsPerDay
        var rest = timestamp % millisecondsPerDay
        if rest < 0 {
            rest += millisecondsPerDay
            days -= 1
        }
        return (days, rest)
    }

    /// Milliseconds since 1970-01-01T00:00; nil where they do not fit 64 bits.
    package static func timestamp(days: Int64, milliseconds: Int64) -> Int64? {
        let (product, overflow) = days.multipliedReportingOverflow(by: millisecondsPerDay)
        let (sum, carry) = product.addingReportingOverflow(milliseconds)
        return overflow || carry ? nil : sum
    }
}
