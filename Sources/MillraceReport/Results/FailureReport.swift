// SPDX-License-Identifier: Apache-2.0

/// Expressions of one query that had no value for a row and gave NULL instead, by reason.
package struct FailureReport: Hashable, Sendable {
    package var query: String
    /// For example `division by zero`.
    package var reason: String
    package var count: Int64
    /// What failed, as SQL writes it; empty where that is not known.
    package var function: String
    /// The column of the result that it was for, or the clause; may be empty.
    package var subject: String
    /// `12:5`, line and column in the program; empty where that is not known.
    package var place: String

    package init(
        query: String, reason: String, count: Int64, function: String = "", subject: String = "", place: String = ""
    ) {
        self.query = query
        self.reason = reason
        self.count = count
        self.function = function
        self.subject = subject
        self.place = place
    }

    /// `CSAS_O_1: 2 values are NULL: bad argument, FORMAT_TIMESTAMP in column T (12:5)`
    package var text: String {
        "\(query): \(NumberDisplay.count(count)) \(count == 1 ? "value is" : "values are") NULL: \(cause)"
    }

    /// The reason with what failed, for which column, and where that is written.
    package var cause: String {
        reason + (function.isEmpty ? "" : ", \(function)") + (subject.isEmpty ? "" : " in \(subject)")
            + (place.isEmpty ? "" : " (\(place))")
    }
}
