// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Moments as people read them; all in UTC.
package enum TimeDisplay {
    /// `2024-02-29T12:34:56.789Z`
    package static func timestamp(_ milliseconds: Int64) -> String { text(milliseconds) + "Z" }

    /// `2024-02-29 12:34:56`, without milliseconds.
    package static func short(_ milliseconds: Int64) -> String {
        let text = text(milliseconds)
        guard let separator = text.firstIndex(of: "T") else { return text }
        let time = text[text.index(after: separator)...]
        return "\(text[..<separator]) \(time.prefix { $0 != "." })"
    }

    private static func text(_ milliseconds: Int64) -> String {
        var bytes: [UInt8] = []
        TimeText.appendTimestamp(milliseconds, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
