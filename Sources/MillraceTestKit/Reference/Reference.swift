// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillracePlan

/// The second implementation of the semantics: slow, row at a time, straight from the definitions. The engine is judged
/// against it; it shares no code with the engine.
package struct Reference {
    package enum ReadOut: Sendable {
        /// A slice that ends: every group and window, the unfinished ones marked open.
        case bounded
        /// A stream that goes on: of EMIT FINAL the final windows, of EMIT CHANGES the last value of each group.
        case unbounded
    }

    package struct Unsupported: Error, CustomStringConvertible {
        package let description: String
    }

    let plan: ProgramPlan
    let index: ProgramIndex
    let log: SimulatedLog
    let readOut: ReadOut
    private var result = ReferenceResult()
    /// What each query wrote, for the queries that read it.
    private(set) var outputs: [String: QueryOutput] = [:]

    /// The global result of the program over the whole log.
    package static func run(_ plan: ProgramPlan, over log: SimulatedLog, _ readOut: ReadOut = .bounded) throws
        -> ReferenceResult
    {
        var reference = Reference(plan: plan, log: log, readOut: readOut)
        for query in plan.queries { try reference.run(query) }
        return reference.result
    }

    private init(plan: ProgramPlan, log: SimulatedLog, readOut: ReadOut) {
        self.plan = plan
        index = ProgramIndex(plan)
        self.log = log
        self.readOut = readOut
    }

    private mutating func run(_ query: QueryPlan) throws {
        guard let source = index.source(named: query.input) else {
            throw Unsupported(description: "no source \(query.input)")
        }
        var input = try rows(of: query, port: 0)
        var pairedAccounts: [AccountKey: RecordAccount]?
        if let join = query.streamJoin {
            try pair(query, join, &input)
            pairedAccounts = result.accounts
        }
        for place in query.joins.indices { try join(query, place, &input) }
        if !input.isBehindAggregation { for place in input.places { count(query, place) { _ in } } }
        var output = input
        output.rows = []
        switch query.operation {
        case .project(let projection):
            output.rows =
                query.tableCalls.isEmpty
                ? project(query, source, projection, input) : explode(query, projection, input)
        case .aggregate(let aggregation):
            guard source.kind == .stream else {
                throw Unsupported(description: "\(query.name) aggregates a table")
            }
            output.rows = aggregate(query, aggregation, input)
            output.isBehindAggregation = true
        }
        // What becomes of pairs is not counted: their rows were.
        for (key, account) in pairedAccounts ?? [:] where key.query == query.name { result.accounts[key] = account }
        outputs[query.name] = output
        for row in output.rows { result.rows.append(printed(row, query)) }
    }

    // MARK: Reading

    /// The rows of one of a query's inputs: of a topic, or of the queries that write it.
    mutating func rows(of query: QueryPlan, port: Int) throws -> QueryOutput {
        guard let source = index.source(named: query.inputs[port]) else {
            throw Unsupported(description: "no source \(query.inputs[port])")
        }
        let origins = index.origins(of: source.name)
        var input = origins.isEmpty ? read(query, port, source) : QueryOutput()
        for origin in origins {
            let writer = plan.queries[origin.query]
            guard let output = outputs[writer.name] else {
                throw Unsupported(description: "\(query.name) reads \(writer.name) before it has run")
            }
            input.rows += origin.edge.map { Self.rows(output.rows, through: $0, to: source) } ?? output.rows
            input.watermarks.merge(output.watermarks) { max($0, $1) }
            input.raises += output.raises
            input.places.formUnion(output.places)
            input.isBehindAggregation = input.isBehindAggregation || output.isBehindAggregation
        }
        return input
    }

    /// The records of a query's sink as a source sees them that is declared over its topic.
    private static func rows(
        _ rows: [InputRow], through edge: TopicEdge, to source: SourceDefinition
    ) -> [InputRow] {
        rows.map { row in
            var mapped = row
            mapped.values = Interpreter(row: row.values).values(edge.columns)
            mapped.isNullKey = mapped.values.prefix(source.keyColumns.count).allSatisfy(\.isNull)
            return mapped
        }
    }

    /// Each partition's records in order of offset, each with the watermark before it.
    private mutating func read(_ query: QueryPlan, _ port: Int, _ source: SourceDefinition) -> QueryOutput {
        let inputColumns = index.source(named: query.input)?.columns.count ?? 0
        let columns =
            query.scannedColumns(ofInput: port, inputColumns: inputColumns)
            + (query.isLookedUp(inInput: port) ? Array(source.keyColumns.indices) : [])
        let reader = RecordReader(source: source, columns: columns, schemas: log.schemas)
        var input = QueryOutput()
        var raises: [TopicPartition: [(offset: Int64, watermark: Watermark)]] = [:]
        for number in log.partitions(of: source.topic).indices {
            let place = TopicPartition(source.topic, Int32(truncatingIfNeeded: number))
            var watermark = Watermark.none
            raises[place] = []
            for record in log.records(of: place) {
                guard let row = try? reader.read(record) else {
                    count(query, place) { $0.bad += 1 }
                    continue
                }
                input.rows.append(
                    InputRow(
                        place: place, offset: record.offset, time: row.time, watermarkBefore: watermark,
                        values: row.values, isNullValue: row.isNullValue, isNullKey: row.isNullKey,
                        window: row.window, isFinal: true, isOrdered: true))
                if row.time > watermark { raises[place]?.append((record.offset, row.time)) }
                watermark = max(watermark, row.time)
            }
            input.watermarks[place] = watermark
            input.places.insert(place)
        }
        input.raises = [raises]
        return input
    }

    mutating func count(_ query: QueryPlan, _ place: TopicPartition, _ change: (inout RecordAccount) -> Void) {
        change(&result.accounts[AccountKey(query: query.name, place: place), default: RecordAccount()])
    }

    func scan(_ query: QueryPlan, _ row: InputRow) -> [Value] {
        query.scan.map { column in
            switch column {
            case .column(let index): row.values.indices.contains(index) ? row.values[index] : .null
            case .rowTime: .bigint(row.time)
            case .rowPartition: .integer(row.place.partition)
            case .rowOffset: .bigint(row.offset)
            case .rowTopic: .text(row.place.topic)
            case .subOffset: .bigint(row.subOffset)
            case .exploded(let call): row.exploded.indices.contains(call) ? row.exploded[call] : .null
            case .windowStart: row.window.map { .bigint($0.start) } ?? .null
            case .windowEnd: row.window.map { .bigint($0.end) } ?? .null
            }
        }
    }

    // MARK: Without GROUP BY

    private mutating func project(
        _ query: QueryPlan, _ source: SourceDefinition, _ projection: Projection, _ input: QueryOutput
    ) -> [InputRow] {
        var output: [InputRow] = []
        for row in input.rows {
            let interpreter = Interpreter(row: scan(query, row))
            let passes = !row.isNullValue && interpreter.isTrue(query.filter)
            let isDropped =
                source.kind == .table
                ? row.isNullKey && !source.keyColumns.isEmpty : !passes && !(row.isNullValue && query.filter == nil)
            guard !isDropped else {
                if !input.isBehindAggregation { count(query, row.place) { $0.filtered += 1 } }
                continue
            }
            let keys = interpreter.values(projection.keys)
            let values = passes ? interpreter.values(projection.values) : nil
            var projected = row
            let hasTime = projected.set(keys: keys, values: values, sink: query.sink)
            if !input.isBehindAggregation {
                count(query, row.place) { account in
                    if hasTime { account.used += 1 } else { account.bad += 1 }
                }
            }
            if hasTime { output.append(projected) }
        }
        return output
    }

    // MARK: With GROUP BY

    private mutating func aggregate(_ query: QueryPlan, _ aggregation: Aggregation, _ input: QueryOutput) -> [InputRow]
    {
        var candidates: [Candidate] = []
        for row in input.rows {
            let values = scan(query, row)
            let interpreter = Interpreter(row: values)
            let group = interpreter.values(aggregation.groupBy)
            guard !row.isNullValue, interpreter.isTrue(query.filter), !group.contains(.null) else {
                count(query, row.place) { $0.filtered += 1 }
                continue
            }
            count(query, row.place) { $0.used += 1 }
            let occurrence = Occurrence(place: row.place, order: row.order, time: row.time, row: values)
            candidates.append(Candidate(occurrence: occurrence, group: group, watermarkBefore: row.watermarkBefore))
        }
        var window = aggregation.window
        window?.grace += delay(before: query) + (query.streamJoin?.finality ?? 0)
        let rules = WindowRules(window, isAffine: aggregation.isPartitionAffine, candidates)
        for (place, late) in rules.late {
            count(query, place) { account in
                account.used -= late
                account.late += late
            }
        }
        let groups = rules.groups.sorted { left, right in
            (left.window?.start ?? 0, left.window?.end ?? 0) < (right.window?.start ?? 0, right.window?.end ?? 0)
        }
        return groups.compactMap { row(query, aggregation, $0, input) }
    }

    /// The result row of a group; nil where it is not shown.
    private func row(
        _ query: QueryPlan, _ aggregation: Aggregation, _ group: WindowGroup, _ input: QueryOutput
    ) -> InputRow? {
        let own = group.place.map { [input.watermarks[$0] ?? .none] } ?? Array(input.watermarks.values)
        let isFinal = group.finalAt.map { closing in own.allSatisfy { Int128($0) >= closing } } ?? true
        if query.emit == .final, readOut == .unbounded, !isFinal { return nil }
        let bounds = [group.window?.start, group.window?.end].map { $0.map { Value.bigint($0) } ?? .null }
        let results = aggregation.aggregates.map { Aggregator.result($0, group.members) }
        let interpreter = Interpreter(row: group.group + bounds + results)
        guard interpreter.isTrue(aggregation.having), let last = group.members.map(\.time).max() else { return nil }
        var isSession = false
        if case .session? = aggregation.window?.kind { isSession = true }
        // A group has no offset of its own; nothing may ask for it.
        var row = InputRow(
            place: group.place ?? TopicPartition("", -1), offset: -1,
            time: isSession ? group.window?.end ?? last : last, watermarkBefore: .none, values: [],
            isNullValue: false, isNullKey: false, window: group.window, isFinal: isFinal, isOrdered: group.place != nil)
        let hasTime = row.set(
            keys: interpreter.values(aggregation.keys), values: interpreter.values(aggregation.values),
            sink: query.sink)
        return hasTime ? row : nil
    }

    // MARK: Printing

    private func printed(_ row: InputRow, _ query: QueryPlan) -> ReferenceRow {
        let keyCount = query.sink.keyColumns.count
        let window = query.sink.windowedKey == nil ? nil : row.window
        let key = ResultLine.key(Array(row.values.prefix(keyCount)), query.sink)
        let values = row.isNullValue ? nil : Array(row.values.dropFirst(keyCount))
        let line = ResultLine.line(
            sink: query.sink, timestamp: row.time, key: key, window: window,
            isOpen: readOut == .bounded && !row.isFinal, values: values)
        return ReferenceRow(
            query: query.name, line: line, topic: JSONText.quoted(query.sink.topic), key: key, window: window,
            isFinal: row.isFinal,
            place: row.isOrdered ? row.place : nil)
    }
}
