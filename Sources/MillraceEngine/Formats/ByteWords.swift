// SPDX-License-Identifier: Apache-2.0

/// Work on eight bytes at a time: words hold the first byte of the text lowest.
enum ByteWords {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// The high bit of each byte that ends a plain run of a JSON string: quote, backslash, control character. The
    /// lowest bit set is exact, those above it may be false.
    @inline(__always)
    static func stringEnds(_ word: UInt64) -> UInt64 {
        let quotes = word ^ (ones &* 0x22)
        let escapes = word ^ (ones &* 0x5C)
        let hits =
            ((quotes &- ones) & ~quotes) | ((escapes &- ones) & ~escapes) | ((word &- ones &* 0x20) & ~word)
        return hits & highBits
    }

    /// The high bit of each byte that is no digit, for a word of digits XOR "00000000". Only the lowest is exact.
    @inline(__always)
    static func nonDigits(_ digits: UInt64) -> UInt64 {
        ((digits &+ 0x7676_7676_7676_7676) | digits) & highBits
    }

    /// The number that eight digit values (0–9, not ASCII) stand for.
    @inline(__always)
    static func number(_ digits: UInt64) -> UInt64 {
        let pairs = (digits &* 2561) &>> 8 & 0x00FF_00FF_00FF_00FF
        let quads = (pairs &* 6_553_601) &>> 16 & 0x0000_FFFF_0000_FFFF
        return (quads &* 42_949_672_960_001) &>> 32
    }

    /// The index of the lowest byte whose high bit is set.
    @inline(__always)
    static func firstIndex(_ hits: UInt64) -> Int { hits.trailingZeroBitCount &>> 3 }
}

/// Whether bytes are well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
func isValidUTF8(_ start: UnsafePointer<UInt8>, count: Int) -> Bool {
    var index = 0
    while index < count {
        if index + 8 <= count, (start + index).word & ByteWords.highBits == 0 {
            index += 8
            continue
        }
        let byte = start[index]
        if byte < 0x80 {
            index += 1
            continue
        }
        let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
        guard byte >= 0xC2, byte <= 0xF4, index + length <= count else { return false }
        let second = start[index + 1]
        switch byte {
        case 0xE0: guard second >= 0xA0, second <= 0xBF else { return false }
        case 0xED: guard second >= 0x80, second <= 0x9F else { return false }
        case 0xF0: guard second >= 0x90, second <= 0xBF else { return false }
        case 0xF4: guard second >= 0x80, second <= 0x8F else { return false }
        default: guard second >= 0x80, second <= 0xBF else { return false }
        }
        if length >= 3, start[index + 2] & 0xC0 != 0x80 { return false }
        if length == 4, start[index + 3] & 0xC0 != 0x80 { return false }
        index += length
    }
    return true
}
