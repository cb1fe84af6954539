// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// A query, bound, before its result meets a sink.
struct BoundQuery {
    struct Column {
        var name: String
        var expression: Expression
        var location: SourceLocation
    }

    enum Shape {
        case projection(changesKey: Bool)
        case aggregation(
            window: Window?, groupBy: [Expression], aggregates: [AggregateCall], having: Expression?,
            isPartitionAffine: Bool)
    }

    var streamJoin: StreamJoin?
    var joins: [TableJoin] = []
    var scan: [ScanColumn]
    var filter: Expression?
    var tableCalls: [TableCall] = []
    var shape: Shape
    var keys: [Column]
    var values: [Column]
    var emit: QueryPlan.Emit
    /// Of a SELECT on its own: what its rows are ordered by.
    var order: [Question.Order] = []
    /// Whether the result is a stream or a table.
    var kind: SourceDefinition.Kind
    var windowedKey: WindowedKey?

    /// The names of what its input is joined with.
    var joined: [String] { joins.map(\.table) + (streamJoin.map { [$0.stream] } ?? []) }

    var operation: QueryPlan.Operation {
        let keys = keys.map(\.expression)
        let values = values.map(\.expression)
        switch shape {
        case .projection(let changesKey):
            return .project(Projection(keys: keys, values: values, changesKey: changesKey))
        case .aggregation(let window, let groupBy, let aggregates, let having, let isPartitionAffine):
            return .aggregate(
                Aggregation(
                    window: window, groupBy: groupBy, aggregates: aggregates, having: having, keys: keys,
                    values: values, isPartitionAffine: isPartitionAffine))
        }
    }
}

/// One SELECT over one source, or over a stream that is joined with others.
struct QueryBinder {
    let syntax: QuerySyntax
    /// What the expressions see: of a join the input with the columns of what it is joined with.
    let source: SourceDefinition
    private let joinBinder: JoinBinder
    private var joins: [JoinBinder.Bound] = []
    private var pairing: JoinBinder.BoundPairing?
    var expressions: ExpressionBinder
    /// Mistakes that have been found, all but the one that is thrown.
    private(set) var mistakes: [SourceError] = []
    private let windowsPerRecord: Int64
    /// Set for a SELECT on its own: its ORDER BY.
    let question: SelectSyntax?
    /// Whether all rows make one group: aggregates without GROUP BY, which a SELECT on its own may have.
    private var isWhole = false

    /// - Parameters:
    ///   - joined: what is named in the joins.
    ///   - identity: tells the query from the others; nil where its rows have no records of their own.
    ///   - windowsPerRecord: at most so many windows may a record fall in.
    init(
        _ syntax: QuerySyntax, source: SourceDefinition, joined: [SourceDefinition] = [],
        identity: RowOrigins.Identity?,
        windowsPerRecord: Int64 = WindowsPerRecord.byDefault, question: SelectSyntax? = nil
    ) throws(SourceError) {
        self.windowsPerRecord = windowsPerRecord
        self.question = question
        self.syntax = syntax
        joinBinder = try JoinBinder(syntax, input: source, joined: joined)
        self.source = joinBinder.combined
        expressions = ExpressionBinder(
            scope: joinBinder.scope, hasWindow: syntax.window != nil,
            identity: joinBinder.pairsStreams ? nil : identity)
    }

    mutating func bind() throws(SourceError) -> BoundQuery {
        isWhole = question != nil && syntax.groupBy.isEmpty && (syntax.having != nil || hasAggregates)
        try checkClauses()
        pairing = try joinBinder.pairing(&expressions)
        joins = try joinBinder.joins(&expressions)
        let filter = syntax.filter.flatMap { filter in
            noting { binder throws(SourceError) in
                let condition = try binder.expressions.boolean(
                    try binder.expressions.bind(filter, in: .row(clause: "WHERE"), for: "WHERE"), "WHERE",
                    at: filter.start)
                return try Self.possible(condition, "WHERE", at: filter.start)
            }
        }
        var query = syntax.groupBy.isEmpty && !isWhole ? try projection() : try aggregation()
        query.filter = filter
        query.streamJoin = pairing?.join
        query.joins = joins.map(\.join)
        query.tableCalls = expressions.tableCalls
        query.scan = expressions.scope.scan
        return query
    }

    /// The condition, unless nothing would ever pass it.
    private static func possible(
        _ condition: Expression, _ clause: String, at location: SourceLocation
    ) throws(SourceError) -> Expression {
        guard let value = try? ConstantExpression.value(condition), value != .boolean(true) else { return condition }
        throw SourceError(
            "\(clause) is never true, so that there would be no result", at: location, hint: "leave the statement out")
    }

