// SPDX-License-Identifier: Apache-2.0
import MillraceEngine
import Testing

@Suite struct HashTests {
    /// From a second implementation, in Python. They must never change: tables may be written down by them.
    @Test(
        arguments: [
            ("", 0x564B_2EB9_C374_06B9), ("a", 0x212E_7930_C7D2_14C5), ("abc", 0xD17B_656E_B4CC_FD20),
            ("abcd", 0x58C4_1AE9_5A25_B419), ("1234567", 0x804B_388A_5F23_4E32), ("12345678", 0x28EE_4FC8_6833_0760),
            ("sixteen bytes ok", 0x245D_F3FA_3B20_321B), ("seventeen bytes!!", 0x81EB_B44C_1E6C_C472),
            ("The quick brown fox jumps over the lazy dog", 0x44F5_21D4_2B24_1C08),
        ] as [(String, UInt64)])
    func knownValues(text: String, expected: UInt64) {
        #expect(hash(Array(text.utf8)) == expected)
    }

    @Test func knownWords() {
        #expect(Hash.word(0) == 0x76AE_408F_C1FF_8AE0)
        #expect(Hash.word(1) == 0x938C_9A9B_DEB1_89FC)
        #expect(Hash.word(.max) == 0x1DAE_63E1_DF21_52B8)
    }

    @Test func aMillionSmallKeysDoNotCollide() {
        var words: [UInt64] = []
        var texts: [UInt64] = []
        for number in 0..<1_000_000 as Range<UInt64> {
            words.append(Hash.word(number))
            var digits = ContiguousArray<UInt8>()
            var rest = number
            repeat {
                digits.append(0x30 + UInt8(rest % 10))
                rest /= 10
            } while rest > 0
            texts.append(digits.withUnsafeBytes { $0.baseAddress.map { Hash.bytes($0, count: digits.count) } ?? 0 })
        }
        #expect(distinct(&words) == 1_000_000)
        #expect(distinct(&texts) == 1_000_000)
    }

    @Test func everyByteAndTheLengthMatter() {
        var seen: [UInt64] = []
        for count in 0...70 {
            let zeros = [UInt8](repeating: 0, count: count)
            seen.append(hash(zeros))
            for place in 0..<count {
                var changed = zeros
                changed[place] = 1
                seen.append(hash(changed))
            }
        }
        let count = seen.count
        #expect(distinct(&seen) == count)
    }

    private func hash(_ bytes: [UInt8]) -> UInt64 {
        // At an odd address, so that nothing leans on alignment.
        ([0] + bytes).withUnsafeBytes { buffer in
            buffer.baseAddress.map { Hash.bytes($0 + 1, count: bytes.count) } ?? 0
        }
    }

    private func distinct(_ hashes: inout [UInt64]) -> Int {
        hashes.sort()
        return zip(hashes, hashes.dropFirst()).reduce(1) { $0 + ($1.0 == $1.1 ? 0 : 1) }
    }
}
