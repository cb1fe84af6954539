// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The statements of a program, bound. What a statement makes is known to those behind it; INSERT INTO is bound last,
/// so that it may stand anywhere, and OR REPLACE takes effect for the whole program.
struct ProgramBinder {
    private var plan = ProgramPlan()
    /// By name: index into the plan's sources.
    private var sources: [String: Int] = [:]
    /// What statements with a mistake would have made: who needs it says nothing, because the mistake is said already.
    private var brokenNames: Set<String> = []
    /// Where statements make the names, also those that are not reached yet.
    private var makers: [String: SourceLocation] = [:]
    private var defaults = FormatDefaults()
    /// Queries with the place of their statement among all.
    private var queries: [(ordinal: Int, plan: QueryPlan)] = []
    private var origins = RowOrigins()
    /// Names of queries that are taken.
    private var queryNames: Set<String> = []
    private var inserts: [(ordinal: Int, syntax: InsertIntoSyntax)] = []
    /// Each SELECT that stands on its own.
    private var questions: [SelectSyntax] = []
    /// Streams and tables that are declared with columns.
    private var declared: Set<String> = []
    private var flow = SourceFlow()
    /// What is understood, but may not be what was meant.
    private(set) var warnings: [SourceError] = []
    private var nextOrdinal = 1
    /// At most so many windows may a record fall in.
    var windowsPerRecord = WindowsPerRecord.byDefault
    /// Where columns come from that a statement does not name.
    var catalogue: any Catalogue = NoCatalogue()
    /// Mistakes of the statement that is being bound, beside the one that is thrown.
    private var others: [SourceError] = []

    /// The program as a plan, without the statements that have a mistake, which is added to `errors`.
    mutating func bind(_ program: ProgramSyntax, _ errors: inout [SourceError]) -> ProgramPlan {
        for case .insertInto(let insert) in program.statements { origins.noteInsertion(into: insert.target.text) }
        brokenNames = program.brokenNames
        let statements = Replacements(program.statements, &errors).effective
        for case let head? in statements.map(\.head) { makers[head.name.text] = head.name.location }
        for statement in statements where errors.count < SQL.maximumErrors { create(statement, &errors) }
        // What has been made is all known now: the order of these means nothing.
        flow.expect(
            inserts.flatMap { insert in
                insert.syntax.query.sources.map { ($0.text, insert.syntax.target.text) }
            })
        for insert in inserts where errors.count < SQL.maximumErrors {
            if isBroken(insert.syntax.target.text) || hasBrokenSource(insert.syntax.query) { continue }
            collecting(&errors) { binder throws(SourceError) in try binder.insertInto(insert.syntax, insert.ordinal) }
        }
        ask(&errors)
        connectTopics(&errors)
        plan.queries = flow.inOrder(queries.sorted { $0.ordinal < $1.ordinal }.map(\.plan), plan.edges)
        if plan.question != nil, let sink = plan.queries.last?.sink.name { plan.keep(whatReaches: sink) }
        settlePartitions()
        warnOfOwnRows()
        return plan
    }

    /// Runs what may find mistakes; returns whether it found none.
    @discardableResult
    private mutating func collecting(
        _ errors: inout [SourceError], _ body: (inout ProgramBinder) throws(SourceError) -> Void
    ) -> Bool {
        do throws(SourceError) {
            try body(&self)
            return true
        } catch {
            errors.append(error)
            errors += others
            others = []
            return false
        }
    }

    /// What queries read of topics that others write goes from query to query.
    private mutating func connectTopics(_ errors: inout [SourceError]) {
        for (name, writers) in flow.edges {
            for writer in writers where errors.count < SQL.maximumErrors {
                collecting(&errors) { binder throws(SourceError) in
                    guard let reader = binder.sources[name], let writer = binder.sources[writer] else { return }
                    let (sink, source) = (binder.plan.sources[writer], binder.plan.sources[reader])
                    binder.plan.edges.append(try TopicEdgeBinder(writer: sink, reader: source).bound())
                }
            }
        }
        collecting(&errors) { binder throws(SourceError) in try binder.checkPlaces() }
    }

