// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// A call of FILTER, REDUCE or TRANSFORM.
///
/// The bodies see no row: their columns are the lambda's parameters, followed by what they capture of the world
/// around them (columns of the row, parameters of a lambda outside). So they are evaluated over elements as other
/// expressions are over rows.
///
///     TRANSFORM(prices, p => p * rate)       collection: column 3 (PRICES)   captures: [column 5 (RATE)]
///                                            bodies: [column 0 * column 1]
package struct LambdaCall: Hashable, Sendable {
    package enum Operation: String, Hashable, Sendable, CaseIterable {
        case filter = "FILTER"
        case reduce = "REDUCE"
        case transform = "TRANSFORM"
    }

    package var operation: Operation
    /// An ARRAY or a MAP.
    package var collection: Expression
    /// The first state of REDUCE.
    package var initial: Expression?
    /// What the bodies see behind their parameters.
    package var captures: [Expression]
    /// One; two, for keys and values, where TRANSFORM has a MAP.
    package var bodies: [Expression]

    package init(
        _ operation: Operation, _ collection: Expression, initial: Expression? = nil, captures: [Expression],
        bodies: [Expression]
    ) {
        self.operation = operation
        self.collection = collection
        self.initial = initial
        self.captures = captures
        self.bodies = bodies
    }

    /// What an element has: one part in an ARRAY, a key and a value in a MAP; nil for what is no collection.
    package static func elementTypes(of collection: DataType) -> [DataType]? {
        switch collection {
        case .array(let element): [element]
        case .map(let key, let value): [key, value]
        default: nil
        }
    }

    /// The types of the lambda's parameters: the state first, then the parts of an element.
    package var parameters: [DataType] {
        (initial.map { [$0.type] } ?? []) + (LambdaCall.elementTypes(of: collection.type) ?? [])
    }

    /// The type of the result.
    package var result: DataType {
        switch operation {
        case .filter: collection.type
        case .reduce: initial?.type ?? collection.type
        case .transform:
            bodies.count == 2 ? .map(key: bodies[0].type, value: bodies[1].type) : .array(bodies[0].type)
        }
    }

    /// The parts that belong to what is around the lambda, in order: the collection, the first state, the captures.
    package var outside: [Expression] { [collection] + (initial.map { [$0] } ?? []) + captures }
}

/// The functions that take lambdas, for the reference and for messages.
package enum LambdaFunctions {
    package struct Entry: Sendable {
        package let name: String
        package let usage: String
        package let summary: String
    }

    package static let all: [Entry] = [
        Entry(
            name: "FILTER", usage: "FILTER(array, x => …) or FILTER(map, (k, v) => …)",
            summary: "The elements for which the lambda is true."),
        Entry(
            name: "REDUCE", usage: "REDUCE(array, state, (s, x) => …) or REDUCE(map, state, (s, k, v) => …)",
            summary: "What the lambda makes of the state, element by element; a NULL collection leaves the state."),
        Entry(
            name: "TRANSFORM", usage: "TRANSFORM(array, x => …) or TRANSFORM(map, (k, v) => …, (k, v) => …)",
            summary: "The collection of what the lambda makes of the elements; of a map's one for keys, one for values."
        ),
    ]

    package static func named(_ upperCaseName: String) -> LambdaCall.Operation? {
        LambdaCall.Operation(rawValue: upperCaseName)
    }
}
