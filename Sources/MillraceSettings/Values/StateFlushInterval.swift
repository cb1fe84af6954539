// SPDX-License-Identifier: Apache-2.0

/// How often state goes to changelog topics (`state.flush.interval`), in ms; 0: never.
package enum StateFlushInterval {
    package static let limits: ClosedRange<Int64> = 100...86_400_000
    package static let byDefault: Int64 = 30_000

    /// `off`, or a duration within the limits; nil: neither.
    package static func parse(_ text: String) -> Int64? {
        if text == "off" { return 0 }
        guard let milliseconds = DurationText.milliseconds(text) else { return nil }
        return milliseconds == 0 || limits.contains(milliseconds) ? milliseconds : nil
    }
}
