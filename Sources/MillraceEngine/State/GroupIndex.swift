// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// From key bytes to dense group numbers 0, 1, 2 … in the order of arrival: open addressing with linear probing.
///
///     entries (power of two)   [ empty | hash₃₂ ‖ group+1 | … ]      8 bytes each, at most 70 % full
///     groups                   keyStart[g], keyLength[g], hash[g]    dense
///     keys                     all key bytes, one after another
///
/// The order of the entries never reaches a result: readers go by group number and sort by key bytes.
final class GroupIndex {
    private(set) var count = 0
    private var entries: UnsafeMutablePointer<UInt64>
    private var mask: Int
    private var keys = ByteArena(capacity: 1024)
    private var capacity: Int
    private var keyStarts: UnsafeMutablePointer<Int>
    private var keyLengths: UnsafeMutablePointer<UInt32>
    private var hashes: UnsafeMutablePointer<UInt64>

    init(expectedGroups: Int = 48) {
        var size = 64
        while size * 7 / 10 < expectedGroups { size *= 2 }
        mask = size - 1
        entries = .allocate(capacity: size)
        entries.initialize(repeating: 0, count: size)
        capacity = max(expectedGroups, 16)
        keyStarts = .allocate(capacity: capacity)
        keyLengths = .allocate(capacity: capacity)
        hashes = .allocate(capacity: capacity)
    }

    deinit {
        entries.deallocate()
        keyStarts.deallocate()
        keyLengths.deallocate()
        hashes.deallocate()
    }

    /// The bytes of a group's key. Valid until the next `intern`.
    @inline(__always)
    func key(_ group: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: keys.base + keyStarts[group], count: Int(keyLengths[group]))
    }

    @inline(__always)
    func hash(_ group: Int) -> UInt64 { hashes[group] }

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
                if Int(keyLengths[group]) == length, memcmp(keys.base + keyStarts[group], key, length) == 0 {
                    return group
                }
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

    @inline(never)
    private func add(_ key: UnsafeRawPointer, count length: Int, hash: UInt64) -> Int {
        if (count + 1) * 10 > (mask + 1) * 7 { growEntries() }
        if count == capacity { growGroups() }
        let group = count
        keyStarts[group] = keys.append(key, count: length)
        keyLengths[group] = UInt32(length)
        hashes[group] = hash
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
        for group in 0..<count { place(group, hashes[group]) }
    }

    private func growGroups() {
        let newCapacity = capacity * 2
        func grow<T>(_ old: inout UnsafeMutablePointer<T>) {
            let new = UnsafeMutablePointer<T>.allocate(capacity: newCapacity)
            new.update(from: old, count: count)
            old.deallocate()
            old = new
        }
        grow(&keyStarts)
        grow(&keyLengths)
        grow(&hashes)
        capacity = newCapacity
    }

    /// Group numbers ordered by key bytes, so that results come in an order that only the keys decide.
    func groupsByKey() -> [Int32] {
        var order = (0..<Int32(count)).map { $0 }
        order.sort { left, right in
            KeyEncoding.precedes(key(Int(left)), key(Int(right)))
        }
        return order
    }
}
