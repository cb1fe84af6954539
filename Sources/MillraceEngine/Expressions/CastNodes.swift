// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// A cast that has a kernel.
final class KernelCastNode: ExpressionNode {
    private let out: Column
    private let tally: FailureTally

    init(_ operand: ExpressionNode, to type: DataType, _ tally: FailureTally) {
        self.tally = tally
        out = Column(type)
        super.init(type, [operand])
    }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        let operand = children[0].evaluate(input, selection)
        CastKernel.evaluate(operand, into: out, rows: input.rows, selection: selection, failures: tally.counts)
        tally.report(to: input.failures)
        return out
    }
}

/// Any other cast, row by row.
final class RowCastNode: ExpressionNode {
    private let out: Column
    private let tally: FailureTally

    init(_ operand: ExpressionNode, to type: DataType, _ tally: FailureTally) {
        self.tally = tally
        out = Column(type)
        super.init(type, [operand])
    }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        let operand = children[0].evaluate(input, selection)
        out.appendRows(input.rows, selection) { row in
            do throws(EvaluationFailure) {
                let value = try ValueCast.cast(operand.value(row), from: operand.type, to: type)
                try ValueLimit.check(value)
                out.append(value)
            } catch {
                tally.counts.add(error)
                out.appendNull()
            }
        }
        tally.report(to: input.failures)
        return out
    }
}
