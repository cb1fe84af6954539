// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// One word, literal or sign of a program.
struct Token: Hashable {
    enum Kind: Hashable {
        /// A bare identifier or keyword; `text` is upper case.
        case word
        /// In back quotes or double quotes; `text` is what they enclose.
        case quotedName
        /// In single quotes; `text` is what they enclose.
        case string
        case integer
        /// Digits with a point.
        case decimal
        /// Digits with an exponent.
        case float
        case symbol
        /// What could not be read; the mistake is known already.
        case invalid
        case end
    }

    var kind: Kind
    var text: String
    var location: SourceLocation

    /// The token as an error message names it.
    var description: String {
        switch kind {
        case .end: "the end of the text"
        case .string: "the string '\(Suggestion.shortened(text))'"
        case .quotedName: "`\(Suggestion.shortened(text))`"
        default: Suggestion.shortened(text)
        }
    }
}
