// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// One case of `Tests/Golden`: statements, a log, and what must come out. `Tests/Golden/README.md` describes the file.
package struct GoldenCase: Sendable {
    /// The expected account of one source partition in one query.
    package struct Account: Sendable, Equatable {
        package var key: AccountKey
        package var account: RecordAccount

        package var line: String {
            "\(key.query) \(key.place) used=\(account.used) filtered=\(account.filtered) late=\(account.late) "
                + "bad=\(account.bad)"
        }
    }

    /// The expected mistake in the statements.
    package struct Mistake: Sendable, Equatable {
        package var location: SourceLocation
        /// Part of the message or the hint.
        package var fragment: String
    }

    /// `<feature>/<case>`.
    package var name: String
    package var description: String
    package var statements: String
    package var log: SimulatedLog
    /// In canonical order.
    package var results: [String]
    /// Nil: not looked at.
    package var accounts: [Account]?
    package var error: Mistake?
    /// Everything up to the expectation, as it stands in the file.
    package var head: String

    /// The file with these expectations instead of its own.
    package func rewritten(results: [String], accounts: [Account]?) -> String {
        var text = head
        text += "--- results\n" + results.map { $0 + "\n" }.joined()
        if let accounts { text += "--- accounts\n" + accounts.map { $0.line + "\n" }.joined() }
        return text
    }
}
