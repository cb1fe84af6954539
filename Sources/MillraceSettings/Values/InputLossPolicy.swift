// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// What a run does where an input log no longer holds what it was to read (`input.lost`).
package enum InputLossPolicy: String, Hashable, Sendable, CaseIterable {
    /// It ends with exit code 65 and says what can be done.
    case fail
    /// It goes on with the first record that is certainly new, and says how many offsets it has left out.
    case skip

    package static func parse(_ text: String, at location: SourceLocation?) throws(SourceError) -> Self {
        guard let policy = InputLossPolicy(rawValue: text) else {
            throw SourceError("input.lost is fail or skip, not '\(text)'", at: location)
        }
        return policy
    }
}
