// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// A state table in memory: rows lie in segments of columns, and the place of each key's row is looked up by its group.
///
///     index       key bytes → group
///     places      group → segment ‖ row; none: the key has no row
///     segment     columns of at most 16,384 rows; rows that were replaced stay until most of the segment is such
///
/// A segment of which most rows were replaced or deleted is written again: its live rows go to the last segment, so
/// that a put costs a constant time on average, and memory is at most about twice what the rows need.
final class MemoryTable: StateTable {
    private final class Segment {
        let columns: [Column]
        /// By row: the group that it belongs, or belonged, to.
        var groups: [Int32] = []
        var liveRows = 0

        init(_ types: [DataType]) { columns = types.map { Column($0) } }

        var heldBytes: Int { columns.reduce(64 + groups.capacity * 4) { $0 + $1.heldBytes } }
        var payloadBytes: Int { columns.reduce(0) { $0 + $1.payloadBytes } }
    }

    private struct Place: Equatable {
        var segment: Int32
        var row: Int32

        static let none = Place(segment: -1, row: -1)
    }

    private static let segmentRows = 16_384
    /// A column holds at most 2 GiB; a record is far smaller than the rest.
    private static let segmentBytes = 64 << 20

    private let types: [DataType]
    private var index = GroupIndex()
    private var places: [Place] = []
    /// Nil: it was written again elsewhere.
    private var segments: [Segment?] = []
    private var freeSegments: [Int32] = []
    private(set) var count = 0
    /// Of all segments but the last one.
    private var closedBytes = 0

    init(_ types: [DataType]) { self.types = types }

    var heldBytes: Int {
        closedBytes + (last?.heldBytes ?? 0) + index.heldBytes + places.capacity * MemoryLayout<Place>.stride
    }

    private var lastNumber: Int32 = -1
    private var last: Segment? { lastNumber < 0 ? nil : segments[Int(lastNumber)] }

    func put(_ key: UnsafeRawBufferPointer, _ columns: [Column], row: Int) {
        let group = index.intern(key)
        while places.count <= group { places.append(.none) }
        release(group)
        append(group, columns, row: row)
        count += 1
    }

    func delete(_ key: UnsafeRawBufferPointer) {
        let group = index.find(key)
        if group >= 0 { release(group) }
        dropKeys()
    }

    func get(_ key: UnsafeRawBufferPointer, into columns: [Column]) -> Bool {
        let group = index.find(key)
        guard group >= 0, places[group] != .none, let segment = segments[Int(places[group].segment)] else {
            return false
        }
        let row = Int(places[group].row)
        for (column, stored) in zip(columns, segment.columns) { column.append(from: stored, row: row) }
        return true
    }

    private func append(_ group: Int, _ columns: [Column], row: Int) {
        let (number, segment) = openSegment()
        places[group] = Place(segment: number, row: Int32(segment.groups.count))
        for (stored, column) in zip(segment.columns, columns) { stored.append(from: column, row: row) }
        segment.groups.append(Int32(group))
        segment.liveRows += 1
    }

    /// The segment that takes rows.
    private func openSegment() -> (Int32, Segment) {
        if let last, last.groups.count < Self.segmentRows, last.payloadBytes < Self.segmentBytes {
            return (lastNumber, last)
        }
        let (closedNumber, closed) = (lastNumber, last)
        closedBytes += closed?.heldBytes ?? 0
        let segment = Segment(types)
        if let free = freeSegments.popLast() {
            lastNumber = free
            segments[Int(free)] = segment
        } else {
            lastNumber = Int32(segments.count)
            segments.append(segment)
        }
        // Most of it may have been replaced while it took rows.
        if let closed, closed.liveRows * 2 < closed.groups.count {
            rewrite(closedNumber, closed)
            return openSegment()
        }
        return (lastNumber, segment)
    }

    /// Forgets the row of a group.
    private func release(_ group: Int) {
        let place = places[group]
        guard place != .none, let segment = segments[Int(place.segment)] else { return }
        places[group] = .none
        count -= 1
        segment.liveRows -= 1
        if place.segment != lastNumber, segment.liveRows * 2 < segment.groups.count { rewrite(place.segment, segment) }
    }

    /// Moves the live rows of a segment to the last one.
    private func rewrite(_ number: Int32, _ segment: Segment) {
        closedBytes -= segment.heldBytes
        segments[Int(number)] = nil
        for (row, group) in segment.groups.enumerated() {
            // A dead row may have the number of a key that was dropped, or that another key has now: its place differs.
            guard group < places.count, places[Int(group)] == Place(segment: number, row: Int32(row)) else { continue }
            append(Int(group), segment.columns, row: row)
        }
        freeSegments.append(number)
    }

    /// Keys that were deleted stay in the index until they are the most.
    private func dropKeys() {
        guard index.count > 4 * count + 1024 else { return }
        let new = GroupIndex(expectedGroups: count)
        var newPlaces: [Place] = []
        for group in 0..<index.count where places[group] != .none {
            let place = places[group]
            segments[Int(place.segment)]?.groups[Int(place.row)] = Int32(new.intern(index.key(group)))
            newPlaces.append(place)
        }
        (index, places) = (new, newPlaces)
    }
}
