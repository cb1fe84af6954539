// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceTestKit
import Testing

@testable import MillraceEngine

/// Whoever chooses the keys cannot choose where they lie.
struct KeyHashTests {
    private static let count = 15_000
    /// Of a table with so many keys.
    private static let mask: UInt64 = 32_767

    private static func hash(_ key: [UInt8], _ hash: (UnsafeRawPointer, Int) -> UInt64) -> UInt64 {
        key.withUnsafeBytes { hash($0.baseAddress!, key.count) }
    }

    private static func fixed(_ pointer: UnsafeRawPointer, _ count: Int) -> UInt64 {
        Hash.bytes(pointer, count: count)
    }

    /// Printable keys that a hash puts into a 64th of the table.
    private static func chosen(_ function: (UnsafeRawPointer, Int) -> UInt64) -> [[UInt8]] {
        var keys: [[UInt8]] = []
        var number = 0
        while keys.count < count {
            let key = Array("key-\(number)".utf8)
            if hash(key, function) & mask < 512 { keys.append(key) }
            number += 1
        }
        return keys
    }

    private static let innocent = (0..<count).map { Array("key-\($0 * 64)".utf8) }

    /// CPU time of making a table of them, and looking each up again.
    private static func seconds(_ keys: [[UInt8]], _ function: (UnsafeRawPointer, Int) -> UInt64) -> Double {
        let hashes = keys.map { hash($0, function) }
        return (0..<3).map { _ in
            GrowthCheck.seconds {
                let index = GroupIndex()
                for _ in 0..<2 {
                    for (key, hash) in zip(keys, hashes) {
                        key.withUnsafeBytes { _ = index.intern($0.baseAddress!, count: key.count, hash: hash) }
                    }
                }
            }
        }.min() ?? 0
    }

    /// Against the fixed hash the attack works; against a seed it does not, even where it was made for another seed.
    @Test func chosenKeysCostWhatInnocentOnesDo() {
        let keys = Self.chosen(Self.fixed)
        #expect(Self.seconds(keys, Self.fixed) > 10 * Self.seconds(Self.innocent, Self.fixed))
        let others = Self.chosen { KeyHash(seed: 1).bytes($0, count: $1) }
        for seed in 2..<6 as Range<UInt64> {
            let hash = KeyHash(seed: seed)
            let innocent = Self.seconds(Self.innocent) { hash.bytes($0, count: $1) }
            for keys in [keys, others] {
                let time = Self.seconds(keys) { hash.bytes($0, count: $1) }
                // Beside other tests a measurement of 13 ms varies by half; the attack costs far more than ten times.
                #expect(time <= 4 * innocent, "seed \(seed): \(time) s against \(innocent) s")
            }
        }
    }

    /// A word that is known and meets the key alone can be made zero by the key, and then nothing else of it counts.
    @Test func noKeyMakesItselfZero() {
        let zeroing = withUnsafeBytes(of: (0xA076_1D64_78BD_642F as UInt64).littleEndian) { Array($0) }
        let short = (0..<1000).map { number in zeroing + withUnsafeBytes(of: UInt64(number)) { Array($0) } }
        let long = short.map { $0 + Array("and so many more bytes".utf8) }
        #expect(Set(short.map { Self.hash($0, Self.fixed) }).count < 10)
        for seed in 1..<20 as Range<UInt64> {
            let hash = KeyHash(seed: seed)
            for keys in [short, long] {
                #expect(Set(keys.map { Self.hash($0) { hash.bytes($0, count: $1) } }).count == keys.count)
            }
        }
    }

    /// Differences that go through some mixing whatever it begins with: bits flipped in pairs, words exchanged, blocks
    /// repeated, everything inverted.
    @Test func noDifferenceCancels() {
        var random = SplitMix64(seed: 9)
        for seed in 1..<12 as Range<UInt64> {
            let hash = KeyHash(seed: seed)
            var keys: Set<[UInt8]> = []
            for length in [4, 7, 8, 12, 16, 17, 24, 32, 48, 64] {
                let key = (0..<length).map { _ in UInt8(random.below(256)) }
                keys.insert(key)
                keys.insert(key.map { ~$0 })
                keys.insert(Array(key.reversed()))
                keys.insert(key + key)
                keys.insert(Array(key[(length / 2)...] + key[..<(length / 2)]))
                for bit in 0..<(length * 8) {
                    var changed = key
                    changed[bit / 8] ^= 1 << UInt8(bit % 8)
                    keys.insert(changed)
                    for distance in [1, 8, 32, 63, 64, 65, 128] where bit + distance < length * 8 {
                        var twice = changed
                        twice[(bit + distance) / 8] ^= 1 << UInt8((bit + distance) % 8)
                        keys.insert(twice)
                    }
                }
            }
            let hashes = keys.map { Self.hash($0) { hash.bytes($0, count: $1) } }
            #expect(Set(hashes).count == keys.count, "seed \(seed)")
            // The places are by the lowest bits, the tags by the highest.
            #expect(Set(hashes.map { $0 & 0xFFFF_FFFF }).count > keys.count - 20)
            #expect(Set(hashes.map { $0 >> 32 }).count > keys.count - 20)
        }
    }

    @Test func aProcessHasASeedOfItsOwn() {
        let key = Array("a key".utf8)
        let process = Self.hash(key) { KeyHash.process.bytes($0, count: $1) }
        #expect(process != Self.hash(key, Self.fixed))
        #expect(process == Self.hash(key) { KeyHash.process.bytes($0, count: $1) })
        let seeds = (0..<100).map { seed in Self.hash(key) { KeyHash(seed: seed).bytes($0, count: $1) } }
        #expect(Set(seeds).count == 100)
    }
}
