// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

extension ExpressionBinder {
    /// A call of a scalar or an aggregate function.
    mutating func call(_ name: NameSyntax, _ arguments: [ExpressionSyntax]) throws(SourceError) -> Expression {
        if name.text == FunctionNames.asValue {
            guard arguments.count == 1 else { throw SourceError("AS_VALUE takes one argument", at: name.location) }
            return try bind(arguments[0])
        }
        if name.text == FunctionNames.joinKey {
            guard scope.pairsStreams, arguments.count == 2 else {
                throw SourceError(
                    "\(name.text) takes the two sides of ON of a join of two streams", at: name.location)
            }
            return try call(NameSyntax(text: "COALESCE", location: name.location), arguments)
        }
        if let function = FunctionNames.aggregate(name.text) { return try aggregate(function, name, arguments) }
        if let function = TableFunction(rawValue: name.text) { return try tableCall(function, name, arguments) }
        if let operation = LambdaFunctions.named(name.text) { return try lambda(operation, name, arguments) }
        guard let function = ScalarFunctions.named(name.text) else { throw FunctionNames.unknown(name) }
        if arguments.isEmpty, name.text == "UNIX_TIMESTAMP" || name.text == "UNIX_DATE" {
            throw SourceError(
                "\(name.text)() is the time of the clock, and would not be the same when the log is read again",
                at: name.location,
                hint: name.text == "UNIX_DATE"
                    ? "the day of the record is UNIX_DATE(CAST(FROM_UNIXTIME(ROWTIME) AS DATE))"
                    : "the time of the record is ROWTIME")
        }
        if arguments.isEmpty, RecordPlace.functions.contains(name.text) { return try placed(name) }
        if Names.takingUnits.contains(name.text), let first = arguments.first { try checkUnit(first) }
        var values: [Expression] = []
        for argument in arguments { values.append(try bind(argument)) }
        let types = values.map { Coercion.isNullLiteral($0) ? nil : $0.type }
        guard let signature = function.resolve(types), signature.parameters.count == values.count else {
            let given = types.map { $0?.sqlName ?? "NULL" }.joined(separator: ", ")
            throw SourceError(
                "\(name.text) does not take (\(given))", at: name.location, hint: "it is \(function.usage)")
        }
        let converted = zip(values, signature.parameters).map { value, type in
            Coercion.widened(value, to: type) ?? .cast(value, to: type)
        }
        try checkConstants(converted, of: function, arguments)
        return try possible(
            .call(function.name, converted, signature.result, at: site(name.location)), at: name.location)
    }

    /// UUID() or RANDOM(): a function of the record's place in the log, of the row's among those of the record, and of
    /// its own in the program.
    private mutating func placed(_ name: NameSyntax) throws(SourceError) -> Expression {
        let hint = "it is made of the place of one record in its topic"
        guard lambdas.isEmpty else {
            throw SourceError(
                "\(name.text)() stands inside a lambda, where it would be the same for all elements", at: name.location,
                hint: hint)
        }
        if case .group = place {
            throw SourceError("\(name.text)() of a group has no one record", at: name.location, hint: hint)
        }
        guard let identity else {
            let row = scope.pairsStreams ? "a pair of rows of two streams" : "a row of \(scope.source.name)"
            throw SourceError(
                "\(row) has no record of its own, of which \(name.text)() could be made",
                at: name.location, hint: "call it in the query that reads the topic")
        }
        let number = identityCalls.firstIndex(of: name.location) ?? identityCalls.count
        if number == identityCalls.count { identityCalls.append(name.location) }
        let values = [ScanColumn.rowTopic, .rowPartition, .rowOffset].map { scope.reference(to: $0) }
        let result: DataType = name.text == "UUID" ? .varchar : .double
        let row = identity.isOfRows ? [scope.reference(to: .subOffset)] : []
        return .call(
            name.text, values + [.literal(.text("\(identity.name)/\(number)"), .varchar)] + row, result,
            at: site(name.location))
    }

    /// A bare word that is no unit of time would be told to be an unknown column.
    private func checkUnit(_ argument: ExpressionSyntax) throws(SourceError) {
        guard case .column(nil, let word) = argument.node, !scope.has(word.text) else { return }
        throw SourceError(
            "\(Suggestion.shortened(word.text)) is no unit of time", at: word.location,
            hint: Suggestion.hint(
                for: word.text, in: TimeUnit.names, otherwise: "units are \(TimeUnit.names.joined(separator: ", "))"))
    }

    /// Refuses constant arguments with which the function would give NULL in every row.
    private func checkConstants(
        _ values: [Expression], of function: ScalarFunction, _ arguments: [ExpressionSyntax]
    ) throws(SourceError) {
        guard let check = function.check else { return }
        let constants = values.map { value -> Value? in
            guard let constant = try? ConstantExpression.value(value), !constant.isNull else { return nil }
            return constant
        }
        guard let fault = check(constants) else { return }
        throw SourceError("\(function.name): \(fault.message)", at: arguments[fault.argument].start, hint: fault.hint)
    }

