// SPDX-License-Identifier: Apache-2.0
import MillraceCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes behind the used bytes of a `RawRecords` arena, in place. The arena must outlive it and not be used otherwise
/// until `finish`.
struct ByteOutput {
    private(set) var base: UnsafeMutablePointer<UInt8>
    private(set) var count: Int
    private var capacity: Int
    private let arena: Unmanaged<RawRecords>

    init(_ records: RawRecords) {
        arena = .passUnretained(records)
        base = records.bytes.assumingMemoryBound(to: UInt8.self)
        count = records.byteCount
        capacity = records.byteCapacity
    }

    /// Tells the arena what has been written.
    func finish() { arena._withUnsafeGuaranteedRef { $0.byteCount = count } }

    /// Where the next byte goes, with room for `extra` bytes.
    @inline(__always)
    mutating func reserve(_ extra: Int) -> UnsafeMutablePointer<UInt8> {
        if count &+ extra > capacity { grow(extra) }
        return base + count
    }

    @inline(never)
    private mutating func grow(_ extra: Int) {
        let records = arena.takeUnretainedValue()
        records.byteCount = count
        records.reserveBytes(extra)
        base = records.bytes.assumingMemoryBound(to: UInt8.self)
        capacity = records.byteCapacity
    }

    /// Counts bytes that were written where `reserve` said.
    @inline(__always)
    mutating func advance(_ written: Int) { count &+= written }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        reserve(1).pointee = byte
        count &+= 1
    }

    @inline(__always)
    mutating func append(_ bytes: UnsafePointer<UInt8>, count length: Int) {
        memcpy(reserve(length), bytes, length)
        count &+= length
    }

    /// Takes back the last byte.
    mutating func removeLast() { count &-= 1 }

    mutating func append(_ text: StaticString) { append(text.utf8Start, count: text.utf8CodeUnitCount) }

    mutating func append(bigEndian value: UInt64) {
        UnsafeMutableRawPointer(reserve(8)).storeBytes(of: value.bigEndian, as: UInt64.self)
        count &+= 8
    }

    mutating func append(bigEndian value: UInt32) {
        UnsafeMutableRawPointer(reserve(4)).storeBytes(of: value.bigEndian, as: UInt32.self)
        count &+= 4
    }

    /// What stands before a key or a value whose schema is in a registry: a byte 0 and the schema's id.
    @inline(__always)
    mutating func appendFrame(_ schema: UInt32) {
        append(UInt8(0))
        append(bigEndian: schema)
    }

    // MARK: Texts of values

    @inline(__always)
    mutating func append(integer value: Int64) {
        count &+= NumberText.write(value, to: reserve(NumberText.integerCapacity))
    }

    mutating func append(double value: Double) {
        count &+= DoubleText.write(value, to: reserve(DoubleText.capacity))
    }

    /// A decimal with all digits of its scale, never with an exponent.
    mutating func append(decimal unscaled: Int128, scale: Int) {
        if unscaled < 0 { append(UInt8(ascii: "-")) }
        let magnitude = unscaled.magnitude
        // 39 digits at most, of which 19 at a time fit 64 bits.
        let (high, low) = magnitude.quotientAndRemainder(dividingBy: 10_000_000_000_000_000_000)
        let (highest, middle) = high.quotientAndRemainder(dividingBy: 10_000_000_000_000_000_000)
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 57) { buffer in
            guard let text = buffer.baseAddress else { return }
            ByteOutput.write19(UInt64(truncatingIfNeeded: highest), to: text)
            ByteOutput.write19(UInt64(truncatingIfNeeded: middle), to: text + 19)
            ByteOutput.write19(UInt64(truncatingIfNeeded: low), to: text + 38)
            // At least one digit before the point.
            var first = 0
            while first < 57 - scale - 1, text[first] == UInt8(ascii: "0") { first += 1 }
            append(text + first, count: 57 - scale - first)
            if scale > 0 {
                append(UInt8(ascii: "."))
                append(text + 57 - scale, count: scale)
            }
        }
    }

    private static func write19(_ value: UInt64, to text: UnsafeMutablePointer<UInt8>) {
        var rest = value
        for index in stride(from: 18, through: 0, by: -1) {
            text[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    /// Bytes as Base64.
    mutating func append(base64 bytes: UnsafeBufferPointer<UInt8>) {
        var text: [UInt8] = []
        Base64.append(UnsafeRawBufferPointer(bytes), to: &text)
        text.withUnsafeBufferPointer { if let start = $0.baseAddress { append(start, count: $0.count) } }
    }

    /// A text in quotes with JSON's escapes: only those that JSON requires.
    mutating func appendJSONString(_ text: UnsafePointer<UInt8>?, count length: Int) {
        let target = reserve(FlatCell.room(ofText: length))
        advance(FlatCell.writeString(text, count: length, to: target) - target)
    }

    @inline(never)
    static func writeEscape(_ byte: UInt8, to target: UnsafeMutablePointer<UInt8>) -> Int {
        target[0] = UInt8(ascii: "\\")
        switch byte {
        case 0x08: target[1] = UInt8(ascii: "b")
        case 0x0C: target[1] = UInt8(ascii: "f")
        case 0x0A: target[1] = UInt8(ascii: "n")
        case 0x0D: target[1] = UInt8(ascii: "r")
        case 0x09: target[1] = UInt8(ascii: "t")
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): target[1] = byte
        default:
            let low = byte & 0x0F
            target[1] = UInt8(ascii: "u")
            target[2] = UInt8(ascii: "0")
            target[3] = UInt8(ascii: "0")
            target[4] = UInt8(ascii: "0") + byte >> 4
            target[5] = low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "A") + low - 10
            return 6
        }
        return 2
    }
}
