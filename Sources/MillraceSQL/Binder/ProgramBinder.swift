// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillracePlan

/// The statements of a program in their order, each bound against what the ones before it made.
struct ProgramBinder {
    private var plan = ProgramPlan()

    /// The program as a plan. Throws the first mistake.
    mutating func bind(_ program: ProgramSyntax) throws(SourceError) -> ProgramPlan {
        for statement in program.statements {
            switch statement {
            case .createSource(let create): try createSource(create)
            case .createAsSelect(let create): try createAsSelect(create)
            case .insertInto(let insert): try insertInto(insert)
            case .set(let name, let value):
                plan.properties.append(
                    ProgramPlan.Property(name: name.text, value: value, location: name.location))
            case .unset(let name): plan.properties.removeAll { $0.name == name.text }
            }
        }
        if plan.queries.isEmpty {
            throw SourceError(
                "the program has no query", at: program.end,
                hint: "add CREATE STREAM … AS SELECT, CREATE TABLE … AS SELECT or INSERT INTO … SELECT")
        }
        return plan
    }

    // MARK: Statements

    private mutating func createSource(_ create: CreateSourceSyntax) throws(SourceError) {
        guard try !isKept(create.head) else { return }
        let source = try DeclaredSource(create).bound()
        if let index = plan.sources.firstIndex(where: { $0.name == source.name }) {
            plan.sources[index] = source
        } else {
            plan.sources.append(source)
        }
    }

    private mutating func createAsSelect(_ create: CreateAsSelectSyntax) throws(SourceError) {
        guard try !isKept(create.head) else { return }
        let head = create.head
        if plan.source(named: head.name.text) != nil {
            throw SourceError(
                "OR REPLACE of a source by a query is not supported yet", at: head.name.location,
                hint: "choose another name")
        }
        let (input, query) = try bind(create.query)
        guard query.kind == head.kind else { throw wrongKind(query.kind, head) }
        let properties = try PropertyReader(create.properties, .sink)
        let sink = try sink(head, query, input, properties)
        plan.sources.append(sink)
        let prefix = head.kind == .stream ? "CSAS" : "CTAS"
        append(query, input, sink, name: "\(prefix)_\(head.name.text)_\(plan.queries.count + 1)", head.location)
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
        if topic == input.topic {
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
        return try assembler.assembled(columns, topic: topic, windowedKey: query.windowedKey)
    }

    private mutating func insertInto(_ insert: InsertIntoSyntax) throws(SourceError) {
        let target = try source(insert.target)
        let properties = try PropertyReader(insert.properties, .insertInto)
        let (input, query) = try bind(insert.query)
        let matched = try InsertTarget(target, insert, readers: plan.queries).matched(query, input)
        let ordinal = plan.queries.count + 1
        append(matched, input, target, name: try queryID(properties) ?? "INSERTQUERY_\(ordinal)", insert.location)
    }

    private func queryID(_ properties: PropertyReader) throws(SourceError) -> String? {
        guard let text = try properties.text("QUERY_ID") else { return nil }
        let location = properties["QUERY_ID"]?.valueLocation
        let name = Names.upperCased(text)
        let isWord = name.utf8.allSatisfy { 0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 || $0 == 0x5F }
        guard isWord, name.utf8.count <= 128 else {
            throw SourceError("QUERY_ID takes letters A to Z, digits and underscores", at: location)
        }
        guard !plan.queries.contains(where: { $0.name == name }) else {
            throw SourceError("there is a query \(name) already", at: location)
        }
        return name
    }

    private mutating func append(
        _ query: BoundQuery, _ input: SourceDefinition, _ sink: SourceDefinition, name: String,
        _ location: SourceLocation
    ) {
        plan.queries.append(
            QueryPlan(
                name: name, input: input.name, scan: query.scan, filter: query.filter, operation: query.operation,
                emit: query.emit, sink: sink, location: location))
    }

    // MARK: What is there already

    /// Whether the statement has nothing to do (IF NOT EXISTS). Throws where the name is taken.
    private func isKept(_ head: CreateHeadSyntax) throws(SourceError) -> Bool {
        guard let existing = plan.source(named: head.name.text) else { return false }
        if head.ifNotExists { return true }
        guard head.orReplace else {
            throw SourceError(
                "there is a \(existing.kind.rawValue) \(existing.name) already, from line \(existing.location.line)",
                at: head.name.location, hint: "choose another name, or write CREATE OR REPLACE")
        }
        let isUsed = plan.queries.contains { $0.input == existing.name || $0.sink.name == existing.name }
        if isUsed {
            throw SourceError(
                "OR REPLACE of a source that a query uses is not supported yet", at: head.name.location,
                hint: "choose another name")
        }
        return false
    }

    private func source(_ name: NameSyntax) throws(SourceError) -> SourceDefinition {
        if let source = plan.source(named: name.text) { return source }
        let names = plan.sources.map(\.name)
        let otherCase = names.first { Names.upperCased($0) == Names.upperCased(name.text) }
        let known =
            names.isEmpty ? "declare it first with CREATE STREAM or CREATE TABLE" : "there is \(Suggestion.list(names))"
        throw SourceError(
            "unknown source \(Suggestion.shortened(name.text))", at: name.location,
            hint: otherCase.map { "it is called `\($0)`, which must be quoted as it is" }
                ?? Suggestion.hint(for: name.text, in: names, otherwise: known))
    }

    private func bind(_ syntax: QuerySyntax) throws(SourceError) -> (SourceDefinition, BoundQuery) {
        let input = try source(syntax.source)
        var binder = QueryBinder(syntax, source: input, keepsPartition: keepsPartition(input.name))
        return (input, try binder.bind())
    }

    /// Whether the rows of a source lie in the partition of their key in a topic that is read from Kafka: it is such a
    /// topic, or made from one by a single chain of queries that leave the key alone.
    private func keepsPartition(_ name: String) -> Bool {
        var name = name
        while true {
            let writers = plan.writers(of: name)
            if writers.isEmpty { return true }
            guard writers.count == 1, case .project(let projection) = writers[0].operation, !projection.changesKey
            else {
                return false
            }
            name = writers[0].input
        }
    }
}
