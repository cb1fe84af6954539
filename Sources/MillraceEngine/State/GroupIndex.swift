// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Keys whose groups are to be found: key i and its hash.
protocol GroupKeys {
    func key(_ index: Int) -> UnsafeRawBufferPointer
    func hash(_ index: Int) -> UInt64
}

/// From key bytes to dense group numbers 0, 1, 2 … in the order of arrival: open addressing with linear probing.
///
///     entries (power of two)   [ empty | hash₃₂ ‖ group+1 | … ]             8 bytes each, at most 70 % full
///     groups                   [ key or its place ₁₆ | hash ₈ | length ₄ ]    32 bytes each, dense: one cache line
///     arena                    the bytes of keys longer than 16, one after another
///
/// Batches are looked up in passes, so that the cache misses of many rows overlap. The order of the entries never
/// reaches a result: readers go by group number and sort by key bytes. All indexes of a process go by
/// one hash (`KeyHash.process`), so that a key's hash in one finds it in another.
///
/// Exclusivity is not checked at run time: one thread at a time owns an index, and no method calls out while it changes
/// a property.
final class GroupIndex {
    private struct Group {
        /// The bytes of a key of at most 16; of a longer one `first` is where it begins in the arena.
        var first: UInt64 = 0
        var second: UInt64 = 0
        var hash: UInt64
        var length: UInt32
    }

    private static let inlineLength = 16
    /// Rows a pass: enough for their cache misses to overlap, few enough for the scratch memory to lie on the stack.
    private static let block = 64

    @exclusivity(unchecked) private(set) var count = 0
    @exclusivity(unchecked) private var entries: UnsafeMutablePointer<UInt64>
    @exclusivity(unchecked) private var mask: Int
    @exclusivity(unchecked) private var groups: GrowingArray<Group>
    @exclusivity(unchecked) private var arena = ByteArena(capacity: 0)

    init(expectedGroups: Int = 48) {
        var size = 8
        while size * 7 / 10 < expectedGroups { size *= 2 }
        mask = size - 1
        entries = .allocate(capacity: size)
        entries.initialize(repeating: 0, count: size)
        groups = GrowingArray(capacity: expectedGroups)
    }

    deinit { entries.deallocate() }

    /// Bytes of memory for each group, about: entries are between 35 and 70 % full. A key longer than 16 bytes lies
    /// outside.
    static let groupBytes = MemoryLayout<UInt64>.stride * 2 + MemoryLayout<Group>.stride

    /// Bytes of memory. A large table that is about to grow is counted as if it had.
    var heldBytes: Int {
        let isNearlyFull = mask >= 1 << 16 && count * 8 > (mask + 1) * 5
        return (mask + 1) * MemoryLayout<UInt64>.stride * (isNearlyFull ? 2 : 1) + groups.heldBytes(used: count)
            + arena.heldBytes
    }

    /// The bytes of a group's key. Valid until the next `intern`.
    @inline(__always)
    func key(_ group: Int) -> UnsafeRawBufferPointer {
        let place = groups.base + group
        let length = Int(place.pointee.length)
        let start =
            length <= GroupIndex.inlineLength
            ? UnsafeRawPointer(place) : UnsafeRawPointer(arena.base + Int(truncatingIfNeeded: place.pointee.first))
        return UnsafeRawBufferPointer(start: start, count: length)
    }

    @inline(__always)
    func hash(_ group: Int) -> UInt64 { groups.base[group].hash }

    /// The group of a key by this process's hash, or −1.
    func find(_ key: UnsafeRawBufferPointer) -> Int {
        guard let base = key.baseAddress else { return -1 }
        return find(base, count: key.count, hash: KeyHash.process.bytes(base, count: key.count))
    }

    /// The group of a key by this process's hash, made if it is new.
    func intern(_ key: UnsafeRawBufferPointer) -> Int {
        guard let base = key.baseAddress else { preconditionFailure("a key has an address, also an empty one") }
        return intern(base, count: key.count, hash: KeyHash.process.bytes(base, count: key.count))
    }

    /// The group of a key, or −1.
    @inline(__always)
    func find(_ key: UnsafeRawPointer, count length: Int, hash: UInt64) -> Int {
        let tag = hash &>> 32
        var position = Int(truncatingIfNeeded: hash) & mask
        while true {
            let entry = entries[position]
            if entry == 0 { return -1 }
            if entry &>> 32 == tag {
                let group = Int(entry & 0xFFFF_FFFF) &- 1
                if GroupIndex.isKey(key, length, of: groups.base + group, arena.base) { return group }
            }
            position = (position &+ 1) & mask
        }
    }

