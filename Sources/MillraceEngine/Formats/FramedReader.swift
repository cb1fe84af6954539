// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// What the readers of binary formats with a registry have in common: where they are bad, numbers of seven bits a byte,
/// and the frame of a record. Each call is resolved where it is compiled: a reader is a struct, and never a box.
///
///     0 | id of the schema (4 bytes, big-endian) | what was written by it
protocol FramedReader {
    var failure: DecodeFailure { get set }
    /// Of what is being read.
    var end: BytePointer { get }
    /// How many bytes of symbols and defaults may still come, which take none or few in the record.
    var expansion: Int { get set }
}

extension FramedReader {
    @inline(never)
    mutating func fail(_ reason: BadReason, _ place: BytePointer, _ node: ColumnNode? = nil) -> BytePointer? {
        failure = DecodeFailure(reason, at: place, node)
        return nil
    }

    /// Whether so many bytes that are not in the record may be added; they are counted.
    @inline(__always)
    mutating func mayExpand(_ count: Int) -> Bool {
        expansion &-= count
        return expansion >= 0
    }

    /// A number of seven bits a byte, the lowest first.
    @inline(__always)
    mutating func varint(_ place: BytePointer, _ value: inout UInt64) -> BytePointer? {
        guard place < end else { return fail(.malformed, place) }
        let first = place.pointee
        if first < 0x80 {
            value = UInt64(first)
            return place + 1
        }
        guard let next = Varint.long(place, end: end, &value) else { return fail(.malformed, place) }
        return next
    }

    /// The id of the schema that a record of `count` bytes was written by; nil: it does not begin as one.
    @inline(__always)
    mutating func schemaID(_ start: BytePointer, count: Int) -> Int32? {
        guard count >= 5, start.pointee == 0 else {
            _ = fail(.noSchemaID, start)
            return nil
        }
        return Int32(bigEndian: UnsafeRawPointer(start + 1).loadUnaligned(as: Int32.self))
    }
}
