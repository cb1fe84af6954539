// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The joins of a SELECT: what all of its sources are together, and how each table is looked up.
struct JoinBinder {
    /// One join as written, with its table.
    struct Part {
        var syntax: QuerySyntax.Join
        var table: SourceDefinition
    }

    let input: SourceDefinition
    let alias: NameSyntax?
    let parts: [Part]

    /// - Throws: where the sources cannot be joined.
    init(_ syntax: QuerySyntax, input: SourceDefinition, tables: [SourceDefinition]) throws(SourceError) {
        self.input = input
        alias = syntax.alias
        parts = zip(syntax.joins, tables).map { Part(syntax: $0, table: $1) }
        guard !parts.isEmpty else { return }
        if input.kind == .table {
            throw SourceError(
                "a join of the table \(input.name) with another one is not supported yet", at: syntax.source.location,
                hint: "a stream can be joined with tables")
        }
        if input.windowedKey != nil {
            throw SourceError(
                "a join of \(input.name), whose key is windowed, is not supported yet", at: syntax.source.location)
        }
        for part in parts { try check(part) }
        try checkQualifiers(syntax)
    }

    private func check(_ part: Part) throws(SourceError) {
        let table = part.table
        guard table.kind == .table else {
            throw SourceError(
                "a join of two streams is not supported yet", at: part.syntax.source.location,
                hint: "\(table.name) is a stream; a stream can be joined with tables")
        }
        guard table.windowedKey == nil else {
            throw SourceError(
                "a join with \(table.name), whose key is windowed, is not supported yet",
                at: part.syntax.source.location)
        }
    }

    private func checkQualifiers(_ syntax: QuerySyntax) throws(SourceError) {
        var seen: Set<String> = [alias?.text ?? input.name]
        for part in parts where !seen.insert(part.syntax.alias?.text ?? part.table.name).inserted {
            throw SourceError(
                "two sources of this join are called \((part.syntax.alias ?? part.syntax.source).text)",
                at: (part.syntax.alias ?? part.syntax.source).location,
                hint: "give one of them another name: JOIN \(part.table.name) AS other ON …")
        }
    }

    /// The input with the columns of the tables behind its own, as the expressions see it. Keys of tables are columns
    /// of the value there.
    var combined: SourceDefinition {
        var source = input
        for part in parts {
            source.columns += part.table.columns.map { column in
                ColumnDefinition(column.name, column.type, column.role == .key ? .value : column.role)
            }
        }
        return source
    }

    var scope: Scope {
        var first = input.columns.count
        var scopeParts = [
            Scope.Part(qualifier: alias?.text ?? input.name, name: input.name, columns: input.columns.indices)
        ]
        for part in parts {
            let count = part.table.columns.count
            scopeParts.append(
                Scope.Part(
                    qualifier: part.syntax.alias?.text ?? part.table.name, name: part.table.name,
                    columns: first..<first + count))
            first += count
        }
        return Scope(source: combined, parts: scopeParts)
    }

    /// A join, and what its table is looked up by as it was written: before it was widened to the key's type.
    struct Bound {
        var join: TableJoin
        var written: [Expression]
    }

    /// How each table is looked up.
    func joins(_ expressions: inout ExpressionBinder) throws(SourceError) -> [Bound] {
        var joins: [Bound] = []
        for (index, part) in parts.enumerated() {
            let columns = expressions.scope.parts[index + 1].columns
            let key = try key(part, columns, &expressions)
            joins.append(
                Bound(
                    join: TableJoin(
                        kind: part.syntax.kind, table: part.table.name, key: key.map(\.widened),
                        firstColumn: columns.lowerBound, columnCount: columns.count),
                    written: key.map(\.written)))
        }
        return joins
    }

    /// One expression a key column of the table.
    private func key(
        _ part: Part, _ columns: Range<Int>, _ expressions: inout ExpressionBinder
    ) throws(SourceError) -> [(written: Expression, widened: Expression)] {
        let keyCount = part.table.keyColumns.count
        var found = [(written: Expression, widened: Expression)?](repeating: nil, count: keyCount)
        for condition in Self.conditions(part.syntax.condition) {
            guard case .compare(.equal, let left, let right) = condition.node else { throw misshapen(part, condition) }
            let (first, second) = (
                try side(left, columns, keyCount, &expressions), try side(right, columns, keyCount, &expressions)
            )
            let (place, other, syntax): (Int, Side, ExpressionSyntax)
            if let key = first.key, second.isOfEarlier {
                (place, other, syntax) = (key, second, right)
            } else if let key = second.key, first.isOfEarlier {
                (place, other, syntax) = (key, first, left)
            } else {
                throw misshapen(part, condition)
            }
            guard found[place] == nil else { throw misshapen(part, condition) }
            let column = part.table.columns[place]
            guard let widened = Coercion.widened(other.expression, to: column.type) else {
                throw SourceError(
                    "\(other.expression.type.sqlName) is not compared with the key \(column.name) of "
                        + "\(part.table.name), which is \(column.type.sqlName)", at: syntax.start,
                    hint: "write CAST(… AS \(column.type.sqlName)) on the stream's side")
            }
            found[place] = (other.expression, widened)
        }
        let missing = found.indices.filter { found[$0] == nil }.map { part.table.columns[$0].name }
        guard missing.isEmpty else {
            throw SourceError(
                "\(part.table.name) is looked up by its whole key, and ON says nothing of \(Suggestion.list(missing))",
                at: part.syntax.condition.start)
        }
        return found.compactMap { $0 }
    }

    private struct Side {
        var expression: Expression
        /// The key column of the table that it is.
        var key: Int?
        /// Whether it sees nothing but the sources before the table.
        var isOfEarlier: Bool
    }

    private func side(
        _ syntax: ExpressionSyntax, _ columns: Range<Int>, _ keyCount: Int, _ expressions: inout ExpressionBinder
    ) throws(SourceError) -> Side {
        let expression = try expressions.bind(syntax, in: .row(clause: "ON"), for: "ON")
        let scan = expressions.scope.scan
        let isOfEarlier = expressions.references.keys.allSatisfy { scanned in
            guard case .column(let index) = scan[scanned] else { return true }
            return index < columns.lowerBound
        }
        var key: Int?
        if case .column(let scanned, _) = expression, case .column(let index) = scan[scanned],
            columns.contains(index), index - columns.lowerBound < keyCount
        {
            key = index - columns.lowerBound
        }
        return Side(expression: expression, key: key, isOfEarlier: isOfEarlier)
    }

    private func misshapen(_ part: Part, _ condition: ExpressionSyntax) -> SourceError {
        let key = part.table.keyColumns.map(\.name)
        let qualifier = part.syntax.alias?.text ?? part.table.name
        return SourceError(
            "ON must compare the key of \(part.table.name) by = with something of the sources before it",
            at: condition.start,
            hint: key.isEmpty
                ? "\(part.table.name) has no PRIMARY KEY" : "for example ON … = \(qualifier).\(key[0])")
    }

    /// What AND joins.
    private static func conditions(_ syntax: ExpressionSyntax) -> [ExpressionSyntax] {
        guard case .and(let left, let right) = syntax.node else { return [syntax] }
        return conditions(left) + conditions(right)
    }
}
