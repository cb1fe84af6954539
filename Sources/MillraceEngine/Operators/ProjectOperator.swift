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
        filter = plan.filter.map { CompiledExpression($0) }
        keys = projection.keys.map { CompiledExpression($0) }
        values = projection.values.map { CompiledExpression($0) }
    }

    /// Calls `emit` with the result rows, if there are any, and returns what became of the input.
    func process(_ input: InputRows, failures: FailureCounts, emit: (ResultBatch) -> Void) -> Account {
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
            markTombstones(input)
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
        let times = timestamps.times(keys: keyColumns, values: valueColumns, input, selection)
        flags.withUnsafeBufferPointer { flags in
            emit(
                ResultBatch(
                    rows: input.rows, selection: selection, keys: keyColumns, values: valueColumns,
                    timestamps: times, windowStarts: input.windowStarts, windowEnds: input.windowEnds,
                    flags: isTable ? flags.baseAddress : input.flags))
        }
        return account
    }

    /// Over a table a deletion stays one, and a row that does not pass the filter deletes its key.
    private func markTombstones(_ input: InputRows) {
        flags = Array(repeating: [], count: input.rows)
        for position in 0..<selection.count {
            let row = Int(selection.indices[position])
            flags[row] = (input.flags?[row] ?? []).union(.tombstone)
        }
        for position in 0..<passing.count { flags[Int(passing.indices[position])].remove(.tombstone) }
    }
}

/// The timestamps of a sink's records: the rows' event times, or the column that `WITH (TIMESTAMP = …)` names.
final class SinkTimestamps {
    private let definition: TimestampDefinition?
    private let pattern: DateTimePattern?
    private var buffer: UnsafeMutablePointer<Int64>
    private var capacity = 1024

    init(_ sink: SourceDefinition) {
        definition = sink.timestamp
        pattern = sink.timestamp?.format.flatMap { try? DateTimePattern($0) }
        buffer = .allocate(capacity: capacity)
    }

    deinit { buffer.deallocate() }

    func times(
        keys: [Column], values: [Column], _ input: InputRows, _ selection: Selection
    ) -> UnsafePointer<Int64> {
        guard let timestamp = definition else { return input.times }
        let column = (keys + values)[timestamp.column]
        if input.rows > capacity {
            buffer.deallocate()
            capacity = input.rows
            buffer = .allocate(capacity: capacity)
        }
        for position in 0..<selection.count {
            let row = Int(selection.indices[position])
            // A row whose timestamp column is not usable keeps its own time.
            buffer[row] = EventTimes.value(column, row, pattern: pattern) ?? input.times[row]
        }
        return UnsafePointer(buffer)
    }
}
