// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Numbers as they are written to constants with ksqlDB's types.
enum NumericLiteral {
    /// INTEGER where it fits, else BIGINT; nil where neither holds it.
    static func integer(_ text: String) -> Expression? {
        if let small = Int32(text) { return .literal(.integer(small), .integer) }
        if let large = Int64(text) { return .literal(.bigint(large), .bigint) }
        return nil
    }

    /// DECIMAL of exactly the digits written; nil beyond 38 digits.
    static func decimal(_ text: String) -> Expression? {
        var unscaled: Int128 = 0
        var digits = 0
        var scale = 0
        var seenPoint = false
        let isNegative = text.utf8.first == UInt8(ascii: "-")
        for byte in text.utf8.dropFirst(isNegative ? 1 : 0) {
            if byte == UInt8(ascii: "."), !seenPoint {
                seenPoint = true
                continue
            }
            guard 0x30...0x39 ~= byte else { return nil }
            if seenPoint { scale += 1 }
            if unscaled != 0 || byte != 0x30 { digits += 1 }
            guard digits <= 38, scale <= 38 else { return nil }
            unscaled = unscaled * 10 + Int128(byte - 0x30)
        }
        guard text.utf8.count > (seenPoint ? 1 : 0) + (isNegative ? 1 : 0) else { return nil }
        let precision = max(digits, scale, 1)
        return .literal(
            .decimal(Decimal128(unscaled: isNegative ? -unscaled : unscaled, scale: scale)),
            .decimal(precision: precision, scale: scale))
    }

    /// DOUBLE; nil where it is out of range.
    static func double(_ text: String) -> Expression? {
        guard let first = text.utf8.first, 0x2D...0x39 ~= first, let number = Double(text), number.isFinite else {
            return nil
        }
        return .literal(.double(number == 0 ? 0 : number), .double)
    }

    /// A number in a string: whatever it would be without the quotes.
    static func any(_ text: String) -> Expression? { integer(text) ?? decimal(text) ?? double(text) }
}
