// SPDX-License-Identifier: Apache-2.0
import MillracePlan

/// The key of a record of a changelog topic, or of an exchange. All numbers big-endian.
///
///     1  2   4      6
///     │v k│ place │ piece │ name …                                  v: version of the format, k: kind, 4 bits each
///
///     place    changelog: index of the source partition's topic among the program's; FFFF: of a query that regroups;
///                         FFFE: of a partition of its exchange
///              exchange:  index of the writer's first topic among the query's
///     piece    0, or which piece of a value that is longer than one record
///     name     marker                 nothing
///              group, no window       key bytes
///              group of a pane        start of the pane (8) │ its first window (8) │ key bytes
///              sessions of a group    key bytes
///              progress               partition (4), with the topic in `place`
///     In an exchange the writer's first partition (4) comes before the name of what it writes of a group: two
///     processes may be in the midst of the pieces of one group at the same time.
enum ChangelogKey {
    /// Of what is written; a reader refuses any other.
    static let version: UInt8 = 1
    static let prefixLength = 5
    static let paneLength = 16
    static let regroupingPlace: UInt16 = 0xFFFF
    static let exchangePlace: UInt16 = 0xFFFE
    /// Of the writer's partition in an exchange.
    static let writerLength = 4

    enum Kind: UInt8 {
        case marker, group, paneGroup, sessions, progress

        /// What the entries of an aggregation are.
        init(_ window: Window?) {
            switch window?.kind {
            case nil: self = .group
            case .tumbling, .hopping: self = .paneGroup
            case .session: self = .sessions
            }
        }
    }

    struct Prefix: Hashable {
        var kind: Kind
        var place: UInt16
        var piece: UInt16

        static func read(_ key: UnsafeRawBufferPointer) throws(StateError) -> Prefix {
            guard key.count >= ChangelogKey.prefixLength, let base = key.baseAddress else {
                throw StateError("it is no record of a changelog")
            }
            let first = base.load(as: UInt8.self)
            guard first >> 4 == ChangelogKey.version else {
                guard first >> 4 > ChangelogKey.version else { throw StateError("it is no record of a changelog") }
                throw StateError("it was written by a newer Millrace, in format \(first >> 4)")
            }
            guard let kind = Kind(rawValue: first & 0xF) else { throw StateError("it is no record of a changelog") }
            return Prefix(
                kind: kind, place: UInt16(bigEndian: base.loadUnaligned(fromByteOffset: 1, as: UInt16.self)),
                piece: UInt16(bigEndian: base.loadUnaligned(fromByteOffset: 3, as: UInt16.self)))
        }

        func append(to key: inout ByteArena) {
            key.append(ChangelogKey.version << 4 | kind.rawValue)
            key.append(bigEndian: place)
            key.append(bigEndian: piece)
        }
    }

    /// What a value holds in front of its checksum, which is right.
    static func content(
        _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
    ) throws(StateError) -> UnsafeRawBufferPointer {
        guard value.count >= checksumLength else { throw StateError.cutOff }
        let content = UnsafeRawBufferPointer(rebasing: value[..<(value.count - checksumLength)])
        let sum = UInt32(bigEndian: value.loadUnaligned(fromByteOffset: content.count, as: UInt32.self))
        guard sum == checksum(key, content) else { throw StateError("its checksum is wrong") }
        return content
    }

    /// The number of pieces that the first piece's content begins with, and what follows it.
    static func pieces(
        _ content: UnsafeRawBufferPointer
    ) throws(StateError) -> (count: Int, bytes: UnsafeRawBufferPointer) {
        guard content.count >= 2 else { throw StateError.cutOff }
        return (
            Int(UInt16(bigEndian: content.loadUnaligned(as: UInt16.self))),
            UnsafeRawBufferPointer(rebasing: content[2...])
        )
    }

    /// The key of a piece of a value, from the key of any other.
    static func piece(_ piece: Int, of key: UnsafeRawBufferPointer) -> [UInt8] {
        var name = Array(key)
        name[3] = UInt8(truncatingIfNeeded: piece >> 8)
        name[4] = UInt8(truncatingIfNeeded: piece)
        return name
    }

    private static let checksumLength = 4

    /// Guards a value against any change of it or of its key.
    static func checksum(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> UInt32 {
        var sum = Hash.word(UInt64(value.count))
        if let base = key.baseAddress { sum ^= Hash.bytes(base, count: key.count) }
        sum = Hash.word(sum)
        if let base = value.baseAddress { sum ^= Hash.bytes(base, count: value.count) }
        return UInt32(truncatingIfNeeded: Hash.word(sum))
    }
}

/// A pane's identity in a changelog.
struct PanePlace: Hashable, Comparable {
    var start: Int64
    var firstWindow: Int64

    static func < (left: PanePlace, right: PanePlace) -> Bool {
        (left.start, left.firstWindow) < (right.start, right.firstWindow)
    }

    /// Calls `body` with its bytes in a name.
    func withName<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafeBytes(of: (start.bigEndian, firstWindow.bigEndian)) { body($0) }
    }

    /// The pane and the key of a name.
    static func read(
        _ name: UnsafeRawBufferPointer
    ) throws(StateError) -> (place: PanePlace, key: UnsafeRawBufferPointer) {
        guard name.count >= ChangelogKey.paneLength else { throw StateError.cutOff }
        let place = PanePlace(
            start: Int64(bigEndian: name.loadUnaligned(fromByteOffset: 0, as: Int64.self)),
            firstWindow: Int64(bigEndian: name.loadUnaligned(fromByteOffset: 8, as: Int64.self)))
        guard 0...EventTimes.latest ~= place.start, 0...place.start ~= place.firstWindow else {
            throw StateError("a pane from \(place.start) in windows from \(place.firstWindow) on")
        }
        return (place, UnsafeRawBufferPointer(rebasing: name[ChangelogKey.paneLength...]))
    }
}
