// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// `= <> < <= > >=` on scalar types; false where an operand is NULL.
final class CompareNode: ExpressionNode {
    private let operation: ComparisonOperator
    private let operands: BinaryOperands
    private let out = Column(.boolean)

    init(_ operation: ComparisonOperator, _ left: ExpressionNode, _ right: ExpressionNode) {
        self.operation = operation
        operands = BinaryOperands(left, right)
        super.init(.boolean, [left, right])
    }

    override var isEager: Bool { children.allSatisfy { $0.isEager && $0.type != .varchar && $0.type != .bytes } }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        let pair = operands.evaluate(input, selection)
        out.prepare(rows: input.rows, valid: true)
        CompareKernel.evaluate(operation, pair, into: out, rows: input.rows, selection: selection)
        LogicKernel.known(pair.nullable.left, pair.nullable.right, into: out, rows: input.rows)
        return out
    }
}

/// IS DISTINCT FROM on scalar types.
final class DistinctNode: ExpressionNode {
    private let operands: BinaryOperands
    private let out = Column(.boolean)

    init(_ left: ExpressionNode, _ right: ExpressionNode) {
        operands = BinaryOperands(left, right)
        super.init(.boolean, [left, right])
    }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        let pair = operands.evaluate(input, selection)
        out.prepare(rows: input.rows, valid: true)
        CompareKernel.evaluate(.notEqual, pair, into: out, rows: input.rows, selection: selection)
        LogicKernel.distinct(pair.nullable.left, pair.nullable.right, into: out, rows: input.rows)
        return out
    }
}

/// Comparisons of ARRAY, MAP and STRUCT, row by row.
final class NestedCompareNode: ExpressionNode {
    enum Test {
        case compare(ComparisonOperator)
        case distinct
    }

    private let test: Test
    private let out = Column(.boolean)

    init(_ test: Test, _ left: ExpressionNode, _ right: ExpressionNode) {
        self.test = test
        super.init(.boolean, [left, right])
    }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        let left = children[0].evaluate(input, selection)
        let right = children[1].evaluate(input, selection)
        out.prepare(rows: input.rows, valid: true)
        var isComparison = false
        if case .compare = test { isComparison = true }
        Rows(selection, of: input.rows).forEach { row in
            let isNull = left.isNull(row) || right.isNull(row)
            let isTrue =
                isNull && isComparison ? false : holds(ValueOrder.compare(left.value(row), right.value(row)))
            out.setBoolean(row, isTrue)
        }
        return out
    }

    private func holds(_ order: Int) -> Bool {
        switch test {
        case .distinct, .compare(.notEqual): order != 0
        case .compare(.equal): order == 0
        case .compare(.less): order < 0
        case .compare(.lessOrEqual): order <= 0
        case .compare(.greater): order > 0
        case .compare(.greaterOrEqual): order >= 0
        }
    }
}
