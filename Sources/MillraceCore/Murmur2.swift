// SPDX-License-Identifier: Apache-2.0

/// Kafka's murmur2: decides which partition a key belongs to, the same as Kafka's Java clients do.
package enum Murmur2 {
    private static let multiplier: UInt32 = 0x5bd1_e995
    private static let seed: UInt32 = 0x9747_b28c

    /// The hash of the bytes.
    package static func hash(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        guard let start = bytes.baseAddress else { return finish(seed) }
        return hash(start, count: bytes.count)
    }

    @inline(__always)
    private static func hash(_ start: UnsafeRawPointer, count: Int) -> Int32 {
        var hash = seed ^ UInt32(truncatingIfNeeded: count)
        var place = start
        let tail = start + (count & ~3)
        while place < tail {
            var word = UInt32(littleEndian: place.loadUnaligned(as: UInt32.self))
            word &*= multiplier
            word ^= word &>> 24
            word &*= multiplier
            hash &*= multiplier
            hash ^= word
            place += 4
        }
        let rest = count & 3
        if rest > 0 {
            if rest == 3 { hash ^= UInt32(tail.load(fromByteOffset: 2, as: UInt8.self)) &<< 16 }
            if rest >= 2 { hash ^= UInt32(tail.load(fromByteOffset: 1, as: UInt8.self)) &<< 8 }
            hash ^= UInt32(tail.load(as: UInt8.self))
            hash &*= multiplier
        }
        return finish(hash)
    }

    @inline(__always)
    private static func finish(_ mixed: UInt32) -> Int32 {
        var hash = mixed
        hash ^= hash &>> 13
        hash &*= multiplier
        hash ^= hash &>> 15
        return Int32(bitPattern: hash)
    }

    /// The partition of a key, of `partitions` (at least 1).
    package static func partition(ofKey key: UnsafeRawBufferPointer, partitions: Int32) -> Int32 {
        (hash(key) & Int32.max) % max(1, partitions)
    }
}
