// SPDX-License-Identifier: Apache-2.0

/// What Java reads in a pattern otherwise than PCRE2 does, so that nobody gets an answer to another question.
enum JavaPattern {
    /// Where a class has another one inside, or `&&`: in Java a union and an intersection, in PCRE2 plain characters.
    static func difference(in pattern: [UInt8]) -> Int? {
        var isInside = false
        var isFirst = false
        var index = 0
        while index < pattern.count {
            let byte = pattern[index]
            let next = index + 1 < pattern.count ? pattern[index + 1] : 0
            switch byte {
            case UInt8(ascii: "\\"):
                if next == UInt8(ascii: "Q") {
                    index = endOfQuote(pattern, index + 2)
                    isFirst = false
                    continue
                }
                index += 1
                isFirst = false
            case UInt8(ascii: "[") where isInside:
                // [:alpha:] and the like are PCRE2's own.
                guard next == UInt8(ascii: ":"), let end = endOfName(pattern, index + 2) else { return index }
                index = end
                isFirst = false
            case UInt8(ascii: "["):
                isInside = true
                isFirst = true
                if next == UInt8(ascii: "^") { index += 1 }
            case UInt8(ascii: "]") where isInside && !isFirst: isInside = false
            case UInt8(ascii: "&") where isInside && next == byte: return index
            default: isFirst = false
            }
            index += 1
        }
        return nil
    }

    /// Behind `\E`, or the end.
    private static func endOfQuote(_ pattern: [UInt8], _ start: Int) -> Int {
        var index = start
        while index + 1 < pattern.count {
            if pattern[index] == UInt8(ascii: "\\"), pattern[index + 1] == UInt8(ascii: "E") { return index + 2 }
            index += 1
        }
        return pattern.count
    }

    /// At the last bracket of `[:name:]`.
    private static func endOfName(_ pattern: [UInt8], _ start: Int) -> Int? {
        var index = start
        while index < pattern.count,
            pattern[index] | 0x20 &- UInt8(ascii: "a") < 26 || pattern[index] == UInt8(ascii: "^")
        {
            index += 1
        }
        guard index > start, index + 1 < pattern.count, pattern[index] == UInt8(ascii: ":"),
            pattern[index + 1] == UInt8(ascii: "]")
        else { return nil }
        return index + 1
    }
}
