// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// `+ - * / %` on INTEGER, BIGINT and DOUBLE.
final class ArithmeticNode: ExpressionNode {
    private let operation: ArithmeticOperator
    private let operands: BinaryOperands
    private let out: Column
    private let tally: FailureTally

    init(
        _ operation: ArithmeticOperator, _ left: ExpressionNode, _ right: ExpressionNode, _ type: DataType,
        _ tally: FailureTally
    ) {
        self.operation = operation
        self.tally = tally
        operands = BinaryOperands(left, right)
        out = Column(type)
        super.init(type, [left, right])
    }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        ArithmeticKernel.evaluate(
            operation, operands.evaluate(input, selection), into: out, rows: input.rows, selection: selection,
            failures: tally.counts)
        tally.report(to: input.failures)
        return out
    }
}

/// `+ - * / %` on DECIMAL.
final class DecimalArithmeticNode: ExpressionNode {
    private let operation: ArithmeticOperator
    private let out: Column
    private let tally: FailureTally

    init(
        _ operation: ArithmeticOperator, _ left: ExpressionNode, _ right: ExpressionNode, _ type: DataType,
        _ tally: FailureTally
    ) {
        self.operation = operation
        self.tally = tally
        out = Column(type)
        super.init(type, [left, right])
    }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        let left = children[0].evaluate(input, selection)
        let right = children[1].evaluate(input, selection)
        DecimalKernel.evaluate(
            operation, left, right, into: out, rows: input.rows, selection: selection, failures: tally.counts)
        tally.report(to: input.failures)
        return out
    }
}

/// Unary minus on DECIMAL; on the other types it is `0 - x`.
final class DecimalNegateNode: ExpressionNode {
    private let out: Column

    init(_ operand: ExpressionNode, _ type: DataType) {
        out = Column(type)
        super.init(type, [operand])
    }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        let operand = children[0].evaluate(input, selection)
        DecimalKernel.negate(operand, into: out, rows: input.rows, selection: selection)
        return out
    }
}
