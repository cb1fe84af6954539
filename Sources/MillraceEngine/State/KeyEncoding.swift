// SPDX-License-Identifier: Apache-2.0
import MillraceCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The values of GROUP BY as one string of bytes: equal keys have equal bytes, and for scalars the order of the bytes
/// is the order of the keys.
///
///     one VARCHAR or BYTES column    its bytes
///     otherwise, column by column    01 + value (00 = NULL, only inside nested values)
///       integers and times           8 bytes big-endian, sign bit flipped
///       double                       8 bytes, order-preserving; −0 = 0, one NaN
///       decimal                      16 bytes big-endian, sign bit flipped
///       varchar, bytes               bytes with 00 → 00 FF, then 00 00
///       array, map                   01 + each element …, then 00;  struct: its fields
///
/// Exclusivity is not checked at run time: one thread owns it, and `scratch` is changed only before `body` is called.
final class KeyEncoding {
    let types: [DataType]
    /// One VARCHAR or BYTES column: its bytes are the key and nothing is copied.
    let isRaw: Bool
    @exclusivity(unchecked) private var scratch = ByteArena()

    init(_ types: [DataType]) {
        self.types = types
        isRaw = types.count == 1 && (types[0] == .varchar || types[0] == .bytes)
    }

    /// Calls `body` with the key bytes of a row; no column is NULL there.
    @inline(__always)
    func withKey<Result>(_ columns: [Column], row: Int, _ body: (UnsafeRawPointer, Int) -> Result) -> Result {
        if isRaw {
            let bytes = columns[0].bytes(row)
            return body(bytes.baseAddress.unsafelyUnwrapped, bytes.count)
        }
        scratch.removeAll()
        for column in columns { KeyEncoding.append(column, row, to: &scratch) }
        return body(scratch.base, scratch.count)
    }

    /// Appends the key's values to one column each.
    func decode(_ key: UnsafeRawBufferPointer, into columns: ArraySlice<Column>) {
        if isRaw {
            columns[columns.startIndex].append(bytes: key.baseAddress, count: key.count)
            return
        }
        var position = 0
        for column in columns { KeyEncoding.decode(key, &position, into: column) }
    }

    /// Whether a key sorts before another: by bytes, a prefix first.
    static func precedes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        let shared = min(left.count, right.count)
        if shared > 0, let leftBase = left.baseAddress, let rightBase = right.baseAddress {
            let order = memcmp(leftBase, rightBase, shared)
            if order != 0 { return order < 0 }
        }
        return left.count < right.count
    }

    // MARK: writing

    static func append(_ column: Column, _ row: Int, to key: inout ByteArena) {
        if column.isNull(row) { return key.append(0) }
        switch column.type {
        case .boolean:
            key.append(1)
            key.append(column.boolean(row) ? 1 : 0)
        case .integer, .date, .time:
            key.append(1, bigEndian: UInt64(bitPattern: Int64(column.int32s[row])) ^ (1 << 63))
        case .bigint, .timestamp: key.append(1, bigEndian: UInt64(bitPattern: column.int64s[row]) ^ (1 << 63))
        case .double: key.append(1, bigEndian: orderedBits(column.doubles[row]))
        case .decimal:
            let bits = UInt128(truncatingIfNeeded: column.decimals[row]) ^ (1 << 127)
            key.append(1, bigEndian: UInt64(truncatingIfNeeded: bits >> 64))
            key.append(bigEndian: UInt64(truncatingIfNeeded: bits))
        case .varchar, .bytes:
            key.append(1)
            append(bytes: column.bytes(row), to: &key)
        case .array, .map:
            key.append(1)
            for element in Int(column.offsets[row])..<Int(column.offsets[row + 1]) {
                key.append(1)
                for child in column.children { append(child, element, to: &key) }
            }
            key.append(0)
        case .structure:
            key.append(1)
            for child in column.children { append(child, row, to: &key) }
        }
    }

    private static func append(bytes: UnsafeRawBufferPointer, to key: inout ByteArena) {
        guard var next = bytes.baseAddress else { return key.append(0, 0) }
        var rest = bytes.count
        // Zero bytes are rare: whole runs between them are copied.
        while rest > 0, let zero = memchr(next, 0, rest) {
            let run = UnsafeRawPointer(zero) - next
            _ = key.append(next, count: run)
            key.append(0, 0xFF)
            next += run + 1
            rest -= run + 1
        }
        _ = key.append(next, count: rest)
        key.append(0, 0)
    }

    /// Bits that order as the numbers do: −0 as 0, every NaN as the greatest.
    static func orderedBits(_ value: Double) -> UInt64 {
        if value.isNaN { return .max }
        let bits = (value == 0 ? 0.0 : value).bitPattern
        return bits >> 63 == 1 ? ~bits : bits | (1 << 63)
    }

    static func double(orderedBits bits: UInt64) -> Double {
        if bits == .max { return .nan }
        return Double(bitPattern: bits >> 63 == 1 ? bits & ~(1 << 63) : ~bits)
    }

    // MARK: reading (only what `append` wrote)

    private static func decode(_ key: UnsafeRawBufferPointer, _ position: inout Int, into column: Column) {
        let marker = key[position]
        position += 1
        if marker == 0 { return column.appendNull() }
        switch column.type {
        case .boolean:
            column.append(boolean: key[position] == 1)
            position += 1
        case .integer, .date, .time:
            column.append(int32: Int32(truncatingIfNeeded: Int64(bitPattern: word(key, &position) ^ (1 << 63))))
        case .bigint, .timestamp: column.append(int64: Int64(bitPattern: word(key, &position) ^ (1 << 63)))
        case .double: column.append(double: double(orderedBits: word(key, &position)))
        case .decimal:
            let high = UInt128(word(key, &position))
            let bits = (high << 64 | UInt128(word(key, &position))) ^ (1 << 127)
            column.append(decimal: Int128(truncatingIfNeeded: bits))
        case .varchar, .bytes:
            var text: [UInt8] = []
            while true {
                let byte = key[position]
                position += 1
                if byte == 0 {
                    let next = key[position]
                    position += 1
                    if next == 0 { break }
                }
                text.append(byte)
            }
            text.withUnsafeBytes { column.append(bytes: $0.baseAddress, count: $0.count) }
        case .array, .map:
            while key[position] == 1 {
                position += 1
                for child in column.children { decode(key, &position, into: child) }
            }
            position += 1
            column.appendList()
        case .structure:
            for child in column.children { decode(key, &position, into: child) }
            column.appendStructure()
        }
    }

    private static func word(_ key: UnsafeRawBufferPointer, _ position: inout Int) -> UInt64 {
        let value = key.loadUnaligned(fromByteOffset: position, as: UInt64.self)
        position += 8
        return UInt64(bigEndian: value)
    }
}
