// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// Searched CASE. Each condition is evaluated for the rows that no earlier branch took, each result for the rows that
/// take its branch.
final class ConditionalNode: ExpressionNode {
    private let branches: [(condition: ExpressionNode, result: ExpressionNode)]
    private let otherwise: ExpressionNode
    private let out: Column
    private var remaining = Selection(capacity: 1)
    private var rest = Selection(capacity: 1)
    private let taken = Selection(capacity: 1)
    /// For types whose rows must be appended in order: the branch that each row took.
    private let choices = Selection(capacity: 1)

    init(
        _ branches: [(condition: ExpressionNode, result: ExpressionNode)], otherwise: ExpressionNode, _ type: DataType
    ) {
        self.branches = branches
        self.otherwise = otherwise
        out = Column(type)
        super.init(type, branches.flatMap { [$0.condition, $0.result] } + [otherwise])
    }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        remaining.copy(selection)
        var results: [Column] = []
        begin(rows: input.rows)
        for branch in branches where remaining.count > 0 {
            split(by: branch.condition.evaluate(input, remaining))
            if taken.count == 0 { continue }
            let result = branch.result.evaluate(input, taken)
            if taken.count == selection.count { return result }
            take(result, taken, number: results.count)
            results.append(result)
        }
        if remaining.count > 0 {
            let result = otherwise.evaluate(input, remaining)
            if remaining.count == selection.count { return result }
            take(result, remaining, number: results.count)
            results.append(result)
        }
        finish(results, rows: input.rows, selection)
        return out
    }

    /// Moves the rows where the condition is true from `remaining` to `taken`.
    private func split(by condition: Column) {
        taken.reset(rows: remaining.count)
        rest.reset(rows: remaining.count)
        let (source, bits, nulls) = (remaining.indices, BitSource(condition), NullSource(condition))
        let (first, second) = (taken.indices, rest.indices)
        var (yes, no) = (0, 0)
        for position in 0..<remaining.count {
            let row = source[position]
            first[yes] = row
            second[no] = row
            let isTrue = bits.at(Int(row)) == 1 && !nulls.isNull(Int(row))
            yes &+= isTrue ? 1 : 0
            no &+= isTrue ? 0 : 1
        }
        taken.count = yes
        rest.count = no
        swap(&remaining, &rest)
    }

    private func begin(rows: Int) {
        switch out.layout {
        case .bits, .fixed: out.prepare(rows: rows, valid: true)
        case .variable, .list, .structure: choices.reset(rows: rows)
        }
    }

    private func take(_ result: Column, _ rows: Selection, number: Int) {
        switch out.layout {
        case .bits:
            let (source, target, indices) = (BitSource(result), BitTarget(out), rows.indices)
            for position in 0..<rows.count {
                let row = Int(indices[position])
                target.set(row, source.at(row) == 1)
            }
        case .fixed(4): copy(UInt32.self, result, rows)
        case .fixed(8): copy(UInt64.self, result, rows)
        case .fixed: copy(UInt128.self, result, rows)
        case .variable, .list, .structure:
            let (indices, numbers) = (rows.indices, choices.indices)
            for position in 0..<rows.count { numbers[Int(indices[position])] = Int32(truncatingIfNeeded: number) }
            return
        }
        if result.nullCount == 0 { return }
        let (nulls, indices) = (NullSource(result), rows.indices)
        for position in 0..<rows.count {
            let row = Int(indices[position])
            if nulls.isNull(row) { out.setNull(row) }
        }
    }

    @inline(__always)
    private func copy<Element: BitwiseCopyable>(_: Element.Type, _ result: Column, _ rows: Selection) {
        let source = FixedSource<Element>(result)
        let (values, indices) = (out.data.assumingMemoryBound(to: Element.self), rows.indices)
        for position in 0..<rows.count {
            let row = Int(indices[position])
            values[row] = source.at(row)
        }
    }

    private func finish(_ results: [Column], rows: Int, _ selection: Selection) {
        let choices = choices.indices
        switch out.layout {
        case .bits, .fixed: return
        case .variable:
            let sources = results.map { BytesSource($0) }
            let nulls = results.map { NullSource($0) }
            out.appendRows(rows, selection) { row in
                let number = Int(choices[row])
                if nulls[number].isNull(row) { return out.appendNull() }
                let source = sources[number].at(row)
                out.append(bytes: source.baseAddress, count: source.count)
            }
        case .list, .structure:
            out.appendRows(rows, selection) { row in out.append(from: results[Int(choices[row])], row: row) }
        }
    }
}
