// SPDX-License-Identifier: Apache-2.0

/// Numbers and times as people read them.
package enum NumberDisplay {
    /// `1,234,567`
    package static func count(_ value: Int64) -> String {
        let digits = String(value.magnitude)
        var result = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result += "," }
            result.append(digit)
        }
        return result
    }

    /// A rate or a yield: whole from 100 on, else up to three significant digits: `412,318`, `15.3`, `0.0123`.
    package static func decimal(_ value: Double) -> String {
        guard value.isFinite, value.magnitude < 9e18 else { return "0" }
        if value.magnitude >= 99.95 || value == 0 { return count(Int64(value.rounded())) }
        var places = value.magnitude >= 9.995 ? 1 : 2
        var bound = 0.9995
        while value.magnitude < bound, places < 9 {
            places += 1
            bound /= 10
        }
        return fixed(value, places: places)
    }

    /// `850 µs`, `12.3 ms`, `3.40 s`, `2m 05s`, `1h 02m`.
    static func duration(nanoseconds: UInt64) -> String {
        if nanoseconds < 1_000_000 { return "\(nanoseconds / 1000) µs" }
        let seconds = Double(nanoseconds) / 1e9
        if seconds < 0.9995 { return "\(decimal(seconds * 1000)) ms" }
        if seconds < 59.5 { return "\(decimal(seconds)) s" }
        let whole = Int64(seconds.rounded())
        if whole < 3600 { return "\(whole / 60)m \(twoDigits(whole % 60))s" }
        return "\(whole / 3600)h \(twoDigits(whole / 60 % 60))m"
    }

    /// `4 s`, `2m 05s`; anything but a finite time is unknown.
    package static func seconds(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 9e9 else { return "unknown time" }
        if seconds < 1 { return duration(nanoseconds: UInt64(seconds * 1000) * 1_000_000) }
        return seconds < 10 ? "\(decimal((seconds * 10).rounded() / 10)) s" : wholeSeconds(Int64(seconds.rounded()))
    }

    private static func wholeSeconds(_ seconds: Int64) -> String {
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 86_400 { return duration(nanoseconds: UInt64(seconds) * 1_000_000_000) }
        return "\(seconds / 86_400)d \(twoDigits(seconds / 3600 % 24))h"
    }

    /// As `seconds`, of milliseconds.
    package static func milliseconds(_ milliseconds: Int64) -> String { seconds(Double(milliseconds) / 1000) }

    /// `43 %`, `0.31 %`; 100 % only for all of it.
    package static func percent(_ share: Double) -> String {
        guard share.isFinite else { return "0 %" }
        let percent = share * 100
        if percent >= 10, percent < 100 { return "\(Int64(percent)) %" }
        return "\(decimal(percent)) %"
    }

    /// Bytes: `812 B`, `14.2 MB`.
    package static func bytes(_ count: Int64) -> String {
        var value = Double(count)
        for unit in ["B", "kB", "MB", "GB", "TB"] {
            if value < 999.5 || unit == "TB" { return "\(decimal(value)) \(unit)" }
            value /= 1000
        }
        return "\(count) B"
    }

    private static func twoDigits(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }

    /// With so many places behind the point, at most 9; trailing zeros and a bare point are left out.
    private static func fixed(_ value: Double, places: Int) -> String {
        var scale: Double = 1
        for _ in 0..<places { scale *= 10 }
        let scaled = Int64((value.magnitude * scale).rounded())
        let unit = Int64(scale)
        var fraction = String(scaled % unit)
        fraction = String(repeating: "0", count: max(places - fraction.count, 0)) + fraction
        while fraction.hasSuffix("0") { fraction.removeLast() }
        let sign = value < 0 && scaled != 0 ? "-" : ""
        return sign + "\(scaled / unit)" + (fraction.isEmpty ? "" : ".\(fraction)")
    }
}