    /// The group of a key, made if it is new.
    @inline(__always)
    func intern(_ key: UnsafeRawPointer, count length: Int, hash: UInt64) -> Int {
        let group = find(key, count: length, hash: hash)
        return group >= 0 ? group : add(key, count: length, hash: hash)
    }

    /// Finds the groups of keys `from ..< to`, making those that are new, in this order.
    /// - Parameter found: out: the group of key `from + i` at i.
    @inline(__always)
    func intern(_ keys: some GroupKeys, from: Int, to: Int, into found: UnsafeMutablePointer<UInt32>) {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: GroupIndex.block * 2) { scratch in
            guard let candidates = scratch.baseAddress else { return }
            let missed = candidates + GroupIndex.block
            var start = from
            while start < to {
                let end = min(start &+ GroupIndex.block, to)
                let (entries, mask, groups, arena) = (entries, mask, groups.base, arena.base)
                for index in start..<end {
                    candidates[index &- start] = entries[Int(truncatingIfNeeded: keys.hash(index)) & mask]
                }
                var missedCount = 0
                for index in start..<end {
                    let entry = candidates[index &- start]
                    let key = keys.key(index)
                    if entry &>> 32 == keys.hash(index) &>> 32, entry != 0,
                        GroupIndex.isKey(
                            key.baseAddress.unsafelyUnwrapped, key.count,
                            of: groups + (Int(entry & 0xFFFF_FFFF) &- 1), arena)
                    {
                        found[index &- from] = UInt32(truncatingIfNeeded: entry) &- 1
                    } else {
                        missed[missedCount] = UInt64(truncatingIfNeeded: index)
                        missedCount &+= 1
                    }
                }
                for place in 0..<missedCount {
                    let index = Int(truncatingIfNeeded: missed[place])
                    let key = keys.key(index)
                    let group = intern(
                        key.baseAddress.unsafelyUnwrapped, count: key.count, hash: keys.hash(index))
                    found[index &- from] = UInt32(truncatingIfNeeded: group)
                }
                start = end
            }
        }
    }

    /// Compares as words that overlap instead of in a loop; nothing outside the key is read.
    @inline(__always)
    private static func isKey(
        _ key: UnsafeRawPointer, _ length: Int, of place: UnsafePointer<Group>, _ arena: UnsafeMutableRawPointer
    ) -> Bool {
        guard Int(place.pointee.length) == length else { return false }
        let own = UnsafeRawPointer(place)
        if length <= GroupIndex.inlineLength {
            if length >= 8 {
                return GroupIndex.word(own, 0) == GroupIndex.word(key, 0)
                    && GroupIndex.word(own, length &- 8) == GroupIndex.word(key, length &- 8)
            }
            if length >= 4 {
                return GroupIndex.half(own, 0) == GroupIndex.half(key, 0)
                    && GroupIndex.half(own, length &- 4) == GroupIndex.half(key, length &- 4)
            }
            for index in 0..<length
            where own.load(fromByteOffset: index, as: UInt8.self) != key.load(fromByteOffset: index, as: UInt8.self) {
                return false
            }
            return true
        }
        return memcmp(arena + Int(truncatingIfNeeded: place.pointee.first), key, length) == 0
    }

    @inline(__always)
    private static func word(_ pointer: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        pointer.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }

    @inline(__always)
    private static func half(_ pointer: UnsafeRawPointer, _ offset: Int) -> UInt32 {
        pointer.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
    }

    @inline(never)
    private func add(_ key: UnsafeRawPointer, count length: Int, hash: UInt64) -> Int {
        if (count + 1) * 10 > (mask + 1) * 7 { growEntries() }
        groups.reserve(count + 1, used: count)
        let group = count
        var new = Group(hash: hash, length: UInt32(length))
        if length <= GroupIndex.inlineLength {
            memcpy(&new, key, length)
        } else {
            new.first = UInt64(arena.append(key, count: length))
        }
        (groups.base + group).initialize(to: new)
        count += 1
        place(group, hash)
        return group
    }

    private func place(_ group: Int, _ hash: UInt64) {
        var position = Int(truncatingIfNeeded: hash) & mask
        while entries[position] != 0 { position = (position &+ 1) & mask }
        entries[position] = (hash &>> 32) &<< 32 | UInt64(group + 1)
    }

    private func growEntries() {
        entries.deallocate()
        let size = (mask + 1) * 2
        mask = size - 1
        entries = .allocate(capacity: size)
        entries.initialize(repeating: 0, count: size)
        for group in 0..<count { place(group, groups.base[group].hash) }
    }
}
