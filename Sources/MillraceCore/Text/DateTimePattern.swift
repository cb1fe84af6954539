// SPDX-License-Identifier: Apache-2.0

/// A pattern of Java's `DateTimeFormatter`, with English names, for milliseconds since 1970-01-01T00:00Z.
///
/// Letters: `G u y M L d D H h K k m s S n A a E e c X x Z z VV O`; texts in single quotes, `[` optional `]`.
/// Other letters (weeks of the year, quarters, padding) are refused.
package struct DateTimePattern: Sendable {
    /// What is wrong with a pattern, as one sentence.
    package struct PatternError: Error, Hashable, Sendable {
        package let message: String
    }

    /// A part of a date or a time that a text can give.
    enum DateTimeField: Int, CaseIterable, Sendable {
        case era, year, yearOfEra, month, day, dayOfYear, dayOfWeek
        case hour, clockHour, halfDay, hourOfHalfDay, clockHourOfHalfDay, minute, second, nanosecond
        case millisecondOfDay, offset

        var isDate: Bool { rawValue <= DateTimeField.dayOfWeek.rawValue }
        var isTime: Bool { !isDate && self != .offset }
    }

    enum Sign: Sendable {
        case never
        case negativeOnly
        /// A plus where the number is wider than its least width.
        case exceedsWidth
    }

    enum TextStyle: Sendable {
        case short, full, narrow
    }

    enum OffsetForm: Sendable {
        /// +02 or +0230
        case hoursAndMaybeMinutes
        /// +0200
        case basic
        /// +02:00
        case extended
        /// +0200 or +020030
        case basicAndMaybeSeconds
        /// +02:00 or +02:00:30
        case extendedAndMaybeSeconds
    }

    indirect enum Element: Sendable {
        case literal([UInt8])
        /// `reserved`: digits that the fixed-width numbers right behind it need.
        case number(DateTimeField, minimum: Int, maximum: Int, Sign, reserved: Int)
        /// Two digits: 2000 … 2099.
        case shortYear(DateTimeField)
        /// Digits of the second's fraction.
        case fraction(Int)
        case text(DateTimeField, TextStyle)
        /// The day of the week as a number from Sunday = 1 on.
        case localDayOfWeek(width: Int)
        case offset(OffsetForm, zero: [UInt8])
        /// GMT+8 or GMT+08:00
        case localizedOffset(isFull: Bool)
        /// Its name, or CET and the like.
        case zone(isShort: Bool)
        case optional([Element])
    }

    let elements: [Element]
    /// Whether the pattern shows a part of a date.
    package let hasDate: Bool
    /// Whether the pattern shows a part of a time of day.
    package let hasTime: Bool
    /// Whether the pattern names a month and a day of the year but no day of the month: what `yyyy-MM-DD` says, and
    /// nobody means.
    package let mixesDays: Bool

    /// The parsed pattern; throws for a letter or a count of letters that is not supported, and for open quotes and
    /// brackets.
    package init(_ pattern: String) throws(PatternError) {
        elements = try DateTimePatternParser.parse(pattern)
        hasDate = DateTimePattern.uses(elements) { $0.isDate }
        hasTime = DateTimePattern.uses(elements) { $0.isTime }
        let elements = elements
        func names(_ field: DateTimeField) -> Bool { DateTimePattern.uses(elements) { $0 == field } }
        mixesDays = names(.month) && names(.dayOfYear) && !names(.day)
    }

    private static func uses(_ elements: [Element], _ matches: (DateTimeField) -> Bool) -> Bool {
        elements.contains { element in
            switch element {
            case .number(let field, _, _, _, _), .shortYear(let field), .text(let field, _): matches(field)
            case .fraction: matches(.nanosecond)
            case .localDayOfWeek: matches(.dayOfWeek)
            case .optional(let inner): uses(inner, matches)
            case .literal, .offset, .localizedOffset, .zone: false
            }
        }
    }

    static func names(_ field: DateTimeField, _ style: TextStyle) -> [[UInt8]] {
        switch (field, style) {
        case (.month, .full): fullMonths
        case (.month, .short): shortMonths
        case (.month, .narrow): narrowMonths
        case (.dayOfWeek, .full): fullDays
        case (.dayOfWeek, .short): shortDays
        case (.dayOfWeek, .narrow): narrowDays
        case (.era, .full): fullEras
        case (.era, _): shortEras
        default: halfDays
        }
    }

    /// The value of the first name of `names(field, …)`.
    static func firstValue(_ field: DateTimeField) -> Int64 { field == .month || field == .dayOfWeek ? 1 : 0 }

    private static func words(_ text: String) -> [[UInt8]] {
        text.split(separator: " ").map { Array($0.utf8) }
    }

    private static let fullMonths = words(
        "January February March April May June July August September October November December")
    private static let shortMonths = words("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec")
    private static let narrowMonths = words("J F M A M J J A S O N D")
    private static let fullDays = words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
    private static let shortDays = words("Mon Tue Wed Thu Fri Sat Sun")
    private static let narrowDays = words("M T W T F S S")
    private static let fullEras = [Array("Before Christ".utf8), Array("Anno Domini".utf8)]
    private static let shortEras = words("BC AD")
    private static let halfDays = words("AM PM")
}
