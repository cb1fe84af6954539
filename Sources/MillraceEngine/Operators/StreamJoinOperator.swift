// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The join of a query with another stream, in one thread: holds the rows of both sides for as long as partners may
/// come, and makes a row of each pair.
///
///     a row of a side ─► late? ─► held there ─► those of the other side that are near ─► a pair with each
///     watermarks pass ─► rows without a partner ─► forgotten
///
/// Which pairs there are does not depend on the order in which the sides come: a row counts by its own partition alone,
/// and is held until no row that counts can meet it. The order of the pairs does, which is why rows come in merge order
/// (`MergeGate`).
final class StreamJoinOperator {
    /// One of the two streams.
    private final class Side {
        let key: [CompiledExpression]
        /// Places in the scan of the columns of this side, and their indexes in the side's source.
        let places: [Int]
        let indexes: [Int]
        let window: JoinWindow
        /// How long after a row of this side, or before it, a row of the other may be, in ms.
        let before: Int64
        let after: Int64
        /// A row is late if its partition's watermark is further than so much behind its time, in ms.
        let patience: Int64
        let keepsUnmet: Bool
        /// One a column of `places`: of the rows that are made.
        let made: [Column]

        init(
            key: [Expression], places: [(place: Int, index: Int, type: DataType)], before: Int64, after: Int64,
            grace: Int64, keepsUnmet: Bool
        ) {
            self.key = key.map { CompiledExpression($0) }
            self.places = places.map(\.place)
            indexes = places.map(\.index)
            self.before = before
            self.after = after
            patience = after +| grace
            self.keepsUnmet = keepsUnmet
            let types = places.map(\.type)
            made = types.map { Column($0) }
            window = JoinWindow(
                types, length: before +| after, finality: before +| after +| grace, keepsCandidates: keepsUnmet)
        }
    }

    private let plan: QueryPlan
    private let left: Side
    private let right: Side
    private let otherPort: Int
    private let firstColumn: Int
    private let encoding: KeyEncoding
    /// So far behind the time of a row that is made a watermark may be, in ms.
    private let finality: Int64
    private let shift: Int
    /// The source partitions whose rows are held.
    private var sources: [SourceOrdinal: SourcePartition] = [:]
    private let selection = Selection()
    private let copies: RowCopies
    private let times: UnsafeMutablePointer<Int64>
    private let watermarks: UnsafeMutablePointer<Int64>
    private let offsets: UnsafeMutablePointer<Int64>
    private let subOffsets: UnsafeMutablePointer<Int64>
    private let madeRows = Selection()
    private let pseudo: PseudoColumns
    /// What no expression of this side reads.
    private let absent = Column(.boolean)
    /// Of the row at hand.
    private var found: [JoinWindow.Row] = []
    /// By row that is being made.
    private var partners: [JoinWindow.Row] = []
    /// Whether a state that was loaded has the rows that are being made.
    private var areHeld = false
    private(set) var filtered = FilteredRows()
    private static let mostRowsAtOnce = 1024
    private static let mostBytesAtOnce = 4 << 20

    /// - Parameters:
    ///   - level: how many queries on the way make several rows of one, with this one.
    ///   - delay: so far behind the watermarks rows may come that joins before this one have made, in ms.
    init(_ plan: QueryPlan, _ join: StreamJoin, _ graph: QueryGraph, level: Int, delay: Int64) {
        self.plan = plan
        let inputColumns = graph.source(named: plan.input)?.columns ?? []
        let otherColumns = graph.source(named: join.stream)?.columns ?? []
        var places: (left: [(place: Int, index: Int, type: DataType)], right: [(Int, Int, DataType)]) = ([], [])
        for (place, item) in plan.scan.enumerated() {
            guard case .column(let index) = item else { continue }
            if index < inputColumns.count {
                places.left.append((place, index, inputColumns[index].type))
            } else if join.columns.contains(index) {
                let own = index - join.firstColumn
                places.right.append((place, own, otherColumns[own].type))
            }
        }
        let grace = join.grace +| delay
        left = Side(
            key: join.leftKey, places: places.left, before: join.before, after: join.after, grace: grace,
            keepsUnmet: join.keepsLeft)
        right = Side(
            key: join.rightKey, places: places.right, before: join.after, after: join.before, grace: grace,
            keepsUnmet: join.keepsRight)
        otherPort = plan.joins.count + 1
        firstColumn = join.firstColumn
        encoding = KeyEncoding(join.leftKey.map(\.type))
        finality = join.finality +| delay
        shift = SubOffset.shift(ofLevel: level)
        let capacity = max(min(Self.mostRowsAtOnce, graph.rowsAtOnce), 1)
        copies = RowCopies(capacity: capacity)
        times = .allocate(capacity: capacity)
        watermarks = .allocate(capacity: capacity)
        offsets = .allocate(capacity: capacity)
        subOffsets = .allocate(capacity: capacity)
        pseudo = PseudoColumns([plan.scan])
    }