    /// UUID() and RANDOM() are made of a row's place in a topic, which is settled when a query is bound.
    private func checkPlaces() throws(SourceError) {
        guard flow.isReadAboveWriter else { return }
        guard let query = queries.first(where: { $0.plan.scan.contains(.rowTopic) })?.plan else { return }
        throw SourceError(
            "\(query.name) uses UUID() or RANDOM(), and a stream of this program is read above the query that writes "
                + "its topic", at: query.location, hint: "move the query that writes the topic up")
    }

    /// Whether the name belongs to nothing but a statement with a mistake.
    private func isBroken(_ name: String) -> Bool { sources[name] == nil && brokenNames.contains(name) }

    private func hasBrokenSource(_ query: QuerySyntax) -> Bool { query.sources.contains { isBroken($0.text) } }

    private mutating func create(_ statement: StatementSyntax, _ errors: inout [SourceError]) {
        if let head = statement.head {
            let isMade =
                !(statement.query.map { hasBrokenSource($0) } ?? false)
                && collecting(&errors) { binder throws(SourceError) in
                    switch statement {
                    case .createSource(let create): try binder.createSource(create)
                    case .createAsSelect(let create): try binder.createAsSelect(create)
                    default: break
                    }
                }
            if !isMade, sources[head.name.text] == nil { brokenNames.insert(head.name.text) }
            return
        }
        switch statement {
        case .insertInto(let insert):
            // The name of the query counts the statements, wherever it is bound.
            inserts.append((nextOrdinal, insert))
            nextOrdinal += 1
        case .select(let select): questions.append(select)
        case .set(let name, let value):
            collecting(&errors) { binder throws(SourceError) in
                guard try !binder.defaults.set(name, value) else { return }
                binder.plan.properties.append(
                    ProgramPlan.Property(name: name.text, value: value, location: name.location))
            }
        case .unset(let name):
            defaults.unset(name.text)
            plan.properties.removeAll { $0.name == name.text }
        default: break
        }
    }

    // MARK: Statements

    private mutating func createSource(_ create: CreateSourceSyntax) throws(SourceError) {
        guard try !isKept(create.head) else { return }
        let declared = DeclaredSource(create, defaults, catalogue)
        add(try declared.bound { topic in flow.sink(over: topic).flatMap { sources[$0] }.map { plan.sources[$0] } })
        self.declared.insert(create.head.name.text)
        origins.noteDeclaration(create.head.name.text)
    }

    private mutating func createAsSelect(_ create: CreateAsSelectSyntax) throws(SourceError) {
        guard try !isKept(create.head) else { return }
        let head = create.head
        let (input, query) = try bind(create.query, into: head.name.text)
        guard query.kind == head.kind else { throw wrongKind(query.kind, head) }
        let properties = try PropertyReader(create.properties, .sink)
        let sink = try sink(head, query, input, properties)
        add(sink)
        let prefix = head.kind == .stream ? "CSAS" : "CTAS"
        append(query, input, sink, name: "\(prefix)_\(head.name.text)_\(nextOrdinal)", nextOrdinal, head.location)
        nextOrdinal += 1
    }

    private func wrongKind(_ kind: SourceDefinition.Kind, _ head: CreateHeadSyntax) -> SourceError {
        SourceError(
            "the query makes a \(kind.rawValue), not a \(head.kind.rawValue)", at: head.name.location,
            hint: "write CREATE \(kind.rawValue) \(head.name.text) … AS SELECT")
    }

