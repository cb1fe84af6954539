// SPDX-License-Identifier: Apache-2.0

/// Sorts group numbers by their keys' bytes, so that results come in an order that only the keys decide.
///
/// Eight bytes of each key, behind what all keys begin with, are sorted by radix, a byte at a time from the last; only
/// keys that agree in all eight are compared whole.
///
///     customer-0000017        customer-0000 | 017·····
///     customer-0000950        shared by all | word: big-endian, 00 behind the end
enum KeyOrder {
    private struct Entry {
        var word: UInt64
        var group: UInt32
    }

    /// Below this number of keys a comparison sort is faster than the radix passes' tables.
    private static let radixThreshold = 128

    /// Above this number of keys they are first distributed by one byte, so that the radix passes work on areas that
    /// need little memory and stay in the cache.
    private static let largestArea = 1 << 16

    /// Sorts `groups` in place by the keys that `index` has for them.
    static func sort(_ groups: UnsafeMutableBufferPointer<UInt32>, by index: GroupIndex) {
        guard groups.count > 1 else { return }
        let shared = sharedLength(groups, index)
        if groups.count > largestArea {
            sortLarge(groups, by: index, shared: shared)
        } else {
            sortArea(groups, by: index, shared: shared)
        }
    }

    /// Distributes the keys by the byte behind what they share; a key that ends there comes first.
    private static func sortLarge(_ groups: UnsafeMutableBufferPointer<UInt32>, by index: GroupIndex, shared: Int) {
        func place(_ group: UInt32) -> Int {
            let key = index.key(Int(group))
            return key.count > shared ? Int(key[shared]) &+ 1 : 0
        }
        var starts = [Int](repeating: 0, count: 258)
        for group in groups { starts[place(group) + 1] += 1 }
        for value in 0..<257 { starts[value + 1] += starts[value] }
        var next = starts
        let order = [UInt32](groups)
        for group in order {
            let value = place(group)
            groups[next[value]] = group
            next[value] += 1
        }
        // All that end there are the same key, of which there is one.
        for value in 1..<257 where starts[value + 1] - starts[value] > 1 {
            sort(UnsafeMutableBufferPointer(rebasing: groups[starts[value]..<starts[value + 1]]), by: index)
        }
    }

    private static func sortArea(_ groups: UnsafeMutableBufferPointer<UInt32>, by index: GroupIndex, shared: Int) {
        let count = groups.count
        withUnsafeTemporaryAllocation(of: Entry.self, capacity: 2 * count) { scratch in
            guard let base = scratch.baseAddress else { return }
            for place in 0..<count {
                base[place] = Entry(word: word(of: index.key(Int(groups[place])), at: shared), group: groups[place])
            }
            let sorted =
                count < radixThreshold
                ? comparisonSort(base, count) : radixSort(base, scratch: base + count, count: count)
            var start = 0
            while start < count {
                var end = start + 1
                while end < count, sorted[end].word == sorted[start].word { end += 1 }
                if end - start > 1 {
                    var equal = UnsafeMutableBufferPointer(start: sorted + start, count: end - start)
                    equal.sort {
                        KeyEncoding.precedes(index.key(Int($0.group)), index.key(Int($1.group)))
                    }
                }
                start = end
            }
            for place in 0..<count { groups[place] = sorted[place].group }
        }
    }

    /// How many bytes all keys have in common at their beginning.
    private static func sharedLength(_ groups: UnsafeMutableBufferPointer<UInt32>, _ index: GroupIndex) -> Int {
        let first = index.key(Int(groups[0]))
        var shared = first.count
        for group in groups where shared > 0 {
            let key = index.key(Int(group))
            var same = 0
            while same < min(shared, key.count), key[same] == first[same] { same += 1 }
            shared = same
        }
        return shared
    }

    /// Eight bytes of a key from `offset` on as a big-endian number: the order of the bytes is that of the numbers.
    private static func word(of key: UnsafeRawBufferPointer, at offset: Int) -> UInt64 {
        if key.count - offset >= 8 {
            return UInt64(bigEndian: key.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        var word: UInt64 = 0
        for place in 0..<8 {
            word = word << 8 | (offset + place < key.count ? UInt64(key[offset + place]) : 0)
        }
        return word
    }

    private static func comparisonSort(_ entries: UnsafeMutablePointer<Entry>, _ count: Int) -> UnsafeMutablePointer<
        Entry
    > {
        var all = UnsafeMutableBufferPointer(start: entries, count: count)
        all.sort { $0.word < $1.word }
        return entries
    }

    /// Sorts by `word`, stable; returns which of the two areas holds the result.
    private static func radixSort(
        _ entries: UnsafeMutablePointer<Entry>, scratch: UnsafeMutablePointer<Entry>, count: Int
    ) -> UnsafeMutablePointer<Entry> {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 8 * 256) { tables in
            guard let counts = tables.baseAddress else { return entries }
            counts.initialize(repeating: 0, count: 8 * 256)
            for place in 0..<count {
                var word = entries[place].word
                for byte in 0..<8 {
                    counts[byte << 8 | Int(word & 0xFF)] &+= 1
                    word &>>= 8
                }
            }
            var (from, to) = (entries, scratch)
            for byte in 0..<8 {
                let table = counts + byte << 8
                let shift = UInt64(8 * byte)
                // A byte that is the same in all keys orders nothing.
                if Int(table[Int(from[0].word &>> shift & 0xFF)]) == count { continue }
                var next: UInt32 = 0
                for value in 0..<256 { (table[value], next) = (next, next &+ table[value]) }
                for place in 0..<count {
                    let value = Int(from[place].word &>> shift & 0xFF)
                    to[Int(table[value])] = from[place]
                    table[value] &+= 1
                }
                (from, to) = (to, from)
            }
            return from
        }
    }
}

extension GroupIndex {
    /// All group numbers, ordered by key bytes.
    func groupsByKey() -> [UInt32] {
        [UInt32](unsafeUninitializedCapacity: count) { order, filled in
            for group in 0..<count { order.initializeElement(at: group, to: UInt32(truncatingIfNeeded: group)) }
            filled = count
            KeyOrder.sort(UnsafeMutableBufferPointer(rebasing: order[..<count]), by: self)
        }
    }

    /// Some group numbers, ordered by key bytes.
    func byKey(_ groups: [UInt32]) -> [UInt32] {
        var order = groups
        order.withUnsafeMutableBufferPointer { KeyOrder.sort($0, by: self) }
        return order
    }
}
