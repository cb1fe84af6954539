// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The joins of a query with tables, in one thread: keeps the last row of each table's keys, and looks rows up in them.
///
/// Rows of both sides come in merge order (`MergeGate`), so that a row sees the table as it was at its time.
final class JoinOperator {
    /// One table.
    private final class Side {
        let join: TableJoin
        let key: [CompiledExpression]
        let rows: any StateTable
        /// Of the table's source: the columns that are kept, and those of the key.
        let kept: [Int]
        let keyColumns: [Int]
        let encoding: KeyEncoding
        /// One a kept column: of the rows at hand, what their partners have.
        let found: [Column]

        init(_ join: TableJoin, table: SourceDefinition, kept: [Int]) {
            self.join = join
            self.kept = kept
            key = join.key.map { CompiledExpression($0) }
            keyColumns = Array(table.keyColumns.indices)
            encoding = KeyEncoding(table.keyColumns.map(\.type))
            rows = MemoryTable(kept.map { table.columns[$0].type })
            found = kept.map { Column(table.columns[$0].type) }
        }
    }

    private let plan: QueryPlan
    private let sides: [Side]
    private let selection = Selection()
    /// The scan's columns, those of the tables where they are put.
    private var columns: [Column]
    /// By place in the scan; nil: it is the input's.
    private let foundAt: [Column?]
    private(set) var filtered = FilteredRows()
    /// So many rows are looked up at once: what the tables have may be far larger than the rows, and each row gets a
    /// copy.
    private var rowsAtOnce = JoinOperator.firstRows
    private static let firstRows = 64
    /// What is found for them is about so large at most.
    private static let foundBytes = 4 << 20

    init(_ plan: QueryPlan, _ graph: QueryGraph) {
        self.plan = plan
        let inputColumns = graph.source(named: plan.input)?.columns.count ?? 0
        sides = plan.joins.enumerated().map { index, join in
            guard let table = graph.source(named: join.table) else { preconditionFailure("no table \(join.table)") }
            let kept = Set(plan.scannedColumns(ofInput: index + 1, inputColumns: inputColumns)).sorted()
            return Side(join, table: table, kept: kept)
        }
        var foundAt: [Column?] = []
        for item in plan.scan {
            guard case .column(let index) = item, index >= inputColumns,
                let side = sides.first(where: { $0.join.columns.contains(index) }),
                let place = side.kept.firstIndex(of: index - side.join.firstColumn)
            else {
                foundAt.append(nil)
                continue
            }
            foundAt.append(side.found[place])
        }
        self.foundAt = foundAt
        columns = []
    }

    /// Changes a table.
    /// - Parameter port: 1 is the first one.
    func apply(_ input: InputRows, port: Int) -> Account {
        let side = sides[port - 1]
        let (kept, keys) = (input.columns.columns(side.kept), input.columns.columns(side.keyColumns))
        var account = Account()
        account.read = input.selection.count
        for position in 0..<input.selection.count {
            let row = Int(input.selection.indices[position])
            if keys.contains(where: { $0.isNull(row) }) {
                account.filtered += 1
                continue
            }
            let isDeletion = input.flags?[row].contains(.tombstone) ?? false
            side.encoding.withKey(keys, row: row) { key, count in
                let key = UnsafeRawBufferPointer(start: key, count: count)
                if isDeletion { side.rows.delete(key) } else { side.rows.put(key, kept, row: row) }
            }
        }
        account.used = account.read - account.filtered
        return account
    }

    /// Looks rows of the input up, from one of its selection on.
    /// - Returns: of as many as are looked up at once those that have partners, or need none, with the tables' columns,
    ///   and where in the selection the next one stands. The columns are valid until the next call.
    func join(_ input: InputRows, from: Int, failures: FailureCounts) -> (rows: InputRows, next: Int) {
        let next = min(from +| rowsAtOnce, input.selection.count)
        selection.reset(rows: next - from)
        for position in from..<next { selection.append(Int(input.selection.indices[position])) }
        // A row without a value has nothing to join.
        input.leaveOutTombstones(selection)
        let withValue = selection.count
        columns = zip(plan.scan, foundAt).map { item, found in found ?? input.columns.column(item) }
        for side in sides { find(side, input, failures) }
        if !input.isSilent {
            filtered.withoutValue += next - from - withValue
            filtered.withoutPartner += withValue - selection.count
        }
        adapt(rows: next - from)
        var joined = input
        joined.selection = selection
        for side in sides {
            for (place, index) in side.kept.enumerated() {
                joined.columns.set(side.found[place], at: side.join.firstColumn + index)
            }
        }
        return (joined, next)
    }

    /// Takes more rows at once where little was found for these, and fewer where it was much.
    private func adapt(rows: Int) {
        let bytes = sides.reduce(0) { $1.found.reduce($0) { $0 + $1.payloadBytes } }
        let fitting = max(rows, 1) *| Self.foundBytes / max(bytes, 1)
        rowsAtOnce = min(max(fitting, 1), max(rowsAtOnce, rows) *| 4)
    }

    private func find(_ side: Side, _ input: InputRows, _ failures: FailureCounts) {
        let keys = side.key.map {
            $0.evaluate(columns, rows: input.rows, selection: selection, failures: failures)
        }
        for column in side.found { column.removeAll() }
        let before = selection.count
        if side.rows.count == 0, before > 0, !input.isSilent {
            filtered.beforeTable[side.join.table, default: 0] += before
        }
        selection.count = 0
        var filled = 0
        /// Rows that are not selected get NULL, so that each row keeps its number.
        func fill(to row: Int) {
            while filled < row {
                for column in side.found { column.appendNull() }
                filled += 1
            }
        }
        for position in 0..<before {
            let row = Int(selection.indices[position])
            // A row without a key has no partner, and makes no result, not even of a LEFT JOIN: so does ksqlDB.
            if keys.contains(where: { $0.isNull(row) }) { continue }
            fill(to: row)
            let isFound = side.encoding.withKey(keys, row: row) { key, count in
                side.rows.get(UnsafeRawBufferPointer(start: key, count: count), into: side.found)
            }
            if isFound {
                filled += 1
            } else if side.join.kind == .inner {
                continue
            }
            selection.append(row)
        }
        fill(to: input.rows)
    }

    /// Bytes of memory of all tables.
    var heldBytes: Int { sides.reduce(0) { $0 + $1.rows.heldBytes } }

    /// Rows of all tables.
    var rowCount: Int { sides.reduce(0) { $0 + $1.rows.count } }
}
