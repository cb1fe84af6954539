// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The table functions of a query, in one thread: WHERE, then several rows of each row that passes it, for the
/// projection behind it. A row whose arrays are all NULL or empty makes none, and is filtered.
final class ExplodeOperator {
    private let plan: QueryPlan
    private let range: TimeRange?
    private let filter: CompiledExpression?
    private let calls: [TableFunctionNode]
    /// By place in the scan: whether rows that are made get a copy; what no expression of the SELECT reads is not
    /// copied, nor what a call gives.
    private let isCopied: [Bool]
    private var copied: [Column?]
    private let subOffsetPlace: Int?
    private let shift: Int
    private let selection = Selection()
    private let copies: RowCopies
    /// By place in the selection: how many rows are made of it.
    private var lengths: UnsafeMutablePointer<Int32>
    private var lengthCapacity = 1024
    /// Of rows that are made at once so much is copied, or one row.
    private static let copiedBytes = 4 << 20
    private static let mostRowsAtOnce = 1024
    /// The last row, of those at hand, of which the projection has rejected what was made.
    private var lastBad: Int32 = -1
    private var badRows = 0
    private(set) var filtered = FilteredRows()

    /// - Parameters:
    ///   - level: how many queries on the way make several rows of one, with this one.
    ///   - rowsAtOnce: at most so many.
    init(_ plan: QueryPlan, level: Int, range: TimeRange?, rowsAtOnce: Int) {
        self.plan = plan
        self.range = range
        filter = plan.filter.map { CompiledExpression($0) }
        calls = plan.tableCalls.map { TableFunctionNode($0) }
        shift = SubOffset.shift(ofLevel: level)
        var read: Set<Int> = []
        if case .project(let projection) = plan.operation {
            for expression in projection.keys + projection.values { read.formUnion(expression.readColumns) }
        }
        isCopied = plan.scan.enumerated().map { place, item in
            if case .exploded = item { return false }
            return read.contains(place)
        }
        copied = plan.scan.map { _ in nil }
        subOffsetPlace = plan.scan.firstIndex(of: .subOffset)
        copies = RowCopies(capacity: max(min(Self.mostRowsAtOnce, rowsAtOnce), 1))
        lengths = .allocate(capacity: lengthCapacity)
    }

    deinit { lengths.deallocate() }

    /// Calls `emit` with rows that were made, a batch of them at a time, and returns what became of the input.
    func process(_ input: InputRows, failures: FailureCounts, emit: (InputRows) -> Void) -> Account {
        var account = Account()
        account.read = input.selection.count
        badRows = 0
        lastBad = -1
        let columns = input.columns.scan(plan.scan)
        select(columns, input, failures)
        for call in calls {
            call.evaluate(columns, rows: input.rows, selection: selection, failures: failures)
        }
        account.used = measure(input)
        var (position, element) = (0, 0)
        while position < selection.count {
            copies.removeAll()
            fill(&position, &element, columns)
            if copies.count == 0 { break }
            emit(made(of: input, columns))
        }
        account.used -= badRows
        account.bad = badRows
        account.filtered = account.read - account.used - account.bad
        return account
    }

    /// Notes rows, of those that were emitted last, that the projection has rejected.
    /// - Returns: of how many rows of the input they are that were not noted yet.
    func noteBad(_ rows: Selection) -> Int {
        let before = badRows
        for position in 0..<rows.count {
            let source = copies.sources[Int(rows.indices[position])]
            if source != lastBad { badRows += 1 }
            lastBad = source
        }
        return badRows - before
    }

    /// The rows that are in range, have a value, and pass the filter.
    private func select(_ columns: [Column], _ input: InputRows, _ failures: FailureCounts) {
        selection.copy(input.selection)
        range?.keep(selection, times: input.times)
        let inRange = selection.count
        input.leaveOutTombstones(selection)
        let withValue = selection.count
        if let filter {
            selection.keepTrue(filter.evaluate(columns, rows: input.rows, selection: selection, failures: failures))
        }
        guard !input.isSilent else { return }
        filtered.outOfRange += input.selection.count - inRange
        filtered.withoutValue += inRange - withValue
        filtered.notPassing += withValue - selection.count
    }

    /// Notes how many rows are made of each selected one, and leaves those out of which none is.
    /// - Returns: how many are left.
    private func measure(_ input: InputRows) -> Int {
        let before = selection.count
        if before > lengthCapacity {
            lengths.deallocate()
            lengthCapacity = max(before, lengthCapacity * 2)
            lengths = .allocate(capacity: lengthCapacity)
        }
        let (indices, lengths) = (selection.indices, lengths)
        for position in 0..<before { lengths[position] = 0 }
        for call in calls {
            for position in 0..<before {
                lengths[position] = max(lengths[position], call.length(Int(indices[position])))
            }
        }
        var kept = 0
        for position in 0..<before where lengths[position] > 0 {
            indices[kept] = indices[position]
            lengths[kept] = lengths[position]
            kept &+= 1
        }
        selection.count = kept
        if !input.isSilent { filtered.withoutElements += before - kept }
        return kept
    }

    /// Takes as many rows as are made at once, from a place in the selection on, and from one of its row's elements.
    private func fill(_ position: inout Int, _ element: inout Int, _ columns: [Column]) {
        var bytes = 0
        while position < selection.count {
            let length = Int(lengths[position])
            let source = selection.indices[position]
            let each = bytesToCopy(Int(source), columns)
            let fitting = max((Self.copiedBytes &- bytes) / max(each, 1), copies.count == 0 ? 1 : 0)
            let end = min(length, element &+ min(copies.capacity &- copies.count, fitting))
            copies.append(source, elements: element..<end)
            bytes += (end &- element) *| each
            guard end == length else {
                element = end
                return
            }
            position &+= 1
            element = 0
        }
    }

