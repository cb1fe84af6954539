// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Reads batches of one root source in one thread: decodes the columns that queries read, finds each row's event time,
/// and moves the watermark row by row.
final class RootReader {
    /// A row that cannot be used.
    struct Unusable {
        /// In the batch.
        var row: Int
        var cause: RejectionCause
        /// As it is counted.
        var reason: RejectionReason
        /// With the column and its value, for people.
        var account: String
        /// With the place, too.
        var detail: String

        init(_ bad: BadRow) {
            row = bad.row
            cause = .decode
            reason = RejectionReason(bad.reason.text, subject: bad.subject)
            account = bad.account
            detail = bad.detail
        }

        init(row: Int, cause: RejectionCause, text: String, _ account: (subject: String?, text: String)) {
            self.row = row
            self.cause = cause
            reason = RejectionReason(text, subject: account.subject)
            self.account = account.text
            detail = "\(text): \(account.text)"
        }
    }

    private let root: QueryGraph.Root
    private let decoder: RecordDecoder
    private let batch: DecodedBatch
    private let eventTimes: EventTimes
    private let timestampColumn: Int?
    private let pseudo: PseudoColumns
    private let selection = Selection()
    private var times: UnsafeMutablePointer<Int64>
    private var watermarks: UnsafeMutablePointer<Int64>
    private var flags: UnsafeMutablePointer<ResultBatch.Flags>
    private var capacity = 1024
    /// Of the last batch: rows that cannot be used, with the reason.
    private(set) var unusable: [Unusable] = []
    /// Of the last batch that moved the watermark: the offset of the record that set it.
    private(set) var watermarkOffset: Int64 = -1
    /// Of the last batch: null keys of a table, which are no rows.
    private(set) var keylessRows = 0
    /// Which they are, where that is wanted.
    private(set) var keyless: [Int] = []
    private let listsKeyless: Bool
    /// Places in the root's columns that have held nothing but NULL so far.
    private var emptyColumns: [Int]
    private var decodedRows = 0

    init(_ root: QueryGraph.Root, _ program: ProgramPlan, _ options: PipelineOptions) {
        self.root = root
        decoder = RecordDecoder(source: root.source, columns: root.columns, strict: options.decodesStrictly)
        decoder.use(options.schemas)
        batch = decoder.makeBatch()
        eventTimes = EventTimes(root.source, futureLimit: options.futureLimit)
        emptyColumns = Array(root.columns.indices)
        listsKeyless = options.rejectsNullKeys
        timestampColumn = root.source.timestamp.flatMap { root.columns.firstIndex(of: $0.column) }
        pseudo = PseudoColumns(root.queries.map { program.queries[$0].scan })
        times = .allocate(capacity: capacity)
        watermarks = .allocate(capacity: capacity)
        flags = .allocate(capacity: capacity)
    }

    deinit {
        times.deallocate()
        watermarks.deallocate()
        flags.deallocate()
    }

    /// - Parameter watermark: in: before the first row; out: behind the last.
    func read(
        _ records: RawRecords, from: Int, to: Int, source: SourcePartition, watermark: inout Watermark, isReread: Bool
    ) -> InputRows {
        let rows = to - from
        reserve(rows)
        decoder.decode(records, from: from, to: to, into: batch)
        decodedRows += rows - batch.badRows.count - batch.nullValues
        if !emptyColumns.isEmpty { emptyColumns.removeAll { batch.columns[$0].nullCount != rows } }
        selectRows(records, from: from, rows: rows, watermark: &watermark)
        let offsets = UnsafePointer(records.offsets.advanced(by: from))
        pseudo.fill(
            rows: rows, times: times, offsets: offsets, place: source.topicPartition,
            windowStarts: batch.windowStarts.map { UnsafePointer($0) },
            windowEnds: batch.windowEnds.map { UnsafePointer($0) })
        var byIndex = [Column?](repeating: nil, count: root.source.columns.count)
        for (place, index) in root.columns.enumerated() { byIndex[index] = batch.columns[place] }
        return InputRows(
            rows: rows, selection: selection, columns: InputColumns(byIndex: byIndex, pseudo: pseudo), times: times,
            watermarks: watermarks, offsets: offsets, flags: UnsafePointer(flags),
            windowStarts: batch.windowStarts.map { UnsafePointer($0) },
            windowEnds: batch.windowEnds.map { UnsafePointer($0) }, source: source, records: records,
            firstRecord: from, isReread: isReread)
    }

    var coverage: ColumnCoverage {
        var coverage = ColumnCoverage()
        coverage.rows = decodedRows
        coverage.empty = Set(emptyColumns.map { root.columns[$0] })
        return coverage
    }

    /// The next of the rows that the decoder could not read.
    /// - Parameter timeless: how many of `unusable` it could.
    @inline(never)
    private func noteBad(_ timeless: Int) { unusable.append(Unusable(batch.badRows[unusable.count - timeless])) }

    @inline(never)
    private func noteWithoutTime(_ row: Int, recordTimestamp: Int64, _ column: Column?) {
        let isAhead = eventTimes.isTooFarAhead(recordTimestamp, column, row)
        unusable.append(
            Unusable(
                row: row, cause: isAhead ? .future : .decode,
                text: isAhead ? "event time too far ahead" : "no usable event time",
                EventTimes.account(
                    root.source, recordTimestamp: recordTimestamp, column: column, row: row, isTooFarAhead: isAhead)))
    }

    /// Sorts the rows into good, bad and null, and notes the watermark before each.
    private func selectRows(_ records: RawRecords, from: Int, rows: Int, watermark: inout Watermark) {
        unusable.removeAll(keepingCapacity: true)
        keylessRows = 0
        keyless.removeAll(keepingCapacity: true)
        var timeless = 0
        selection.reset(rows: rows)
        let isTable = root.source.kind == .table
        let column = eventTimes.field(of: timestampColumn.map { batch.columns[$0] })
        var highest = watermark
        for row in 0..<rows {
            watermarks[row] = highest
            let status = batch.status[row]
            if status == .bad {
                noteBad(timeless)
                continue
            }
            guard
                let time = eventTimes.time(
                    recordTimestamp: records.timestamps[from + row], column: column, row: row)
            else {
                timeless += 1
                noteWithoutTime(row, recordTimestamp: records.timestamps[from + row], column)
                continue
            }
            times[row] = time
            if time > highest {
                highest = time
                watermarkOffset = records.offsets[from + row]
            }
            flags[row] = status == .nullValue ? .tombstone : []
            if isTable && records.keyLengths[from + row] < 0 {
                keylessRows += 1
                if listsKeyless { keyless.append(row) }
            } else {
                selection.append(row)
            }
        }
        watermark = highest
    }

    private func reserve(_ rows: Int) {
        guard rows > capacity else { return }
        capacity = max(rows, capacity * 2)
        times.deallocate()
        watermarks.deallocate()
        flags.deallocate()
        times = .allocate(capacity: capacity)
        watermarks = .allocate(capacity: capacity)
        flags = .allocate(capacity: capacity)
    }
}
