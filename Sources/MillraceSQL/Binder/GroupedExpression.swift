// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// An expression of SELECT or HAVING over the scan, turned into one over the aggregation's result: parts equal to a
/// GROUP BY expression become its column; no other column of the scan may be left.
struct GroupedExpression {
    let groupBy: [Expression]
    let references: [Int: ExpressionBinder.Reference]

    func rewritten(_ expression: Expression) throws(SourceError) -> Expression {
        if let index = groupBy.firstIndex(of: expression) { return .column(index, expression.type) }
        guard case .column(let index, let type) = expression else {
            return try expression.mappingChildren { (child) throws(SourceError) in try rewritten(child) }
        }
        guard index < ResultColumn.base else { return .column(index - ResultColumn.base + groupBy.count, type) }
        let reference = references[index]
        let name = reference?.name ?? "the column"
        throw SourceError(
            "\(name) is neither in GROUP BY nor inside an aggregate", at: reference?.location,
            hint: "add it to GROUP BY, or take one of its values: LATEST_BY_OFFSET(\(name))")
    }
}

extension Expression {
    /// The same node with other children.
    func mappingChildren(
        _ transform: (Expression) throws(SourceError) -> Expression
    ) throws(SourceError) -> Expression {
        switch self {
        case .literal, .column: return self
        case .arithmetic(let operation, let left, let right, let type, let site):
            return .arithmetic(operation, try transform(left), try transform(right), type, at: site)
        case .negate(let operand, let type, let site): return .negate(try transform(operand), type, at: site)
        case .concatenate(let left, let right, let type):
            return .concatenate(try transform(left), try transform(right), type)
        case .compare(let operation, let left, let right):
            return .compare(operation, try transform(left), try transform(right))
        case .and(let left, let right): return .and(try transform(left), try transform(right))
        case .or(let left, let right): return .or(try transform(left), try transform(right))
        case .not(let operand): return .not(try transform(operand))
        case .isNull(let operand): return .isNull(try transform(operand))
        case .isDistinct(let left, let right): return .isDistinct(try transform(left), try transform(right))
        case .inList(let operand, let items): return .inList(try transform(operand), try items.mapping(transform))
        case .like(let operand, let pattern, let escape):
            return .like(try transform(operand), pattern: try transform(pattern), escape: escape)
        case .conditional(let branches, let otherwise, let type):
            var mapped: [Branch] = []
            for branch in branches {
                mapped.append(Branch(condition: try transform(branch.condition), result: try transform(branch.result)))
            }
            return .conditional(mapped, otherwise: try transform(otherwise), type)
        case .cast(let operand, let type, let site): return .cast(try transform(operand), to: type, at: site)
        case .element(let container, let index, let type):
            return .element(try transform(container), try transform(index), type)
        case .field(let operand, let index, let type): return .field(try transform(operand), index, type)
        case .array(let items, let type): return .array(try items.mapping(transform), type)
        case .map(let items, let type, let site):
            var mapped: [MapItem] = []
            for item in items { mapped.append(MapItem(key: try transform(item.key), value: try transform(item.value))) }
            return .map(mapped, type, at: site)
        case .structure(let items, let type): return .structure(try items.mapping(transform), type)
        case .call(let name, let arguments, let type, let site):
            return .call(name, try arguments.mapping(transform), type, at: site)
        case .lambda(var call, let site):
            call.collection = try transform(call.collection)
            if let initial = call.initial { call.initial = try transform(initial) }
            call.captures = try call.captures.mapping(transform)
            return .lambda(call, at: site)
        }
    }
}

extension [Expression] {
    /// `map` with a typed error.
    fileprivate func mapping(
        _ transform: (Expression) throws(SourceError) -> Expression
    ) throws(SourceError) -> [Expression] {
        var result: [Expression] = []
        result.reserveCapacity(count)
        for item in self { result.append(try transform(item)) }
        return result
    }
}
