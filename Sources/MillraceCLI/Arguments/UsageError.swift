// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceReport

/// A command line that cannot be understood.
struct UsageError: Error, Equatable {
    var message: String
    /// What to write instead.
    var hint: String

    static func unknown(_ what: String, _ name: String, among names: [String]) -> UsageError {
        UsageError(
            message: "unknown \(what) \(name)",
            hint: NearestName.suggestion(for: name, among: names).map { "did you mean \($0)?" }
                ?? "see millrace help")
    }

    /// As the end of the process.
    var failure: RunFailure { RunFailure(.usage, .commandLine, message, hint: hint) }
}
