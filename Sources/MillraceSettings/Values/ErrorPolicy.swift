// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// What becomes of the run and of a record that does not reach the results, for one cause (`errors.late: skip`).
package enum ErrorPolicy: String, Hashable, Sendable, CaseIterable {
    /// The run ends with exit code 65 and names the record; nothing behind the last commit counts.
    case fail
    /// It is counted.
    case skip
    /// It is counted, and kept in the dead-letter topic.
    case deadLetter = "dead-letter"

    package static func parse(_ text: String, key: String, at location: SourceLocation?) throws(SourceError) -> Self {
        guard let policy = ErrorPolicy(rawValue: text) else {
            throw SourceError("\(key) is fail, skip or dead-letter, not '\(text)'", at: location)
        }
        return policy
    }
}

extension RejectionCause {
    /// The key of a configuration that says what becomes of such records.
    package var key: String { "errors.\(rawValue)" }
}
