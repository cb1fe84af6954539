// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// A place in a text, with the line and the column that people call it by.
struct TextCursor {
    let bytes: [UInt8]
    private(set) var position = 0
    private var line = 1
    /// Unicode scalars of the line up to `position`.
    private var column = 1

    init(_ text: String) { bytes = Array(text.utf8) }

    var location: SourceLocation { SourceLocation(line: line, column: column) }
    /// The byte here; nil at the end.
    var next: UInt8? { position < bytes.count ? bytes[position] : nil }
    var behindNext: UInt8? { position + 1 < bytes.count ? bytes[position + 1] : nil }
    /// From here to the end.
    var rest: ArraySlice<UInt8> { bytes[position...] }

    /// Goes on by a byte, which must be there.
    mutating func step() {
        let byte = bytes[position]
        position += 1
        if byte == 0x0A {
            line += 1
            column = 1
        } else if byte & 0xC0 != 0x80 {
            column += 1
        }
    }
}
