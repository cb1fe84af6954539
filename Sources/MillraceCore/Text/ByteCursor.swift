// SPDX-License-Identifier: Apache-2.0

/// A place in a text that is being parsed.
struct ByteCursor {
    let bytes: UnsafeRawBufferPointer
    var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { position >= bytes.count }

    /// The next byte; 0 at the end.
    var next: UInt8 { position < bytes.count ? bytes[position] : 0 }

    /// Steps over `byte`, if it is next.
    mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    /// Steps over `text`, if it is next, whatever the case of its ASCII letters.
    mutating func take(ignoringCase text: [UInt8]) -> Bool {
        guard bytes.count - position >= text.count else { return false }
        for index in 0..<text.count where ByteCursor.lower(bytes[position + index]) != ByteCursor.lower(text[index]) {
            return false
        }
        position += text.count
        return true
    }

    /// How many digits follow, at most `limit`.
    func digitsAhead(_ limit: Int) -> Int {
        var count = 0
        while count < limit, position + count < bytes.count, bytes[position + count] &- UInt8(ascii: "0") <= 9 {
            count += 1
        }
        return count
    }

    /// The number in exactly the next `count` digits; nil, without a step, where there are fewer. At most 18.
    mutating func number(_ count: Int) -> Int64? {
        guard count <= 18, digitsAhead(count) == count else { return nil }
        var value: Int64 = 0
        for _ in 0..<count {
            value = value &* 10 &+ Int64(bytes[position] &- UInt8(ascii: "0"))
            position += 1
        }
        return value
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}
