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
        /// Another field may have to stand in when none of this name is in an object.
        var isContested = false
        /// The value that `offer` has chosen, and whether its name is spelt exactly so.
        var choice: UnsafePointer<UInt8>?
        var isExact = false
        /// Where the chosen name stands in the object, if it is remembered there.
        var position: Int?
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
        let uppercase = fields.map { $0.name.uppercased() }
        var spellings: [String: Int] = [:]
        for name in uppercase { spellings[name, default: 0] += 1 }
        for (index, field) in fields.enumerated() {
            let utf8 = Array(field.name.utf8)
            let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: utf8.count)
            _ = bytes.initialize(from: utf8)
            var name = Name(bytes: bytes, node: field.node)
            // `q` is `Q` too, where no field is spelt so.
            name.isContested = field.name == uppercase[index] && spellings[uppercase[index], default: 0] > 1
            names.initializeElement(at: index, to: name)
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

    /// Whether a field that is missing may still be there under a name that has been taken for another's, or for none.
    @inline(__always)
    func isContested(_ index: Int) -> Bool { names[index].isContested }

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

    /// The field of this name: the exact one, else one that the name in upper case is (ASCII letters only). As in
    /// ksqlDB, where a column without quotes is in upper case, a column with small letters has its exact name only.
    func find(_ name: UnsafePointer<UInt8>, count: Int) -> ColumnNode? {
        var folded: ColumnNode?
        for candidate in names where candidate.bytes.count == count {
            guard let bytes = candidate.bytes.baseAddress, count > 0 else { continue }
            if memcmp(bytes, name, count) == 0 { return candidate.node }
            if folded == nil, FieldTable.isUppercase(bytes, of: name, count: count) { folded = candidate.node }
        }
        return folded
    }

    private static func isUppercase(
        _ column: UnsafePointer<UInt8>, of name: UnsafePointer<UInt8>, count: Int
    ) -> Bool {
        for index in 0..<count {
            let byte = name[index]
            if column[index] != (byte &- UInt8(ascii: "a") < 26 ? byte & 0xDF : byte) { return false }
        }
        return true
    }

    // MARK: Names that meet

    /// Forgets what was chosen, and what of an object has been read in the nodes.
    func beginChoice(row: Int) {
        for index in names.indices {
            names[index].choice = nil
            names[index].isExact = false
            names[index].position = nil
            names[index].node.pointee.truncate(to: row)
        }
    }

    /// The value that the fields offered have left to a column; nil: none.
    func choice(_ index: Int) -> UnsafePointer<UInt8>? { names[index].choice }

    /// Offers the value of a field to each column that may have it. Where a field gives way to one that is spelt
    /// exactly as the column, that is remembered, so that the next object need not be read in this way.
    func offer(_ name: UnsafePointer<UInt8>, count: Int, value: UnsafePointer<UInt8>, position: Int?) {
        for index in names.indices where names[index].bytes.count == count && count > 0 {
            guard let bytes = names[index].bytes.baseAddress else { continue }
            let isExact = memcmp(bytes, name, count) == 0
            guard isExact || FieldTable.isUppercase(bytes, of: name, count: count) else { continue }
            if names[index].isExact, !isExact {
                forget(position, of: index)
                continue
            }
            if isExact, !names[index].isExact, names[index].choice != nil { forget(names[index].position, of: index) }
            names[index].choice = value
            names[index].isExact = isExact
            names[index].position = position
        }
    }

    /// The name at a position is not to be read for a column, as long as that has its own.
    private func forget(_ position: Int?, of index: Int) {
        guard let position, position < FieldTable.positions, expected[position].node == names[index].node else {
            return
        }
        expected[position].node = nil
        names[index].isContested = true
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