    /// What each row that is made of a row gets a copy of. (Its elements are copied once, all together.)
    private func bytesToCopy(_ row: Int, _ columns: [Column]) -> Int {
        var bytes = 0
        for place in columns.indices where isCopied[place] { bytes += columns[place].payloadBytes(row..<row &+ 1) }
        for call in calls { bytes += call.bytesToCopy(row) }
        return bytes
    }

    private func made(of input: InputRows, _ columns: [Column]) -> InputRows {
        for place in columns.indices where isCopied[place] {
            let column = copied[place] ?? Column(columns[place].type)
            copied[place] = column
            column.gather(columns[place], copies.sourceRows)
        }
        for call in calls { call.make(copies, isPadded: calls.count > 1) }
        let scanned = plan.scan.enumerated().map { place, item in
            if case .exploded(let call) = item { calls[call].result } else { copied[place] ?? columns[place] }
        }
        let rows = copies.rows(of: input, columns: scanned, shift: shift)
        if let subOffsetPlace, let column = copied[subOffsetPlace], let subOffsets = rows.subOffsets {
            column.int64s.update(from: subOffsets, count: rows.rows)
        }
        return rows
    }
}

/// One call: the array of each row, and what it gives for each row that is made.
private final class TableFunctionNode {
    private let call: TableCall
    private let argument: CompiledExpression
    private let tally: FailureTally
    private var arrays: Column
    /// Of the made rows.
    let result: Column
    private var rows = GrowingArray<Int32>()

    init(_ call: TableCall) {
        self.call = call
        argument = CompiledExpression(call.argument)
        tally = FailureTally(call.function.rawValue, at: call.site)
        arrays = Column(call.argument.type)
        result = Column(call.result)
    }

    func evaluate(_ columns: [Column], rows: Int, selection: Selection, failures: FailureCounts) {
        arrays = argument.evaluate(columns, rows: rows, selection: selection, failures: failures)
        for position in 0..<selection.count where isTooLong(Int(selection.indices[position])) {
            tally.counts.add(.overflow)
        }
        tally.report(to: failures)
    }

    private func isTooLong(_ row: Int) -> Bool {
        arrays.elements(of: row).count > SubOffset.bits && isBeyondLimit(row)
    }

    @inline(never)
    private func isBeyondLimit(_ row: Int) -> Bool {
        switch call.function {
        case .explode: arrays.elements(of: row).count > TableFunction.mostRows
        case .cubeExplode: TableFunction.cubeRows(of: chosen(row).count) == nil
        }
    }

    /// The elements that are not NULL.
    private func chosen(_ row: Int) -> [Int] { arrays.elements(of: row).filter { !arrays.children[0].isNull($0) } }

    /// How many rows a row's array makes.
    @inline(__always)
    func length(_ row: Int) -> Int32 {
        if isTooLong(row) { return 0 }
        switch call.function {
        case .explode: return Int32(truncatingIfNeeded: arrays.elements(of: row).count)
        case .cubeExplode:
            if arrays.isNull(row) { return 0 }
            return Int32(truncatingIfNeeded: TableFunction.cubeRows(of: chosen(row).count) ?? 0)
        }
    }

    /// What of a row's array each row that is made of it has.
    func bytesToCopy(_ row: Int) -> Int { call.function == .cubeExplode ? arrays.payloadBytes(row..<row &+ 1) : 0 }

    /// - Parameter isPadded: whether there may be rows that the call has nothing for.
    func make(_ copies: RowCopies, isPadded: Bool) {
        switch call.function {
        case .explode: takeElements(copies, isPadded: isPadded)
        case .cubeExplode: takeChoices(copies)
        }
    }

    private func takeElements(_ copies: RowCopies, isPadded: Bool) {
        rows.reserve(copies.count, used: 0)
        let (base, arrays) = (rows.base, arrays)
        for place in 0..<copies.count {
            let row = Int(copies.sources[place])
            let first = Int32(truncatingIfNeeded: arrays.elements(of: row).lowerBound)
            let isThere = !isPadded || copies.elements[place] < length(row)
            base[place] = isThere ? first &+ copies.elements[place] : -1
        }
        let listed = UnsafeBufferPointer(start: UnsafePointer(base), count: copies.count)
        guard isPadded else { return result.gather(arrays.children[0], listed) }
        result.removeAll()
        for row in listed {
            if row < 0 { result.appendNull() } else { result.append(from: arrays.children[0], row: Int(row)) }
        }
    }

    /// The choices in the order of binary numbers, the last element the lowest digit.
    private func takeChoices(_ copies: RowCopies) {
        result.removeAll()
        var row = -1
        var chosen: [Int] = []
        for place in 0..<copies.count {
            if row != Int(copies.sources[place]) {
                row = Int(copies.sources[place])
                chosen = self.chosen(row)
            }
            let number = Int(copies.elements[place])
            guard number < Int(length(row)) else {
                result.appendNull()
                continue
            }
            var digit = chosen.count
            for element in arrays.elements(of: row) {
                let isChoice = digit > 0 && chosen[chosen.count - digit] == element
                if isChoice { digit -= 1 }
                if isChoice, number >> digit & 1 == 1 {
                    result.children[0].append(from: arrays.children[0], row: element)
                } else {
                    result.children[0].appendNull()
                }
            }
            result.appendList()
        }
    }
}
