// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// The rows of one stream that rows of another one may still meet, by key and time.
///
///     span     the rows of some stretch of time, all forgotten at once
///       index    key bytes ‖ number of the slot → group
///       chains   group → its first and last row; row → the next one of its group
///       rows     time, place in the log, whether it has met another
///       pieces   columns of at most 64 MiB, one after the other
///
/// A slot is as long as the window in which partners of one row lie, so that those lie in two of them at most: a
/// look-up costs what it finds, and rows of the key that are near. One thread at a time owns it.
final class JoinWindow {
    /// Where a row of a record stands in the logs.
    struct Place: Hashable {
        /// Nil: in none, behind an aggregation.
        var source: SourceOrdinal?
        var offset: Int64
        var subOffset: Int64
        /// Whether a flush that was loaded is behind it.
        var isFlushed: Bool
    }

    /// A row that is held.
    struct Row {
        let span: Span
        let row: Int

        var time: Int64 { span.times[row] }
        var place: Place { span.places[row] }

        /// Bytes of memory that its values take, about.
        var bytes: Int {
            let (stored, row) = span.place(of: row)
            return stored.reduce(0) { $0 + $1.payloadBytes(row..<row + 1) }
        }

        /// Puts one value into each column: the row's.
        func append(to columns: [Column]) {
            let (stored, row) = span.place(of: row)
            for (column, stored) in zip(columns, stored) { column.append(from: stored, row: row) }
        }
    }

    final class Span {
        fileprivate let index = GroupIndex(expectedGroups: 4)
        fileprivate var chains: [(first: Int32, last: Int32)] = []
        fileprivate var next: [Int32] = []
        fileprivate(set) var times: [Int64] = []
        fileprivate(set) var places: [Place] = []
        fileprivate(set) var hasMet: [Bool] = []
        private let types: [DataType]
        private var pieces: [(firstRow: Int, columns: [Column])] = []
        /// A column holds at most 2 GiB; a record is far smaller than the rest.
        private static let pieceBytes = 64 << 20

        fileprivate init(_ types: [DataType]) { self.types = types }

        /// The columns that hold a row, and which of theirs it is.
        fileprivate func place(of row: Int) -> ([Column], Int) {
            var (low, high) = (0, pieces.count - 1)
            while low < high {
                let middle = (low + high + 1) / 2
                if pieces[middle].firstRow <= row { low = middle } else { high = middle - 1 }
            }
            return (pieces[low].columns, row - pieces[low].firstRow)
        }

        /// Appends the columns of a row.
        fileprivate func append(_ columns: [Column], row: Int) {
            let isFull = pieces.last.map { $0.columns.reduce(0) { $0 + $1.payloadBytes } >= Self.pieceBytes } ?? true
            if isFull { pieces.append((times.count, types.map { Column($0) })) }
            for (stored, column) in zip(pieces[pieces.count - 1].columns, columns) {
                stored.append(from: column, row: row)
            }
        }

        fileprivate var heldBytes: Int {
            pieces.reduce(index.heldBytes + 256) { $1.columns.reduce($0) { $0 + $1.heldBytes } }
                + chains.capacity * 8 + times.capacity * (13 + MemoryLayout<Place>.stride)
        }
    }

    /// A row that may come out without a partner, once its time is final.
    private struct Candidate: Comparable {
        var time: Int64
        var span: Int64
        var row: Int32

        static func < (left: Candidate, right: Candidate) -> Bool {
            if left.time != right.time { return left.time < right.time }
            return left.span == right.span ? left.row < right.row : left.span < right.span
        }
    }

    private let types: [DataType]
    private let slotLength: Int64
    private let spanLength: Int64
    private let keepsCandidates: Bool
    private var spans: [Int64: Span] = [:]
    /// Those of the spans.
    private var numbers = MinimumHeap<Int64>()
    private var candidates = MinimumHeap<Candidate>()
    private var key = ByteArena()
    private(set) var count = 0

    /// - Parameters:
    ///   - types: of the columns that are kept.
    ///   - length: within so much time lie the partners of one row, in ms.
    ///   - finality: so far behind a row's time a watermark has to be until no partner comes any more, in ms.
    ///   - keepsCandidates: whether rows that have met none are asked for.
    init(_ types: [DataType], length: Int64, finality: Int64, keepsCandidates: Bool) {
        self.types = types
        self.keepsCandidates = keepsCandidates
        slotLength = length +| 1
        spanLength = (max(finality / 16, slotLength) / slotLength) *| slotLength
    }

