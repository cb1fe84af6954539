// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// A scalar function, row by row.
final class CallNode: ExpressionNode {
    private let nullOnNull: Bool
    private let body: ScalarFunction.Body
    private let out: Column
    private let tally: FailureTally

    init(_ function: ScalarFunction, _ arguments: [ExpressionNode], _ type: DataType, _ tally: FailureTally) {
        nullOnNull = function.nullOnNull
        body = function.prepared(for: arguments.map(\.type))
        self.tally = tally
        out = Column(type)
        super.init(type, arguments)
    }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        let constants = children.map { ($0 as? ConstantNode)?.value }
        let sources = children.map { $0 is ConstantNode ? nil : $0.evaluate(input, selection) }
        var arguments: [Value] = []
        arguments.reserveCapacity(children.count)
        out.appendRows(input.rows, selection) { row in
            arguments.removeAll(keepingCapacity: true)
            for (constant, source) in zip(constants, sources) {
                let value = constant ?? source?.value(row) ?? .null
                if nullOnNull, value.isNull { return out.appendNull() }
                arguments.append(value)
            }
            do throws(EvaluationFailure) {
                out.append(try body(arguments, type))
            } catch {
                tally.counts.add(error)
                out.appendNull()
            }
        }
        tally.report(to: input.failures)
        return out
    }
}
