// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// Why an expression has no value for a row. The row's column becomes NULL and the reason is counted.
package enum EvaluationFailure: String, Error, Hashable, Sendable, CaseIterable {
    case divisionByZero = "division by zero"
    case overflow = "overflow"
    case badCast = "bad cast"
    case badArgument = "bad argument"
    /// A regular expression that does not come to an end.
    case tooComplex = "too many steps"
}

/// One scalar function: everything that the binder and the engine know about it.
package struct ScalarFunction: Sendable {
    /// What an overload asks for and gives.
    package struct Signature: Sendable {
        /// The types that the arguments are cast to, one for each argument given.
        package var parameters: [DataType]
        package var result: DataType

        package init(_ parameters: [DataType], _ result: DataType) {
            self.parameters = parameters
            self.result = result
        }
    }

    /// Upper case.
    package let name: String
    /// One line for the reference, for example `SUBSTRING(text, position [, length])`.
    package let usage: String
    /// One sentence for the reference.
    package let summary: String
    /// For the arguments' types (nil = the literal NULL): the overload, or nil where there is none.
    package let resolve: @Sendable (_ arguments: [DataType?]) -> Signature?
    /// Whether any NULL argument makes the result NULL without a call.
    package let nullOnNull: Bool
    package typealias Body = (_ arguments: [Value], _ result: DataType) throws(EvaluationFailure) -> Value
    private let prepare: @Sendable (_ types: [DataType]) -> Body

    /// Finds what can never give a value: by argument its constant, nil where it is none (or NULL). Tried when a call
    /// is bound, so that nobody waits for a row to see that a zone, a pattern or a unit is wrong.
    package let check: ConstantCheck?

    package typealias ConstantCheck = @Sendable (_ constants: [Value?]) -> ArgumentFault?

    package init(
        _ name: String, usage: String, summary: String, nullOnNull: Bool = true, check: ConstantCheck? = nil,
        resolve: @escaping @Sendable ([DataType?]) -> Signature?,
        evaluate: @escaping @Sendable ([Value], DataType) throws(EvaluationFailure) -> Value
    ) {
        self.name = name
        self.usage = usage
        self.summary = summary
        self.nullOnNull = nullOnNull
        self.check = check
        self.resolve = resolve
        prepare = { _ in evaluate }
    }

    /// A function that keeps from call to call what is dear to make, or that must know the types of its arguments.
    init(
        _ name: String, usage: String, summary: String, nullOnNull: Bool = true, check: ConstantCheck? = nil,
        resolve: @escaping @Sendable ([DataType?]) -> Signature?, prepare: @escaping @Sendable ([DataType]) -> Body
    ) {
        self.name = name
        self.usage = usage
        self.summary = summary
        self.nullOnNull = nullOnNull
        self.check = check
        self.resolve = resolve
        self.prepare = prepare
    }

    /// The function itself. The values have the signature's types (or are `.null` if not `nullOnNull`). A value that is
    /// too large is none.
    /// - Parameter types: of the arguments; only what is in a STRUCT has no name without them.
    package func evaluate(
        _ arguments: [Value], _ result: DataType, of types: [DataType] = []
    ) throws(EvaluationFailure) -> Value {
        try prepared(for: types)(arguments, result)
    }

    /// The function for one place in a program, for many calls by one thread.
    package func prepared(for types: [DataType] = []) -> Body {
        let body = prepare(types)
        return { arguments, result throws(EvaluationFailure) in
            let value = try body(arguments, result)
            try ValueLimit.check(value)
            return value
        }
    }
}
