// SPDX-License-Identifier: Apache-2.0

/// Words of commands that are printed to be pasted into a shell.
package enum ShellWord {
    /// As it is where a shell leaves it alone, else in single quotes.
    package static func quoted(_ word: String) -> String {
        let isPlain = word.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || "0123456789/._-:,=".unicodeScalars.contains(scalar))
        }
        if isPlain, !word.isEmpty { return word }
        let pieces = word.split(separator: "'", omittingEmptySubsequences: false)
        return "'\(pieces.joined(separator: "'\\''"))'"
    }
}
