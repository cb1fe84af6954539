// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The fields of a JSON object that are read, by name, and what the last objects taught about their order.
///
/// Records of a topic mostly have the same fields in the same order. So the name at each position is compared with the
/// one that stood there last time, quote included, by loads of eight bytes; only where it differs is it looked up.
struct FieldTable {
    /// What stood at one position of the last object.
    struct Expected {
        /// The name's first 16 bytes with the closing quote behind it, and which bits of them count.
        var word0: UInt64 = 1
        var mask0: UInt64 = 0
        var word1: UInt64 = 1
        var mask1: UInt64 = 0
        var length = 0
        /// Nil: the field is not read.
        var node: ColumnNode?
    }

    private struct Name {
        var bytes: UnsafeMutableBufferPointer<UInt8>
        var node: ColumnNode
    }

    /// Positions that are remembered; later fields are always looked up.
    static let positions = 64
    /// Longer names are not remembered.
    private static let longestRemembered = 63

    private let names: UnsafeMutableBufferPointer<Name>
    /// One more than `positions`; the last one never matches.
    let expected: UnsafeMutablePointer<Expected>
    /// The whole names of `expected` with their quotes, 64 bytes each.
    private let texts: UnsafeMutablePointer<UInt8>

    init(_ fields: [(name: String, node: ColumnNode)]) {
        names = .allocate(capacity: fields.count)
        for (index, field) in fields.enumerated() {
            let utf8 = Array(field.name.utf8)
            let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: utf8.count)
            _ = bytes.initialize(from: utf8)
            names.initializeElement(at: index, to: Name(bytes: bytes, node: field.node))
        }
        expected = .allocate(capacity: FieldTable.positions + 1)
        expected.initialize(repeating: Expected(), count: FieldTable.positions + 1)
        texts = .allocate(capacity: FieldTable.positions * 64)
    }

    func destroy() {
        for name in names { name.bytes.deallocate() }
        names.deallocate()
        expected.deallocate()
        texts.deallocate()
    }

    var count: Int { names.count }

    @inline(__always)
    func node(_ index: Int) -> ColumnNode { names[index].node }

    /// Whether the text at `start` is the name expected at `position`, with its quote.
    @inline(__always)
    func matches(_ start: UnsafePointer<UInt8>, at position: Int) -> Bool {
        let candidate = expected + position
        if start.word & candidate.pointee.mask0 != candidate.pointee.word0 { return false }
        if candidate.pointee.length <= 7 { return true }
        if (start + 8).word & candidate.pointee.mask1 != candidate.pointee.word1 { return false }
        return candidate.pointee.length <= 15
            || memcmp(start + 16, texts + position &* 64 + 16, candidate.pointee.length &- 15) == 0
    }

    /// The field of this name: the exact one, else one that differs in the case of ASCII letters only.
    func find(_ name: UnsafePointer<UInt8>, count: Int) -> ColumnNode? {
        var folded: ColumnNode?
        for candidate in names where candidate.bytes.count == count {
            guard let bytes = candidate.bytes.baseAddress, count > 0 else { continue }
            if memcmp(bytes, name, count) == 0 { return candidate.node }
            if folded == nil, FieldTable.isSame(bytes, name, count: count) { folded = candidate.node }
        }
        return folded
    }

    private static func isSame(_ one: UnsafePointer<UInt8>, _ other: UnsafePointer<UInt8>, count: Int) -> Bool {
        for index in 0..<count where lowercase(one[index]) != lowercase(other[index]) { return false }
        return true
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }

    /// Remembers what stood at a position: a name without escapes, followed by its quote.
    func remember(_ name: UnsafePointer<UInt8>, count: Int, node: ColumnNode?, at position: Int) {
        guard position < FieldTable.positions, count <= FieldTable.longestRemembered else { return }
        let text = texts + position * 64
        memset(text, 0, 64)
        memcpy(text, name, count + 1)
        let start = UnsafePointer(text)
        var entry = Expected()
        entry.length = count
        entry.node = node
        entry.mask0 = FieldTable.mask(bytes: count + 1)
        entry.mask1 = FieldTable.mask(bytes: count + 1 - 8)
        entry.word0 = start.word & entry.mask0
        entry.word1 = (start + 8).word & entry.mask1
        expected[position] = entry
    }

    /// The first `bytes` bytes of a word in memory.
    private static func mask(bytes: Int) -> UInt64 {
        bytes <= 0 ? 0 : bytes >= 8 ? UInt64.max : (1 << UInt64(bytes * 8)) - 1
    }
}

extension UnsafePointer<UInt8> {
    /// The eight bytes from here on, the first one lowest.
    @inline(__always)
    var word: UInt64 { UInt64(littleEndian: UnsafeRawPointer(self).loadUnaligned(as: UInt64.self)) }
}