    private func sink(
        _ head: CreateHeadSyntax, _ query: BoundQuery, _ input: SourceDefinition, _ properties: PropertyReader
    ) throws(SourceError) -> SourceDefinition {
        let columns =
            query.keys.map {
                LocatedColumn(definition: ColumnDefinition($0.name, $0.expression.type, .key), location: $0.location)
            }
            + query.values.map {
                LocatedColumn(
                    definition: ColumnDefinition($0.name, $0.expression.type, .value), location: $0.location)
            }
        let topic = try properties.topic() ?? head.name.text
        guard PropertyReader.isTopicName(topic) else {
            throw SourceError(
                "\(Suggestion.shortened(topic)) is no name of a Kafka topic", at: head.name.location,
                hint: "name the topic: WITH (KAFKA_TOPIC = '…')")
        }
        let inputs = [input.name] + query.joined
        let isOwn = inputs.contains { sources[$0].map { plan.sources[$0].topic } == topic }
        if isOwn || inputs.contains(where: { flow.isFed($0, by: topic) }) {
            throw SourceError(
                "\(head.name.text) would be written to the topic that it is read from",
                at: properties["KAFKA_TOPIC"]?.valueLocation ?? head.name.location,
                hint: "name another topic: WITH (KAFKA_TOPIC = '…')")
        }
        if case .aggregation = query.shape, let property = properties["TIMESTAMP"] {
            throw SourceError(
                "TIMESTAMP of a grouped result is not supported yet", at: property.name.location,
                hint: "the time of a group is that of its latest record; name a column in the declaration of the input")
        }
        let assembler = SourceAssembler(
            name: head.name, kind: head.kind, properties: properties, input: input, location: head.location)
        let assembled = try assembler.assembled(columns, topic: topic, windowedKey: query.windowedKey)
        let sink = try SinkSchemaReader(properties: properties, catalogue: catalogue).adopted(assembled)
        try checkMixing(sink, head, properties)
        return sink
    }

    /// Two queries may write one topic only where their rows look alike.
    private func checkMixing(
        _ sink: SourceDefinition, _ head: CreateHeadSyntax, _ properties: PropertyReader
    ) throws(SourceError) {
        guard let name = flow.sink(over: sink.topic), let index = sources[name] else { return }
        let other = plan.sources[index]
        let isAlike =
            sink.kind == .stream && other.kind == .stream && sink.columns == other.columns
            && sink.keyFormat == other.keyFormat && sink.valueFormat == other.valueFormat
        if isAlike { return }
        throw SourceError(
            "\(other.name) writes other rows to the topic \(Suggestion.shortened(sink.topic)) already",
            at: properties["KAFKA_TOPIC"]?.valueLocation ?? head.name.location,
            hint: "name another topic: WITH (KAFKA_TOPIC = '…'); or write INSERT INTO \(other.name)")
    }

    private mutating func insertInto(_ insert: InsertIntoSyntax, _ ordinal: Int) throws(SourceError) {
        let target = try source(insert.target)
        let properties = try PropertyReader(insert.properties, .insertInto)
        let (input, query) = try bind(insert.query, into: insert.target.text)
        let matched = try InsertTarget(target, insert, flow).matched(query, input)
        let name = try queryID(properties) ?? "INSERTQUERY_\(ordinal)"
        guard !queryNames.contains(name) else {
            throw SourceError(
                "there is a query \(name) already", at: insert.location, hint: "name this one: WITH (QUERY_ID = '…')")
        }
        append(
            matched, input, target, name: name, ordinal, insert.location)
    }

    /// Binds the SELECT that stands on its own, if there is one, as the last query.
    private mutating func ask(_ errors: inout [SourceError]) {
        for other in questions.dropFirst() {
            errors.append(
                SourceError(
                    "there are several SELECTs", at: other.query.location,
                    hint: "ask one at a time; what it builds on is made by CREATE STREAM … AS SELECT"))
        }
        guard let question = questions.first, !hasBrokenSource(question.query) else { return }
        collecting(&errors) { binder throws(SourceError) in try binder.ask(question) }
    }

