// SPDX-License-Identifier: Apache-2.0

/// Base64 with the standard alphabet and padding (RFC 4648, section 4).
package enum Base64 {
    private static let alphabet: [UInt8] = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The value of each byte; 255 = not in the alphabet.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, byte) in alphabet.enumerated() { values[Int(byte)] = UInt8(truncatingIfNeeded: value) }
        return values
    }()

    /// Appends the encoding of `bytes`.
    package static func append(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        output.reserveCapacity(output.count + (bytes.count + 2) / 3 * 4)
        alphabet.withUnsafeBufferPointer { alphabet in
            var position = 0
            while position < bytes.count {
                let left = bytes.count - position
                let group =
                    UInt32(bytes[position]) << 16 | (left > 1 ? UInt32(bytes[position + 1]) << 8 : 0)
                    | (left > 2 ? UInt32(bytes[position + 2]) : 0)
                output.append(alphabet[Int(group >> 18)])
                output.append(alphabet[Int(group >> 12 & 63)])
                output.append(left > 1 ? alphabet[Int(group >> 6 & 63)] : UInt8(ascii: "="))
                output.append(left > 2 ? alphabet[Int(group & 63)] : UInt8(ascii: "="))
                position += 3
            }
        }
    }

    /// The encoding of `bytes`.
    package static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        bytes.withUnsafeBytes { append($0, to: &output) }
        return output
    }

    /// Appends the bytes that `text` encodes and returns true; false, with nothing appended, for other characters,
    /// wrong padding, or bits set that belong to no byte. Padding may be left out.
    package static func decode(_ text: UnsafeRawBufferPointer, to output: inout [UInt8]) -> Bool {
        var length = text.count
        if length % 4 == 0 {
            for _ in 0..<2 where length > 0 && text[length - 1] == UInt8(ascii: "=") { length -= 1 }
        }
        guard length % 4 != 1 else { return false }
        let start = output.count
        output.reserveCapacity(start + length * 3 / 4)
        var group: UInt32 = 0
        var bits: UInt32 = 0
        let isValid = values.withUnsafeBufferPointer { values in
            for byte in text[..<length] {
                let value = values[Int(byte)]
                guard value != 255 else { return false }
                group = (group << 6 | UInt32(value)) & 0xFFFF
                bits += 6
                if bits >= 8 {
                    bits -= 8
                    output.append(UInt8(truncatingIfNeeded: group >> bits))
                }
            }
            return group & ((1 << bits) - 1) == 0
        }
        if !isValid { output.removeSubrange(start...) }
        return isValid
    }

    /// The bytes that `text` encodes; nil as in `decode(_:to:)`.
    package static func decode(_ text: [UInt8]) -> [UInt8]? {
        var output: [UInt8] = []
        return text.withUnsafeBytes { decode($0, to: &output) } ? output : nil
    }
}
