// SPDX-License-Identifier: Apache-2.0
import MillraceCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A column that was evaluated before, for several parents.
final class HeldNode: ExpressionNode {
    var column: Column

    init(_ type: DataType) {
        column = Column(type)
        super.init(type)
    }

    override var isEager: Bool { true }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column { column }
}

/// IN: an OR of equalities over an operand that is evaluated once. An item is evaluated only for the rows that no
/// earlier item has matched.
final class InListNode: ExpressionNode {
    private let held: HeldNode
    private let equalities: [ExpressionNode]
    private let undecided = Selection(capacity: 1)
    private let outs = (Column(.boolean), Column(.boolean))

    /// `equalities` compare `held`, which stands for `operand`, with the items.
    init(_ operand: ExpressionNode, held: HeldNode, equalities: [ExpressionNode]) {
        self.held = held
        self.equalities = equalities
        super.init(.boolean, [operand] + equalities.flatMap { $0.children.filter { !($0 is HeldNode) } })
    }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        held.column = children[0].evaluate(input, selection)
        var (out, spare) = outs
        guard let first = equalities.first else {
            out.prepare(rows: input.rows, valid: true)
            memset(out.data, 0, (input.rows + 7) / 8)
            return out
        }
        var result = first.evaluate(input, selection)
        for equality in equalities.dropFirst() {
            let matched: Column
            if equality.isEager {
                matched = equality.evaluate(input, selection)
            } else {
                undecided.selectRows(of: selection, whereNot: true, result)
                if undecided.count == 0 { break }
                matched = equality.evaluate(input, undecided)
            }
            LogicKernel.or(result, matched, into: out, rows: input.rows)
            result = out
            swap(&out, &spare)
        }
        return result
    }
}
