// SPDX-License-Identifier: Apache-2.0

/// Something that a run would else be silent about: why a query has no rows, why a column has no values, times that
/// cannot be meant; and what to do.
package struct ReportNote: Hashable, Sendable {
    /// A query or a source.
    package var subject: String
    package var reason: String
    /// What to do next; nil: that depends.
    package var step: String?

    package init(_ subject: String, _ reason: String, step: String? = nil) {
        self.subject = subject
        self.reason = reason
        self.step = step
    }

    /// `CTAS_TOTALS_1: no rows: WHERE is true for none of 1,000 records; …`
    package var text: String { "\(subject): \(reason)" + (step.map { "; \($0)" } ?? "") }
}
