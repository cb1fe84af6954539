// SPDX-License-Identifier: Apache-2.0

/// A fast 64-bit hash with a fixed seed: equal bytes have equal hashes in every process and every version. For what is
/// stored or compared between processes: checksums and fingerprints. Anybody can find bytes that have one hash, so
/// tables in memory go by `KeyHash`.
package enum Hash {
    private static let seed: UInt64 = 0x9E37_79B9_7F4A_7C15
    private static let first: UInt64 = 0xD6E8_FEB8_6659_FD93
    private static let second: UInt64 = 0xA076_1D64_78BD_642F
    private static let third: UInt64 = 0xE703_7ED1_A0B4_28DB

    /// What bytes are mixed with.
    struct Words: Sendable {
        var seed: UInt64
        var first: UInt64
        var second: UInt64
        var third: UInt64
    }

    private static var fixed: Words {
        @inline(__always) get { Words(seed: seed, first: first, second: second, third: third) }
    }

    /// The two halves of the product, folded: every input bit reaches every output bit.
    @inline(__always)
    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }

    @inline(__always)
    private static func word(at pointer: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: pointer.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    @inline(__always)
    private static func half(at pointer: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        UInt64(UInt32(littleEndian: pointer.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    }

    /// The hash of one word: a bijection followed by a fold, for keys of at most 8 bytes.
    @inline(__always)
    package static func word(_ value: UInt64) -> UInt64 {
        let spread = fold(value ^ first, second)
        return fold(spread ^ seed, value ^ third)
    }

    /// The hash of `count` bytes; nothing outside them is read.
    @inline(__always)
    package static func bytes(_ pointer: UnsafeRawPointer, count: Int) -> UInt64 {
        bytes(pointer, count: count, fixed)
    }

    @inline(__always)
    static func bytes(_ pointer: UnsafeRawPointer, count: Int, _ words: Words) -> UInt64 {
        if count <= 16 {
            let pair = tail(pointer, count: count)
            return finish(pair.low, pair.high, state: words.seed, count: count, words)
        }
        return long(pointer, count: count, words)
    }

    /// At most 16 bytes as two words: loads that overlap instead of a loop.
    @inline(__always)
    private static func tail(_ pointer: UnsafeRawPointer, count: Int) -> (low: UInt64, high: UInt64) {
        if count >= 8 { return (word(at: pointer, 0), word(at: pointer, count &- 8)) }
        if count >= 4 { return (half(at: pointer, 0), half(at: pointer, count &- 4)) }
        if count == 0 { return (0, 0) }
        let start = UInt64(pointer.load(as: UInt8.self))
        let middle = UInt64(pointer.load(fromByteOffset: count &>> 1, as: UInt8.self))
        let end = UInt64(pointer.load(fromByteOffset: count &- 1, as: UInt8.self))
        return (start &<< 16 | middle &<< 8 | end, 0)
    }

    @inline(__always)
    private static func finish(_ low: UInt64, _ high: UInt64, state: UInt64, count: Int, _ words: Words) -> UInt64 {
        let mixed = (low ^ words.second).multipliedFullWidth(by: high ^ state)
        return fold(mixed.low ^ words.first ^ UInt64(truncatingIfNeeded: count), mixed.high ^ words.third)
    }

    private static func long(_ pointer: UnsafeRawPointer, count: Int, _ words: Words) -> UInt64 {
        var state = words.seed
        var offset = 0
        while count &- offset > 16 {
            state = fold(word(at: pointer, offset) ^ words.second, word(at: pointer, offset &+ 8) ^ state)
            offset &+= 16
        }
        // The last 16 bytes, some of them for the second time: no byte is left over and none behind the end is read.
        return finish(
            word(at: pointer, count &- 16), word(at: pointer, count &- 8), state: state, count: count, words)
    }
}

/// The hash of keys for tables in memory. It differs from process to process, so that nobody who chooses keys can
/// choose where they lie: `Hash` with four secret words instead of known ones, which meet the bytes before anything is
/// multiplied, so that no difference between two keys goes through without meeting one. (With a known word a key can
/// make a factor zero, whatever the seed is.)
///
/// It decides nothing but places in tables: it is never stored, and no order that reaches a result comes from it.
struct KeyHash: Sendable {
    /// What this process goes by.
    static let process = KeyHash()

    private let words: Hash.Words

    private init() {
        var random = SystemRandomNumberGenerator()
        words = Hash.Words(seed: random.next(), first: random.next(), second: random.next(), third: random.next())
    }

    /// The same in every process, to see again what happened in one.
    init(seed: UInt64) {
        words = Hash.Words(
            seed: Hash.word(seed), first: Hash.word(seed &+ 1), second: Hash.word(seed &+ 2),
            third: Hash.word(seed &+ 3))
    }

    /// The hash of `count` bytes; nothing outside them is read.
    @inline(__always)
    func bytes(_ pointer: UnsafeRawPointer, count: Int) -> UInt64 { Hash.bytes(pointer, count: count, words) }
}
