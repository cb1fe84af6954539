// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// One compute thread's share of a pipeline: decodes, runs the queries, keeps the partial results of its partitions.
/// Used by one thread at a time.
final class Shard {
    private let graph: QueryGraph
    private let output: any PipelineOutput
    private let roots: [RootReader]
    private let operators: [QueryOperator]
    /// By query: what pairs its rows with those of another stream; nil: nothing does.
    private let streamJoins: [StreamJoinOperator?]
    /// By query: what looks its rows up in tables; nil: nothing does.
    private let joins: [JoinOperator?]
    /// By query: what makes several rows of one, for its projection; nil: nothing does.
    private let explosions: [ExplodeOperator?]
    /// By query: the last row of several of one record that was rejected.
    private var lastRejected: [Rejected?]
    private let resultColumns: [PseudoColumns]
    /// By query: the sources that are declared over its sink's topic.
    private let edges: [[TopicEdgeOperator]]
    /// Queries whose exchange holds all that was committed: records that are read again are nothing new to them.
    private let exchanged: Set<Int>
    let failures: [FailureCounts]
    /// By query: where the state of a source partition's rows lies.
    private let state: (_ query: Int, _ source: SourcePartition) -> AggregateOperator.State
    /// Result rows by query.
    private(set) var rowsOut: [Int]
    /// Accounts of queries behind an aggregation, whose rows belong to no source partition.
    private(set) var behindAggregation: [Account]
    /// Bad and late records by query and reason.
    private(set) var reasons: [[RejectionReason: Int]]

    /// A record is rejected once for a cause, whatever is made of it.
    private struct Rejected: Equatable {
        var source: SourceOrdinal
        var offset: Int64
        var cause: RejectionCause
    }

    private enum QueryOperator {
        case project(ProjectOperator)
        case aggregate(AggregateOperator)
    }

    init(
        _ graph: QueryGraph, output: any PipelineOutput, options: PipelineOptions,
        state: @escaping (Int, SourcePartition) -> AggregateOperator.State
    ) {
        self.graph = graph
        self.output = output
        self.state = state
        exchanged = Set(options.exchanges.keys)
        roots = graph.roots.map { RootReader($0, graph.program, options) }
        operators = graph.program.queries.enumerated().map { index, query in
            switch query.operation {
            case .project(let projection):
                .project(
                    ProjectOperator(
                        query, projection, isTable: graph.readsTable[index],
                        // What table functions make is of rows that are in range and have passed the filter.
                        range: query.tableCalls.isEmpty ? TimeRange(options) : nil))
            case .aggregate(let written):
                .aggregate(
                    AggregateOperator(
                        query, graph.aggregation(index) ?? written,
                        range: written.window == nil ? TimeRange(options) : nil,
                        rejectsNullKeys: options.rejectsNullKeys))
            }
        }
        streamJoins = graph.program.queries.enumerated().map { index, query in
            query.streamJoin.map { join in
                StreamJoinOperator(
                    query, join, graph, level: graph.reaches[index].explosions - (query.tableCalls.isEmpty ? 0 : 1),
                    delay: graph.reaches[index].delay)
            }
        }
        joins = graph.program.queries.map { $0.joins.isEmpty ? nil : JoinOperator($0, graph) }
        explosions = graph.program.queries.enumerated().map { index, query in
            query.tableCalls.isEmpty
                ? nil
                : ExplodeOperator(
                    query, level: graph.reaches[index].explosions, range: TimeRange(options),
                    rowsAtOnce: graph.rowsAtOnce)
        }
        lastRejected = graph.program.queries.map { _ in nil }
        resultColumns = graph.downstream.map { readers in
            PseudoColumns(readers.map { graph.program.queries[$0.query].scan })
        }
        edges = graph.downstream.map { readers in
            let byEdge = Dictionary(grouping: readers.filter { $0.edge != nil }) { $0.edge ?? 0 }
            return byEdge.keys.sorted().map { edge in
                let plan = graph.program.edges[edge]
                guard let source = graph.source(named: plan.reader) else {
                    preconditionFailure("no source \(plan.reader)")
                }
                return TopicEdgeOperator(plan, source, readers: byEdge[edge] ?? [])
            }
        }
        let count = graph.program.queries.count
        failures = (0..<count).map { _ in FailureCounts() }
        rowsOut = Array(repeating: 0, count: count)
        behindAggregation = Array(repeating: Account(), count: count)
        reasons = Array(repeating: [:], count: count)
    }

