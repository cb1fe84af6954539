// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// REDUCE: one step for the first elements of all rows, one for the second elements, and so on, over fewer and fewer
/// rows.
final class ReduceNode: ExpressionNode {
    private let body: ExpressionNode
    /// State, parts of the element, captures: what the body is evaluated over.
    private let columns: [Column]
    private let parts: Int
    /// The next states, before they become the first column.
    private var next: Column
    private var state: Column
    /// The last states, in the order in which rows came to their ends.
    private let finished: Column
    private let out: Column
    private let selection = Selection(capacity: 1)
    /// The rows that have elements left, and where in the results of the last step their states are.
    private var rows: [Int32] = []
    private var sources: [Int32] = []
    private var elements: [Int32] = []
    /// By row: where its last state is; −1: it has none.
    private var places: [Int32] = []

    init(_ call: LambdaCall) {
        body = ExpressionCompiler.compile(call.bodies[0])
        let types = call.parameters
        parts = types.count - 1
        state = Column(types[0])
        next = Column(types[0])
        columns = (types.dropFirst() + call.captures.map(\.type)).map { Column($0) }
        finished = Column(call.result)
        out = Column(call.result)
        super.init(call.result, call.outside.map(ExpressionCompiler.compile))
    }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        let collection = children[0].evaluate(input, selection)
        let initial = children[1].evaluate(input, selection)
        let captures = children.dropFirst(2).map { $0.evaluate(input, selection) }
        begin(input, selection, initial)
        var states = initial
        var step = 0
        while true {
            retire(states, collection, step)
            if rows.isEmpty { break }
            sources.withUnsafeBufferPointer { next.gather(states, $0) }
            swap(&state, &next)
            elements.withUnsafeBufferPointer { elements in
                for (column, source) in zip(columns, collection.children) { column.gather(source, elements) }
            }
            rows.withUnsafeBufferPointer { rows in
                for (column, source) in zip(columns.dropFirst(parts), captures) { column.gather(source, rows) }
            }
            self.selection.selectAll(rows: rows.count)
            states = body.evaluate(
                EvaluationInput(columns: [state] + columns, rows: rows.count, failures: input.failures),
                self.selection)
            for place in rows.indices { sources[place] = Int32(truncatingIfNeeded: place) }
            step += 1
        }
        out.appendRows(input.rows, selection) { row in
            let place = places[row]
            if place < 0 { out.appendNull() } else { out.append(from: finished, row: Int(place)) }
        }
        return out
    }

    /// All rows that have a first state.
    private func begin(_ input: EvaluationInput, _ selection: Selection, _ initial: Column) {
        finished.removeAll(keepingAtMost: ValueLimit.bytes)
        rows.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        places.append(contentsOf: repeatElement(-1, count: input.rows))
        for position in 0..<selection.count where !initial.isNull(Int(selection.indices[position])) {
            rows.append(selection.indices[position])
        }
        sources = rows
    }

    /// Keeps the rows that have an element at this step; the states of the others are their last.
    private func retire(_ states: Column, _ collection: Column, _ step: Int) {
        elements.removeAll(keepingCapacity: true)
        var kept = 0
        for place in rows.indices {
            let row = Int(rows[place])
            let element = collection.isNull(row) ? -1 : Int(collection.offsets[row]) + step
            if element >= 0, element < Int(collection.offsets[row + 1]) {
                rows[kept] = rows[place]
                sources[kept] = sources[place]
                elements.append(Int32(truncatingIfNeeded: element))
                kept += 1
            } else {
                places[row] = Int32(truncatingIfNeeded: finished.count)
                finished.append(from: states, row: Int(sources[place]))
            }
        }
        rows.removeLast(rows.count - kept)
        sources.removeLast(sources.count - kept)
    }
}
