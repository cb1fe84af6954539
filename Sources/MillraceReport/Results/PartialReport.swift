// SPDX-License-Identifier: Apache-2.0

/// How the stages of one query make its global result: what each has aggregated alone, and the merge of both.
package struct PartialReport: Hashable, Sendable {
    package var query: String
    /// For people: one a stage and group.
    package var lines: [String]

    package init(query: String, lines: [String]) {
        self.query = query
        self.lines = lines
    }
}
