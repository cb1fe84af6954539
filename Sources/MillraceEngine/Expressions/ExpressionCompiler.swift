// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// From the plan's expression to nodes. The types were checked by the binder; a wrong one is a programmer error.
enum ExpressionCompiler {
    static func compile(_ expression: Expression) -> ExpressionNode {
        switch expression {
        case .literal(let value, let type): return ConstantNode(value, type)
        case .column(let index, let type): return InputColumnNode(index, type)
        case .cast(let operand, let type, let site): return cast(compile(operand), to: type, site)
        default: return folded(operation(expression))
        }
    }

    private static func operation(_ expression: Expression) -> ExpressionNode {
        switch expression {
        case .literal, .column, .cast: return compile(expression)
        case .arithmetic(let operation, let left, let right, let type, let site):
            return arithmetic(
                operation, compile(left), compile(right), type, FailureTally(operation.rawValue, at: site))
        case .negate(let operand, let type, let site):
            return negate(compile(operand), type, FailureTally("-", at: site))
        case .concatenate(let left, let right, let type):
            return ConcatenateNode(
                typed(compile(left), type), typed(compile(right), type), type, FailureTally("||", at: .unknown))
        case .compare(let operation, let left, let right):
            return compare(.compare(operation), compile(left), compile(right))
        case .and(let left, let right): return JunctionNode(.and, boolean(left), boolean(right))
        case .or(let left, let right): return JunctionNode(.or, boolean(left), boolean(right))
        case .not(let operand): return NotNode(boolean(operand))
        case .isNull(let operand): return IsNullNode(compile(operand))
        case .isDistinct(let left, let right): return compare(.distinct, compile(left), compile(right))
        case .inList(let operand, let items): return inList(compile(operand), items.map(compile))
        case .like(let operand, let pattern, let escape):
            return LikeNode(
                typed(compile(operand), .varchar), pattern: typed(compile(pattern), .varchar), escape: escape)
        case .conditional(let branches, let otherwise, let type):
            return ConditionalNode(
                branches.map { (boolean($0.condition), typed(compile($0.result), type)) },
                otherwise: typed(compile(otherwise), type), type)
        case .element, .field, .array, .map, .structure: return nested(expression)
        case .lambda(let call, let site): return lambda(call, FailureTally(call.operation.rawValue, at: site))
        case .call(let name, let arguments, let type, let site):
            guard let function = ScalarFunctions.named(name) else { preconditionFailure("no function \(name)") }
            return CallNode(function, arguments.map(compile), type, FailureTally(name, at: site))
        }
    }

    private static func lambda(_ call: LambdaCall, _ tally: FailureTally) -> ExpressionNode {
        let results: [DataType]
        switch call.operation {
        case .filter: results = [.boolean]
        case .reduce: results = call.initial.map { [$0.type] } ?? []
        case .transform: results = call.bodies.map(\.type)
        }
        precondition(
            !call.parameters.isEmpty && call.bodies.map(\.type) == results, "a lambda of \(call.collection.type)")
        switch call.operation {
        case .filter: return FilterNode(call, tally)
        case .reduce: return ReduceNode(call)
        case .transform where results.count == 2: return TransformMapNode(call, tally)
        case .transform: return TransformArrayNode(call, tally)
        }
    }

