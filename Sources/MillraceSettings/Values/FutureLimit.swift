// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// `future.limit`: how far a TIMESTAMP column may lie ahead of its record's Kafka timestamp. A record beyond it is bad;
/// without that one record from a broken clock would make all later ones late, for ever.
package struct FutureLimit: Hashable, Sendable {
    /// Nil: as far as it likes.
    package let milliseconds: Int64?

    package init(milliseconds: Int64?) { self.milliseconds = milliseconds }

    package static let byDefault = FutureLimit(milliseconds: 86_400_000)
    package static let off = FutureLimit(milliseconds: nil)

    static func parse(_ text: String, at location: SourceLocation) throws(SourceError) -> FutureLimit {
        if text == "off" { return .off }
        guard let milliseconds = DurationText.milliseconds(text) else {
            throw SourceError(
                "future.limit is off or a duration, not '\(text)'", at: location, hint: "write \(DurationText.examples)"
            )
        }
        return FutureLimit(milliseconds: milliseconds)
    }

    /// As it is configured.
    package var text: String { milliseconds.map { DurationText.text($0) } ?? "off" }
}