    deinit {
        times.deallocate()
        watermarks.deallocate()
        offsets.deallocate()
        subOffsets.deallocate()
    }

    /// Whether rows of one of the query's inputs are paired here.
    func takes(port: Int) -> Bool { port == 0 || port == otherPort }

    // MARK: rows

    /// Holds rows of one side, and calls `emit` with the pairs that they make, a batch at a time.
    /// - Parameter reject: gets those that are late.
    func process(
        _ input: InputRows, port: Int, failures: FailureCounts, emit: (InputRows) -> Void, reject: (Selection) -> Void
    ) -> Account {
        let (own, other) = port == 0 ? (left, right) : (right, left)
        var account = Account()
        account.read = input.selection.count
        let columns = scan(input, own)
        let late = select(input, own)
        account.late = late.count
        if late.count > 0 { reject(late) }
        let keys = own.key.map {
            $0.evaluate(columns, rows: input.rows, selection: selection, failures: failures)
        }
        let kept = own.places.map { columns[$0] }
        let source = input.source?.ordinal
        if let source { sources[source] = input.source }
        copies.removeAll()
        partners.removeAll(keepingCapacity: true)
        var bytes = 0
        for position in 0..<selection.count {
            let row = Int(selection.indices[position])
            // A row without a key has no partner, and makes no result, not even of a LEFT JOIN: so does ksqlDB.
            if keys.contains(where: { $0.isNull(row) }) { continue }
            account.used += 1
            let time = input.times[row]
            let place = JoinWindow.Place(
                source: source, offset: input.offsets?[row] ?? 0, subOffset: input.subOffsets?[row] ?? 0,
                isFlushed: input.isFlushed(row: row))
            encoding.withKey(keys, row: row) { key, count in
                let key = UnsafeRawBufferPointer(start: key, count: count)
                let first = other.window.meet(
                    key, from: time -| own.before, through: time +| own.after, into: &found)
                if !input.isSilent { filtered.unpaired += (found.isEmpty ? 1 : 0) - first }
                own.window.insert(key, time: time, place, hasMet: !found.isEmpty, kept, row: row)
            }
            for (number, partner) in found.enumerated() {
                // A pair is new to a state where one of its rows is.
                let isHeld = place.isFlushed && partner.place.isFlushed
                if copies.count == copies.capacity || bytes > Self.mostBytesAtOnce || isHeld != areHeld {
                    flush(input, own, other, columns, emit)
                    (bytes, areHeld) = (0, isHeld)
                }
                let number = min(number, (1 << SubOffset.bits) - 1)
                copies.append(Int32(truncatingIfNeeded: row), elements: number..<number + 1)
                times[partners.count] = max(time, partner.time)
                partners.append(partner)
                bytes += partner.bytes + kept.reduce(0) { $0 + $1.payloadBytes(row..<row + 1) }
            }
        }
        flush(input, own, other, columns, emit)
        account.filtered = account.read - account.used - account.late
        return account
    }

    /// The scan's columns as far as they are of one side.
    private func scan(_ input: InputRows, _ side: Side) -> [Column] {
        var columns = plan.scan.map { _ in absent }
        for (place, index) in zip(side.places, side.indexes) { columns[place] = input.columns.column(.column(index)) }
        return columns
    }

    /// The rows that have a value and are not late; returns those that are late.
    private func select(_ input: InputRows, _ side: Side) -> Selection {
        let late = Selection(capacity: 1)
        selection.copy(input.selection)
        input.leaveOutTombstones(selection)
        if !input.isSilent { filtered.withoutValue += input.selection.count - selection.count }
        guard let watermarks = input.watermarks else { return late }
        let before = selection.count
        selection.count = 0
        for position in 0..<before {
            let row = Int(selection.indices[position])
            if input.times[row] +| side.patience >= watermarks[row] {
                selection.append(row)
            } else {
                if late.count == 0 { late.reset(rows: before) }
                late.append(row)
            }
        }
        return late
    }

