// SPDX-License-Identifier: Apache-2.0
import MillraceCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reads Avro's bytes into columns by the steps of a plan. Functions return the place behind what they read, nil where
/// it is bad (`failure` says why).
///
/// Up to 64 bytes behind the end may be looked at (they are readable: `RawRecords.padding`); nothing behind it is used.
struct AvroReader: FramedReader {
    var failure = DecodeFailure()
    var end: BytePointer
    /// How many items of arrays and maps may still come: more than one a byte are of types that take no bytes.
    var items = 0
    /// How many bytes of symbols and defaults may still come, which take none or few in the record.
    var expansion = 0
    /// Types in types.
    var depth = 0
    private let digits: UnsafeMutablePointer<UInt8>

    static let deepest = 500

    /// `destroy` frees it.
    init() {
        digits = .allocate(capacity: NumberText.integerCapacity)
        end = UnsafePointer(digits)
    }

    func destroy() { digits.deallocate() }

    /// Bytes from `start` on that follow.
    @inline(__always)
    mutating func begin(_ start: BytePointer, count: Int) {
        end = start + count
        items = count &+ 1024
        expansion = count &* 16 &+ 65_536
        depth = 0
    }

    // MARK: Integers

    /// A long: small numbers of either sign are short.
    @inline(__always)
    mutating func integer(_ place: BytePointer, _ value: inout Int64) -> BytePointer? {
        var bits: UInt64 = 0
        guard let next = varint(place, &bits) else { return nil }
        value = Int64(bitPattern: (bits &>> 1) ^ (0 &- (bits & 1)))
        return next
    }

    /// An int; `value` is in its range.
    @inline(__always)
    mutating func shortInteger(_ place: BytePointer, _ value: inout Int32) -> BytePointer? {
        var bits: UInt64 = 0
        guard let next = varint(place, &bits) else { return nil }
        guard bits <= UInt64(UInt32.max) else { return fail(.malformed, place) }
        let low = UInt32(truncatingIfNeeded: bits)
        value = Int32(bitPattern: (low &>> 1) ^ (0 &- (low & 1)))
        return next
    }

    /// The length of bytes that follow in the record.
    @inline(__always)
    mutating func length(_ place: BytePointer, _ count: inout Int) -> BytePointer? {
        // A byte is a length of up to 63; an odd one is negative.
        if place < end, place.pointee & 0x81 == 0 {
            count = Int(place.pointee &>> 1)
            return end - place > count ? place + 1 : fail(.malformed, place)
        }
        var value: Int64 = 0
        guard let next = integer(place, &value) else { return nil }
        guard value >= 0, value <= Int64(end - next) else { return fail(.malformed, place) }
        count = Int(value)
        return next
    }

    // MARK: Arrays and maps

    /// The next block of items.
    struct Block {
        /// 0: there is none.
        var count = 0
        /// Where it has to end; nil: it does not say how long it is.
        var end: BytePointer?
    }

    mutating func block(_ place: BytePointer, _ block: inout Block) -> BytePointer? {
        var count: Int64 = 0
        guard var next = integer(place, &count) else { return nil }
        block.end = nil
        if count < 0 {
            // With the number of its bytes, for those who want to skip it.
            var size = 0
            guard count > Int64.min, let behind = length(next, &size) else { return fail(.malformed, place) }
            count = -count
            next = behind
            block.end = behind + size
        }
        guard count <= Int64(items) else { return fail(.malformed, place) }
        block.count = Int(count)
        items &-= block.count
        return next
    }

    /// Whether a block that has been read ends where it says: whoever skips it goes by that.
    @inline(__always)
    mutating func finish(_ block: Block, _ place: BytePointer) -> Bool {
        guard let end = block.end, end != place else { return true }
        return fail(.malformed, place) != nil
    }

    // MARK: Texts

    /// So many bytes as text: UTF-8.
    @inline(__always)
    mutating func text(_ place: BytePointer, count: Int, to node: ColumnNode) -> BytePointer? {
        node.pointee.append(text: place, count: count) ? place + count : fail(.invalidText, place, node)
    }

    mutating func integerText(_ place: BytePointer, to node: ColumnNode) -> BytePointer? {
        var value: Int64 = 0
        guard let next = integer(place, &value) else { return nil }
        let count = NumberText.write(value, to: digits)
        node.pointee.append(bytes: UnsafePointer(digits), count: count)
        return next
    }

    // MARK: Decimals

    /// The unscaled value, big-endian in two's complement, to the column's scale.
    mutating func decimal(_ place: BytePointer, count: Int, scale: Int, to node: ColumnNode) -> BytePointer? {
        guard count > 0 else { return fail(.malformed, place, node) }
        guard let value = DecimalBytes.value(place, count: count),
            let unscaled = DecimalBytes.rescaled(value, scale, node)
        else { return fail(.outOfRange, place, node) }
        node.pointee.append(decimal: unscaled)
        return place + count
    }
}
