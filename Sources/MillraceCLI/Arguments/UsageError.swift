// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// A command line that cannot be understood. The process ends with `exitCode`.
struct UsageError: Error, Equatable {
    static let exitCode: Int32 = 64

    var message: String
    /// What to write instead.
    var hint: String

    static func unknown(_ what: String, _ name: String, among names: [String]) -> UsageError {
        UsageError(
            message: "unknown \(what) \(name)",
            hint: NearestName.suggestion(for: name, among: names).map { "did you mean \($0)?" }
                ?? "see millrace help")
    }

    /// As a terminal shows it.
    var rendered: String { "millrace: \(message)\n  \(hint)" }
}