    private static func quotient(_ time: Int64, _ length: Int64) -> Int64 {
        let quotient = time / length
        return time % length < 0 ? quotient - 1 : quotient
    }

    // MARK: rows

    /// Adds a row.
    /// - Parameter hasMet: whether it has met a row of the other stream.
    func insert(
        _ bytes: UnsafeRawBufferPointer, time: Int64, _ place: Place, hasMet: Bool, _ columns: [Column], row: Int
    ) {
        let number = Self.quotient(time, spanLength)
        let span = span(number)
        let new = Int32(span.times.count)
        let group = withKey(bytes, slot: Self.quotient(time, slotLength)) { span.index.intern($0) }
        if group == span.chains.count {
            span.chains.append((new, new))
        } else {
            span.next[Int(span.chains[group].last)] = new
            span.chains[group].last = new
        }
        span.append(columns, row: row)
        span.next.append(-1)
        span.times.append(time)
        span.places.append(place)
        span.hasMet.append(hasMet)
        count += 1
        if keepsCandidates, !hasMet { candidates.insert(Candidate(time: time, span: number, row: new)) }
    }

    /// The rows of a key within some time, in the order of time and of their places; they have met another now.
    /// - Returns: how many had met none before.
    func meet(_ bytes: UnsafeRawBufferPointer, from: Int64, through: Int64, into found: inout [Row]) -> Int {
        found.removeAll(keepingCapacity: true)
        var first = 0
        var slot = Self.quotient(from, slotLength)
        let last = Self.quotient(through, slotLength)
        while slot <= last {
            defer { slot += 1 }
            guard let span = spans[Self.quotient(slot *| slotLength, spanLength)] else { continue }
            let group = withKey(bytes, slot: slot) { span.index.find($0) }
            guard group >= 0 else { continue }
            var row = span.chains[group].first
            while row >= 0 {
                let time = span.times[Int(row)]
                if time >= from, time <= through {
                    if !span.hasMet[Int(row)] { first += 1 }
                    span.hasMet[Int(row)] = true
                    found.append(Row(span: span, row: Int(row)))
                }
                row = span.next[Int(row)]
            }
        }
        if found.count > 1 { found.sort(by: Self.precedes) }
        return first
    }

    static func precedes(_ left: Row, _ right: Row) -> Bool {
        if left.time != right.time { return left.time < right.time }
        let (one, other) = (left.place, right.place)
        if one.source != other.source {
            guard let (first, second) = one.source.flatMap({ first in other.source.map { (first, $0) } }) else {
                return one.source == nil
            }
            return first < second
        }
        return one.offset == other.offset ? one.subOffset < other.subOffset : one.offset < other.offset
    }

    private func span(_ number: Int64) -> Span {
        if let span = spans[number] { return span }
        let span = Span(types)
        spans[number] = span
        numbers.insert(number)
        return span
    }

    private func withKey<Result>(
        _ bytes: UnsafeRawBufferPointer, slot: Int64, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        key.removeAll()
        if let base = bytes.baseAddress { _ = key.append(base, count: bytes.count) }
        key.append(bigEndian: UInt64(bitPattern: slot))
        return body(UnsafeRawBufferPointer(start: key.base, count: key.count))
    }

    // MARK: ends

    /// Takes out the rows whose time is before `time` and that have met none, in the order of time and of their places.
    func takeUnmet(before time: Int64) -> [Row] {
        var rows: [Row] = []
        while let first = candidates.least, first.time < time {
            candidates.removeLeast()
            guard let span = spans[first.span], !span.hasMet[Int(first.row)] else { continue }
            span.hasMet[Int(first.row)] = true
            rows.append(Row(span: span, row: Int(first.row)))
        }
        rows.sort(by: Self.precedes)
        return rows
    }

    /// The time of the first row that may be taken out; .max: there is none. It may have met another meanwhile.
    var earliestCandidate: Int64 { candidates.least?.time ?? .max }

    /// Forgets rows whose times are all before `time`. Call `takeUnmet` before.
    func forget(before time: Int64) {
        while let number = numbers.least, (number +| 1) *| spanLength <= time {
            numbers.removeLeast()
            if let span = spans.removeValue(forKey: number) { count -= span.times.count }
        }
    }

    /// No row that is held has an earlier time; .max: there is none.
    var earliestTime: Int64 { numbers.least.map { $0 *| spanLength } ?? .max }

    /// Bytes of memory, about.
    var heldBytes: Int {
        spans.values.reduce(candidates.heldBytes + numbers.heldBytes) { $0 + $1.heldBytes }
    }
}
