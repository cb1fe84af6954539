// SPDX-License-Identifier: Apache-2.0

extension DateTimePattern {
    /// Appends the text of a timestamp (milliseconds since 1970-01-01T00:00Z) as a clock in `zone` shows it.
    package func append(_ timestamp: Int64, zone: FixedZone = .utc, to bytes: inout [UInt8]) {
        // Timestamps that the offset would push out of 64 bits stay at the end; they are 292 million years away.
        let (sum, overflow) = timestamp.addingReportingOverflow(zone.offsetMilliseconds)
        let (days, milliseconds) = CivilDate.split(overflow ? timestamp : sum)
        let moment = Moment(date: CivilDate(days: days), milliseconds: milliseconds)
        DateTimePattern.append(elements, moment, zone, &bytes)
    }

    private struct Moment {
        var date: CivilDate
        /// Since midnight.
        var milliseconds: Int64

        func value(_ field: DateTimeField) -> Int64 {
            let hour = milliseconds / 3_600_000
            switch field {
            case .era: return date.year > 0 ? 1 : 0
            case .year: return date.year
            case .yearOfEra: return date.year > 0 ? date.year : 1 - date.year
            case .month: return Int64(date.month)
            case .day: return Int64(date.day)
            case .dayOfYear: return Int64(date.dayOfYear)
            case .dayOfWeek: return Int64(date.dayOfWeek)
            case .hour: return hour
            case .clockHour: return hour == 0 ? 24 : hour
            case .halfDay: return hour / 12
            case .hourOfHalfDay: return hour % 12
            case .clockHourOfHalfDay: return hour % 12 == 0 ? 12 : hour % 12
            case .minute: return milliseconds / 60_000 % 60
            case .second: return milliseconds / 1000 % 60
            case .nanosecond: return milliseconds % 1000 * 1_000_000
            case .millisecondOfDay: return milliseconds
            case .offset: return 0
            }
        }
    }

    private static func append(_ elements: [Element], _ moment: Moment, _ zone: FixedZone, _ bytes: inout [UInt8]) {
        for element in elements {
            switch element {
            case .literal(let text): bytes.append(contentsOf: text)
            case .number(let field, let minimum, _, let sign, _):
                let value = moment.value(field)
                if value < 0 { bytes.append(UInt8(ascii: "-")) }
                if value > 0, sign == .exceedsWidth, NumberText.digitCount(UInt64(value)) > minimum {
                    bytes.append(UInt8(ascii: "+"))
                }
                TimeText.append(value.magnitude, width: minimum, to: &bytes)
            case .shortYear(let field):
                TimeText.append(moment.value(field).magnitude % 100, width: 2, to: &bytes)
            case .fraction(let width):
                var value = UInt64(moment.value(.nanosecond))
                for _ in width..<9 { value /= 10 }
                TimeText.append(value, width: width, to: &bytes)
            case .text(let field, let style):
                bytes.append(contentsOf: names(field, style)[Int(moment.value(field) - firstValue(field))])
            case .localDayOfWeek(let width):
                TimeText.append(UInt64(moment.date.dayOfWeek % 7 + 1), width: width, to: &bytes)
            case .offset(let form, let zero): appendOffset(zone.offsetMilliseconds, form, zero, &bytes)
            case .localizedOffset(let isFull): appendLocalized(zone.offsetMilliseconds, isFull, &bytes)
            case .zone(let isShort): bytes.append(contentsOf: isShort ? zone.abbreviation : zone.name)
            case .optional(let inner): append(inner, moment, zone, &bytes)
            }
        }
    }

    private static func appendOffset(_ offset: Int64, _ form: OffsetForm, _ zero: [UInt8], _ bytes: inout [UInt8]) {
        if offset == 0 {
            bytes.append(contentsOf: zero)
            return
        }
        let seconds = offset.magnitude / 1000
        bytes.append(UInt8(ascii: offset < 0 ? "-" : "+"))
        TimeText.append(seconds / 3600, width: 2, to: &bytes)
        let minutes = seconds / 60 % 60
        if form == .hoursAndMaybeMinutes, minutes == 0 { return }
        let hasColon = form == .extended || form == .extendedAndMaybeSeconds
        if hasColon { bytes.append(UInt8(ascii: ":")) }
        TimeText.append(minutes, width: 2, to: &bytes)
        guard form == .basicAndMaybeSeconds || form == .extendedAndMaybeSeconds, seconds % 60 != 0 else { return }
        if hasColon { bytes.append(UInt8(ascii: ":")) }
        TimeText.append(seconds % 60, width: 2, to: &bytes)
    }

    private static func appendLocalized(_ offset: Int64, _ isFull: Bool, _ bytes: inout [UInt8]) {
        bytes.append(contentsOf: FixedZone.utc.name)
        if offset == 0 { return }
        let seconds = offset.magnitude / 1000
        bytes.append(UInt8(ascii: offset < 0 ? "-" : "+"))
        TimeText.append(seconds / 3600, width: isFull ? 2 : 1, to: &bytes)
        if isFull || seconds / 60 % 60 != 0 {
            bytes.append(UInt8(ascii: ":"))
            TimeText.append(seconds / 60 % 60, width: 2, to: &bytes)
        }
    }
}
