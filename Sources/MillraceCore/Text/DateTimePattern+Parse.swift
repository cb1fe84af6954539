// SPDX-License-Identifier: Apache-2.0

extension DateTimePattern {
    /// The milliseconds since 1970-01-01T00:00Z that `text` names as a whole; nil where it does not follow the pattern.
    ///
    /// As ksqlDB has it: parts that the pattern does not name are those of 1970-01-01T00:00 in `zone`; a day that its
    /// month does not have (up to 31) is the month's last one.
    package func parse(_ text: UnsafeRawBufferPointer, zone: TimeZoneChoice = .utc) -> Int64? {
        var cursor = ByteCursor(text)
        var fields = ParsedFields()
        guard DateTimePattern.parse(elements, &cursor, &fields), cursor.isAtEnd else { return nil }
        return fields.resolved(zone)
    }

    private static func parse(_ elements: [Element], _ cursor: inout ByteCursor, _ fields: inout ParsedFields) -> Bool {
        for element in elements {
            if case .optional(let inner) = element {
                var triedCursor = cursor
                var triedFields = fields
                if parse(inner, &triedCursor, &triedFields) {
                    cursor = triedCursor
                    fields = triedFields
                }
                continue
            }
            guard parse(element, &cursor, &fields) else { return false }
        }
        return true
    }

    private static func parse(_ element: Element, _ cursor: inout ByteCursor, _ fields: inout ParsedFields) -> Bool {
        switch element {
        case .literal(let text): return cursor.take(ignoringCase: text)
        case .number(let field, let minimum, let maximum, let sign, let reserved):
            guard let value = number(&cursor, minimum, maximum, sign, reserved) else { return false }
            return fields.set(field, value)
        case .shortYear(let field):
            guard let value = cursor.number(2) else { return false }
            return fields.set(field, 2000 + value)
        case .fraction(let width):
            guard var value = cursor.number(width) else { return false }
            for _ in width..<9 { value *= 10 }
            return fields.set(.nanosecond, value)
        case .text(let field, let style):
            for (index, name) in names(field, style).enumerated() where cursor.take(ignoringCase: name) {
                return fields.set(field, Int64(index) + firstValue(field))
            }
            return false
        case .localDayOfWeek(let width):
            guard let value = cursor.number(width), value >= 1, value <= 7 else { return false }
            return fields.set(.dayOfWeek, value == 1 ? 7 : value - 1)
        case .offset(let form, let zero):
            if cursor.take(ignoringCase: zero) { return fields.set(.offset, 0) }
            guard let value = offset(&cursor, form) else { return false }
            return fields.set(.offset, value)
        case .localizedOffset:
            guard cursor.take(ignoringCase: FixedZone.utc.name) else { return false }
            guard cursor.next == UInt8(ascii: "+") || cursor.next == UInt8(ascii: "-") else {
                return fields.set(.offset, 0)
            }
            guard let value = FixedZone.takeOffset(&cursor) else { return false }
            return fields.set(.offset, value)
        case .zone:
            return TimeZoneChoice.take(&cursor).map { fields.set($0) } ?? false
        case .optional: return true
        }
    }

    private static func number(
        _ cursor: inout ByteCursor, _ minimum: Int, _ maximum: Int, _ sign: Sign, _ reserved: Int
    ) -> Int64? {
        let isNegative = sign != .never && cursor.take(UInt8(ascii: "-"))
        let hasPlus = sign == .exceedsWidth && !isNegative && cursor.take(UInt8(ascii: "+"))
        let ahead = cursor.digitsAhead(maximum + reserved)
        let width = min(maximum, max(minimum, ahead - reserved))
        guard ahead >= width, let value = cursor.number(width) else { return nil }
        if sign == .exceedsWidth, !isNegative, hasPlus != (width > minimum) { return nil }
        return isNegative ? -value : value
    }

    /// `±hh` and what the form wants behind it, in milliseconds.
    private static func offset(_ cursor: inout ByteCursor, _ form: OffsetForm) -> Int64? {
        let isNegative = cursor.next == UInt8(ascii: "-")
        guard cursor.take(UInt8(ascii: "-")) || cursor.take(UInt8(ascii: "+")), let hours = cursor.number(2) else {
            return nil
        }
        var minutes: Int64 = 0
        var seconds: Int64 = 0
        let hasColon = form == .extended || form == .extendedAndMaybeSeconds
        if form == .hoursAndMaybeMinutes {
            minutes = cursor.number(2) ?? 0
        } else {
            guard !hasColon || cursor.take(UInt8(ascii: ":")), let taken = cursor.number(2) else { return nil }
            minutes = taken
        }
        if form == .basicAndMaybeSeconds {
            seconds = cursor.number(2) ?? 0
        } else if form == .extendedAndMaybeSeconds, cursor.take(UInt8(ascii: ":")) {
            guard let taken = cursor.number(2) else { return nil }
            seconds = taken
        }
        let total = hours * 3600 + minutes * 60 + seconds
        guard minutes < 60, seconds < 60, total <= 18 * 3600 else { return nil }
        return (isNegative ? -total : total) * 1000
    }
}