    /// Runs records `from ..< to` of one source partition through all queries.
    /// - Parameter isReread: they were read before a restart: state changes, and only what is new to a query
    ///   (`SourcePartition.Entry.emits`) comes out and is counted.
    func process(_ source: SourcePartition, _ records: RawRecords, from: Int, to: Int, isReread: Bool) {
        guard from < to else { return }
        if isReread {
            if let boundary = source.takeUp.boundary(after: records.offsets[from], through: records.offsets[to - 1]) {
                // What is read before it and from there on goes to different queries.
                let middle = (from..<to).first { records.offsets[$0] >= boundary } ?? to
                process(source, records, from: from, to: middle, isReread: true)
                return process(source, records, from: middle, to: to, isReread: true)
            }
            source.raiseWatermarks(at: records.offsets[from])
        }
        source.noteBatch(at: records.offsets[from])
        for (place, rootIndex) in source.roots.enumerated() {
            if isReread, records.offsets[from] < source.takeUp.begins[place] { continue }
            let root = roots[rootIndex]
            let before = source.watermarks[place]
            let input = root.read(
                records, from: from, to: to, source: source, watermark: &source.watermarks[place], isReread: isReread)
            if source.watermarks[place] != before { source.watermarkOffsets[place] = root.watermarkOffset }
            let queries = graph.roots[rootIndex].queries
            let counted = isReread ? queries.filter { !isSilent($0, input) } : queries
            countRejected(root, counted, source, records, from)
            for reader in graph.roots[rootIndex].readers { run(reader, input) }
        }
        source.nextOffset = records.offsets[to - 1] +| 1
    }

    /// Whether the results that a query makes of these rows are published already.
    private func isSilent(_ query: Int, _ input: InputRows) -> Bool {
        guard input.isReread, let source = input.source, let offsets = input.offsets else { return false }
        return offsets[0] < source.takeUp.emits[query]
    }

    /// Bad records and keyless rows of a table never reach a query; they are counted for each that would have read
    /// them.
    private func countRejected(
        _ root: RootReader, _ readers: [Int], _ source: SourcePartition, _ records: RawRecords, _ from: Int
    ) {
        for query in readers {
            source.accounts[query].read += root.keylessRows + root.unusable.count
            source.accounts[query].filtered += root.keylessRows
            source.accounts[query].bad += root.unusable.count
            for bad in root.unusable {
                reasons[query][bad.reason, default: 0] += 1
                output.reject(
                    Rejection(
                        query: query, cause: bad.cause, reason: bad.reason, account: bad.account, detail: bad.detail,
                        partition: source.topicPartition, offset: records.offsets[from + bad.row], records: records,
                        row: from + bad.row))
            }
            for row in root.keyless {
                reject(records, from + row, of: source, query, .nullKey, "null key", "a table's record without a key")
            }
        }
    }

    private func reject(
        _ records: RawRecords, _ row: Int, of source: SourcePartition, _ query: Int, _ cause: RejectionCause,
        _ reason: String, _ detail: String
    ) {
        output.reject(
            Rejection(
                query: query, cause: cause, reason: RejectionReason(reason), detail: detail,
                partition: source.topicPartition,
                offset: records.offsets[row], records: records, row: row))
    }

    private func run(_ reader: QueryGraph.Reader, _ input: InputRows) {
        guard input.isReread else { return take(input, reader) }
        var marked = input
        marked.isSilent = isSilent(reader.query, input)
        take(marked, reader)
    }

    /// Rows of a joined table change it; those of streams are paired and looked up, and go on.
    private func take(_ input: InputRows, _ reader: QueryGraph.Reader) {
        let query = reader.query
        if let join = streamJoins[query], join.takes(port: reader.port) {
            let account = join.process(
                input, port: reader.port, failures: input.isSilent ? FailureCounts() : failures[query]
            ) { pairs in
                lookUp(pairs, query)
            } reject: { rows in
                if !input.isSilent { reject(rows, .late, query, input) }
            }
            if !input.isSilent { input.source?.accounts[query] += account }
        } else if reader.port > 0 {
            guard let account = joins[query]?.apply(input, port: reader.port), !input.isSilent else { return }
            input.source?.accounts[query] += account
        } else {
            lookUp(input, query)
        }
    }

