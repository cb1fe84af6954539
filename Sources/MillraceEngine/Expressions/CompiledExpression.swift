// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillracePlan

/// An expression ready to run over batches. It keeps its result columns from batch to batch. Not thread-safe: every
/// thread compiles its own.
package final class CompiledExpression {
    private let root: ExpressionNode
    /// The type of the result.
    package let type: DataType

    package init(_ expression: Expression) {
        root = ExpressionCompiler.compile(expression)
        type = expression.type
    }

    /// The values of the selected rows, as a column of `rows` rows in which the other rows are undefined. A row on
    /// which the expression fails is NULL and is counted in `failures`.
    ///
    /// The column is one of `columns` itself or belongs to the expression and is valid until the next call; nobody else
    /// writes to it. `columns` have `rows` rows each, of the input schema's types.
    package func evaluate(
        _ columns: [Column], rows: Int, selection: Selection, failures: FailureCounts
    ) -> Column {
        root.evaluate(EvaluationInput(columns: columns, rows: rows, failures: failures), selection)
    }
}
