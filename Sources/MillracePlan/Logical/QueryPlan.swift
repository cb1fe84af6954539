// SPDX-License-Identifier: Apache-2.0
package import MillraceCore

/// One query: reads one source, and what its rows are joined with, and writes one sink.
///
///     scan ─► pair ─► join … ─► filter ─┬─► explode … ─► project ────────────────► sink
///                                       └─► group ─► window ─► aggregate ─► having ─► project ─► sink
package struct QueryPlan: Hashable, Sendable {
    package enum Emit: Hashable, Sendable {
        /// The groups that changed, at most once a commit.
        case changes
        /// Each window's result once, when it is final.
        case final
    }

    package enum Operation: Hashable, Sendable {
        case project(Projection)
        case aggregate(Aggregation)
    }

    /// As ksqlDB names it: `CSAS_OUT_1`, `CTAS_OUT_2`, `INSERTQUERY_3` (or its QUERY_ID).
    package var name: String
    /// Name of the source that it reads (`ProgramIndex.source(named:)`).
    package var input: String
    /// Another stream that its rows are paired with, before the joins; nil: there is none.
    package var streamJoin: StreamJoin?
    /// In the order in which rows go through them.
    package var joins: [TableJoin]
    /// What the filter's, the projection's and the aggregation's expressions see: only the columns that are read.
    package var scan: [ScanColumn]
    /// WHERE, over the scan.
    package var filter: Expression?
    /// What makes several rows of one that passes the filter; empty: nothing does. Only before a projection, whose
    /// expressions see what is made (`ScanColumn.exploded`).
    package var tableCalls: [TableCall]
    package var operation: Operation
    package var emit: Emit
    /// The stream or table that it writes. Several queries may write one (INSERT INTO).
    package var sink: SourceDefinition
    package var location: SourceLocation

    package init(
        name: String, input: String, streamJoin: StreamJoin? = nil, joins: [TableJoin] = [], scan: [ScanColumn],
        filter: Expression?, tableCalls: [TableCall] = [], operation: Operation, emit: Emit,
        sink: SourceDefinition, location: SourceLocation
    ) {
        self.name = name
        self.input = input
        self.streamJoin = streamJoin
        self.joins = joins
        self.scan = scan
        self.filter = filter
        self.tableCalls = tableCalls
        self.operation = operation
        self.emit = emit
        self.sink = sink
        self.location = location
    }

    /// The names of all sources that it reads: its input, then the tables of its joins, then the other stream.
    package var inputs: [String] { [input] + joins.map(\.table) + (streamJoin.map { [$0.stream] } ?? []) }

    /// Whether one of `inputs` is a table that rows are looked up in.
    package func isLookedUp(inInput port: Int) -> Bool { port > 0 && port <= joins.count }

    /// The names of the streams among `inputs`: those whose rows make the query's.
    package var streams: [String] { [input] + (streamJoin.map { [$0.stream] } ?? []) }

    /// Where the columns of what the input is joined with begin; nil: it is joined with nothing.
    package var firstJoinedColumn: Int? { streamJoin?.firstColumn ?? joins.first?.firstColumn }

    /// The columns of one of `inputs` that the scan names, by their index in that source.
    /// - Parameter inputColumns: how many columns the input has, which come first.
    package func scannedColumns(ofInput port: Int, inputColumns: Int) -> [Int] {
        let range =
            port == 0
            ? 0..<inputColumns
            : isLookedUp(inInput: port) ? joins[port - 1].columns : streamJoin?.columns ?? 0..<0
        return scan.compactMap { item in
            guard case .column(let index) = item, range.contains(index) else { return nil }
            return index - range.lowerBound
        }
    }
}

/// One column that a query's expressions can refer to.
package enum ScanColumn: Hashable, Sendable {
    /// Index into the input's columns, and behind them into those of the joined tables, one table after the other.
    case column(Int)
    /// ROWTIME, BIGINT: the event time.
    case rowTime
    /// VARCHAR: the topic that the record of the row was read from. It has no name in SQL; UUID() is made of it.
    case rowTopic
    /// ROWPARTITION, INTEGER.
    case rowPartition
    /// ROWOFFSET, BIGINT.
    case rowOffset
    /// BIGINT: which of the rows it is that table functions have made of one record (`SubOffset`). It has no name in
    /// SQL; UUID() is made of it.
    case subOffset
    /// What a table function gives, by the place of its call among the query's `tableCalls`.
    case exploded(Int)
    /// WINDOWSTART, BIGINT, of a source whose key is windowed.
    case windowStart
    /// WINDOWEND, BIGINT, of a source whose key is windowed.
    case windowEnd
}

/// A query without GROUP BY. Expressions over the scan, in the order of the sink's key and value columns.
///
/// Over a table: a null value, and a row that does not pass the filter, become tombstones of the key.
package struct Projection: Hashable, Sendable {
    package var keys: [Expression]
    package var values: [Expression]
    /// Whether the output's key may differ from the input's (PARTITION BY).
    package var changesKey: Bool

    package init(keys: [Expression], values: [Expression], changesKey: Bool) {
        self.keys = keys
        self.values = values
        self.changesKey = changesKey
    }
}

/// A query with GROUP BY.
package struct Aggregation: Hashable, Sendable {
    /// Nil: one group a key for ever.
    package var window: Window?
    /// Over the scan. A row for which one of them is NULL is left out (filtered).
    package var groupBy: [Expression]
    package var aggregates: [AggregateCall]
    /// HAVING, `keys` and `values` see this schema:
    ///
    ///     0 ..< g        the groupBy values
    ///     g, g + 1       WINDOWSTART, WINDOWEND (BIGINT; NULL without a window)
    ///     g + 2 …        the aggregates
    package var having: Expression?
    package var keys: [Expression]
    package var values: [Expression]
    /// Whether the groups are the record keys, so that no group has rows in two partitions of a well-keyed topic.
    package var isPartitionAffine: Bool

    package init(
        window: Window?, groupBy: [Expression], aggregates: [AggregateCall], having: Expression?, keys: [Expression],
        values: [Expression], isPartitionAffine: Bool
    ) {
        self.window = window
        self.groupBy = groupBy
        self.aggregates = aggregates
        self.having = having
        self.keys = keys
        self.values = values
        self.isPartitionAffine = isPartitionAffine
    }

    /// The schema that `having`, `keys` and `values` see.
    package var resultTypes: [DataType] {
        groupBy.map(\.type) + [.bigint, .bigint] + aggregates.map(\.result)
    }
}
