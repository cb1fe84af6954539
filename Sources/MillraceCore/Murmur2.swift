// SPDX-License-Identifier: Apache-2.0

/// Kafka's murmur2: decides which partition a key belongs to, the same as Kafka's Java clients do.
package enum Murmur2 {
    private static let multiplier: UInt32 = 0x5bd1_e995
    private static let seed: UInt32 = 0x9747_b28c

    /// The hash of the bytes.
    package static func hash(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        var hash = seed ^ UInt32(truncatingIfNeeded: bytes.count)
        let tail = bytes.count & ~3
        var index = 0
        while index < tail {
            var word = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self))
            word &*= multiplier
            word ^= word >> 24
            word &*= multiplier
            hash &*= multiplier
            hash ^= word
            index += 4
        }
        if bytes.count > tail {
            for position in (tail..<bytes.count).reversed() {
                hash ^= UInt32(bytes[position]) << UInt32(8 * (position - tail))
            }
            hash &*= multiplier
        }
        hash ^= hash >> 13
        hash &*= multiplier
        hash ^= hash >> 15
        return Int32(bitPattern: hash)
    }

    /// The partition of a key, of `partitions` (at least 1).
    package static func partition(ofKey key: UnsafeRawBufferPointer, partitions: Int32) -> Int32 {
        (hash(key) & Int32.max) % max(1, partitions)
    }
}
