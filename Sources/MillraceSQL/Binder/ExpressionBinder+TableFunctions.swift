// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

extension ExpressionBinder {
    /// EXPLODE or CUBE_EXPLODE: a column that is made where the query makes several rows of one. Equal calls share one.
    mutating func tableCall(
        _ function: TableFunction, _ name: NameSyntax, _ arguments: [ExpressionSyntax]
    ) throws(SourceError) -> Expression {
        try checkPlace(of: function, at: name.location)
        guard arguments.count == 1 else {
            throw SourceError(
                "\(function.rawValue) takes one argument", at: name.location, hint: "it is \(function.usage)")
        }
        tableFunction = function
        defer { tableFunction = nil }
        let argument = try bind(arguments[0])
        guard let result = function.result(of: argument.type), !Coercion.isNullLiteral(argument) else {
            let given = Coercion.isNullLiteral(argument) ? "NULL" : argument.type.sqlName
            throw SourceError(
                "\(function.rawValue) does not take \(given)", at: arguments[0].start,
                hint: hint(function, argument.type))
        }
        let known = tableCalls.firstIndex { $0.function == function && $0.argument == argument }
        let place = known ?? tableCalls.count
        if known == nil {
            tableCalls.append(TableCall(function, argument, result: result, at: site(name.location)))
        }
        guard case .column(let index, _) = scope.reference(to: .exploded(place)) else { return .literal(.null, result) }
        return .column(index, result)
    }

    private func hint(_ function: TableFunction, _ given: DataType) -> String {
        if case .map = given {
            return "\(function.rawValue)(ENTRIES(map, true)) gives the entries of a map, as STRUCT<K, V>"
        }
        return "it is \(function.usage)"
    }

    private func checkPlace(of function: TableFunction, at location: SourceLocation) throws(SourceError) {
        let name = function.rawValue
        guard lambdas.isEmpty else {
            throw SourceError(
                "\(name), a table function, stands inside a lambda", at: location,
                hint: "a lambda makes one value of each element; FILTER and TRANSFORM can stand inside \(name)")
        }
        if let outer = tableFunction {
            throw SourceError(
                "\(name) stands inside \(outer.rawValue), another table function", at: location,
                hint: "explode the outer array in a stream of its own, and the inner one in a query over that")
        }
        let first = "CREATE STREAM exploded AS SELECT \(name)(…) AS item …"
        switch place {
        case .row("SELECT"), .row("PARTITION BY"): break
        case .row("GROUP BY"), .group:
            throw SourceError(
                "\(name), a table function, does not go with GROUP BY", at: location,
                hint: "group what a query before it has made: \(first)")
        case .row(let clause):
            throw SourceError(
                "\(name), a table function, is not allowed in \(clause)", at: location,
                hint: "it stands in the SELECT; go on in a query over what that makes: \(first)")
        case .argument(let outer):
            throw SourceError(
                "\(name), a table function, stands inside \(outer), an aggregate", at: location,
                hint: "group what a query before it has made: \(first)")
        }
        guard conditionals == 0 else {
            throw SourceError(
                "\(name), a table function, stands inside CASE", at: location,
                hint: "the rows are made whatever CASE chooses; CASE can stand inside \(name)")
        }
        guard scope.source.kind == .stream else {
            throw SourceError(
                "\(name), a table function, needs a stream, and \(scope.source.name) is a table", at: location,
                hint: "explode the stream that the table is made from")
        }
    }

    /// An expression of the SELECT of a query that makes several rows of one: UUID() and RANDOM() in it are made of the
    /// row's place among those of its record, too.
    mutating func perRow(_ expression: Expression) throws(SourceError) -> Expression {
        if case .call(let name, let arguments, let type, let site) = expression, RecordPlace.functions.contains(name),
            arguments.map(\.type) == RecordPlace.types
        {
            return .call(name, arguments + [scope.reference(to: .subOffset)], type, at: site)
        }
        var binder = self
        let result = try expression.mappingChildren { (child) throws(SourceError) in try binder.perRow(child) }
        self = binder
        return result
    }
}