/// What a text has said about a point in time.
private struct ParsedFields {
    private var values = [Int64?](repeating: nil, count: DateTimePattern.DateTimeField.allCases.count)

    /// False where the text has already said something else.
    mutating func set(_ field: DateTimePattern.DateTimeField, _ value: Int64) -> Bool {
        if let earlier = values[field.rawValue] { return earlier == value }
        values[field.rawValue] = value
        return true
    }

    private var zone: NamedZone?

    mutating func set(_ zone: TimeZoneChoice) -> Bool {
        switch zone {
        case .fixed(let zone): return set(.offset, zone.offsetMilliseconds)
        case .named(let named):
            if let zone = self.zone { return zone.name == named.name }
            self.zone = named
            return true
        }
    }

    private func value(_ field: DateTimePattern.DateTimeField) -> Int64? { values[field.rawValue] }

    func resolved(_ zone: TimeZoneChoice) -> Int64? {
        guard let days = days(), let milliseconds = millisecondsOfDay() else { return nil }
        // An offset that the text has says which of two times is meant where clocks were put back.
        let local = CivilDate.timestamp(days: days, milliseconds: milliseconds) ?? 0
        let choice = self.zone.map { TimeZoneChoice.named($0) } ?? zone
        let offset = value(.offset) ?? choice.zone(atLocal: local).offsetMilliseconds
        return CivilDate.timestamp(days: days, milliseconds: milliseconds - offset)
    }

    private func days() -> Int64? {
        var year: Int64 = value(.year) ?? 1970
        if let yearOfEra = value(.yearOfEra) { year = value(.era) == 0 ? 1 - yearOfEra : yearOfEra }
        guard let newYear = CivilDate(year: year, month: 1, day: 1)?.days else { return nil }
        var days: Int64
        if let dayOfYear = value(.dayOfYear) {
            guard dayOfYear >= 1, dayOfYear <= (CivilDate.isLeap(year) ? 366 : 365) else { return nil }
            days = newYear + dayOfYear - 1
        } else {
            let month = value(.month) ?? 1
            let day = value(.day) ?? 1
            guard month >= 1, month <= 12, day >= 1, day <= 31 else { return nil }
            let last = CivilDate.daysInMonth(year: year, month: Int(month))
            guard let date = CivilDate(year: year, month: Int(month), day: min(Int(day), last)) else { return nil }
            days = date.days
        }
        if let dayOfWeek = value(.dayOfWeek), value(.day) != nil || value(.dayOfYear) != nil {
            guard CivilDate(days: days).dayOfWeek == Int(dayOfWeek) else { return nil }
        }
        // 24:00 is the start of the next day.
        if value(.hour) == 24 { days += 1 }
        return days
    }

    private func millisecondsOfDay() -> Int64? {
        if let milliseconds = value(.millisecondOfDay) {
            return milliseconds < CivilDate.millisecondsPerDay ? milliseconds : nil
        }
        let minute = value(.minute) ?? 0
        let second = value(.second) ?? 0
        let nanosecond = value(.nanosecond) ?? 0
        guard minute >= 0, minute < 60, second >= 0, second < 60, var hour = hourOfDay() else { return nil }
        if hour == 24 {
            guard minute == 0, second == 0, nanosecond == 0 else { return nil }
            hour = 0
        }
        return (hour * 3600 + minute * 60 + second) * 1000 + nanosecond / 1_000_000
    }

    /// 0 … 24
    private func hourOfDay() -> Int64? {
        func within(_ range: ClosedRange<Int64>, _ hour: Int64) -> Int64? { range.contains(hour) ? hour : nil }
        if let hour = value(.hour) { return within(0...24, hour) }
        if let hour = value(.clockHour) { return within(1...24, hour).map { $0 % 24 } }
        let afternoon: Int64 = value(.halfDay) == 1 ? 12 : 0
        if let hour = value(.clockHourOfHalfDay) { return within(1...12, hour).map { $0 % 12 + afternoon } }
        if let hour = value(.hourOfHalfDay) { return within(0...11, hour).map { $0 + afternoon } }
        return 0
    }
}
