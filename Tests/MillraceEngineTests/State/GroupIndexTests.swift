// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import MillraceEngine

@Suite struct GroupIndexTests {
    private struct Keys: GroupKeys {
        var storage: UnsafeMutableRawBufferPointer
        var ranges: [Range<Int>] = []

        init(_ texts: [[UInt8]]) {
            storage = .allocate(byteCount: texts.reduce(1) { $0 + $1.count }, alignment: 1)
            var start = 0
            for text in texts {
                UnsafeMutableRawBufferPointer(rebasing: storage[start...]).copyBytes(from: text)
                ranges.append(start..<(start + text.count))
                start += text.count
            }
        }

        func key(_ index: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: storage[ranges[index]]) }

        func hash(_ index: Int) -> UInt64 {
            let key = key(index)
            return Hash.bytes(key.baseAddress!, count: key.count)
        }
    }

    /// Keys of every length around the border between inline and arena, many of them equal or nearly equal.
    private static func someKeys(_ count: Int) -> [[UInt8]] {
        var random = SystemRandom(state: 42)
        return (0..<count).map { _ in
            let length = Int(random.next() % 24)
            return (0..<length).map { place in
                place + 2 < length ? UInt8(97) : UInt8(truncatingIfNeeded: random.next() % 7)
            }
        }
    }

    private struct SystemRandom {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
    }

    @Test(arguments: [1, 7, 511, 512, 513, 20_000])
    func equalKeysHaveOneGroupInTheOrderOfArrival(count: Int) {
        let texts = GroupIndexTests.someKeys(count)
        let keys = Keys(texts)
        defer { keys.storage.deallocate() }
        var expected: [[UInt8]: UInt32] = [:]
        var order: [UInt32] = []
        for text in texts {
            let group = expected[text] ?? UInt32(expected.count)
            expected[text] = group
            order.append(group)
        }
        let index = GroupIndex()
        var found = [UInt32](repeating: .max, count: count)
        found.withUnsafeMutableBufferPointer {
            let half = count / 2
            index.intern(keys, from: 0, to: half, into: $0.baseAddress!)
            index.intern(keys, from: half, to: count, into: $0.baseAddress! + half)
        }
        // Within a pass known keys are found first, so new ones are numbered in their own order.
        #expect(found == order)
        #expect(index.count == expected.count)
        for (text, group) in expected {
            #expect(Array(index.key(Int(group))) == text)
        }
    }

    @Test func findsNothingThatIsNotThere() {
        let index = GroupIndex()
        let texts = (0..<5000).map { Array("key-\($0)".utf8) }
        let keys = Keys(texts)
        defer { keys.storage.deallocate() }
        for place in 0..<texts.count where place % 2 == 0 {
            let key = keys.key(place)
            #expect(index.intern(key.baseAddress!, count: key.count, hash: keys.hash(place)) == place / 2)
        }
        for place in 0..<texts.count {
            let key = keys.key(place)
            let group = index.find(key.baseAddress!, count: key.count, hash: keys.hash(place))
            #expect(group == (place % 2 == 0 ? place / 2 : -1))
        }
    }

    /// Above 65,536 keys they are distributed first.
    @Test(arguments: [2, 60, 127, 128, 3000, 70_000])
    func sortsByBytes(count: Int) {
        let texts = Array(
            Set(GroupIndexTests.someKeys(count) + [[], [0], [0, 0], Array("aaaaaaaaaaaaaaaaaaaa".utf8)]))
        let prefixes: [[UInt8]] = [[], Array("a prefix that all have ".utf8)]
        for prefix in prefixes {
            let index = GroupIndex()
            let keys = Keys(texts.map { prefix + $0 })
            defer { keys.storage.deallocate() }
            for place in 0..<texts.count {
                let key = keys.key(place)
                _ = index.intern(key.baseAddress!, count: key.count, hash: keys.hash(place))
            }
            let sorted = index.groupsByKey().map { Array(index.key(Int($0))) }
            #expect(sorted == texts.map { prefix + $0 }.sorted { $0.lexicographicallyPrecedes($1) })
        }
    }

    @Test func aGrowingArrayKeepsItsElementsWhenItMoves() {
        var array = GrowingArray<Int64>()
        for element in 0..<1_000_000 {
            array.reserve(element + 1, used: element)
            array.base[element] = Int64(element)
        }
        var wrong = 0
        for element in 0..<1_000_000 where array.base[element] != Int64(element) { wrong += 1 }
        #expect(wrong == 0 && array.capacity >= 1_000_000)
    }
}
