// SPDX-License-Identifier: Apache-2.0

extension Expression {
    /// The columns of the input schema that it reads.
    package var readColumns: Set<Int> {
        if case .column(let index, _) = self { return [index] }
        return parts.reduce(into: []) { $0.formUnion($1.readColumns) }
    }

    /// What it is made of, without the bodies of lambdas, which see no row.
    private var parts: [Expression] {
        switch self {
        case .literal, .column: []
        case .arithmetic(_, let left, let right, _, _), .compare(_, let left, let right), .and(let left, let right),
            .or(let left, let right), .isDistinct(let left, let right), .concatenate(let left, let right, _),
            .element(let left, let right, _):
            [left, right]
        case .negate(let operand, _, _), .not(let operand), .isNull(let operand), .cast(let operand, _, _),
            .field(let operand, _, _):
            [operand]
        case .inList(let operand, let items): [operand] + items
        case .like(let operand, let pattern, _): [operand, pattern]
        case .conditional(let branches, let otherwise, _):
            branches.flatMap { [$0.condition, $0.result] } + [otherwise]
        case .array(let items, _), .structure(let items, _), .call(_, let items, _, _): items
        case .map(let items, _, _): items.flatMap { [$0.key, $0.value] }
        case .lambda(let call, _): call.outside
        }
    }
}
