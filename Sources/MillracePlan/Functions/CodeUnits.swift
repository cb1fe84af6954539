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

/// Searches in arrays of bytes or code units.
enum Subsequence {
    /// Where `part` begins in `whole`, at `start` or later; nil where it does not.
    static func first<T: Equatable>(_ part: [T], in whole: [T], from start: Int) -> Int? {
        guard part.count <= whole.count, start <= whole.count - part.count else { return nil }
        return (start...(whole.count - part.count)).first { starts(part, whole, $0) }
    }

    /// Where `part` begins last in the first `end` elements of `whole`, before `limit`.
    static func last<T: Equatable>(_ part: [T], in whole: [T], end: Int, before limit: Int) -> Int? {
        var index = min(end - part.count, limit - 1)
        while index >= 0 {
            if starts(part, whole, index) { return index }
            index -= 1
        }
        return nil
    }

    private static func starts<T: Equatable>(_ part: [T], _ whole: [T], _ index: Int) -> Bool {
        for place in 0..<part.count where whole[index + place] != part[place] { return false }
        return true
    }

    /// `whole` cut at each `delimiter`; at each element where that is empty.
    static func split(_ whole: [UInt8], _ delimiter: [UInt8]) -> [[UInt8]] {
        guard !delimiter.isEmpty else { return whole.map { [$0] } }
        var parts: [[UInt8]] = []
        var start = 0
        while let found = first(delimiter, in: whole, from: start) {
            parts.append(Array(whole[start..<found]))
            start = found + delimiter.count
        }
        parts.append(Array(whole[start...]))
        return parts
    }
}