    mutating func countAll(at location: SourceLocation) throws(SourceError) -> Expression {
        try checkAggregate("COUNT(*)", at: location)
        return slot(of: AggregateCall(.countAll, arguments: [], result: .bigint))
    }

    private func checkAggregate(_ name: String, at location: SourceLocation) throws(SourceError) {
        guard lambdas.isEmpty else {
            throw SourceError(
                "\(name), an aggregate, stands inside a lambda", at: location,
                hint: "a lambda sees one element at a time: REDUCE adds elements up")
        }
        switch place {
        case .group: return
        case .argument(let outer):
            throw SourceError("\(name) stands inside \(outer), another aggregate", at: location)
        case .row("SELECT"):
            throw SourceError("\(name) needs a GROUP BY", at: location, hint: "add GROUP BY behind WHERE")
        case .row(let clause):
            throw SourceError(
                "\(name) is not allowed in \(clause)", at: location,
                hint: clause == "WHERE" ? "conditions on aggregates go to HAVING" : nil)
        }
    }

    private mutating func aggregate(
        _ function: AggregateFunction, _ name: NameSyntax, _ arguments: [ExpressionSyntax]
    ) throws(SourceError) -> Expression {
        try checkAggregate(name.text, at: name.location)
        if function == .count, arguments.isEmpty {
            return slot(of: AggregateCall(.countAll, arguments: [], result: .bigint))
        }
        guard let first = arguments.first else {
            throw SourceError(
                "\(name.text) needs an argument", at: name.location)
        }
        // Of TOPK the number comes last.
        let count = function == .topK ? max(arguments.count - 1, 1) : function == .correlation ? 2 : 1
        let constants = try AggregateConstants(function, name, arguments.dropFirst(count))
        let outer = place
        place = .argument(of: name.text)
        var values: [Expression] = []
        for argument in arguments.prefix(count) { values.append(try bind(argument)) }
        place = outer
        if function == .correlation { return try correlation(values, name, arguments) }
        let value = values.count == 1 ? values[0] : Self.sortable(values)
        guard !Coercion.isNullLiteral(value),
            let result = function.resultType(argument: value.type, limit: constants.limit)
        else {
            throw SourceError(
                "\(name.text) does not take \(Coercion.isNullLiteral(value) ? "NULL" : value.type.sqlName)",
                at: first.start)
        }
        return slot(
            of: AggregateCall(
                function, arguments: [value], limit: constants.limit, ignoresNulls: constants.ignoresNulls,
                result: result, at: site(name.location)))
    }

    /// The argument of TOPK with further columns, named as ksqlDB names them.
    private static func sortable(_ values: [Expression]) -> Expression {
        let fields = values.enumerated().map { index, value in
            Field(index == 0 ? "sort_col" : "col\(index - 1)", value.type)
        }
        return .structure(values, .structure(fields))
    }

    private mutating func correlation(
        _ values: [Expression], _ name: NameSyntax, _ arguments: [ExpressionSyntax]
    ) throws(SourceError) -> Expression {
        guard values.count == 2 else {
            throw SourceError(
                "CORRELATION takes two arguments", at: name.location, hint: "for example CORRELATION(PRICE, AMOUNT)")
        }
        var doubles: [Expression] = []
        for (value, argument) in zip(values, arguments) {
            guard value.type.isNumeric, !Coercion.isNullLiteral(value),
                let double = Coercion.widened(value, to: .double)
            else { throw SourceError("CORRELATION takes numbers, not \(value.type.sqlName)", at: argument.start) }
            doubles.append(double)
        }
        return slot(
            of: AggregateCall(.correlation, arguments: doubles, result: .double, at: site(name.location)))
    }
}

/// What stands behind the first argument of an aggregate: constants only.
private struct AggregateConstants {
    var limit: Int?
    var ignoresNulls = true

    init(
        _ function: AggregateFunction, _ name: NameSyntax, _ arguments: ArraySlice<ExpressionSyntax>
    ) throws(SourceError) {
        var rest = arguments
        switch function {
        case .topK, .topKDistinct:
            guard let count = rest.popFirst() else {
                throw SourceError(
                    "\(name.text) needs how many", at: name.location, hint: "for example \(name.text)(AMOUNT, 3)")
            }
            limit = try Self.count(count, name)
        case .earliestByOffset, .latestByOffset:
            if let next = rest.first, case .boolean = next.node {
            } else if let count = rest.popFirst() {
                limit = try Self.count(count, name)
            }
            if let flag = rest.popFirst() {
                guard case .boolean(let value) = flag.node else {
                    throw SourceError("whether \(name.text) ignores NULL must be true or false", at: flag.start)
                }
                ignoresNulls = value
            }
        default: break
        }
        if let extra = rest.first {
            throw SourceError("\(name.text) has too many arguments", at: extra.start)
        }
    }

    private static func count(_ syntax: ExpressionSyntax, _ name: NameSyntax) throws(SourceError) -> Int {
        guard case .integer(let text) = syntax.node, let number = Int(text), 1...100_000 ~= number else {
            throw SourceError("\(name.text) needs a constant from 1 to 100000 here", at: syntax.start)
        }
        return number
    }
}
