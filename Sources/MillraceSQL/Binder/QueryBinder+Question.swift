// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// A SELECT on its own: what it may do that other queries may not, and what its rows are ordered by.
extension QueryBinder {
    /// Whether the SELECT has an aggregate in it.
    var hasAggregates: Bool {
        var trial = expressions
        var ignored: [SourceError] = []
        _ = SelectList(syntax, source: source, isQuestion: true).bound(by: &trial, in: .group, &ignored)
        return !trial.aggregates.isEmpty
    }

    /// The rows of a SELECT on its own: every item is shown, and those of a table have its key besides.
    mutating func answer(_ items: [SelectList.Item], _ order: [Question.Order]) -> BoundQuery {
        var keys: [BoundQuery.Column] = []
        if source.kind == .table {
            for index in source.keyColumns.indices {
                keys.append(hiddenKey(index, expressions.scope.reference(to: .column(index)), syntax.location))
            }
        }
        var query = BoundQuery(
            scan: [], filter: nil, shape: .projection(changesKey: keys.isEmpty && !source.keyColumns.isEmpty),
            keys: keys, values: items.map(\.column), emit: .changes, kind: source.kind,
            windowedKey: keys.isEmpty ? nil : source.windowedKey)
        query.order = order
        return query
    }

    /// A key of a result whose columns are those of the SELECT and no others.
    func hiddenKey(
        _ place: Int, _ expression: Expression, _ location: SourceLocation
    ) -> BoundQuery.Column {
        BoundQuery.Column(name: "KSQL_KEY_\(place)", expression: expression, location: location)
    }

    /// What ORDER BY names, as items; those that the SELECT has not are added behind its own.
    mutating func boundOrder(
        _ items: inout [SelectList.Item], in place: ExpressionBinder.Place
    ) -> [Question.Order] {
        var result: [Question.Order] = []
        let shown = items.count
        for part in question?.orderBy ?? [] {
            let shownItems = items
            let bound = noting { binder throws(SourceError) in
                try OrderBinder(part, Array(shownItems.prefix(shown))).bound(by: &binder.expressions, in: place)
            }
            guard let bound else { continue }
            var column = shown
            switch bound {
            case .shown(let index): column = index
            case .hidden(var item):
                column = items.count
                item.name = "KSQL_ORDER_\(column)"
                items.append(item)
            }
            // So do PostgreSQL and Java: NULL is as if larger than any value.
            result.append(
                Question.Order(
                    column: column, isDescending: part.isDescending,
                    areNullsFirst: part.areNullsFirst ?? part.isDescending))
        }
        return result
    }
}
