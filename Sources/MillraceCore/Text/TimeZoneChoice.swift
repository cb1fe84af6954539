// SPDX-License-Identifier: Apache-2.0

/// The time zone that an argument names: one with a fixed offset, or one of the system's tz database.
package enum TimeZoneChoice: Sendable {
    case fixed(FixedZone)
    case named(NamedZone)

    package static let utc = TimeZoneChoice.fixed(.utc)

    /// `UTC`, `+02:00`, `Europe/Berlin` and their like; nil for other names.
    package init?(_ text: [UInt8]) {
        // In the database the sign of Etc/GMT+5 is the other way round.
        if text.contains(UInt8(ascii: "/")), let zone = NamedZone.named(text) {
            self = .named(zone)
        } else if let zone = FixedZone(text) {
            self = .fixed(zone)
        } else if let zone = NamedZone.named(text) {
            self = .named(zone)
        } else {
            return nil
        }
    }

    /// What clocks show at a point in time, in milliseconds since 1970-01-01T00:00Z.
    package func zone(at timestamp: Int64) -> FixedZone {
        switch self {
        case .fixed(let zone): zone
        case .named(let zone): zone.zone(at: timestamp)
        }
    }

    /// What clocks that show this time are set to.
    package func zone(atLocal local: Int64) -> FixedZone {
        switch self {
        case .fixed(let zone): zone
        case .named(let zone): zone.zone(atLocal: local)
        }
    }

    /// The zone whose name is next in a text.
    static func take(_ cursor: inout ByteCursor) -> TimeZoneChoice? {
        let start = cursor.position
        var end = start
        while end < cursor.bytes.count, NamedZone.isPart(cursor.bytes[end]) { end += 1 }
        let name = Array(cursor.bytes[start..<end])
        if name.contains(UInt8(ascii: "/")), let zone = NamedZone.named(name) {
            cursor.position = end
            return .named(zone)
        }
        if let zone = FixedZone.take(&cursor) { return .fixed(zone) }
        guard let zone = NamedZone.named(name) else { return nil }
        cursor.position = end
        return .named(zone)
    }
}