    /// Makes a batch of the pairs at hand.
    private func flush(
        _ input: InputRows, _ own: Side, _ other: Side, _ columns: [Column], _ emit: (InputRows) -> Void
    ) {
        guard copies.count > 0 else { return }
        for (column, place) in zip(own.made, own.places) { column.gather(columns[place], copies.sourceRows) }
        for column in other.made { column.removeAll() }
        for partner in partners { partner.append(to: other.made) }
        var made = copies.rows(of: input, columns: [], shift: shift)
        made.times = UnsafePointer(times)
        made.flags = nil
        made.isFlushed = input.isReread || input.isFlushed != nil ? areHeld : nil
        emit(finished(made))
        copies.removeAll()
        partners.removeAll(keepingCapacity: true)
    }

    /// With the columns of both sides where the query's other parts look for them.
    private func finished(_ rows: InputRows) -> InputRows {
        var rows = rows
        pseudo.fill(
            rows: rows.rows, times: rows.times, offsets: nil, subOffsets: nil, place: nil, windowStarts: nil,
            windowEnds: nil)
        rows.columns = InputColumns(byIndex: [], pseudo: pseudo)
        for (column, index) in zip(left.made, left.indexes) { rows.columns.set(column, at: index) }
        for (column, index) in zip(right.made, right.indexes) { rows.columns.set(column, at: firstColumn + index) }
        rows.isCounted = false
        return rows
    }

    // MARK: ends

    /// Emits the rows that no partner can come for any more, and forgets what can meet none.
    /// - Parameters:
    ///   - watermark: the lowest of all partitions of both sides.
    ///   - flushed: while records are read again, of which all that was final is published: the watermark of the flush
    ///     that was loaded (`Watermark.none`: there was none); nil: what is read is new.
    func settle(watermark: Watermark, flushed: Watermark?, emit: (InputRows) -> Void) {
        guard watermark != .none else { return }
        let final = watermark == .end ? Int64.max : watermark -| finality
        for side in [left, right] where side.keepsUnmet {
            let other = side === left ? right : left
            let unmet = side.window.takeUnmet(before: final)
            guard let flushed else {
                emitUnmet(unmet[...], side, other, nil, emit)
                continue
            }
            // In the order of time: the first ones had come out before the flush.
            let held = unmet.firstIndex { $0.time +| finality >= flushed } ?? unmet.count
            emitUnmet(unmet[..<held], side, other, true, emit)
            emitUnmet(unmet[held...], side, other, false, emit)
        }
        left.window.forget(before: final)
        right.window.forget(before: final)
    }

    private func emitUnmet(
        _ rows: ArraySlice<JoinWindow.Row>, _ side: Side, _ other: Side, _ isFlushed: Bool?,
        _ emit: (InputRows) -> Void
    ) {
        var next = rows.startIndex
        while next < rows.endIndex {
            let source = rows[next].place.source
            for column in side.made + other.made { column.removeAll() }
            var (count, bytes) = (0, 0)
            while next < rows.endIndex, rows[next].place.source == source, count < copies.capacity,
                bytes <= Self.mostBytesAtOnce
            {
                let row = rows[next]
                row.append(to: side.made)
                for column in other.made { column.appendNull() }
                times[count] = row.time
                watermarks[count] = row.time +| finality
                offsets[count] = row.place.offset
                subOffsets[count] = row.place.subOffset
                bytes += row.bytes
                (count, next) = (count + 1, next + 1)
            }
            madeRows.selectAll(rows: count)
            let made = InputRows(
                rows: count, selection: madeRows, columns: InputColumns(byIndex: [], pseudo: pseudo),
                times: UnsafePointer(times), watermarks: UnsafePointer(watermarks), offsets: UnsafePointer(offsets),
                subOffsets: UnsafePointer(subOffsets), flags: nil, windowStarts: nil, windowEnds: nil,
                source: source.flatMap { sources[$0] }, records: nil, firstRecord: 0, isReread: false,
                isSilent: isFlushed != nil, isFlushed: isFlushed)
            emit(finished(made))
        }
    }

    /// When all watermarks have passed this, a row comes out alone; .max: none waits.
    var due: Int64 {
        let earliest = min(left.window.earliestCandidate, right.window.earliestCandidate)
        return earliest == .max ? .max : earliest +| finality
    }

    /// No row that is held has an earlier time; .max: none is held.
    var earliestTime: Int64 { min(left.window.earliestTime, right.window.earliestTime) }

    /// Bytes of memory that the held rows take, about.
    var heldBytes: Int { left.window.heldBytes + right.window.heldBytes }

    /// How many are held.
    var rowCount: Int { left.window.count + right.window.count }
}