    private func lookUp(_ input: InputRows, _ query: Int) {
        guard let join = joins[query] else { return compute(query, input) }
        var from = 0
        while from < input.selection.count {
            let counts = input.isSilent ? FailureCounts() : failures[query]
            let (joined, next) = join.join(input, from: from, failures: counts)
            if !input.isSilent, input.isCounted, let source = input.source {
                let left = next - from - joined.selection.count
                source.accounts[query].read += left
                source.accounts[query].filtered += left
            }
            compute(query, joined)
            from = next
        }
    }

    /// Emits the rows of a join of streams that no partner can come for any more.
    /// - Parameters:
    ///   - watermark: the lowest of all partitions of both streams.
    ///   - flushed: while records are read again: the watermark of the flush that was loaded; nil: what is read is new.
    func settleStreamJoin(_ query: Int, watermark: Watermark, flushed: Watermark?) {
        streamJoins[query]?.settle(watermark: watermark, flushed: flushed) { rows in lookUp(rows, query) }
    }

    /// When all watermarks have passed this, a row of a query's join of streams comes out alone; .max: none waits.
    func streamJoinDue(_ query: Int) -> Int64 { streamJoins[query]?.due ?? .max }

    /// No row that a join of streams holds is earlier; .max: it holds none.
    func earliestTime(ofStreamJoin query: Int) -> Int64 { streamJoins[query]?.earliestTime ?? .max }

    private func compute(_ query: Int, _ input: InputRows) {
        let isSilent = input.isSilent
        let counts = isSilent ? FailureCounts() : failures[query]
        var account: Account
        switch operators[query] {
        case .project(let project):
            if let explosion = explosions[query] {
                account = explode(query, explosion, project, input, counts)
                break
            }
            account = project.process(input, failures: counts) { batch in
                passOn(batch, of: query, input)
            } reject: { rows in
                if !isSilent { reject(rows, .decode, query, input) }
            }
        case .aggregate(let aggregate):
            guard let source = input.source else { preconditionFailure("an aggregation behind an aggregation") }
            if input.isReread, exchanged.contains(query) { return }
            if input.isHeld(by: query) { return }
            account = aggregate.process(
                input, state: state(query, source), source: source, watch: source.keyWatches[query], failures: counts
            ) { rows, cause in if !isSilent { reject(rows, cause, query, input) } }
        }
        guard !isSilent, input.isCounted else { return }
        if let source = input.source {
            source.accounts[query] += account
        } else {
            behindAggregation[query] += account
        }
    }

    /// Makes several rows of one, and projects them. A row is bad of which one that was made has no usable time.
    private func explode(
        _ query: Int, _ explosion: ExplodeOperator, _ project: ProjectOperator, _ input: InputRows,
        _ counts: FailureCounts
    ) -> Account {
        explosion.process(input, failures: counts) { made in
            _ = project.process(made, failures: counts) { batch in
                passOn(batch, of: query, made)
            } reject: { rows in
                let bad = explosion.noteBad(rows)
                if !made.isSilent { reject(rows, .decode, query, made, count: bad) }
            }
        }
    }

    /// - Parameter count: of how many rows of the query's input they are; nil: each is one.
    private func reject(
        _ rows: Selection, _ cause: RejectionCause, _ query: Int, _ input: InputRows, count: Int? = nil
    ) {
        let reason: String
        var detail: String
        switch cause {
        case .late: (reason, detail) = ("late", "late")
        case .nullKey: (reason, detail) = ("null key", "a record without a group")
        default:
            reason = "no usable event time"
            detail = reason
            let sink = graph.program.queries[query].sink
            if let timestamp = sink.timestamp {
                detail += " in column \(timestamp.title(in: sink.columns)) of \(sink.name)"
            }
        }
        if cause != .nullKey { reasons[query][RejectionReason(reason), default: 0] += count ?? rows.count }
        // Results of an aggregation come from no record.
        guard let records = input.records, let source = input.source else { return }
        for position in 0..<rows.count {
            let row = input.record(of: Int(rows.indices[position]))
            if input.parents != nil {
                let rejected = Rejected(source: source.ordinal, offset: records.offsets[row], cause: cause)
                if lastRejected[query] == rejected { continue }
                lastRejected[query] = rejected
            }
            reject(records, row, of: source, query, cause, reason, detail)
        }
    }

