// SPDX-License-Identifier: Apache-2.0

/// Expressions of one query that had no value for a row and gave NULL instead, by reason.
package struct FailureReport: Hashable, Sendable {
    package var query: String
    /// For example `division by zero`.
    package var reason: String
    package var count: Int64

    package init(query: String, reason: String, count: Int64) {
        self.query = query
        self.reason = reason
        self.count = count
    }
}
