// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Turns groups into result rows: HAVING, then the projection, a batch at a time.
final class ResultBuilder {
    private static let batchRows = 1024
    /// A batch ends, too, where its keys and values have come to so much: what is read out never lies in memory at
    /// once.
    private static let batchBytes = 1 << 20

    private let having: CompiledExpression?
    private let keys: [CompiledExpression]
    private let values: [CompiledExpression]
    let keyEncoding: KeyEncoding
    private let columns: [Column]
    private let keyColumns: ArraySlice<Column>
    /// The columns of the window's bounds and of the aggregates.
    private let startColumn: Column
    private let endColumn: Column
    private let resultColumns: [Column]
    /// Those of them whose rows may be long.
    private let longColumns: [Column]
    @exclusivity(unchecked) private var keyBytes = 0
    private let isWindowed: Bool
    private let hasBareValue: Bool
    private var groupKeys: [[UInt8]] = []
    // One a row, with room for `batchRows`. Exclusivity of the count is not checked at run time: it is a plain number,
    // changed by one statement at a time.
    private let timestamps: UnsafeMutablePointer<Int64> = .allocate(capacity: batchRows)
    private let starts: UnsafeMutablePointer<Int64> = .allocate(capacity: batchRows)
    private let ends: UnsafeMutablePointer<Int64> = .allocate(capacity: batchRows)
    private let flags: UnsafeMutablePointer<ResultBatch.Flags> = .allocate(capacity: batchRows)
    @exclusivity(unchecked) private var rows = 0
    private let selection = Selection()
    private let failures: FailureCounts
    /// One an aggregate.
    private let tallies: [FailureTally]
    /// What stands in the output, where the query may have to delete it.
    private let tracksEmitted: Bool
    private let mostRows: Int
    private let emit: (ResultBatch) -> Void
    /// Where rows go instead, while a partial result is read for a report.
    var redirect: ((ResultBatch) -> Void)?
    /// Rows are judged and noted as emitted, but go nowhere: after a restore they are in the output already.
    var isSilent = false

    init(
        _ aggregation: Aggregation, sink: SourceDefinition, tracksEmitted: Bool, rowsAtOnce: Int,
        failures: FailureCounts, emit: @escaping (ResultBatch) -> Void
    ) {
        self.tracksEmitted = tracksEmitted
        mostRows = min(rowsAtOnce, ResultBuilder.batchRows)
        self.failures = failures
        tallies = aggregation.aggregates.map { FailureTally($0.function.rawValue, at: $0.site) }
        self.emit = emit
        having = aggregation.having.map { CompiledExpression($0) }
        keys = aggregation.keys.map { CompiledExpression($0) }
        values = aggregation.values.map { CompiledExpression($0) }
        keyEncoding = KeyEncoding(aggregation.groupBy.map(\.type))
        columns = aggregation.resultTypes.map { Column($0) }
        let groupCount = aggregation.groupBy.count
        keyColumns = columns[..<groupCount]
        startColumn = columns[groupCount]
        endColumn = columns[groupCount + 1]
        resultColumns = Array(columns[(groupCount + 2)...])
        longColumns = resultColumns.filter { column in
            switch column.layout {
            case .bits, .fixed: false
            case .variable, .list, .structure: true
            }
        }
        isWindowed = aggregation.window != nil
        hasBareValue = sink.hasBareValue
    }

    deinit {
        timestamps.deallocate()
        starts.deallocate()
        ends.deallocate()
        flags.deallocate()
    }

    /// Adds one group's result.
    func add(
        key: UnsafeRawBufferPointer, bounds: EmittedGroups.Bounds, accumulators: AccumulatorSet, slot: Int,
        timestamp: Int64, flags rowFlags: ResultBatch.Flags, emitted: EmittedGroups?
    ) {
        addRow(key, bounds, timestamp, rowFlags)
        let calls = accumulators.accumulators
        for index in 0..<calls.count {
            calls[index].appendResult(slot, to: resultColumns[index], failures: tallies[index].counts)
        }
        if isFull { flush(emitted) }
    }