    /// Why a query's rows were left out.
    func filteredRows(_ query: Int) -> FilteredRows {
        var filtered = joins[query]?.filtered ?? FilteredRows()
        if let join = streamJoins[query] { filtered += join.filtered }
        if let explosion = explosions[query] { filtered += explosion.filtered }
        switch operators[query] {
        case .project(let project): filtered += project.filtered
        case .aggregate(let aggregate): filtered += aggregate.filtered
        }
        return filtered
    }

    /// Bytes and rows of the tables and streams that a query joins with.
    func joined(_ query: Int) -> (bytes: Int, rows: Int) {
        let tables = (joins[query]?.heldBytes ?? 0, joins[query]?.rowCount ?? 0)
        guard let streams = streamJoins[query] else { return tables }
        return (tables.0 + streams.heldBytes, tables.1 + streams.rowCount)
    }

    /// What the columns of a root source have held.
    func coverage(_ root: Int) -> ColumnCoverage { roots[root].coverage }

    /// Gives a projection's rows to the output and to the queries that read its sink.
    private func passOn(_ batch: ResultBatch, of query: Int, _ input: InputRows) {
        if !input.isSilent {
            rowsOut[query] += batch.selection.count
            var batch = batch
            batch.offsets = input.offsets
            output.receive(batch, query: query, source: input.source?.topicPartition)
        }
        guard !graph.downstream[query].isEmpty else { return }
        var next = input
        next.selection = batch.selection
        next.times = batch.timestamps
        next.flags = batch.flags
        next.isCounted = true
        feed(&next, batch, from: query)
    }

    /// Gives an aggregation's results to the output and to the queries that read its sink.
    /// - Parameter source: the source partition whose state they are of; nil: of several.
    func passOnResults(_ batch: ResultBatch, of query: Int, source: TopicPartition?) {
        rowsOut[query] += batch.selection.count
        output.receive(batch, query: query, source: source)
        guard !graph.downstream[query].isEmpty else { return }
        var next = InputRows(
            rows: batch.rows, selection: batch.selection,
            columns: InputColumns(byIndex: [], pseudo: resultColumns[query]), times: batch.timestamps,
            watermarks: nil, offsets: nil, flags: batch.flags, windowStarts: batch.windowStarts,
            windowEnds: batch.windowEnds, source: nil, records: nil, firstRecord: 0, isReread: false)
        feed(&next, batch, from: query)
    }

    private func feed(_ next: inout InputRows, _ batch: ResultBatch, from query: Int) {
        let pseudo = resultColumns[query]
        pseudo.fill(
            rows: batch.rows, times: next.times, offsets: next.offsets, subOffsets: next.subOffsets,
            place: next.source?.topicPartition, windowStarts: batch.windowStarts,
            windowEnds: batch.windowEnds)
        let columns = batch.keys + batch.values
        next.columns = InputColumns(byIndex: columns, pseudo: pseudo)
        next.windowStarts = batch.windowStarts
        next.windowEnds = batch.windowEnds
        for reader in graph.downstream[query] where reader.edge == nil { run(reader, next) }
        for edge in edges[query] {
            let rows = edge.rows(next, written: columns)
            if edge.keylessRows > 0 { countKeyless(edge, next) }
            for reader in edge.readers { run(reader, rows) }
        }
    }

    /// Rows without a key never reach the readers of a table.
    private func countKeyless(_ edge: TopicEdgeOperator, _ input: InputRows) {
        for query in Set(edge.readers.map(\.query)) where !isSilent(query, input) {
            var account = Account()
            account.read = edge.keylessRows
            account.filtered = edge.keylessRows
            if let source = input.source {
                source.accounts[query] += account
            } else {
                behindAggregation[query] += account
            }
        }
    }
}
