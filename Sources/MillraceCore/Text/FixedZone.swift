// SPDX-License-Identifier: Apache-2.0

/// A time zone with one offset for ever: UTC and its other names, or an offset like `+02:00`.
///
/// A zone with rules (`Europe/Berlin`) is a `NamedZone`, which is a fixed one at each point in time.
package struct FixedZone: Hashable, Sendable {
    /// East of UTC is positive; within ±18 hours.
    package let offsetMilliseconds: Int64
    /// As the pattern `VV` shows it.
    package let name: [UInt8]
    /// As the pattern `z` shows it: of a named zone CET or CEST.
    package let abbreviation: [UInt8]

    /// The zone where none is named.
    package static let utc = FixedZone(offsetMilliseconds: 0, name: Array("GMT".utf8))

    init(offsetMilliseconds: Int64, name: [UInt8], abbreviation: [UInt8]? = nil) {
        self.offsetMilliseconds = offsetMilliseconds
        self.name = name
        self.abbreviation = abbreviation ?? name
    }

    private static let namesOfUTC: [[UInt8]] =
        ["Etc/UTC", "Etc/GMT", "Etc/UCT", "Zulu", "UTC", "GMT", "UCT", "UT"].map { Array($0.utf8) }

    /// `UTC`, `GMT`, `Z` and the like, `+02:00`, `+0200`, `+02`, `+2`, also behind `UTC` or `GMT`; nil for other names.
    package init?(_ text: UnsafeRawBufferPointer) {
        var cursor = ByteCursor(text)
        guard let zone = FixedZone.take(&cursor), cursor.isAtEnd else { return nil }
        self = zone
    }

    /// The zone that `text` names; nil as above.
    package init?(_ text: [UInt8]) {
        guard let zone = text.withUnsafeBytes({ FixedZone($0) }) else { return nil }
        self = zone
    }

    /// The zone whose name is next.
    static func take(_ cursor: inout ByteCursor) -> FixedZone? {
        let start = cursor.position
        var offset: Int64 = 0
        if cursor.next == UInt8(ascii: "+") || cursor.next == UInt8(ascii: "-") {
            guard let taken = takeOffset(&cursor) else { return nil }
            offset = taken
        } else if namesOfUTC.contains(where: { cursor.take(ignoringCase: $0) }) {
            if cursor.next == UInt8(ascii: "+") || cursor.next == UInt8(ascii: "-") {
                guard let taken = takeOffset(&cursor) else { return nil }
                offset = taken
            }
        } else if !cursor.take(ignoringCase: [UInt8(ascii: "Z")]) {
            return nil
        }
        return FixedZone(offsetMilliseconds: offset, name: Array(cursor.bytes[start..<cursor.position]))
    }

    /// `±h`, `±hh`, `±hhmm`, `±hh:mm`, each with seconds where there are minutes; in milliseconds.
    static func takeOffset(_ cursor: inout ByteCursor) -> Int64? {
        let isNegative = cursor.next == UInt8(ascii: "-")
        guard cursor.take(UInt8(ascii: "-")) || cursor.take(UInt8(ascii: "+")) else { return nil }
        guard let hours = cursor.number(2) ?? cursor.number(1) else { return nil }
        var minutes: Int64 = 0
        var seconds: Int64 = 0
        let hasColon = cursor.take(UInt8(ascii: ":"))
        if let taken = cursor.number(2) {
            minutes = taken
            if !hasColon || cursor.take(UInt8(ascii: ":")) {
                if let taken = cursor.number(2) { seconds = taken } else if hasColon { return nil }
            }
        } else if hasColon {
            return nil
        }
        let total = hours * 3600 + minutes * 60 + seconds
        guard minutes < 60, seconds < 60, total <= 18 * 3600 else { return nil }
        return (isNegative ? -total : total) * 1000
    }
}
