// SPDX-License-Identifier: Apache-2.0

/// Texts by UTF-16 code units: what Java calls a char, and what ksqlDB's LEN, SUBSTRING, INSTR and LPAD count. A scalar
/// beyond U+FFFF counts two; half of one, cut off, becomes U+FFFD.
enum CodeUnits {
    /// The number of code units of a UTF-8 text.
    static func count(_ text: [UInt8]) -> Int {
        var count = 0
        for byte in text where byte & 0xC0 != 0x80 { count += byte >= 0xF0 ? 2 : 1 }
        return count
    }

    static func units(_ text: [UInt8]) -> [UInt16] { Array(String(decoding: text, as: UTF8.self).utf16) }

    static func text(_ units: some Collection<UInt16>) -> [UInt8] {
        Array(String(decoding: units, as: UTF16.self).utf8)
    }

    static func isASCII(_ text: [UInt8]) -> Bool { text.allSatisfy { $0 < 0x80 } }
}
