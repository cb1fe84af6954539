// SPDX-License-Identifier: Apache-2.0
import MillraceCore

/// What the nodes of one evaluation share.
struct EvaluationInput {
    let columns: [Column]
    let rows: Int
    let failures: FailureCounts
}

/// One operation of a compiled expression: a virtual call once a batch, a kernel inside. It owns its result column.
class ExpressionNode {
    let type: DataType
    let children: [ExpressionNode]

    init(_ type: DataType, _ children: [ExpressionNode] = []) {
        self.type = type
        self.children = children
    }

    /// No failure and next to no cost: may be evaluated for rows that turn out not to matter.
    var isEager: Bool { false }

    /// As `CompiledExpression.evaluate`.
    func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        preconditionFailure("a node without an operation")
    }
}

/// A column of the input.
final class InputColumnNode: ExpressionNode {
    private let index: Int

    init(_ index: Int, _ type: DataType) {
        self.index = index
        super.init(type)
    }

    override var isEager: Bool { true }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        let column = input.columns[index]
        precondition(column.type == type && column.count >= input.rows, "a batch that is not of the plan's schema")
        return column
    }
}

/// One value for all rows.
final class ConstantNode: ExpressionNode {
    let value: Value
    /// The value as a column of one row, for kernels that take a constant.
    let single: Column
    private let repeated: Column

    init(_ value: Value, _ type: DataType) {
        single = Column(type, capacity: 1)
        single.append(value)
        self.value = single.value(0)
        repeated = Column(type)
        super.init(type)
    }

    override var isEager: Bool { true }

    override func evaluate(_ input: EvaluationInput, _ selection: Selection) -> Column {
        if repeated.count != input.rows {
            repeated.removeAll()
            repeated.reserve(input.rows)
            for _ in 0..<input.rows { repeated.append(from: single, row: 0) }
        }
        return repeated
    }
}

/// The operands of a binary operation, with constants kept apart for the kernels that make use of them.
struct BinaryOperands {
    private let left: ExpressionNode
    private let right: ExpressionNode
    private let constantLeft: Column?
    private let constantRight: Column?

    init(_ left: ExpressionNode, _ right: ExpressionNode) {
        self.left = left
        self.right = right
        func constant(_ node: ExpressionNode) -> Column? {
            guard let node = node as? ConstantNode, !node.value.isNull else { return nil }
            return node.single
        }
        constantRight = constant(right)
        constantLeft = constantRight == nil ? constant(left) : nil
    }

    func evaluate(_ input: EvaluationInput, _ selection: Selection) -> OperandPair {
        if let constantRight { return .columnConstant(left.evaluate(input, selection), constant: constantRight) }
        if let constantLeft { return .constantColumn(constant: constantLeft, right.evaluate(input, selection)) }
        let first = left.evaluate(input, selection)
        return .columns(first, right.evaluate(input, selection))
    }
}
