// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// A query without GROUP BY, in one thread: WHERE and SELECT, rows in, rows out.
final class ProjectOperator {
    private let plan: QueryPlan
    private let filter: CompiledExpression?
    private let keys: [CompiledExpression]
    private let values: [CompiledExpression]
    private let selection = Selection()
    /// The rows that have a value and pass the filter.
    private let passing = Selection()
    private let isTable: Bool
    private let range: TimeRange?
    private var flags: [ResultBatch.Flags] = []
    private let timestamps: SinkTimestamps
    private(set) var filtered = FilteredRows()

    init(_ plan: QueryPlan, _ projection: Projection, isTable: Bool, range: TimeRange?) {
        self.plan = plan
        self.isTable = isTable
        self.range = range
        timestamps = SinkTimestamps(plan.sink)
        // Rows that table functions have made are of rows that have passed it.
        filter = plan.tableCalls.isEmpty ? plan.filter.map { CompiledExpression($0) } : nil
        keys = projection.keys.map { CompiledExpression($0) }
        values = projection.values.map { CompiledExpression($0) }
    }

    /// Calls `emit` with the result rows and `reject` with those that have no usable time, if there are any, and
    /// returns what became of the input.
    func process(
        _ input: InputRows, failures: FailureCounts, emit: (ResultBatch) -> Void, reject: (Selection) -> Void
    ) -> Account {
        let columns = input.columns.scan(plan.scan)
        var account = Account()
        account.read = input.selection.count
        selection.copy(input.selection)
        range?.keep(selection, times: input.times)
        let inRange = selection.count
        passing.copy(selection)
        input.leaveOutTombstones(passing)
        let withValue = passing.count
        if let filter {
            passing.keepTrue(
                filter.evaluate(columns, rows: input.rows, selection: passing, failures: failures))
        }
        if isTable {
            markDeletions(input)
        } else if filter != nil {
            // A null value of a stream passes no WHERE.
            selection.copy(passing)
        }
        account.used = selection.count
        account.filtered = account.read - account.used
        if account.filtered > 0, !input.isSilent {
            filtered.outOfRange += account.read - inRange
            if !isTable, filter != nil {
                filtered.withoutValue += inRange - withValue
                filtered.notPassing += withValue - passing.count
            }
        }
        guard selection.count > 0 else { return account }
        let keyColumns = keys.map {
            $0.evaluate(columns, rows: input.rows, selection: selection, failures: failures)
        }
        // A null value has no columns; computing them could count failures that are none.
        let valueColumns = values.map {
            $0.evaluate(columns, rows: input.rows, selection: passing, failures: failures)
        }
        let hasOwnFlags = markNullValues(valueColumns, input) || isTable
        let times = timestamps.times(
            keys: keyColumns, values: valueColumns, input, selection, isTable: isTable
        ) { row in (hasOwnFlags ? flags[row] : input.flags?[row] ?? []).contains(.tombstone) }
        if timestamps.unusable.count > 0 {
            account.used = selection.count
            account.bad = timestamps.unusable.count
            reject(timestamps.unusable)
            guard selection.count > 0 else { return account }
        }
        flags.withUnsafeBufferPointer { flags in
            emit(
                ResultBatch(
                    rows: input.rows, selection: selection, keys: keyColumns, values: valueColumns,
                    timestamps: times, windowStarts: input.windowStarts, windowEnds: input.windowEnds,
                    flags: hasOwnFlags ? flags.baseAddress : input.flags))
        }
        return account
    }

    /// Over a table a deletion stays one, and a row that does not pass the filter deletes its key.
    private func markDeletions(_ input: InputRows) {
        copyFlags(input)
        for position in 0..<selection.count { flags[Int(selection.indices[position])].insert(.tombstone) }
        for position in 0..<passing.count { flags[Int(passing.indices[position])].remove(.tombstone) }
    }

    private func copyFlags(_ input: InputRows) {
        flags = (0..<input.rows).map { input.flags?[$0] ?? [] }
    }

    /// NULL alone in a value without anything around it is a null value, and that is what readers get. Returns whether
    /// there is one in `flags`.
    private func markNullValues(_ columns: [Column], _ input: InputRows) -> Bool {
        guard plan.sink.hasBareValue, let column = columns.first, column.nullCount != 0 else { return false }
        if !isTable { copyFlags(input) }
        for position in 0..<passing.count {
            let row = Int(passing.indices[position])
            if column.isNull(row) { flags[row].insert(.tombstone) }
        }
        return true
    }
}

/// The timestamps of a sink's records: the rows' event times, or the column that `WITH (TIMESTAMP = …)` names.
final class SinkTimestamps {
    private let definition: TimestampDefinition?
    private let reader: TimeReader?
    private var buffer: UnsafeMutablePointer<Int64>
    private var capacity = 1024
    /// Of the last batch: the rows whose column is no time, which have been taken off the selection.
    let unusable = Selection()

    init(_ sink: SourceDefinition) {
        definition = sink.timestamp
        reader = sink.timestamp.map { TimeReader($0) }
        buffer = .allocate(capacity: capacity)
    }

    deinit { buffer.deallocate() }

    /// - Parameter isTable: a deletion has no column, and keeps the time of its record.
    func times(
        keys: [Column], values: [Column], _ input: InputRows, _ selection: Selection, isTable: Bool,
        deletes: (_ row: Int) -> Bool
    ) -> UnsafePointer<Int64> {
        unusable.count = 0
        guard let timestamp = definition, let reader else { return input.times }
        let isKey = timestamp.column < keys.count
        let column = reader.field(of: isKey ? keys[timestamp.column] : values[timestamp.column - keys.count])
        if input.rows > capacity {
            buffer.deallocate()
            capacity = input.rows
            buffer = .allocate(capacity: capacity)
        }
        unusable.reset(rows: selection.count)
        let before = selection.count
        selection.count = 0
        for position in 0..<before {
            let row = Int(selection.indices[position])
            let isNullRow = !isKey && deletes(row)
            if isNullRow, isTable {
                buffer[row] = input.times[row]
                selection.append(row)
            } else if !isNullRow, let time = reader.milliseconds(column, row),
                EventTimes.usable.contains(time)
            {
                buffer[row] = time
                selection.append(row)
            } else {
                unusable.append(row)
            }
        }
        return UnsafePointer(buffer)
    }
}
