// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The joins of a SELECT: what all of its sources are together, what its rows are paired with, and how each table is
/// looked up.
struct JoinBinder {
    /// One join as written, with its stream or table.
    struct Part {
        var syntax: QuerySyntax.Join
        var source: SourceDefinition

        var qualifier: String { syntax.alias?.text ?? source.name }
    }

    let input: SourceDefinition
    let alias: NameSyntax?
    let parts: [Part]

    /// - Throws: where the sources cannot be joined.
    init(_ syntax: QuerySyntax, input: SourceDefinition, joined: [SourceDefinition]) throws(SourceError) {
        self.input = input
        alias = syntax.alias
        parts = zip(syntax.joins, joined).map { Part(syntax: $0, source: $1) }
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
        for (place, part) in parts.enumerated() {
            if part.source.kind == .stream { try checkStream(part, isFirst: place == 0) } else { try checkTable(part) }
        }
        try checkQualifiers(syntax)
    }

    private func checkTable(_ part: Part) throws(SourceError) {
        guard part.source.windowedKey == nil else { throw windowed(part) }
        if let within = part.syntax.within {
            throw SourceError(
                "WITHIN is for joins of two streams, and \(part.source.name) is a table", at: within.location,
                hint: "leave it out: a row is looked up in the table as it was at the row's time")
        }
        guard part.syntax.kind == .inner || part.syntax.kind == .left else {
            throw SourceError(
                "a stream is joined with a table by JOIN or LEFT JOIN", at: part.syntax.location,
                hint: "rows of \(part.source.name) make no result: only rows of \(input.name) can be without a partner")
        }
    }

    private func checkStream(_ part: Part, isFirst: Bool) throws(SourceError) {
        guard part.source.windowedKey == nil else { throw windowed(part) }
        guard part.syntax.within != nil else {
            throw SourceError(
                "a join of two streams needs WITHIN, and \(part.source.name) is a stream",
                at: part.syntax.source.location,
                hint: "say how far apart in time rows may be that are joined: "
                    + "JOIN \(part.source.name) WITHIN 1 HOUR ON …")
        }
        guard isFirst else {
            throw SourceError(
                "a second stream can only be the first that \(input.name) is joined with",
                at: part.syntax.source.location,
                hint: "make the joins before it a stream of their own, and join that with \(part.source.name)")
        }
    }

    private func windowed(_ part: Part) -> SourceError {
        SourceError(
            "a join with \(part.source.name), whose key is windowed, is not supported yet",
            at: part.syntax.source.location)
    }

    private func checkQualifiers(_ syntax: QuerySyntax) throws(SourceError) {
        var seen: Set<String> = [alias?.text ?? input.name]
        for part in parts where !seen.insert(part.qualifier).inserted {
            throw SourceError(
                "two sources of this join are called \((part.syntax.alias ?? part.syntax.source).text)",
                at: (part.syntax.alias ?? part.syntax.source).location,
                hint: "give one of them another name: JOIN \(part.source.name) AS other ON …")
        }
    }

    /// The input with the columns of what it is joined with behind its own, as the expressions see it. Keys of the
    /// others are columns of the value there.
    var combined: SourceDefinition {
        var source = input
        for part in parts {
            source.columns += part.source.columns.map { column in
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
            let count = part.source.columns.count
            scopeParts.append(
                Scope.Part(
                    qualifier: part.qualifier, name: part.source.name, columns: first..<first + count))
            first += count
        }
        return Scope(source: combined, parts: scopeParts, pairsStreams: pairsStreams)
    }

    /// Whether rows of two streams are paired: a row has no one record then.
    var pairsStreams: Bool { parts.first?.source.kind == .stream }

    /// A join, and what its table is looked up by as it was written: before it was widened to the key's type.
    struct Bound {
        var join: TableJoin
        var written: [Expression]
    }

    /// How each table is looked up.
    func joins(_ expressions: inout ExpressionBinder) throws(SourceError) -> [Bound] {
        var joins: [Bound] = []
        for (index, part) in parts.enumerated() where part.source.kind == .table {
            let columns = expressions.scope.parts[index + 1].columns
            let key = try key(part, columns, &expressions)
            joins.append(
                Bound(
                    join: TableJoin(
                        kind: part.syntax.kind == .left ? .left : .inner, table: part.source.name,
                        key: key.map(\.widened),
                        firstColumn: columns.lowerBound, columnCount: columns.count),
                    written: key.map(\.written)))
        }
        return joins
    }

    /// One expression a key column of the table.
    private func key(
        _ part: Part, _ columns: Range<Int>, _ expressions: inout ExpressionBinder
    ) throws(SourceError) -> [(written: Expression, widened: Expression)] {
        let keyCount = part.source.keyColumns.count
        var found = [(written: Expression, widened: Expression)?](repeating: nil, count: keyCount)
        for condition in part.syntax.condition.conjuncts {
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
            let column = part.source.columns[place]
            guard let widened = Coercion.widened(other.expression, to: column.type) else {
                throw SourceError(
                    "\(other.expression.type.sqlName) is not compared with the key \(column.name) of "
                        + "\(part.source.name), which is \(column.type.sqlName)", at: syntax.start,
                    hint: "write CAST(… AS \(column.type.sqlName)) on the stream's side")
            }
            found[place] = (other.expression, widened)
        }
        let missing = found.indices.filter { found[$0] == nil }.map { part.source.columns[$0].name }
        guard missing.isEmpty else {
            throw SourceError(
                "\(part.source.name) is looked up by its whole key, and ON says nothing of \(Suggestion.list(missing))",
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
        let key = part.source.keyColumns.map(\.name)
        return SourceError(
            "ON must compare the key of \(part.source.name) by = with something of the sources before it",
            at: condition.start,
            hint: key.isEmpty
                ? "\(part.source.name) has no PRIMARY KEY" : "for example ON … = \(part.qualifier).\(key[0])")
    }
}

extension ExpressionSyntax {
    /// What AND joins.
    var conjuncts: [ExpressionSyntax] {
        guard case .and(let left, let right) = node else { return [self] }
        return left.conjuncts + right.conjuncts
    }
}