    private static func nested(_ expression: Expression) -> ExpressionNode {
        switch expression {
        case .element(let container, let key, let type):
            let (container, key) = (compile(container), compile(key))
            switch container.type {
            case .array(type):
                precondition(key.type == .integer || key.type == .bigint, "an array index that is no integer")
                return ArrayElementNode(container, key, type)
            case .map(key.type, type): return MapElementNode(container, key, type)
            default: preconditionFailure("an element of \(container.type.sqlName)")
            }
        case .field(let structure, let index, let type):
            let structure = compile(structure)
            guard case .structure(let fields) = structure.type, fields[index].type == type else {
                preconditionFailure("a field of \(structure.type.sqlName)")
            }
            return FieldNode(structure, index, type)
        case .array(let elements, let type):
            guard case .array(let element) = type else { preconditionFailure("an array of type \(type.sqlName)") }
            return ArrayNode(
                elements.map { typed(compile($0), element) }, type, FailureTally("ARRAY", at: .unknown))
        case .map(let items, let type, let site):
            guard case .map(let key, let value) = type else { preconditionFailure("a map of type \(type.sqlName)") }
            return MapNode(
                items.flatMap { [typed(compile($0.key), key), typed(compile($0.value), value)] }, type,
                FailureTally("MAP", at: site))
        case .structure(let values, let type):
            guard case .structure(let fields) = type, fields.count == values.count else {
                preconditionFailure("a struct of type \(type.sqlName)")
            }
            return StructureNode(
                zip(values, fields).map { typed(compile($0), $1.type) }, type, FailureTally("STRUCT", at: .unknown))
        default: preconditionFailure("not a nested value")
        }
    }

    /// Kernels read raw memory by the operands' types, so these are checked once here.
    private static func typed(_ node: ExpressionNode, _ type: DataType) -> ExpressionNode {
        precondition(node.type == type, "\(type.sqlName) expected, \(node.type.sqlName) bound")
        return node
    }

    private static func boolean(_ expression: Expression) -> ExpressionNode { typed(compile(expression), .boolean) }

    private static func arithmetic(
        _ operation: ArithmeticOperator, _ left: ExpressionNode, _ right: ExpressionNode, _ type: DataType,
        _ tally: FailureTally
    ) -> ExpressionNode {
        if case .decimal = type { return DecimalArithmeticNode(operation, left, right, type, tally) }
        return ArithmeticNode(operation, typed(left, type), typed(right, type), type, tally)
    }

    private static func negate(
        _ operand: ExpressionNode, _ type: DataType, _ tally: FailureTally
    ) -> ExpressionNode {
        let zero: Value
        switch typed(operand, type).type {
        case .integer: zero = .integer(0)
        case .bigint: zero = .bigint(0)
        case .double: zero = .double(0)
        default: return DecimalNegateNode(operand, type)
        }
        return ArithmeticNode(.subtract, ConstantNode(zero, type), operand, type, tally)
    }

    private static func compare(
        _ test: NestedCompareNode.Test, _ left: ExpressionNode, _ right: ExpressionNode
    ) -> ExpressionNode {
        switch (left.type, right.type) {
        case (.decimal, .decimal): break
        default: precondition(left.type == right.type, "\(left.type.sqlName) compared with \(right.type.sqlName)")
        }
        if !left.type.isScalar { return NestedCompareNode(test, left, right) }
        switch test {
        case .compare(let operation): return CompareNode(operation, left, right)
        case .distinct: return DistinctNode(left, right)
        }
    }

    private static func inList(_ operand: ExpressionNode, _ items: [ExpressionNode]) -> ExpressionNode {
        let held = HeldNode(operand.type)
        return InListNode(operand, held: held, equalities: items.map { compare(.compare(.equal), held, $0) })
    }

    private static func cast(
        _ operand: ExpressionNode, to type: DataType, _ site: ExpressionSite
    ) -> ExpressionNode {
        if operand.type == type { return operand }
        let tally = FailureTally("CAST to \(type.sqlName)", at: site)
        if CastKernel.supports(from: operand.type, to: type) {
            return folded(KernelCastNode(operand, to: type, tally))
        }
        return folded(RowCastNode(operand, to: type, tally))
    }

    /// An operation on constants is a constant, unless it fails: failures are counted for every row.
    private static func folded(_ node: ExpressionNode) -> ExpressionNode {
        guard node.children.allSatisfy({ $0 is ConstantNode }) else { return node }
        let failures = FailureCounts()
        let selection = Selection(capacity: 1)
        selection.selectAll(rows: 1)
        let result = node.evaluate(EvaluationInput(columns: [], rows: 1, failures: failures), selection)
        return failures.total == 0 ? ConstantNode(result.value(0), node.type) : node
    }
}
