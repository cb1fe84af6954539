// SPDX-License-Identifier: Apache-2.0

/// Bytes of somebody's data as a message may show them: short, on one line, and harmless on a terminal.
package enum ShownBytes {
    /// Bytes of text at most; `…` stands behind what is cut.
    package static let limit = 72

    /// Control characters and what is not seen (direction marks, for example) are escaped, and so are bytes that are
    /// not UTF-8.
    package static func text(_ bytes: some RandomAccessCollection<UInt8>, limit: Int = limit) -> String {
        var text = ""
        var rest = bytes[...]
        while let first = rest.first {
            let character = scalar(rest, first)
            let piece = character.map { shown($0.scalar) } ?? escape(first)
            guard text.utf8.count + piece.utf8.count <= limit else { return text + "…" }
            text += piece
            rest = rest.dropFirst(character?.length ?? 1)
        }
        return text
    }

    /// The character at the beginning, and its length in bytes; nil where the bytes are none.
    private static func scalar(
        _ bytes: some RandomAccessCollection<UInt8>, _ first: UInt8
    ) -> (scalar: Unicode.Scalar, length: Int)? {
        if first < 0x80 { return (Unicode.Scalar(first), 1) }
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        guard let text = String(validating: bytes.prefix(length), as: UTF8.self),
            let scalar = text.unicodeScalars.first
        else { return nil }
        return (scalar, length)
    }

    private static func shown(_ scalar: Unicode.Scalar) -> String {
        switch scalar.value {
        case 0x20..<0x7F: return String(Character(scalar))
        case 0x0A: return "\\n"
        case 0x0D: return "\\r"
        case 0x09: return "\\t"
        default: break
        }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
            let digits = String(scalar.value, radix: 16, uppercase: true)
            return "\\u" + String(repeating: "0", count: max(4 - digits.count, 0)) + digits
        default: return String(Character(scalar))
        }
    }

    private static func escape(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return "\\x" + (digits.count < 2 ? "0" : "") + digits
    }
}
