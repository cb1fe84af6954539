// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// A query with GROUP BY, in one thread: WHERE, group keys, lateness, and the update of the state.
final class AggregateOperator {
    private let plan: QueryPlan
    private let range: TimeRange?
    private let filter: CompiledExpression?
    private let groupBy: [CompiledExpression]
    private let arguments: [[CompiledExpression]]
    private let selection = Selection()
    private let late = Selection()
    /// Rows without a group, where they are wanted.
    private let groupless: Selection?
    private(set) var filtered = FilteredRows()
    private var rows: UnsafeMutablePointer<Int32>
    private var slots: UnsafeMutablePointer<UInt32>
    private var capacity = 1024

    /// - Parameter rejectsNullKeys: whether rows without a group are rejected one by one.
    init(_ plan: QueryPlan, _ aggregation: Aggregation, range: TimeRange?, rejectsNullKeys: Bool) {
        self.plan = plan
        groupless = rejectsNullKeys ? Selection() : nil
        self.range = range
        filter = plan.filter.map { CompiledExpression($0) }
        groupBy = aggregation.groupBy.map { CompiledExpression($0) }
        arguments = aggregation.aggregates.map { $0.arguments.map { CompiledExpression($0) } }
        rows = .allocate(capacity: capacity)
        slots = .allocate(capacity: capacity)
    }

    deinit {
        rows.deallocate()
        slots.deallocate()
    }

    /// Where the state of the rows lies.
    enum State {
        case panes(PaneState)
        case sessions(SessionState)
    }

    /// Adds the rows to the state and returns what became of them; `reject` is called with the late ones and,
    /// where they are wanted, with those without a group.
    /// - Parameter watch: of the source and this query.
    func process(
        _ input: InputRows, state: State, source: SourcePartition, watch: KeyWatch?, failures: FailureCounts,
        reject: (Selection, RejectionCause) -> Void
    ) -> Account {
        let columns = input.columns.scan(plan.scan)
        var account = Account()
        account.read = input.selection.count
        selection.copy(input.selection)
        range?.keep(selection, times: input.times)
        let inRange = selection.count
        // A null value is no row of a stream's aggregate.
        input.leaveOutTombstones(selection)
        let withValue = selection.count
        if let filter {
            selection.keepTrue(
                filter.evaluate(columns, rows: input.rows, selection: selection, failures: failures))
        }
        let keys = groupBy.map {
            $0.evaluate(columns, rows: input.rows, selection: selection, failures: failures)
        }
        let passing = selection.count
        leaveOutNulls(keys)
        if selection.count < account.read, !input.isSilent {
            filtered.outOfRange += account.read - inRange
            filtered.withoutValue += inRange - withValue
            filtered.notPassing += withValue - passing
            filtered.withoutGroup += passing - selection.count
        }
        reserve(selection.count)
        late.reset(rows: selection.count)
        guard let watermarks = input.watermarks, let offsets = input.offsets else {
            preconditionFailure("an aggregation reads rows that have a place in the log")
        }
        var origin: KeyOrigin?
        if let watch, let records = input.records {
            origin = KeyOrigin(
                watch: watch, records: records, firstRecord: input.firstRecord, parents: input.parents)
        }
        // Argument expressions see the rows that are left; a late row's failures count for nothing, but that a row is
        // late is only known behind the look-up of its group, which needs no argument.
        var update = AccumulatorInput(
            arguments: [], rows: rows, slots: slots, count: 0, source: source.ordinal, times: input.times,
            offsets: offsets, subOffsets: input.subOffsets)
        switch state {
        case .panes(let panes):
            update.count = panes.assign(
                selection, keys: keys, times: input.times, watermarks: watermarks, rows: rows, slots: slots,
                late: late, origin: origin)
            keepCounted(update.count)
            panes.accumulators.update(update, arguments: evaluateArguments(columns, input, failures))
            account.used = update.count
        case .sessions(let sessions):
            account.used = sessions.add(
                selection, keys: keys, arguments: evaluateArguments(columns, input, failures), input: update,
                watermarks: watermarks, late: late, origin: origin)
        }
        account.late = late.count
        account.filtered = account.read - account.used - account.late
        if late.count > 0 { reject(late, .late) }
        if let groupless, groupless.count > 0 { reject(groupless, .nullKey) }
        return account
    }

    private func evaluateArguments(
        _ columns: [Column], _ input: InputRows, _ failures: FailureCounts
    ) -> [[Column]] {
        arguments.map { call in
            call.map { $0.evaluate(columns, rows: input.rows, selection: selection, failures: failures) }
        }
    }

    /// A row whose group has a NULL in it belongs to no group.
    private func leaveOutNulls(_ keys: [Column]) {
        groupless?.reset(rows: selection.count)
        guard keys.contains(where: { $0.nullCount != 0 }) else { return }
        let before = selection.count
        selection.count = 0
        for position in 0..<before {
            let row = Int(selection.indices[position])
            if keys.contains(where: { $0.isNull(row) }) { groupless?.append(row) } else { selection.append(row) }
        }
    }

    /// Selects the rows that count.
    private func keepCounted(_ count: Int) {
        guard count != selection.count else { return }
        selection.count = 0
        for index in 0..<count { selection.append(Int(rows[index])) }
    }

    private func reserve(_ count: Int) {
        guard count > capacity else { return }
        capacity = max(count, capacity * 2)
        rows.deallocate()
        slots.deallocate()
        rows = .allocate(capacity: capacity)
        slots = .allocate(capacity: capacity)
    }
}