    /// What the part gives; nil where it has a mistake, which is noted, so that those of other parts are found, too.
    mutating func noting<Result>(
        _ body: (inout QueryBinder) throws(SourceError) -> Result
    ) -> Result? {
        do throws(SourceError) {
            return try body(&self)
        } catch {
            mistakes.append(error)
            return nil
        }
    }

    /// Throws the first of the mistakes that were noted.
    private mutating func stopForMistakes() throws(SourceError) {
        if !mistakes.isEmpty { throw mistakes.removeFirst() }
    }

    private func checkClauses() throws(SourceError) {
        if let first = syntax.groupBy.first {
            if source.kind == .table {
                throw SourceError(
                    "GROUP BY over a table is not supported yet", at: first.start,
                    hint: "group the stream that \(source.name) is made from")
            }
            if syntax.partitionBy != nil {
                throw SourceError(
                    "PARTITION BY does not go with GROUP BY", at: syntax.partitionByLocation,
                    hint: "the result's key is what it is grouped by")
            }
        } else if isWhole {
            if source.kind == .table {
                throw SourceError(
                    "an aggregate over a table is not supported yet", at: syntax.location,
                    hint: "aggregate the stream that \(source.name) is made from")
            }
        } else {
            if let window = syntax.window {
                throw SourceError("WINDOW needs a GROUP BY", at: window.location)
            }
            if syntax.having != nil {
                throw SourceError(
                    "HAVING needs a GROUP BY", at: syntax.havingLocation, hint: "conditions on rows go to WHERE")
            }
        }
        if let emit = syntax.emit, emit.mode == .final, syntax.window == nil {
            throw SourceError(
                "EMIT FINAL needs a WINDOW", at: emit.location,
                hint: "without a window no result is ever final; use EMIT CHANGES")
        }
        guard syntax.partitionBy != nil else { return }
        if source.kind == .table {
            throw SourceError("PARTITION BY is only for streams", at: syntax.partitionByLocation)
        }
        if source.windowedKey != nil {
            throw SourceError("PARTITION BY over a windowed key is not supported yet", at: syntax.partitionByLocation)
        }
    }

    // MARK: Without GROUP BY

    private mutating func projection() throws(SourceError) -> BoundQuery {
        var items = SelectList(syntax, source: source, isQuestion: question != nil)
            .bound(by: &expressions, in: .row(clause: "SELECT"), &mistakes)
        let order = boundOrder(&items, in: .row(clause: "ORDER BY"))
        var keys: [Expression] = []
        var changesKey = false
        if case .expressions(let list)? = syntax.partitionBy {
            keys = list.compactMap { part in
                noting { binder throws(SourceError) in
                    try binder.expressions.bind(part, in: .row(clause: "PARTITION BY"), for: "PARTITION BY")
                }
            }
        }
        try stopForMistakes()
        if !expressions.tableCalls.isEmpty {
            for index in items.indices { items[index].expression = try expressions.perRow(items[index].expression) }
            for index in keys.indices { keys[index] = try expressions.perRow(keys[index]) }
        }
        if question != nil { return answer(items, order) }
        switch syntax.partitionBy {
        case nil where pairing != nil || !joins.isEmpty:
            keys = joins.isEmpty ? try pairedKeys(items) : try joinKeys(&items)
            changesKey = !isInputKey(keys)
        case nil:
            for index in source.keyColumns.indices {
                keys.append(try keyReference(index, among: items))
            }
        case .null: changesKey = !source.keyColumns.isEmpty
        case .expressions(let list):
            try checkKeyTypes(keys, list)
            changesKey = !isInputKey(keys)
        }
        let locations =
            if case .expressions(let list)? = syntax.partitionBy { list.map(\.start) } else {
                keys.map { _ in syntax.location }
            }
        let keyColumns = try takeKeys(keys, locations, from: &items, "PARTITION BY")
        return BoundQuery(
            scan: [], filter: nil, shape: .projection(changesKey: changesKey), keys: keyColumns,
            values: items.map(\.column), emit: .changes, kind: source.kind, windowedKey: source.windowedKey)
    }

