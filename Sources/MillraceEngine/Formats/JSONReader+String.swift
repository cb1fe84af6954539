// SPDX-License-Identifier: Apache-2.0
import CSystemVector
import MillraceCore

/// Strings. `start` is always the place behind the opening quote, the result the place behind the closing one.
extension JSONReader {
    /// Skips a string; its escapes are checked, its encoding is not.
    @inline(__always)
    mutating func skipString(_ start: BytePointer) -> BytePointer? {
        var place = start
        while place < end {
            let ends = millrace_string_ends(place)
            if ends != 0 {
                place += millrace_first_end(ends)
                if place.pointee == UInt8(ascii: "\"") { return place + 1 }
                return skipEscapedString(place)
            }
            place += 16
        }
        return fail(.malformed, place)
    }

    /// Goes on at an escape or control character.
    @inline(never)
    private mutating func skipEscapedString(_ start: BytePointer) -> BytePointer? {
        var place = start
        while place < end {
            let byte = place.pointee
            if byte == UInt8(ascii: "\"") { return place + 1 }
            if byte == UInt8(ascii: "\\") {
                var ignored: UInt32 = 0
                guard let next = escape(place, &ignored) else { return nil }
                place = next
            } else if byte < 0x20 {
                return fail(.malformed, place)
            } else {
                place += 1
            }
        }
        return fail(.malformed, place)
    }

    /// Appends a string to a VARCHAR column.
    @inline(__always)
    mutating func string(_ start: BytePointer, to node: ColumnNode) -> BytePointer? {
        var place = start
        // What the string needs at most, and what is written beyond it. At least that much: `end` may be passed.
        var target = node.pointee.reserveBytes(max(end - start, 0) &+ 16)
        let first = target
        var beyondASCII: UInt64 = 0
        while place < end {
            let ends = millrace_copy_string_ends(place, target, &beyondASCII)
            if ends != 0 {
                let count = millrace_first_end(ends)
                place += count
                target += count
                if place.pointee != UInt8(ascii: "\"") {
                    guard let next = unescape(place, &target) else { return nil }
                    place = next - 1
                    beyondASCII = 1
                }
                let length = target - first
                if beyondASCII != 0, !isValidUTF8(first, count: length) {
                    return fail(.invalidText, start, node)
                }
                node.pointee.finishBytes(length)
                return place + 1
            }
            place += 16
            target += 16
        }
        return fail(.malformed, place)
    }

    /// Appends a string to a column of another type.
    @inline(never)
    mutating func convertedString(_ start: BytePointer, to node: ColumnNode) -> BytePointer? {
        guard let next = skipString(start), next <= end else { return fail(.malformed, start) }
        // Numbers may stand in texts, truth values may not.
        if node.pointee.kind == .boolean { return fail(.wrongType, start, node) }
        var text = UnsafeBufferPointer(start: start, count: next - 1 - start)
        if text.contains(UInt8(ascii: "\\")) {
            reserveScratch(text.count)
            var target = scratch
            guard unescape(start, &target) != nil else { return nil }
            text = UnsafeBufferPointer(start: scratch, count: target - scratch)
        }
        if let reason = conversion.append(text: text, to: node) { return fail(reason, start, node) }
        return next
    }

    /// Copies a string without its escapes, which makes it no longer.
    @inline(never)
    mutating func unescape(_ start: BytePointer, _ target: inout UnsafeMutablePointer<UInt8>) -> BytePointer? {
        var place = start
        while place < end {
            let byte = place.pointee
            if byte == UInt8(ascii: "\"") { return place + 1 }
            if byte < 0x20 { return fail(.malformed, place) }
            if byte != UInt8(ascii: "\\") {
                target.pointee = byte
                target += 1
                place += 1
                continue
            }
            var scalar: UInt32 = 0
            guard let next = escape(place, &scalar) else { return nil }
            place = next
            if scalar &- 0xD800 < 0x400 {
                // The first half of a pair: the second has to follow.
                var second: UInt32 = 0
                if place + 1 < end, place.pointee == UInt8(ascii: "\\"), place[1] == UInt8(ascii: "u") {
                    guard let afterSecond = escape(place, &second) else { return nil }
                    if second &- 0xDC00 < 0x400 {
                        scalar = 0x10000 &+ ((scalar &- 0xD800) &<< 10) &+ (second &- 0xDC00)
                        place = afterSecond
                    }
                }
            }
            JSONReader.write(scalar &- 0xD800 < 0x800 ? 0xFFFD : scalar, &target)
        }
        return fail(.malformed, place)
    }

    /// One escape, from its backslash on: a UTF-16 unit.
    private mutating func escape(_ start: BytePointer, _ unit: inout UInt32) -> BytePointer? {
        guard start + 1 < end else { return fail(.malformed, start) }
        switch start[1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unit = UInt32(start[1])
        case UInt8(ascii: "b"): unit = 0x08
        case UInt8(ascii: "f"): unit = 0x0C
        case UInt8(ascii: "n"): unit = 0x0A
        case UInt8(ascii: "r"): unit = 0x0D
        case UInt8(ascii: "t"): unit = 0x09
        case UInt8(ascii: "u"):
            guard end - start >= 6 else { return fail(.malformed, start) }
            unit = 0
            for index in 2..<6 {
                let byte = start[index]
                let digit = byte &- UInt8(ascii: "0")
                let letter = (byte | 0x20) &- UInt8(ascii: "a")
                guard digit <= 9 || letter < 6 else { return fail(.malformed, start) }
                unit = unit &<< 4 | UInt32(digit <= 9 ? digit : letter &+ 10)
            }
            return start + 6
        default: return fail(.malformed, start)
        }
        return start + 2
    }

    private static func write(_ scalar: UInt32, _ target: inout UnsafeMutablePointer<UInt8>) {
        func tail(_ shift: UInt32) -> UInt8 { 0x80 | UInt8(truncatingIfNeeded: scalar &>> shift & 0x3F) }
        if scalar < 0x80 {
            target[0] = UInt8(truncatingIfNeeded: scalar)
            target += 1
        } else if scalar < 0x800 {
            target[0] = 0xC0 | UInt8(truncatingIfNeeded: scalar &>> 6)
            target[1] = tail(0)
            target += 2
        } else if scalar < 0x10000 {
            target[0] = 0xE0 | UInt8(truncatingIfNeeded: scalar &>> 12)
            target[1] = tail(6)
            target[2] = tail(0)
            target += 3
        } else {
            target[0] = 0xF0 | UInt8(truncatingIfNeeded: scalar &>> 18)
            target[1] = tail(12)
            target[2] = tail(6)
            target[3] = tail(0)
            target += 4
        }
    }
}
