// SPDX-License-Identifier: Apache-2.0

/// A place in a text file, counted from 1. Columns count Unicode scalars.
package struct SourceLocation: Hashable, Sendable {
    package var line: Int
    package var column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// A mistake in a text that the user wrote (SQL, YAML): what is wrong, where, and what to do about it.
package struct SourceError: Error, Sendable, Hashable {
    /// One sentence, no final stop: what is wrong.
    package var message: String
    package var location: SourceLocation?
    /// What to do instead; may be nil where the message says it.
    package var hint: String?
    /// The kind of mistake; whoever knows best what was being done sets it.
    package var code: ErrorCode?

    package init(_ message: String, at location: SourceLocation?, hint: String? = nil, code: ErrorCode? = nil) {
        self.message = message
        self.location = location
        self.hint = hint
        self.code = code
    }

    /// The same mistake, as one of this kind unless its kind is known already.
    package func coded(_ code: ErrorCode) -> SourceError {
        SourceError(message, at: location, hint: hint, code: self.code ?? code)
    }

    /// Whether it comes first in the text; what has no place comes last.
    package func isBefore(_ other: SourceError) -> Bool {
        guard let place = location else { return false }
        guard let otherPlace = other.location else { return true }
        return (place.line, place.column) < (otherPlace.line, otherPlace.column)
    }

    /// The error as a terminal shows it:
    ///
    ///     orders.sql:3:12: error E4002: unknown column AMOUNTT
    ///       SELECT AMOUNTT FROM orders;
    ///              ^
    ///       did you mean AMOUNT?
    package func rendered(file: String, text: String) -> String { rendered("error", file: file, text: text) }

    /// The same as a warning: nothing fails for it.
    package func renderedAsWarning(file: String, text: String) -> String {
        rendered("warning", file: file, text: text)
    }

    private func rendered(_ word: String, file: String, text: String) -> String {
        let kind = word + (code.map { " \($0.rawValue)" } ?? "")
        guard let location else {
            return "\(file): \(kind): \(message)" + (hint.map { "\n  \($0)" } ?? "")
        }
        var result = "\(file):\(location.line):\(location.column): \(kind): \(message)"
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if location.line >= 1, location.line <= lines.count {
            let line = lines[location.line - 1].unicodeScalars.filter { $0 != "\r" }
            // A tab stays a tab in the caret's line, so that both lines are indented alike.
            let indent = line.prefix(max(location.column - 1, 0)).map { $0 == "\t" ? "\t" : " " }.joined()
            var shown = String.UnicodeScalarView()
            shown.append(contentsOf: line)
            result += "\n  \(String(shown))\n  \(indent)^"
        }
        if let hint { result += "\n  \(hint)" }
        return result
    }
}
