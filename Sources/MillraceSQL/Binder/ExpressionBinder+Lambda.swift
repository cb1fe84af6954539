// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The lambdas around what is being bound, outermost first: what each calls its parameters, and what it sees of the
/// world outside.
struct LambdaScopes {
    private struct Level {
        var names: [String] = []
        var types: [DataType] = []
        /// In terms of the level outside.
        var captures: [Expression] = []
        var places: [Expression: Int] = [:]
    }

    private var levels: [Level] = []
    /// Nodes that were bound once more, because a state turned out to be wider than its first value.
    var boundAgain = 0

    var isEmpty: Bool { levels.isEmpty }

    mutating func open() { levels.append(Level()) }

    /// Names for the next body of the innermost lambda.
    mutating func name(_ names: [String], _ types: [DataType]) {
        levels[levels.count - 1].names = names
        levels[levels.count - 1].types = types
    }

    /// Ends the innermost lambda: what it has captured.
    mutating func close() -> [Expression] { levels.removeLast().captures }

    /// A parameter by its name, as the innermost lambda sees it.
    mutating func parameter(_ name: String) -> Expression? {
        for (depth, level) in levels.enumerated().reversed() {
            guard let index = level.names.firstIndex(of: name) else { continue }
            return captured(.column(index, level.types[index]), above: depth)
        }
        return nil
    }

    /// What a level sees, as the innermost lambda sees it: each lambda on the way captures it of the one outside.
    /// - Parameter above: the level; by default what is around all lambdas.
    mutating func captured(_ expression: Expression, above depth: Int = -1) -> Expression {
        var result = expression
        for index in levels.indices where index > depth {
            let place = levels[index].places[result] ?? levels[index].captures.count
            if place == levels[index].captures.count {
                levels[index].places[result] = place
                levels[index].captures.append(result)
            }
            result = .column(levels[index].types.count + place, result.type)
        }
        return result
    }
}

extension ExpressionBinder {
    /// FILTER, REDUCE or TRANSFORM.
    mutating func lambda(
        _ operation: LambdaCall.Operation, _ name: NameSyntax, _ arguments: [ExpressionSyntax]
    ) throws(SourceError) -> Expression {
        let usage = "it is " + (LambdaFunctions.all.first { $0.name == name.text }?.usage ?? name.text)
        guard let first = arguments.first else {
            throw SourceError("\(name.text) needs an ARRAY or a MAP", at: name.location, hint: usage)
        }
        let collection = try bind(first)
        guard let element = LambdaCall.elementTypes(of: collection.type), !Coercion.isNullLiteral(collection) else {
            let given = Coercion.isNullLiteral(collection) ? "NULL" : collection.type.sqlName
            throw SourceError("\(name.text) takes an ARRAY or a MAP, not \(given)", at: first.start, hint: usage)
        }
        let isReduce = operation == .reduce
        let bodies = operation == .transform && element.count == 2 ? 2 : 1
        guard arguments.count == bodies + (isReduce ? 2 : 1) else {
            throw SourceError(
                "\(name.text) of \(collection.type.sqlName) takes \(bodies + (isReduce ? 2 : 1)) arguments, not "
                    + "\(arguments.count)",
                at: name.location, hint: usage)
        }
        let site = site(name.location)
        if isReduce {
            return .lambda(try reduce(collection, arguments[1], arguments[2], element, usage), at: site)
        }
        lambdas.open()
        var results: [Expression] = []
        for argument in arguments.dropFirst() { results.append(try body(argument, element, of: name.text, usage)) }
        if operation == .filter {
            results = [try boolean(results[0], "the lambda of FILTER", at: arguments[1].start)]
        } else {
            try checkTransformed(results, arguments)
        }
        return .lambda(LambdaCall(operation, collection, captures: lambdas.close(), bodies: results), at: site)
    }

    /// The body of a lambda over parameters of these types.
    private mutating func body(
        _ syntax: ExpressionSyntax, _ types: [DataType], of function: String, _ usage: String
    ) throws(SourceError) -> Expression {
        guard case .lambda(let names, let body) = syntax.node else {
            throw SourceError("\(function) needs a lambda here", at: syntax.start, hint: usage)
        }
        guard names.count == types.count else {
            let parameters = types.count == 1 ? "1 parameter" : "\(types.count) parameters"
            throw SourceError(
                "this lambda of \(function) has \(parameters), not \(names.count)", at: syntax.start, hint: usage)
        }
        for (index, name) in names.enumerated() where names[..<index].contains(where: { $0.text == name.text }) {
            throw SourceError("the parameter \(Suggestion.shortened(name.text)) is there twice", at: name.location)
        }
        lambdas.name(names.map(\.text), types)
        return try bind(body)
    }

    private func checkTransformed(
        _ results: [Expression], _ arguments: [ExpressionSyntax]
    ) throws(SourceError) {
        for (index, result) in results.enumerated() where Coercion.isNullLiteral(result) {
            throw SourceError(
                "a lambda that gives NULL has no type", at: arguments[index + 1].start, hint: "use CAST(NULL AS type)")
        }
        if results.count == 2, !results[0].type.isScalar {
            throw SourceError("the key of a MAP must not be nested", at: arguments[1].start)
        }
    }

    /// The state is as wide as its first value and what the lambda makes of it.
    private mutating func reduce(
        _ collection: Expression, _ initial: ExpressionSyntax, _ lambda: ExpressionSyntax, _ element: [DataType],
        _ usage: String
    ) throws(SourceError) -> LambdaCall {
        var state = try bind(initial)
        if Coercion.isNullLiteral(state) {
            throw SourceError(
                "the first state of REDUCE is NULL, and so would be every result", at: initial.start, hint: usage)
        }
        var isFirst = true
        while true {
            lambdas.open()
            let body = try body(lambda, [state.type] + element, of: "REDUCE", usage)
            let captures = lambdas.close()
            if let result = Coercion.widened(body, to: state.type) {
                return LambdaCall(.reduce, collection, initial: state, captures: captures, bodies: [result])
            }
            guard let wide = Self.state(state.type, body.type), wide != state.type || !isFirst,
                let widened = Coercion.widened(state, to: wide)
            else {
                throw SourceError(
                    "the lambda of REDUCE gives \(body.type.sqlName), but the state is \(state.type.sqlName)",
                    at: lambda.start, hint: "use CAST(… AS \(state.type.sqlName))")
            }
            if !isFirst, case .decimal = wide {
                // Digits behind the point that come with every step have no room in a state.
                let result = Expression.cast(body, to: state.type, at: site(lambda.location))
                return LambdaCall(.reduce, collection, initial: state, captures: captures, bodies: [result])
            }
            lambdas.boundAgain += lambda.size
            guard lambdas.boundAgain <= ExpressionSyntax.maximumSize else {
                throw SourceError(
                    "the first state of REDUCE must have the type of the lambda here", at: initial.start,
                    hint: "use CAST(… AS \(wide.sqlName))")
            }
            isFirst = false
            state = widened
        }
    }

    /// What holds the first state and what is made of it; of DECIMALs as many digits as there are, because a sum has
    /// more digits than its parts.
    private static func state(_ first: DataType, _ next: DataType) -> DataType? {
        guard case .decimal(_, let scale)? = Coercion.common(first, next) else { return Coercion.common(first, next) }
        return .decimal(precision: 38, scale: scale)
    }
}
