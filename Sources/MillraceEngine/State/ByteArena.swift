// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Bytes that are only ever added, and dropped all at once: keys.
struct ByteArena: ~Copyable {
    private var memory: GrowingArray<UInt8>
    private(set) var count = 0

    init(capacity: Int = 256) { memory = GrowingArray(capacity: capacity) }

    @inline(__always)
    var base: UnsafeMutableRawPointer { UnsafeMutableRawPointer(memory.base) }

    @inline(__always)
    private var capacity: Int { memory.capacity }

    /// Bytes of memory.
    var heldBytes: Int { memory.heldBytes(used: count) }

    /// Copies the bytes behind the last ones and returns where they begin.
    @inline(__always)
    mutating func append(_ source: UnsafeRawPointer, count length: Int) -> Int {
        if count &+ length > capacity { grow(length) }
        let start = count
        if length > 0 { memcpy(base + start, source, length) }
        count &+= length
        return start
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        if count == capacity { grow(1) }
        base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count &+= 1
    }

    @inline(__always)
    mutating func append(_ first: UInt8, _ second: UInt8) {
        append(first)
        append(second)
    }

    /// Appends eight bytes, the highest first.
    @inline(__always)
    mutating func append(bigEndian word: UInt64) {
        if count &+ 8 > capacity { grow(8) }
        base.storeBytes(of: word.bigEndian, toByteOffset: count, as: UInt64.self)
        count &+= 8
    }

    /// Appends a number of any width, the highest byte first.
    mutating func append(bigEndian number: some FixedWidthInteger & BitwiseCopyable) {
        withUnsafeBytes(of: number.bigEndian) { bytes in
            if let base = bytes.baseAddress { _ = append(base, count: bytes.count) }
        }
    }

    @inline(__always)
    mutating func append(_ marker: UInt8, bigEndian word: UInt64) {
        append(marker)
        append(bigEndian: word)
    }

    /// Forgets the bytes, keeps the memory.
    mutating func removeAll() { count = 0 }

    @inline(never)
    private mutating func grow(_ extra: Int) {
        memory.reserve(max(capacity * 2, count + extra, 256), used: count)
    }
}
