// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillracePlan
import MillraceReport

/// Finds what a run would else be silent about, at its end: queries without rows, columns without values, times that
/// cannot be meant. Asks the broker and reads some records again only where there is something to say; a broker that
/// does not answer makes the notes shorter, not the run fail.
struct NoteFinder {
    private static let timeout: Int32 = 3000
    private static let sampledPartitions = 8
    private static let sampledRecords = 20

    let graph: QueryGraph
    let options: RunOptions
    let clock: any Clock
    /// Nil: the run had no slice with an end.
    var slice: Slice?
    /// By query: windows that are still open.
    var waiting: [String: WaitingWindows] = [:]

    func notes(_ report: RunReport, _ totals: RunTotals) -> [ReportNote] {
        [
            emptyResults(report, totals), emptyColumns(report, totals),
            rowsBeforeTables(totals) + supersededRows(totals), strangeTimes(totals),
        ]
        .flatMap { $0 }
    }

    // MARK: queries without rows

    private func emptyResults(_ report: RunReport, _ totals: RunTotals) -> [ReportNote] {
        var empty: Set<String> = []
        for query in graph.program.queries
        where report.stages.reduce(0, { $0 + ($1.query == query.name ? $1.rows : 0) }) == 0 {
            empty.insert(query.name)
        }
        return graph.program.queries.enumerated().filter { empty.contains($0.element.name) }.map { index, query in
            var facts = totals.facts(query.name)
            facts.emptyUpstream = graph.writers(of: query.input).map { graph.program.queries[$0].name }
                .first(where: empty.contains)
            facts.isLive = slice == nil
            facts.fromTime = slice?.fromTime
            facts.toTime = slice?.toTime
            facts.waiting = waiting[query.name]
            if case .aggregate(let aggregation) = query.operation {
                facts.groupBy = QueryClauses.texts(query).first { $0.hasPrefix("GROUP BY") }
                facts.hasHaving = aggregation.having != nil
                facts.hasWindow = aggregation.window != nil
            }
            facts.topics = topics(index, isRead: facts.read > 0 || facts.emptyUpstream != nil)
            return facts.note
        }
    }

    /// What a query reads, directly or through others.
    /// - Parameter isRead: whether anything was; what was not is looked at.
    private func topics(_ query: Int, isRead: Bool) -> [EmptyResult.Topic] {
        var names: [String] = []
        for root in graph.feedingRoots[query].sorted() where !names.contains(graph.roots[root].source.topic) {
            names.append(graph.roots[root].source.topic)
        }
        return names.map { name in
            let ranges = slice?.ranges.filter { $0.partition.topic == name } ?? []
            let inSlice = ranges.reduce(Int64(0)) { $0 + max($1.to - $1.from, 0) }
            guard !isRead, let logs = logs(of: name) else {
                return EmptyResult.Topic(name: name, held: 1, written: 1, inSlice: inSlice)
            }
            var topic = EmptyResult.Topic(
                name: name, held: logs.values.reduce(0) { $0 + max($1.high - $1.low, 0) },
                written: logs.values.reduce(0) { $0 + $1.high }, inSlice: inSlice)
            if topic.held > 0, inSlice == 0, slice != nil {
                topic.data = (try? LogExtents(sampler).look(at: logs))?.values.reduce(LogExtent()) { $0.merged($1) }
            }
            return topic
        }
    }

    private func logs(of topic: String) -> [TopicPartition: OffsetRange]? {
        guard let admin = try? options.cluster.admin(),
            let count = try? admin.partitionCounts(ofTopics: [topic], timeoutMilliseconds: NoteFinder.timeout)[topic]
                ?? 0
        else { return nil }
        return try? admin.offsetRanges(
            (0..<Int32(count)).map { TopicPartition(topic, $0) }, timeoutMilliseconds: NoteFinder.timeout)
    }

    private var sampler: RecordSampler { RecordSampler(options.cluster) }

    // MARK: columns without values