    private mutating func ask(_ question: SelectSyntax) throws(SourceError) {
        if question.query.emit != nil, let location = question.orderLocation {
            throw SourceError(
                "what goes on has no end to order by", at: location, hint: "leave out EMIT, or ORDER BY")
        }
        // No stream of the program has its name, and no topic can have the other one.
        var name = "SELECT"
        while sources[name] != nil { name += "_" }
        let (input, query) = try bind(question.query, into: name, question: question)
        let columns =
            query.keys.map { ColumnDefinition($0.name, $0.expression.type, .key) }
            + query.values.map { ColumnDefinition($0.name, $0.expression.type, .value) }
        let sink = SourceDefinition(
            name: name, kind: query.kind, topic: "(\(name))",
            keyFormat: FormatDefinition(query.keys.isEmpty ? .none : .json), valueFormat: FormatDefinition(.json),
            columns: columns, windowedKey: query.windowedKey, location: question.query.location)
        let shown = query.values.count { !$0.name.hasPrefix("KSQL_ORDER_") }
        plan.question = Question(
            shownColumns: shown,
            keys: query.values.prefix(shown).map { value in
                query.keys.firstIndex { $0.expression == value.expression }
            }, order: query.order, limit: question.limit, isLive: question.query.emit != nil)
        add(sink)
        append(query, input, sink, name: "SELECT", nextOrdinal, question.query.location)
    }

    private func queryID(_ properties: PropertyReader) throws(SourceError) -> String? {
        guard let text = try properties.text("QUERY_ID") else { return nil }
        let location = properties["QUERY_ID"]?.valueLocation
        let name = Names.upperCased(text)
        let isWord = name.utf8.allSatisfy { 0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 || $0 == 0x5F }
        guard isWord, name.utf8.count <= 128 else {
            throw SourceError("QUERY_ID takes letters A to Z, digits and underscores", at: location)
        }
        guard !queryNames.contains(name) else {
            throw SourceError("there is a query \(name) already", at: location)
        }
        return name
    }

    private mutating func add(_ source: SourceDefinition) {
        sources[source.name] = plan.sources.count
        plan.sources.append(source)
        flow.add(source)
        for sink in flow.writtenNeighbours(of: source.name) { origins.noteEdge(from: sink, into: source.name) }
    }

    private mutating func append(
        _ query: BoundQuery, _ input: SourceDefinition, _ sink: SourceDefinition, name: String, _ ordinal: Int,
        _ location: SourceLocation
    ) {
        queryNames.insert(name)
        let isFirst = flow.query(writing: sink.name) == nil
        for input in [input.name] + query.joined { flow.add(from: input, to: sink.name, query: name) }
        origins.noteQuery(query, from: input.name, into: sink.name)
        if isFirst {
            for other in flow.neighbours(of: sink.name) { origins.noteEdge(from: sink.name, into: other) }
        }
        queries.append(
            (
                ordinal,
                QueryPlan(
                    name: name, input: input.name, streamJoin: query.streamJoin, joins: query.joins, scan: query.scan,
                    filter: query.filter, tableCalls: query.tableCalls, operation: query.operation, emit: query.emit,
                    sink: sink, location: location)
            ))
    }

    // MARK: What is there already

    /// Whether the statement has nothing to do (IF NOT EXISTS). Throws where the name is taken.
    private func isKept(_ head: CreateHeadSyntax) throws(SourceError) -> Bool {
        guard let existing = sources[head.name.text].map({ plan.sources[$0] }) else { return false }
        if head.ifNotExists { return true }
        throw SourceError(
            "there is a \(existing.kind.rawValue) \(existing.name) already, from line \(existing.location.line)",
            at: head.name.location, hint: "choose another name, or write CREATE OR REPLACE")
    }

    private func source(_ name: NameSyntax) throws(SourceError) -> SourceDefinition {
        if let index = sources[name.text] { return plan.sources[index] }
        let names = plan.sources.map(\.name)
        let otherCase = names.first { Names.upperCased($0) == Names.upperCased(name.text) }
        let below = makers[name.text].map { "it is made below, in line \($0.line): move that statement up" }
        let known =
            names.isEmpty ? "declare it first with CREATE STREAM or CREATE TABLE" : "there is \(Suggestion.list(names))"
        throw SourceError(
            "unknown source \(Suggestion.shortened(name.text))", at: name.location,
            hint: otherCase.map { "it is called `\($0)`, which must be quoted as it is" } ?? below
                ?? Suggestion.hint(for: name.text, in: names, otherwise: known))
    }

