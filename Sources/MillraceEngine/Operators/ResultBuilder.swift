// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// Turns groups into result rows: HAVING, then the projection, a batch at a time.
final class ResultBuilder {
    private static let batchRows = 1024

    private let aggregation: Aggregation
    private let having: CompiledExpression?
    private let keys: [CompiledExpression]
    private let values: [CompiledExpression]
    private let keyEncoding: KeyEncoding
    private let columns: [Column]
    private var groupKeys: [[UInt8]] = []
    private var timestamps: [Int64] = []
    private var starts: [Int64] = []
    private var ends: [Int64] = []
    private var flags: [ResultBatch.Flags] = []
    private let selection = Selection()
    private let failures: FailureCounts
    /// What stands in the output, where the query may have to delete it.
    private let tracksEmitted: Bool
    private let emit: (ResultBatch) -> Void
    /// Where rows go instead, while a partial result is read for a report.
    var redirect: ((ResultBatch) -> Void)?
    /// Rows are judged and noted as emitted, but go nowhere: after a restore they are in the output already.
    var isSilent = false

    init(
        _ aggregation: Aggregation, tracksEmitted: Bool, failures: FailureCounts,
        emit: @escaping (ResultBatch) -> Void
    ) {
        self.aggregation = aggregation
        self.tracksEmitted = tracksEmitted
        self.failures = failures
        self.emit = emit
        having = aggregation.having.map { CompiledExpression($0) }
        keys = aggregation.keys.map { CompiledExpression($0) }
        values = aggregation.values.map { CompiledExpression($0) }
        keyEncoding = KeyEncoding(aggregation.groupBy.map(\.type))
        columns = aggregation.resultTypes.map { Column($0) }
    }

    /// Adds one group's result.
    func add(
        key: UnsafeRawBufferPointer, bounds: EmittedGroups.Bounds, accumulators: AccumulatorSet, slot: Int,
        timestamp: Int64, flags rowFlags: ResultBatch.Flags, emitted: EmittedGroups?
    ) {
        addRow(key, bounds, timestamp, rowFlags)
        let firstAggregate = aggregation.groupBy.count + 2
        for (index, accumulator) in accumulators.accumulators.enumerated() {
            accumulator.appendResult(slot, to: columns[firstAggregate + index], failures: failures)
        }
        if timestamps.count >= ResultBuilder.batchRows { flush(emitted) }
    }

    /// Adds the deletion of a result that stands in the output.
    func addTombstone(
        key: UnsafeRawBufferPointer, bounds: EmittedGroups.Bounds, timestamp: Int64, emitted: EmittedGroups?
    ) {
        addRow(key, bounds, timestamp, .tombstone)
        for column in columns[(aggregation.groupBy.count + 2)...] { column.appendNull() }
        if timestamps.count >= ResultBuilder.batchRows { flush(emitted) }
    }

    private func addRow(
        _ key: UnsafeRawBufferPointer, _ bounds: EmittedGroups.Bounds, _ timestamp: Int64,
        _ rowFlags: ResultBatch.Flags
    ) {
        let groupCount = aggregation.groupBy.count
        keyEncoding.decode(key, into: columns[..<groupCount])
        if aggregation.window == nil {
            columns[groupCount].appendNull()
            columns[groupCount + 1].appendNull()
        } else {
            columns[groupCount].append(int64: bounds.start)
            columns[groupCount + 1].append(int64: bounds.end)
        }
        timestamps.append(timestamp)
        starts.append(bounds.start)
        ends.append(bounds.end)
        flags.append(rowFlags)
        if tracksEmitted { groupKeys.append(Array(key)) }
    }

    /// Passes on the rows added so far.
    func flush(_ emitted: EmittedGroups?) {
        let rows = timestamps.count
        guard rows > 0 else { return }
        selection.selectAll(rows: rows)
        select(rows: rows, emitted: emitted)
        if !isSilent && selection.count > 0 { pass(rows: rows) }
        for column in columns { column.removeAll() }
        timestamps.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        flags.removeAll(keepingCapacity: true)
        groupKeys.removeAll(keepingCapacity: true)
    }

    /// Keeps the rows that pass HAVING; one that does not becomes a tombstone if its last value did.
    private func select(rows: Int, emitted: EmittedGroups?) {
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
        timestamps.withUnsafeBufferPointer { timestamps in
            starts.withUnsafeBufferPointer { starts in
                ends.withUnsafeBufferPointer { ends in
                    flags.withUnsafeBufferPointer { flags in
                        guard let timestamps = timestamps.baseAddress else { return }
                        let isWindowed = aggregation.window != nil
                        (redirect ?? emit)(
                            ResultBatch(
                                rows: rows, selection: selection, keys: keyColumns, values: valueColumns,
                                timestamps: timestamps, windowStarts: isWindowed ? starts.baseAddress : nil,
                                windowEnds: isWindowed ? ends.baseAddress : nil, flags: flags.baseAddress))
                    }
                }
            }
        }
    }
}
