// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// The few pieces of JSON that reports and the status are made of.
package enum JSONPieces {
    /// Values are JSON already.
    package static func object(_ members: [(name: String, value: String)]) -> String {
        "{" + members.map { "\(string($0.name)):\($0.value)" }.joined(separator: ",") + "}"
    }

    /// Of JSON values.
    package static func array(_ values: [String]) -> String { "[" + values.joined(separator: ",") + "]" }

    /// `null` for nil.
    package static func string(_ text: String?) -> String { text.map { string($0) } ?? "null" }

    /// `null` for nil.
    package static func number(_ value: Int64?) -> String { value.map { "\($0)" } ?? "null" }

    /// `null` for nil.
    package static func number(_ value: Double?) -> String { value.map { number($0) } ?? "null" }

    /// The shortest text that reads back as the same number.
    package static func number(_ value: Double) -> String { value.isFinite ? "\(value)" : "0" }

    package static func string(_ text: String) -> String { JSONString.quoted(text) }
}
