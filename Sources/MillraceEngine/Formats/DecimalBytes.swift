// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Decimals as Avro and Protobuf have them: an unscaled value, big-endian in two's complement.
enum DecimalBytes {
    /// Nil where it does not fit 128 bits; 0 of no bytes.
    static func value(_ place: BytePointer, count: Int) -> Int128? {
        guard count > 0 else { return 0 }
        let isNegative = place.pointee >= 0x80
        let sign: UInt8 = isNegative ? 0xFF : 0
        var first = place
        // Bytes that only repeat the sign.
        while place + count - first > 16, first.pointee == sign { first += 1 }
        guard place + count - first <= 16 else { return nil }
        var bits: UInt128 = isNegative ? UInt128.max : 0
        for index in 0..<(place + count - first) { bits = bits &<< 8 | UInt128(first[index]) }
        let value = Int128(truncatingIfNeeded: bits)
        return (value < 0) == isNegative ? value : nil
    }

    /// An unscaled value to that of a column; nil where digits would be lost.
    static func rescaled(_ unscaled: Int128, _ scale: Int, _ node: ColumnNode) -> Int128? {
        if unscaled == 0 { return 0 }
        var result = unscaled
        let shift = node.pointee.scale - scale
        guard shift.magnitude <= 38 else { return nil }
        if shift > 0 {
            let (product, overflow) = result.multipliedReportingOverflow(by: Decimal128.powersOfTen[shift])
            guard !overflow else { return nil }
            result = product
        } else if shift < 0 {
            let (quotient, rest) = result.quotientAndRemainder(dividingBy: Decimal128.powersOfTen[-shift])
            guard rest == 0 else { return nil }
            result = quotient
        }
        return result.magnitude < Decimal128.powersOfTen[min(node.pointee.precision, 38)].magnitude ? result : nil
    }
}