    private func emptyColumns(_ report: RunReport, _ totals: RunTotals) -> [ReportNote] {
        var notes: [ReportNote] = []
        for (index, root) in graph.roots.enumerated() {
            guard let coverage = totals.coverage[index], coverage.rows > 0, !coverage.empty.isEmpty else { continue }
            let columns = coverage.empty.sorted().map { root.source.columns[$0] }
            let (keys, values) = fields(of: root.source, columns, report)
            for column in columns {
                let note = EmptyColumn.note(
                    column, of: root.source, rows: coverage.rows, fields: column.role == .key ? keys : values)
                // A source that is read in several ways is one all the same.
                if !notes.contains(where: { $0.subject == note.subject && $0.reason == note.reason }) {
                    notes.append(note)
                }
            }
        }
        return notes
    }

    /// What fields some of the records have that were read.
    private func fields(
        of source: SourceDefinition, _ columns: [ColumnDefinition], _ report: RunReport
    ) -> (key: EmptyColumn.Fields?, value: EmptyColumn.Fields?) {
        let readsKey = source.keyFormat.name.traits.showsNames && columns.contains { $0.role == .key }
        let readsValue = source.valueFormat.name.traits.showsNames && columns.contains { $0.role == .value }
        guard readsKey || readsValue else { return (nil, nil) }
        var positions: [TopicPartition: Int64] = [:]
        for slice in report.stages.flatMap(\.slices) where slice.topic == source.topic && slice.from < slice.to {
            let partition = TopicPartition(slice.topic, slice.partition)
            guard positions[partition] != nil || positions.count < NoteFinder.sampledPartitions else { continue }
            positions[partition] = min(positions[partition] ?? .max, slice.from)
        }
        let sample = try? sampler.read(
            positions, limit: NoteFinder.sampledRecords, timeoutMilliseconds: Int64(NoteFinder.timeout))
        var (keys, values) = (EmptyColumn.Fields(), EmptyColumn.Fields())
        for record in sample?.records ?? [] {
            if readsKey, let key = record.key { keys.add(key) }
            if readsValue, let value = record.value { values.add(value) }
        }
        return (readsKey ? keys : nil, readsValue ? values : nil)
    }

    // MARK: times

    /// The classic trap: a table that was filled when the history was written already.
    private func rowsBeforeTables(_ totals: RunTotals) -> [ReportNote] {
        graph.program.queries.flatMap { query in
            let rows = totals.facts(query.name).filtered.beforeTable.sorted { $0.key < $1.key }
            return rows.filter { $0.value > 0 }.map { table, count in
                ReportNote(
                    query.name,
                    "\(NumberDisplay.count(Int64(count))) rows are older than the first row of \(table): "
                        + "they are joined with nothing",
                    step:
                        "where \(table) was filled later than the history, declare it WITH (VERSIONS = 'start'): what "
                        + "it holds at the start then counts at all times")
            }
        }
    }

    private func supersededRows(_ totals: RunTotals) -> [ReportNote] {
        let counts = totals.superseded
        guard let query = graph.joinQueries.first, counts.contains(where: { $0.value > 0 }) else { return [] }
        return [
            ReportNote(
                graph.program.queries[query].name,
                "\(NumberDisplay.count(counts.values.reduce(0, +|))) records came too late for the join "
                    + "(\(SupersededWatch.text(counts))): a replay joins them with other rows",
                step: "raise join.wait above the delay of the slower topic (millrace help E4005)")
        ]
    }

    /// Times that are no milliseconds since 1970, as far as one can see.
    private func strangeTimes(_ totals: RunTotals) -> [ReportNote] {
        var notes: [ReportNote] = []
        for (index, root) in graph.roots.enumerated() {
            let times = totals.highestTimes[index] ?? [:]
            let strange = times.filter { EventTimePlausibility.suspicion(of: $0.value) != nil }
            guard let worst = strange.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }),
                let suspicion = EventTimePlausibility.suspicion(of: worst.value)
            else { continue }
            let origin = root.source.timestamp.map { "column \($0.title(in: root.source.columns))" }
            let note = ReportNote(
                root.source.name,
                "event times (\(origin ?? "Kafka timestamps")) of \(worst.key) go up to "
                    + "\(TimeDisplay.short(worst.value)), \(EventTimePlausibility.words(suspicion))")
            if !notes.contains(note) { notes.append(note) }
        }
        return notes
    }
}
