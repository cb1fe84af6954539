// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// "did you mean …?"
enum Suggestion {
    /// A whole hint; what it falls back to where nothing is near.
    static func hint(for word: String, in candidates: [String], otherwise: String? = nil) -> String? {
        NearestName.suggestion(for: word, among: candidates).map { "did you mean \($0)?" } ?? otherwise
    }

    /// The text, cut where it is too long for a message.
    static func shortened(_ text: String) -> String {
        text.unicodeScalars.count <= 40 ? text : String(text.unicodeScalars.prefix(40)) + "…"
    }

    /// The first few names of a list.
    static func list(_ names: [String]) -> String {
        let shown = names.prefix(12).map(shortened).joined(separator: ", ")
        return names.count > 12 ? shown + ", …" : shown
    }
}
