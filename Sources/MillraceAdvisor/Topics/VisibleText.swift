// SPDX-License-Identifier: Apache-2.0

/// Bytes of records as people may see them: nothing in them acts on a terminal or ends a line.
enum VisibleText {
    static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || (0x2028...0x2029).contains(scalar.value)
    }

    /// Control characters are shown as `.`.
    static func of(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "." : $0 }))
    }

    /// At most `width` characters; what is no text as hexadecimal digits.
    static func of(_ bytes: [UInt8], width: Int) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { return hexadecimal(bytes, width: width) }
        let visible = of(String(String.UnicodeScalarView(text.unicodeScalars.prefix(width))))
        return visible + (text.unicodeScalars.count > width ? "…" : "")
    }

    static func hexadecimal(_ bytes: [UInt8], width: Int) -> String {
        let digits = bytes.prefix(width / 2).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return "0x\(digits)\(bytes.count > width / 2 ? "…" : "")"
    }
}