    /// The key of a join of two streams: what is compared in ON, of the side that every row has.
    private func pairedKeys(_ items: [SelectList.Item]) throws(SourceError) -> [Expression] {
        guard let pairing else { return [] }
        var keys: [Expression] = []
        for (written, name) in zip(pairing.keys, pairing.names) {
            guard let item = items.first(where: { !$0.isValueCopy && written.contains($0.expression) }) else {
                throw SourceError(
                    "the key of the join must be in the SELECT", at: syntax.location,
                    hint: "add \(name), or drop the key with PARTITION BY NULL")
            }
            keys.append(item.expression)
        }
        return keys
    }

    /// The key of a join's result: what the last table was looked up by. In the SELECT it may stand as the table's key
    /// column, too, which then is written from what was looked up.
    private func joinKeys(_ items: inout [SelectList.Item]) throws(SourceError) -> [Expression] {
        guard let bound = joins.last else { return [] }
        let join = bound.join
        var keys: [Expression] = []
        for (place, key) in join.key.enumerated() {
            let written = bound.written[place]
            if items.contains(where: { !$0.isValueCopy && $0.expression == written }) {
                keys.append(written)
                continue
            }
            let column = ScanColumn.column(join.firstColumn + place)
            let index = items.firstIndex { item in
                guard !item.isValueCopy, case .column(let scanned, _) = item.expression else { return false }
                return expressions.scope.scan[scanned] == column
            }
            guard let index else {
                let qualifier = expressions.scope.part(of: join.firstColumn).qualifier
                throw SourceError(
                    "the key of the join must be in the SELECT", at: syntax.location,
                    hint: "add \(qualifier).\(source.columns[join.firstColumn + place].name), or what it is compared "
                        + "with in ON, to the SELECT; or drop the key with PARTITION BY NULL")
            }
            items[index].expression = key
            keys.append(key)
        }
        return keys
    }

    /// The input's key column as it stands in the projection.
    private func keyReference(_ index: Int, among items: [SelectList.Item]) throws(SourceError) -> Expression {
        for item in items where !item.isValueCopy {
            if case .column(let scanned, _) = item.expression, expressions.scope.scan[scanned] == .column(index) {
                return item.expression
            }
        }
        let name = source.columns[index].name
        throw SourceError(
            "the key column \(name) of \(source.name) must be in the SELECT", at: syntax.location,
            hint: source.kind == .stream && source.windowedKey == nil
                ? "add \(name) to the SELECT, or drop the key with PARTITION BY NULL" : "add \(name) to the SELECT")
    }

    /// Whether the expressions are the key columns of the input, all and in order.
    private func isInputKey(_ keys: [Expression]) -> Bool {
        let scanned = keys.map { key -> ScanColumn? in
            guard case .column(let index, _) = key else { return nil }
            return expressions.scope.scan[index]
        }
        return !keys.isEmpty && scanned == source.keyColumns.indices.map { ScanColumn.column($0) }
    }

    private func checkKeyTypes(_ keys: [Expression], _ syntax: [ExpressionSyntax]) throws(SourceError) {
        for (key, part) in zip(keys, syntax) {
            if Coercion.isNullLiteral(key) { throw SourceError("NULL is no key", at: part.start) }
            if case .map = key.type {
                throw SourceError("a MAP cannot be a key", at: part.start)
            }
        }
    }

    /// Moves the items that are the keys out of the list, in the keys' order.
    private func takeKeys(
        _ keys: [Expression], _ locations: [SourceLocation], from items: inout [SelectList.Item], _ clause: String
    ) throws(SourceError) -> [BoundQuery.Column] {
        var result: [BoundQuery.Column] = []
        for (position, key) in keys.enumerated() {
            if keys[..<position].contains(key) {
                throw SourceError("\(clause) has one expression twice", at: locations[position])
            }
            guard let index = items.firstIndex(where: { !$0.isValueCopy && $0.expression == key }) else {
                throw SourceError(
                    "what \(clause) names must be in the SELECT", at: locations[position],
                    hint: "the result's key is written from it; add it to the SELECT")
            }
            let item = items.remove(at: index)
            if let again = items.first(where: { !$0.isValueCopy && $0.expression == key }) {
                throw SourceError(
                    "the key \(item.name) is in the SELECT twice", at: again.location,
                    hint: "a key is copied into the value by AS_VALUE(key) AS name")
            }
            result.append(item.column)
        }
        return result
    }

    // MARK: With GROUP BY