    private var isFull: Bool {
        if rows >= mostRows || keyBytes >= ResultBuilder.batchBytes { return true }
        guard !longColumns.isEmpty else { return false }
        return longColumns.reduce(keyBytes) { $0 + $1.payloadBytes } >= ResultBuilder.batchBytes
    }

    /// Adds the deletion of a result that stands in the output.
    func addTombstone(
        key: UnsafeRawBufferPointer, bounds: EmittedGroups.Bounds, timestamp: Int64, emitted: EmittedGroups?
    ) {
        addRow(key, bounds, timestamp, .tombstone)
        for column in resultColumns { column.appendNull() }
        if isFull { flush(emitted) }
    }

    private func addRow(
        _ key: UnsafeRawBufferPointer, _ bounds: EmittedGroups.Bounds, _ timestamp: Int64,
        _ rowFlags: ResultBatch.Flags
    ) {
        keyEncoding.decode(key, into: keyColumns)
        if isWindowed {
            startColumn.append(int64: bounds.start)
            endColumn.append(int64: bounds.end)
        } else {
            startColumn.appendNull()
            endColumn.appendNull()
        }
        let row = rows
        timestamps[row] = timestamp
        starts[row] = bounds.start
        ends[row] = bounds.end
        flags[row] = rowFlags
        rows = row &+ 1
        keyBytes &+= key.count
        if tracksEmitted { groupKeys.append(Array(key)) }
    }

    /// Passes on the rows added so far.
    func flush(_ emitted: EmittedGroups?) {
        let rows = rows
        guard rows > 0 else { return }
        for tally in tallies { tally.report(to: failures) }
        selection.selectAll(rows: rows)
        select(rows: rows, emitted: emitted)
        if !isSilent && selection.count > 0 { pass(rows: rows) }
        for column in columns { column.removeAll(keepingAtMost: 4 * ResultBuilder.batchBytes) }
        self.rows = 0
        keyBytes = 0
        groupKeys.removeAll(keepingCapacity: true)
    }

    /// Keeps the rows that pass HAVING; one that does not becomes a tombstone if its last value did.
    private func select(rows: Int, emitted: EmittedGroups?) {
        // Without HAVING every row passes.
        if having == nil, !tracksEmitted { return }
        let passes = having?.evaluate(columns, rows: rows, selection: selection, failures: failures)
        selection.reset(rows: rows)
        for row in 0..<rows {
            let isTombstone = flags[row].contains(.tombstone)
            let isKept = isTombstone || passes.map { !$0.isNull(row) && $0.boolean(row) } ?? true
            if isKept { selection.append(row) }
            guard tracksEmitted, let emitted else { continue }
            let bounds = EmittedGroups.Bounds(start: starts[row], end: ends[row])
            groupKeys[row].withUnsafeBytes { key in
                if isKept && !isTombstone {
                    emitted.insert(key, bounds)
                } else if isTombstone {
                    emitted.remove(key, bounds)
                } else if emitted.contains(key, bounds) {
                    emitted.remove(key, bounds)
                    flags[row].insert(.tombstone)
                    selection.append(row)
                }
            }
        }
    }

    private func pass(rows: Int) {
        let keyColumns = keys.map {
            $0.evaluate(columns, rows: rows, selection: selection, failures: failures)
        }
        let valueColumns = values.map {
            $0.evaluate(columns, rows: rows, selection: selection, failures: failures)
        }
        if hasBareValue, let value = valueColumns.first, value.nullCount != 0 {
            // NULL alone, without anything around it, is a null value.
            for position in 0..<selection.count {
                let row = Int(selection.indices[position])
                if value.isNull(row) { flags[row].insert(.tombstone) }
            }
        }
        (redirect ?? emit)(
            ResultBatch(
                rows: rows, selection: selection, keys: keyColumns, values: valueColumns,
                timestamps: timestamps, windowStarts: isWindowed ? UnsafePointer(starts) : nil,
                windowEnds: isWindowed ? UnsafePointer(ends) : nil, flags: flags))
    }
}
