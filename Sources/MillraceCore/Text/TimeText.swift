// SPDX-License-Identifier: Apache-2.0

/// ISO 8601 texts of DATE, TIME and TIMESTAMP. Parsers take the whole text and know no day that the calendar does not
/// have.
package enum TimeText {
    // MARK: Parsing

    /// `2024-02-29` as days since 1970-01-01; nil for anything else or where they do not fit 32 bits.
    package static func date(_ bytes: UnsafeRawBufferPointer) -> Int32? {
        var cursor = ByteCursor(bytes)
        guard let days = takeDate(&cursor, isPartial: false), cursor.isAtEnd else { return nil }
        return Int32(exactly: days)
    }

    /// `12:34`, `12:34:56` or `12:34:56.789` as milliseconds since midnight; digits beyond the third are cut.
    package static func time(_ bytes: UnsafeRawBufferPointer) -> Int32? {
        var cursor = ByteCursor(bytes)
        guard let milliseconds = takeTime(&cursor, isPartial: false), cursor.isAtEnd else { return nil }
        return Int32(truncatingIfNeeded: milliseconds)
    }

    /// `2024-02-29T12:34:56.789` as milliseconds since 1970-01-01T00:00Z. Parts may be missing from the end
    /// (`2024-02`, `2024-02-29T12`), a blank may stand for the T, and a zone (`Z`, `+02:00`) may follow the time; the
    /// default is UTC.
    package static func timestamp(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        var cursor = ByteCursor(bytes)
        guard let days = takeDate(&cursor, isPartial: true) else { return nil }
        var milliseconds: Int64 = 0
        if takeSeparator(&cursor) {
            guard let taken = takeTime(&cursor, isPartial: true) else { return nil }
            milliseconds = taken
            if !cursor.isAtEnd {
                guard let zone = FixedZone.take(&cursor) else { return nil }
                milliseconds -= zone.offsetMilliseconds
            }
        }
        guard cursor.isAtEnd else { return nil }
        return CivilDate.timestamp(days: days, milliseconds: milliseconds)
    }

    /// A time as RFC 3339 wants it, with seconds and a zone: `2024-02-29T12:34:56.789+02:00`; in milliseconds since
    /// 1970-01-01T00:00Z.
    package static func rfc3339(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        var cursor = ByteCursor(bytes)
        guard let days = takeDate(&cursor, isPartial: false), takeSeparator(&cursor) else { return nil }
        let start = cursor.position
        guard let milliseconds = takeTime(&cursor, isPartial: false), cursor.position - start >= 8 else { return nil }
        var offset: Int64 = 0
        if !cursor.take(ignoringCase: [UInt8(ascii: "Z")]) {
            let zone = cursor.position
            guard let taken = FixedZone.takeOffset(&cursor), cursor.position - zone == 6 else { return nil }
            offset = taken
        }
        guard cursor.isAtEnd else { return nil }
        return CivilDate.timestamp(days: days, milliseconds: milliseconds - offset)
    }

    private static func takeSeparator(_ cursor: inout ByteCursor) -> Bool {
        cursor.take(ignoringCase: [UInt8(ascii: "T")]) || cursor.take(UInt8(ascii: " "))
    }

    /// Four digits of a year, or a sign and up to nine; then month and day, which may be missing where `isPartial`.
    private static func takeDate(_ cursor: inout ByteCursor, isPartial: Bool) -> Int64? {
        let isNegative = cursor.next == UInt8(ascii: "-")
        let isSigned = cursor.take(UInt8(ascii: "-")) || cursor.take(UInt8(ascii: "+"))
        let width = cursor.digitsAhead(10)
        guard isSigned ? width >= 4 && width <= 9 : width == 4, let year = cursor.number(width) else { return nil }
        var month: Int64 = 1
        var day: Int64 = 1
        if cursor.take(UInt8(ascii: "-")) {
            guard let taken = cursor.number(2) else { return nil }
            month = taken
            if cursor.take(UInt8(ascii: "-")) {
                guard let taken = cursor.number(2) else { return nil }
                day = taken
            } else if !isPartial {
                return nil
            }
        } else if !isPartial {
            return nil
        }
        return CivilDate(year: isNegative ? -year : year, month: Int(month), day: Int(day))?.days
    }

    /// Hours and minutes, then seconds and a fraction, which may be missing; minutes too where `isPartial`.
    private static func takeTime(_ cursor: inout ByteCursor, isPartial: Bool) -> Int64? {
        guard let hour = cursor.number(2) else { return nil }
        var minute: Int64 = 0
        var second: Int64 = 0
        var fraction: Int64 = 0
        if cursor.take(UInt8(ascii: ":")) {
            guard let taken = cursor.number(2) else { return nil }
            minute = taken
            if cursor.take(UInt8(ascii: ":")) {
                guard let taken = cursor.number(2) else { return nil }
                second = taken
                if cursor.take(UInt8(ascii: ".")) {
                    let width = cursor.digitsAhead(10)
                    guard width >= 1, width <= 9, let taken = cursor.number(width) else { return nil }
                    fraction = taken
                    for _ in min(width, 3)..<3 { fraction *= 10 }
                    for _ in 3..<max(width, 3) { fraction /= 10 }
                }
            }
        } else if !isPartial {
            return nil
        }
        guard hour < 24, minute < 60, second < 60 else { return nil }
        return (hour * 3600 + minute * 60 + second) * 1000 + fraction
    }

    // MARK: Formatting

    /// Appends `2024-02-29`; years beyond 9999 with a sign.
    package static func appendDate(_ days: Int64, to bytes: inout [UInt8]) {
        let date = CivilDate(days: days)
        if date.year < 0 { bytes.append(UInt8(ascii: "-")) }
        if date.year > 9999 { bytes.append(UInt8(ascii: "+")) }
        append(date.year.magnitude, width: 4, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        append(UInt64(date.month), width: 2, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        append(UInt64(date.day), width: 2, to: &bytes)
    }

    /// Appends `12:34`, `12:34:56` or `12:34:56.789`, the shortest that says all, as Java's `LocalTime` does.
    /// `milliseconds` since midnight, 0 ..< 86,400,000.
    package static func appendTime(_ milliseconds: Int32, to bytes: inout [UInt8]) {
        let value = UInt64(milliseconds.magnitude)
        append(value / 3_600_000, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(value / 60_000 % 60, width: 2, to: &bytes)
        guard value % 60_000 != 0 else { return }
        bytes.append(UInt8(ascii: ":"))
        append(value / 1000 % 60, width: 2, to: &bytes)
        guard value % 1000 != 0 else { return }
        bytes.append(UInt8(ascii: "."))
        append(value % 1000, width: 3, to: &bytes)
    }

    /// Appends `2024-02-29T12:34:56.789`, always with three digits of the second's fraction, in UTC.
    package static func appendTimestamp(_ timestamp: Int64, to bytes: inout [UInt8]) {
        let (days, milliseconds) = CivilDate.split(timestamp)
        let value = UInt64(milliseconds)
        appendDate(days, to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        append(value / 3_600_000, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(value / 60_000 % 60, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(value / 1000 % 60, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: "."))
        append(value % 1000, width: 3, to: &bytes)
    }

    /// Appends the digits of `value`, with zeros in front up to `width`.
    static func append(_ value: UInt64, width: Int, to bytes: inout [UInt8]) {
        for _ in 0..<max(width - NumberText.digitCount(value), 0) { bytes.append(UInt8(ascii: "0")) }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: NumberText.integerCapacity) { buffer in
            guard let start = buffer.baseAddress else { return }
            let length = NumberText.write(value, to: start)
            bytes.append(contentsOf: UnsafeBufferPointer(start: start, count: length))
        }
    }
}
