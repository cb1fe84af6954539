// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The items of a SELECT: stars written out, names found.
struct SelectList {
    struct Item {
        var name: String
        var expression: Expression
        var location: SourceLocation
        /// AS_VALUE(…): never a key.
        var isValueCopy: Bool
        var references: [Int: ExpressionBinder.Reference]

        var column: BoundQuery.Column { BoundQuery.Column(name: name, expression: expression, location: location) }
    }

    private let syntax: QuerySyntax
    private let source: SourceDefinition
    /// Whether the SELECT stands on its own, and makes no stream that others read.
    private let isQuestion: Bool

    init(_ syntax: QuerySyntax, source: SourceDefinition, isQuestion: Bool = false) {
        self.syntax = syntax
        self.source = source
        self.isQuestion = isQuestion
    }

    /// The items in order, each with its name; names are unique. Those with a mistake are left out.
    func bound(
        by expressions: inout ExpressionBinder, in place: ExpressionBinder.Place, _ mistakes: inout [SourceError]
    ) -> [Item] {
        var names = GeneratedNames(taken: Set(source.columns.map(\.name)).union(explicitNames))
        var result: [Item] = []
        for item in syntax.items {
            do throws(SourceError) {
                result += try bound(item, by: &expressions, in: place, &names)
            } catch {
                mistakes.append(error)
            }
        }
        do throws(SourceError) {
            try checkUnique(result)
        } catch {
            mistakes.append(error)
        }
        return result
    }

    /// The columns that `*` stands for. Keys come first, but behind PARTITION BY, whose own keys come first, they are
    /// columns of the value as others, and the last ones: so does ksqlDB.
    private var starred: [Int] {
        guard syntax.partitionBy != nil else { return Array(source.columns.indices) }
        return source.columns.indices.filter { source.columns[$0].role != .key }
            + source.columns.indices.filter { source.columns[$0].role == .key }
    }

    private func bound(
        _ item: QuerySyntax.Item, by expressions: inout ExpressionBinder, in place: ExpressionBinder.Place,
        _ names: inout GeneratedNames
    ) throws(SourceError) -> [Item] {
        switch item {
        case .all(let qualifier, let location):
            let part = try qualifier.map { (name) throws(SourceError) in try expressions.scope.part(name) }
            let items = starred.filter { part?.columns.contains($0) ?? true }.map { star($0, location, &expressions) }
            // Rows that nobody else reads say here which window they are of, as in ksqlDB.
            guard isQuestion, source.windowedKey != nil, !expressions.scope.isJoin else { return items }
            let keys = starred.prefix { source.columns[$0].role == .key }.count
            return items.prefix(keys) + bounds(location, &expressions) + items.dropFirst(keys)
        case .expression(let expression, let alias):
            if case .allFields(let structure) = expression.node {
                return try fields(structure, expression, alias, by: &expressions, in: place, &names)
            }
            let name = try name(of: expression, alias, expressions.scope, &names)
            let bound = try expressions.bind(expression, in: place, for: "column \(name)")
            return [
                Item(
                    name: name, expression: bound, location: expression.start,
                    isValueCopy: isValueCopy(expression), references: expressions.references)
            ]
        }
    }

    /// `s->*`: a column for each field.
    private func fields(
        _ structure: ExpressionSyntax, _ syntax: ExpressionSyntax, _ alias: NameSyntax?,
        by expressions: inout ExpressionBinder, in place: ExpressionBinder.Place, _ names: inout GeneratedNames
    ) throws(SourceError) -> [Item] {
        if let alias {
            throw SourceError("->* has no one name", at: alias.location, hint: "name the fields one by one")
        }
        let bound = try expressions.bind(structure, in: place, for: "->*")
        guard case .structure(let fields) = bound.type else {
            throw SourceError("-> needs a STRUCT, not \(bound.type.sqlName)", at: syntax.location)
        }
        return fields.enumerated().map { index, field in
            Item(
                name: names.next(basedOn: field.name), expression: .field(bound, index, field.type),
                location: syntax.start, isValueCopy: false, references: expressions.references)
        }
    }

    private var explicitNames: Set<String> {
        var result: Set<String> = []
        for case .expression(_, let alias?) in syntax.items { result.insert(alias.text) }
        return result
    }

    private func star(
        _ index: Int, _ location: SourceLocation, _ expressions: inout ExpressionBinder
    ) -> Item {
        let scope = expressions.scope
        let own = source.columns[index].name
        // So does ksqlDB: of a join each name says whose column it is.
        let name = scope.isJoin ? "\(scope.part(of: index).qualifier)_\(own)" : own
        let expression = expressions.scope.reference(to: .column(index))
        var references: [Int: ExpressionBinder.Reference] = [:]
        if case .column(let scanned, _) = expression {
            references[scanned] = ExpressionBinder.Reference(name: name, location: location)
        }
        return Item(
            name: name, expression: expression, location: location, isValueCopy: false, references: references)
    }

    /// The window of each row.
    private func bounds(_ location: SourceLocation, _ expressions: inout ExpressionBinder) -> [Item] {
        [("WINDOWSTART", ScanColumn.windowStart), ("WINDOWEND", .windowEnd)].map { name, column in
            Item(
                name: name, expression: expressions.scope.reference(to: column), location: location,
                isValueCopy: false, references: [:])
        }
    }

    private func isValueCopy(_ expression: ExpressionSyntax) -> Bool {
        if case .call(let name, _) = expression.node { return name.text == FunctionNames.asValue }
        return false
    }

    private func name(
        of expression: ExpressionSyntax, _ alias: NameSyntax?, _ scope: Scope, _ names: inout GeneratedNames
    ) throws(SourceError) -> String {
        if let alias {
            guard !Names.pseudoColumns.contains(alias.text) else {
                throw SourceError(
                    "\(alias.text) is the name of a pseudo column and no alias", at: alias.location,
                    hint: "choose another name")
            }
            return alias.text
        }
        switch expression.node {
        case .column(let qualifier, let column):
            if let qualifier, scope.isClashing(column.text) { return "\(qualifier.text)_\(column.text)" }
            // A window's bounds read back from the sink are what the pseudo columns would be; row facts are not.
            if !isQuestion, ["ROWTIME", "ROWPARTITION", "ROWOFFSET"].contains(column.text) {
                throw SourceError(
                    "\(column.text) needs an alias here", at: column.location,
                    hint: "write \(column.text) AS name; every stream has a \(column.text) of its own")
            }
            return column.text
        case .field(_, let field): return names.next(basedOn: field.text)
        default: return names.next()
        }
    }

    private func checkUnique(_ items: [Item]) throws(SourceError) {
        var seen: Set<String> = []
        for item in items where !seen.insert(item.name).inserted {
            throw SourceError(
                "the column \(item.name) is in the SELECT twice", at: item.location,
                hint: "give one of them another name: expression AS name")
        }
    }
}

/// Names for expressions without an alias: KSQL_COL_0, KSQL_COL_1, …, and a field's own name.
private struct GeneratedNames {
    var taken: Set<String>
    private var counter = 0

    init(taken: Set<String>) { self.taken = taken }

    mutating func next() -> String {
        while true {
            let name = "KSQL_COL_\(counter)"
            counter += 1
            if taken.insert(name).inserted { return name }
        }
    }

    mutating func next(basedOn field: String) -> String {
        if taken.insert(field).inserted { return field }
        var suffix = 1
        while !taken.insert("\(field)_\(suffix)").inserted { suffix += 1 }
        return "\(field)_\(suffix)"
    }
}
