// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillraceEngine
package import MillracePlan
import MillraceReport
package import MillraceRun
import MillraceSettings

/// What `explain` says of a program: one model, whichever way it is shown.
package struct Explanation {
    /// How it is shown.
    package enum Format: String, CaseIterable, Sendable {
        case text, json, dot, mermaid
    }

    /// A topic that the program reads or writes.
    struct Topic {
        var name: String
        var role: TopicRole
        /// Nil: that depends on the input, which nobody has looked at.
        var partitions: Int?
        /// Nil: nobody has looked.
        var exists: Bool?
        /// How it is made, beyond the broker's defaults.
        var settings: [(name: String, value: String)] = []
    }

    /// What a query with groups holds.
    struct State {
        var query: String
        var changelog: String?
        var estimate: StateEstimate
    }

    let application: String
    /// The plan, with the topics around it and what is said of state.
    package private(set) var diagram: PlanDiagram
    /// Nil: no broker was asked.
    let slices: [Slice.Range]?
    let topics: [Topic]
    let states: [State]
    let permissions: PermissionPlan
    /// That give the permissions.
    let commands: [String]
    let delivery: String
    let errors: ErrorHandling
    /// What will be registered before results are written.
    let schemas: [SinkSchema]

    /// - Parameter cluster: nil: no broker was asked.
    package init(_ graph: QueryGraph, options: RunOptions, cluster: ClusterView?) {
        application = options.application
        slices = cluster?.slices
        topics = Explanation.topics(graph, options, cluster)
        permissions = PermissionPlan(graph, options)
        commands = AccessCommand(options.properties).texts(permissions)
        delivery = options.guarantee.explanation(commitIntervalMilliseconds: options.commitIntervalMilliseconds)
        errors = options.errors
        // What has no schema is said where the program is checked.
        schemas = (try? graph.program.sinkSchemas()) ?? []
        let changelogs = ChangelogPlan(graph, options)
        states = graph.program.queries.indices.compactMap { query in
            let isFlushed = changelogs.queries.contains(query)
            return StateEstimate(
                query, graph, isFlushed: isFlushed, input: Explanation.input(of: query, graph, cluster)
            ).map {
                State(
                    query: graph.program.queries[query].name, changelog: isFlushed ? changelogs.topic(query) : nil,
                    estimate: $0)
            }
        }
        diagram = PlanDiagram(graph.program)
        addFutureLimit(graph, options)
        addState(graph, changelogs, options)
        addDeadLetters(graph, options)
        describeTopics()
        addSchemas()
    }

    /// What lies in the topics that feed a query.
    private static func input(of query: Int, _ graph: QueryGraph, _ cluster: ClusterView?) -> LogExtent? {
        guard let cluster else { return nil }
        return graph.topics(feeding: query).compactMap { cluster.extents[$0] }
            .reduce(LogExtent()) { $0.merged($1) }
    }

    private static func topics(_ graph: QueryGraph, _ options: RunOptions, _ cluster: ClusterView?) -> [Topic] {
        let inputs = graph.topics.map { topic in
            let count = cluster?.slices.count { $0.partition.topic == topic }
            return Topic(name: topic, role: .input, partitions: count, exists: cluster == nil ? nil : true)
        }
        let written = PlannedTopic.all(graph, options).map { planned in
            let found = cluster?.topics.first { $0.topic.name == planned.name }
            return Topic(
                name: planned.name, role: planned.role, partitions: found?.partitions ?? planned.partitions,
                exists: found?.exists,
                settings: planned.settings.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
                    + (planned.replicas.map { [("replicas", "\($0)")] } ?? []))
        }
        return inputs + written
    }

    // MARK: the diagram

    /// Which times of a TIMESTAMP column are taken.
    private mutating func addFutureLimit(_ graph: QueryGraph, _ options: RunOptions) {
        for root in graph.roots where root.source.timestamp != nil {
            let line = PlanDiagram.Line(
                "future",
                options.futureLimit.milliseconds == nil
                    ? "any time is taken (future.limit is off)"
                    : "bad where it is more than \(options.futureLimit.text) ahead of the Kafka timestamp "
                        + "(future.limit)"
            )
            for query in root.queries {
                diagram.append(line, to: PlanDiagram.identifier(graph.program.queries[query].name, .read))
            }
        }
    }

    private mutating func addState(_ graph: QueryGraph, _ changelogs: ChangelogPlan, _ options: RunOptions) {
        let exchange = ExchangePlan(graph, application: application, isOn: options.exchangesPartials)
        for (query, plan) in graph.program.queries.enumerated() {
            guard let state = states.first(where: { $0.query == plan.name }) else { continue }
            let part = PlanDiagram.identifier(plan.name, .aggregate)
            for line in changelogs.lines(query) { diagram.append(line, to: part) }
            diagram.append(PlanDiagram.Line("memory", state.estimate.text), to: part)
            if exchange.queries.contains(query) {
                connect(part, exchange.topic(query), .exchange, "partial results")
            }
            if let changelog = state.changelog { connect(part, changelog, .changelog, "state") }
        }
    }

    private mutating func connect(_ part: String, _ topic: String, _ kind: PlanDiagram.Kind, _ label: String) {
        diagram.addTopic(topic, kind)
        diagram.connect(part, PlanDiagram.identifier(ofTopic: topic), label, isMutual: true)
    }

    private mutating func addDeadLetters(_ graph: QueryGraph, _ options: RunOptions) {
        guard let topic = options.deadLetterTopic else { return }
        let place = PlanDiagram.identifier(ofTopic: topic)
        diagram.addTopic(topic, .deadLetters)
        let reading = Set(graph.roots.flatMap(\.queries))
        for (index, query) in graph.program.queries.enumerated() {
            var ways: [(from: PlanDiagram.Kind, cause: RejectionCause, label: String)] = [
                (.write, .tooLarge, "too large"), (.write, .refused, "refused"),
            ]
            if reading.contains(index) { ways.append((.read, .decode, "bad")) }
            if case .aggregate(let aggregation) = query.operation, aggregation.window != nil {
                ways.append((.aggregate, .late, "late"))
            }
            for way in ways where options.errors[way.cause] == .deadLetter {
                diagram.connect(PlanDiagram.identifier(query.name, way.from), place, way.label)
            }
        }
    }

    private mutating func addSchemas() {
        for schema in schemas {
            let line = PlanDiagram.Line("\(schema.part) schema", "registered under \(schema.subject)")
            diagram.append(line, to: PlanDiagram.identifier(ofTopic: schema.topic))
        }
    }

    private mutating func describeTopics() {
        for topic in topics {
            let place = PlanDiagram.identifier(ofTopic: topic.name)
            diagram.append(PlanDiagram.Line("partitions", topic.width), to: place)
            if topic.exists == false { diagram.append(PlanDiagram.Line("exists", "no, to be created"), to: place) }
            guard topic.role == .input, let slices else { continue }
            let records = slices.filter { $0.partition.topic == topic.name }.reduce(0) { $0 +| ($1.to -| $1.from) }
            diagram.append(PlanDiagram.Line("slice", "at most \(NumberDisplay.count(records)) records"), to: place)
        }
    }
}

extension Explanation.Topic {
    /// How many partitions it has or gets.
    var width: String { partitions.map { "\($0)" } ?? (role == .input ? "not looked at" : "as the input") }
}