    /// Each window that a record falls in is a result: many of them may be more than was meant.
    private mutating func warnOfWindows(_ query: BoundQuery, _ syntax: QuerySyntax) {
        guard case .aggregation(let window?, _, _, _, _) = query.shape,
            window.windowsPerRecord >= WindowsPerRecord.noteworthy
        else { return }
        warnings.append(
            SourceError(
                "each record falls in \(window.windowsPerRecord) windows, and makes or changes a result in each",
                at: syntax.window?.location, hint: "advance by more where fewer results will do"))
    }

    private mutating func bind(
        _ syntax: QuerySyntax, into sink: String, question: SelectSyntax? = nil
    ) throws(SourceError) -> (SourceDefinition, BoundQuery) {
        let input = try source(syntax.source)
        let joined = try syntax.joins.map { (join) throws(SourceError) in try source(join.source) }
        var binder = try QueryBinder(
            syntax, source: input, joined: joined, identity: origins.identity(reading: input.name, into: sink),
            windowsPerRecord: windowsPerRecord, question: question)
        do throws(SourceError) {
            let query = try binder.bind()
            warnOfWindows(query, syntax)
            return (input, query)
        } catch {
            others = binder.mistakes
            throw error
        }
    }

    /// A stream that is declared over a topic, written here and read: its rows go from query to query, and the topic is
    /// not read.
    private mutating func warnOfOwnRows() {
        let made = declared.intersection(plan.queries.map(\.sink.name))
        let written = made.union(plan.edges.filter { made.contains($0.writer) }.map(\.reader))
        var said: Set<String> = []
        for query in plan.queries where written.contains(query.input) && said.insert(query.input).inserted {
            guard let index = sources[query.input] else { continue }
            let source = plan.sources[index]
            warnings.append(
                SourceError(
                    "of \(source.name), \(query.name) reads only what this program writes into it", at: query.location,
                    hint: "what else is in the topic \(source.topic) is not read"))
        }
    }

    /// A table over the topic of a stream that was given another key.
    private mutating func warnOfOrder(_ query: QueryPlan) {
        guard let index = sources[query.input], plan.sources[index].kind == .table else { return }
        let name = query.input
        warnings.append(
            SourceError(
                "\(name) keeps the last row of each key, and rows of one key come from several partitions: which of "
                    + "them is the last may differ between a run and a replay", at: query.location,
                hint: "make \(name) by GROUP BY with LATEST_BY_OFFSET, or read an input that is partitioned by this key"
            ))
    }

    /// Takes the mark off aggregations that group by the key of a stream whose rows do not lie in the key's partition.
    private mutating func settlePartitions() {
        var keeping: [String: Bool] = [:]
        let writers = plan.edgeWriters
        for index in plan.queries.indices {
            let query = plan.queries[index]
            let origins = query.streams + (writers[query.input] ?? [])
            let keeps = origins.allSatisfy { keeping[$0] ?? true }
            if !keeps, !(writers[query.input] ?? []).isEmpty { warnOfOrder(query) }
            // Queries stand behind those that they read from, so that the writers of an input are all known.
            switch query.operation {
            case .project(let projection):
                let isOnly = keeping[query.sink.name] == nil
                keeping[query.sink.name] = isOnly && keeps && !projection.changesKey && query.streamJoin == nil
            case .aggregate(var aggregation):
                keeping[query.sink.name] = false
                guard !keeps || query.streamJoin != nil, aggregation.isPartitionAffine else { continue }
                aggregation.isPartitionAffine = false
                plan.queries[index].operation = .aggregate(aggregation)
            }
        }
    }
}