    private mutating func aggregation() throws(SourceError) -> BoundQuery {
        var groupBy = syntax.groupBy.compactMap { part in
            noting { binder throws(SourceError) in
                try binder.expressions.bind(part, in: .row(clause: "GROUP BY"), for: "GROUP BY")
            }
        }
        if isWhole { groupBy = [.literal(.boolean(true), .boolean)] }
        var items = SelectList(syntax, source: source, isQuestion: question != nil)
            .bound(by: &expressions, in: .group, &mistakes)
        let order = boundOrder(&items, in: .group)
        let condition = syntax.having.flatMap { having in
            noting { binder throws(SourceError) in
                let condition = try binder.expressions.boolean(
                    try binder.expressions.bind(having, in: .group, for: "HAVING"), "HAVING", at: having.start)
                return try Self.possible(condition, "HAVING", at: having.start)
            }
        }
        let references = expressions.references
        try stopForMistakes()
        try checkKeyTypes(groupBy, syntax.groupBy)
        let keys =
            question == nil
            ? try takeKeys(groupBy, syntax.groupBy.map(\.start), from: &items, "GROUP BY")
            : groupBy.enumerated().map { hiddenKey($0, $1, syntax.location) }
        let having = try condition.map { (condition) throws(SourceError) in
            try grouped(condition, by: groupBy, references)
        }
        if expressions.aggregates.isEmpty, question == nil {
            throw SourceError(
                "GROUP BY needs an aggregate in the SELECT or in HAVING", at: syntax.groupBy[0].start,
                hint: "for example COUNT(*)")
        }
        for index in items.indices {
            let item = items[index]
            let expression = noting { binder throws(SourceError) in
                try binder.grouped(item.expression, by: groupBy, item.references)
            }
            if let expression { items[index].expression = expression }
        }
        try stopForMistakes()
        let keyColumns = keys.enumerated().map { position, key in
            BoundQuery.Column(
                name: key.name, expression: .column(position, key.expression.type), location: key.location)
        }
        let emit = syntax.emit?.mode ?? .changes
        let window = try syntax.window.map { (window) throws(SourceError) in try boundWindow(window, emit) }
        // Of a source that keeps its rows in the partition of their key; the program's binder knows which do.
        let isPartitionAffine = source.windowedKey == nil && isInputKey(groupBy)
        var query = BoundQuery(
            scan: [], filter: nil,
            shape: .aggregation(
                window: window, groupBy: groupBy, aggregates: expressions.aggregates, having: having,
                isPartitionAffine: isPartitionAffine),
            keys: keyColumns, values: items.map(\.column), emit: emit, kind: .table,
            windowedKey: window.map(windowedKey))
        query.order = order
        return query
    }

    private func grouped(
        _ expression: Expression, by groupBy: [Expression], _ references: [Int: ExpressionBinder.Reference]
    ) throws(SourceError) -> Expression {
        try GroupedExpression(groupBy: groupBy, references: references).rewritten(expression)
    }

    /// ksqlDB's documented defaults for the grace period.
    static let graceOfChanges: Int64 = 86_400_000
    private static let graceOfFinal: Int64 = 0

    private func boundWindow(_ window: WindowSyntax, _ emit: QueryPlan.Emit) throws(SourceError) -> Window {
        let grace = window.grace?.milliseconds ?? (emit == .final ? Self.graceOfFinal : Self.graceOfChanges)
        let length =
            switch window.kind {
            case .tumbling(let size), .hopping(let size, _): size
            case .session(let gap): gap
            }
        // ksqlDB takes the window off the default grace period, so that one day of retention is enough for it.
        let needed = window.grace == nil ? max(length, grace) : length +| grace
        if let retention = window.retention, retention.milliseconds < needed {
            throw SourceError(
                "RETENTION is shorter than the window and its grace period", at: retention.location,
                hint: "it needs at least \(needed) MILLISECONDS"
                    + (window.grace == nil ? "; the default GRACE PERIOD is \(grace) MILLISECONDS" : ""))
        }
        let bound = Window(
            window.kind, grace: grace, graceIsDefault: window.grace == nil,
            retention: window.retention?.milliseconds)
        guard bound.windowsPerRecord <= windowsPerRecord else {
            throw SourceError(
                "each record falls in \(bound.windowsPerRecord) windows, of which \(windowsPerRecord) are allowed",
                at: window.location,
                hint: "advance by more, or make the window shorter; SET '\(WindowsPerRecord.setting)' = "
                    + "'\(bound.windowsPerRecord)' allows it, and each record then makes as many results")
        }
        return bound
    }

    private func windowedKey(_ window: Window) -> WindowedKey {
        switch window.kind {
        case .tumbling(let size), .hopping(let size, _): .time(sizeMilliseconds: size)
        case .session: .session
        }
    }
}
