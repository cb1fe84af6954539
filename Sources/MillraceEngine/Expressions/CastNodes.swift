// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// A cast that has a kernel.
final class KernelCastNode: ExpressionNode {
    private let out: Column

    init(_ operand: ExpressionNode, to type: DataType) {
        out = Column(type)
        super.init(type, [operand])
    }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        let operand = children[0].evaluate(input, selection)
        CastKernel.evaluate(operand, into: out, rows: input.rows, selection: selection, failures: input.failures)
        return out
    }
}

/// Any other cast, row by row.
final class RowCastNode: ExpressionNode {
    private let out: Column

    init(_ operand: ExpressionNode, to type: DataType) {
        out = Column(type)
        super.init(type, [operand])
    }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        let operand = children[0].evaluate(input, selection)
        out.appendRows(input.rows, selection) { row in
            do throws(EvaluationFailure) {
                out.append(try ValueCast.cast(operand.value(row), from: operand.type, to: type))
            } catch {
                input.failures.add(error)
                out.appendNull()
            }
        }
        return out
    }
}
