// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// What one partition of a changelog says at its end: the last value of each key, checked. Records are added in the
/// order of the log.
package final class ChangelogImage {
    private struct Place {
        /// In the arena.
        var start: Int
        /// Negative: deleted.
        var length: Int
        var capacity: Int
    }

    private let index = GroupIndex()
    private var places = GrowingArray<Place>()
    private var values = ByteArena()
    /// By place.
    private var markers: [UInt16: ChangelogMarker] = [:]

    package init() {}

    /// Adds records of the partition.
    /// - Throws: for the first that is none of a changelog; it has its offset.
    package func add(_ records: RawRecords) throws(ChangelogError) {
        for row in 0..<records.count {
            do throws(StateError) {
                try add(key: records.key(row), value: records.value(row))
            } catch {
                throw ChangelogError(offset: records.offsets[row], reason: error.reason)
            }
        }
    }

    private func add(key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?) throws(StateError) {
        guard let key, key.baseAddress != nil else { throw StateError("it is no record of a changelog") }
        let prefix = try ChangelogKey.Prefix.read(key)
        let group = index.intern(key)
        if group == index.count - 1, group == placeCount {
            places.reserve(group + 1, used: group)
            (places.base + group).initialize(to: Place(start: 0, length: -1, capacity: 0))
            placeCount = group + 1
        }
        guard let value else {
            places.base[group].length = -1
            return
        }
        let content = try ChangelogKey.content(key, value)
        if prefix.kind == .marker {
            markers[prefix.place] = try ChangelogMarker.read(ChangelogKey.pieces(content).bytes)
            return
        }
        store(content, at: group)
    }
    private var placeCount = 0

    private func store(_ content: UnsafeRawBufferPointer, at group: Int) {
        guard let base = content.baseAddress else { return }
        let place = places.base[group]
        if content.count <= place.capacity {
            (values.base + place.start).copyMemory(from: base, byteCount: content.count)
            places.base[group].length = content.count
        } else {
            let start = values.append(base, count: content.count)
            places.base[group] = Place(start: start, length: content.count, capacity: content.count)
        }
    }

    // MARK: reading

    /// The marker of a source partition's topic (nil: of a query that regroups).
    package func marker(topic: Int32?) -> ChangelogMarker? {
        markers[topic.map { UInt16(truncatingIfNeeded: $0) } ?? ChangelogKey.regroupingPlace]
    }

    /// Entries of all places.
    package var count: Int {
        (0..<placeCount).reduce(0) { $0 + (places.base[$1].length >= 0 ? 1 : 0) }
    }

    /// One entry of a changelog.
    struct Entry {
        var kind: ChangelogKey.Kind
        var name: UnsafeRawBufferPointer
        var value: UnsafeRawBufferPointer
        var pieces: Int
    }

    /// Calls `body` with each entry of a place. The bytes are valid during the call.
    func forEachEntry(topic: Int32?, _ body: (Entry) throws(StateError) -> Void) throws(StateError) {
        let wanted = topic.map { UInt16(truncatingIfNeeded: $0) } ?? ChangelogKey.regroupingPlace
        var joined: [UInt8] = []
        for group in 0..<placeCount where places.base[group].length >= 0 {
            let key = index.key(group)
            let prefix = try ChangelogKey.Prefix.read(key)
            guard prefix.place == wanted, prefix.piece == 0 else { continue }
            let (pieces, bytes) = try ChangelogKey.pieces(content(group))
            var entry = Entry(
                kind: prefix.kind, name: UnsafeRawBufferPointer(rebasing: key[ChangelogKey.prefixLength...]),
                value: bytes, pieces: pieces)
            guard pieces > 1 else {
                try body(entry)
                continue
            }
            joined = Array(entry.value)
            try appendPieces(1..<pieces, of: key, to: &joined)
            let copy = UnsafeMutableRawBufferPointer.copy(joined)
            defer { copy.deallocate() }
            entry.value = UnsafeRawBufferPointer(copy)
            try body(entry)
        }
    }

    private func content(_ group: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: values.base + places.base[group].start, count: places.base[group].length)
    }

    private func appendPieces(
        _ pieces: Range<Int>, of key: UnsafeRawBufferPointer, to joined: inout [UInt8]
    ) throws(StateError) {
        for piece in pieces {
            let group = ChangelogKey.piece(piece, of: key).withUnsafeBytes { index.find($0) }
            guard group >= 0, places.base[group].length >= 0 else {
                throw StateError("a value of several pieces has lost one")
            }
            joined.append(contentsOf: content(group))
        }
    }
}

extension UnsafeMutableRawBufferPointer {
    /// A copy to be deallocated by the caller: typed throws do not go through `withUnsafeBytes`.
    static func copy(_ bytes: [UInt8]) -> UnsafeMutableRawBufferPointer {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        copy.copyBytes(from: bytes)
        return copy
    }
}

/// A record of a changelog that is none.
package struct ChangelogError: Error, Hashable, Sendable {
    package var offset: Int64
    package var reason: String
}
