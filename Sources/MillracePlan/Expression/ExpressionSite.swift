// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// Where a part of an expression was written, for messages about the values that it could not give.
///
/// All sites are equal: an expression is what it computes, wherever it stands.
package struct ExpressionSite: Hashable, Sendable {
    /// In the program; nil: the part was not written but put in.
    package var location: SourceLocation?
    /// What it is computed for: a column of the result, or a clause.
    package var subject: String

    package init(_ location: SourceLocation?, for subject: String) {
        self.location = location
        self.subject = subject
    }

    /// Of what was made without a program.
    package static let unknown = ExpressionSite(nil, for: "")

    package static func == (left: ExpressionSite, right: ExpressionSite) -> Bool { true }

    package func hash(into hasher: inout Hasher) {}
}
