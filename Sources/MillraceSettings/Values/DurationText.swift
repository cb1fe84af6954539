// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Durations as users write them: a whole number and a unit, `500ms`, `90s`, `2m`, `48h`, `7d`.
package enum DurationText {
    /// For messages.
    package static let examples = "500ms, 90s, 2m, 48h or 7d"

    /// In milliseconds; nil where the text is not a duration, or is one that does not fit 64 bits.
    package static func milliseconds(_ text: String) -> Int64? {
        let digits = text.prefix { $0 >= "0" && $0 <= "9" }
        guard let number = Int64(digits), let unit = units[String(text[digits.endIndex...])] else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit.rawValue)
        return overflow ? nil : product
    }

    /// The shortest way to write so many milliseconds.
    package static func text(_ milliseconds: Int64) -> String {
        let (count, unit) = DurationUnit.exact(milliseconds)
        return "\(count)\(units.first { $0.value == unit }?.key ?? "ms")"
    }

    private static let units: [String: DurationUnit] = [
        "ms": .millisecond, "s": .second, "m": .minute, "h": .hour, "d": .day,
    ]
}
