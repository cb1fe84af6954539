// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// AND and OR. The right side is evaluated only for the rows that the left side does not decide, unless that costs and
/// counts nothing.
final class JunctionNode: ExpressionNode {
    enum Kind {
        case and
        case or
    }

    private let kind: Kind
    private let undecided = Selection(capacity: 1)
    private let out = Column(.boolean)

    init(_ kind: Kind, _ left: ExpressionNode, _ right: ExpressionNode) {
        self.kind = kind
        super.init(.boolean, [left, right])
    }

    override var isEager: Bool { children.allSatisfy { $0.isEager } }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        let left = children[0].evaluate(input, selection)
        let right: Column
        if children[1].isEager {
            right = children[1].evaluate(input, selection)
        } else {
            undecided.selectRows(of: selection, whereNot: kind == .or, left)
            if undecided.count == 0 { return left }
            right = children[1].evaluate(input, undecided)
        }
        switch kind {
        case .and: LogicKernel.and(left, right, into: out, rows: input.rows)
        case .or: LogicKernel.or(left, right, into: out, rows: input.rows)
        }
        return out
    }
}

extension Selection {
    /// The rows of `selection` where the boolean column is not `decided`: the other truth value or NULL.
    func selectRows(of selection: Selection, whereNot decided: Bool, _ column: Column) {
        reset(rows: selection.count)
        let (source, target) = (selection.indices, indices)
        let (bits, nulls) = (BitSource(column), NullSource(column))
        let wanted: UInt8 = decided ? 0 : 1
        var kept = 0
        for position in 0..<selection.count {
            let row = source[position]
            target[kept] = row
            kept &+= bits.at(Int(row)) == wanted || nulls.isNull(Int(row)) ? 1 : 0
        }
        count = kept
    }
}

/// NOT.
final class NotNode: ExpressionNode {
    private let out = Column(.boolean)

    init(_ operand: ExpressionNode) { super.init(.boolean, [operand]) }

    override var isEager: Bool { children[0].isEager }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        LogicKernel.not(children[0].evaluate(input, selection), into: out, rows: input.rows)
        return out
    }
}

/// IS NULL.
final class IsNullNode: ExpressionNode {
    private let out = Column(.boolean)

    init(_ operand: ExpressionNode) { super.init(.boolean, [operand]) }

    override var isEager: Bool { children[0].isEager }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        LogicKernel.isNull(children[0].evaluate(input, selection), into: out, rows: input.rows)
        return out
    }
}
