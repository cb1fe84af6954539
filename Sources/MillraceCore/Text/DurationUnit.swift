// SPDX-License-Identifier: Apache-2.0

/// The units that durations are written in, the longest first; the raw value is the unit's length in ms.
package enum DurationUnit: Int64, CaseIterable, Sendable {
    case day = 86_400_000
    case hour = 3_600_000
    case minute = 60_000
    case second = 1000
    case millisecond = 1

    /// The longest unit that says so many milliseconds in a whole number, and that number; 0 is 0 milliseconds.
    package static func exact(_ milliseconds: Int64) -> (count: Int64, unit: DurationUnit) {
        let unit = allCases.first { milliseconds != 0 && milliseconds % $0.rawValue == 0 } ?? .millisecond
        return (milliseconds / unit.rawValue, unit)
    }
}
