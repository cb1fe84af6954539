// SPDX-License-Identifier: Apache-2.0

/// Durations as users write them: a whole number and a unit, `500ms`, `90s`, `2m`, `48h`, `7d`.
package enum DurationText {
    /// For messages.
    package static let examples = "500ms, 90s, 2m, 48h or 7d"

    /// In milliseconds; nil where the text is not a duration, or is one that does not fit 64 bits.
    package static func milliseconds(_ text: String) -> Int64? {
        let digits = text.prefix { $0 >= "0" && $0 <= "9" }
        guard let number = Int64(digits), let unit = units[String(text[digits.endIndex...])] else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit)
        return overflow ? nil : product
    }

    /// The shortest way to write so many milliseconds.
    package static func text(_ milliseconds: Int64) -> String {
        for (name, size) in units.sorted(by: { $0.value > $1.value }) where milliseconds % size == 0 {
            return "\(milliseconds / size)\(name)"
        }
        return "\(milliseconds)ms"
    }

    private static let units: [String: Int64] = ["ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
}
