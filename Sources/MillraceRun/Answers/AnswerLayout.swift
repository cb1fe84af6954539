// SPDX-License-Identifier: Apache-2.0

/// How the rows of a SELECT on its own are printed.
package enum AnswerFormat: String, Hashable, Sendable, CaseIterable {
    /// Aligned columns, for people.
    case table
    /// One JSON object a line.
    case json
    /// Commas between cells, as RFC 4180 has it, and the names of the columns in the first line.
    case csv
}

/// That, and on what.
package struct AnswerLayout: Hashable, Sendable {
    package var format: AnswerFormat
    /// Columns of the terminal; nil: lines may be as long as they like.
    package var width: Int?

    package init(_ format: AnswerFormat = .json, width: Int? = nil) {
        self.format = format
        self.width = width
    }
}
