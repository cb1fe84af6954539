// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Three-valued logic on boolean columns, 8 rows at a time: a row is known true, known false, or neither (NULL).
///
/// Rows that do not count may hold anything. A row that the left side decides does not look at the right side's bits.
enum LogicKernel {
    static func and(_ left: Column, _ right: Column, into out: Column, rows: Int) {
        combine(left, right, into: out, rows: rows) { left, right in
            (left.isTrue & right.isTrue, left.isFalse | right.isFalse)
        }
    }

    static func or(_ left: Column, _ right: Column, into out: Column, rows: Int) {
        combine(left, right, into: out, rows: rows) { left, right in
            (left.isTrue | right.isTrue, left.isFalse & right.isFalse)
        }
    }

    static func not(_ operand: Column, into out: Column, rows: Int) {
        out.prepare(rows: rows, nullsOf: operand, nil)
        let (source, bits) = (operand.bitBytes, out.bitBytes)
        for byte in 0..<(rows + 7) / 8 { bits[byte] = ~source[byte] }
    }

    static func isNull(_ operand: Column, into out: Column, rows: Int) {
        out.prepare(rows: rows, valid: true)
        let (bits, hasNulls, validity) = (out.bitBytes, operand.nullCount != 0, operand.validity)
        for byte in 0..<(rows + 7) / 8 { bits[byte] = hasNulls ? ~validity[byte] : 0 }
    }

    /// `out` holds whether the values differ, for rows where both are there; it becomes IS DISTINCT FROM.
    static func distinct(_ left: Column?, _ right: Column?, into out: Column, rows: Int) {
        let (bits, first, second) = (out.bitBytes, Known(left), Known(right))
        for byte in 0..<(rows + 7) / 8 {
            let (one, other) = (first.validity(byte), second.validity(byte))
            bits[byte] = bits[byte] & one & other | (one ^ other)
        }
    }

    /// `out` holds what a comparison says of rows where both values are there; for the others it becomes false.
    static func known(_ left: Column?, _ right: Column?, into out: Column, rows: Int) {
        let (first, second) = (Known(left), Known(right))
        guard first.hasNulls || second.hasNulls else { return }
        let bits = out.bitBytes
        for byte in 0..<(rows + 7) / 8 { bits[byte] &= first.validity(byte) & second.validity(byte) }
    }

    private struct Bits {
        let isTrue: UInt8
        let isFalse: UInt8
    }

    private struct Known {
        private let validity: UnsafePointer<UInt8>?

        /// nil: never null.
        init(_ column: Column?) {
            validity = column.flatMap { $0.nullCount == 0 ? nil : UnsafePointer($0.validity) }
        }

        var hasNulls: Bool { validity != nil }

        @inline(__always)
        func validity(_ byte: Int) -> UInt8 { validity?[byte] ?? 0xFF }

        @inline(__always)
        func bits(_ values: UnsafeMutablePointer<UInt8>, _ byte: Int) -> Bits {
            let known = validity(byte)
            return Bits(isTrue: values[byte] & known, isFalse: ~values[byte] & known)
        }
    }

    @inline(__always)
    private static func combine(
        _ left: Column, _ right: Column, into out: Column, rows: Int,
        _ operation: (Bits, Bits) -> (isTrue: UInt8, isFalse: UInt8)
    ) {
        out.prepare(rows: rows, valid: true)
        let (first, second) = (Known(left), Known(right))
        let (firstValues, secondValues) = (left.bitBytes, right.bitBytes)
        let (bits, validity) = (out.bitBytes, out.validity)
        for byte in 0..<(rows + 7) / 8 {
            let answer = operation(first.bits(firstValues, byte), second.bits(secondValues, byte))
            bits[byte] = answer.isTrue
            validity[byte] = answer.isTrue | answer.isFalse
        }
        out.nullCount = left.nullCount + right.nullCount
    }
}
