// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillraceEngine
import MillraceLog
import MillracePlan
package import MillraceRun

/// What the cluster is judged for: a program with its settings, or no program and only the connection.
package struct DoctorSubject: Sendable {
    struct Input: Sendable {
        var topic: String
        /// What the program declares over it.
        var sources: [SourceDefinition]

        /// Whether event time is a column of some source, and not the Kafka timestamp.
        var hasTimestampColumn: Bool { sources.contains { $0.timestamp != nil } }
    }

    struct Output: Sendable {
        var sink: SourceDefinition
        /// Whether a query over windows writes it.
        var hasWindow: Bool

        var topic: String { sink.topic }
    }

    struct Changelog: Sendable {
        var topic: String
        /// The input topics whose state it keeps.
        var inputs: Set<String>
    }

    package let graph: QueryGraph?
    package let options: RunOptions
    let inputs: [Input]
    /// Each topic once.
    let outputs: [Output]
    let changelogs: [Changelog]
    /// Everything that the program writes: outputs, dead letters, changelogs, exchanges.
    let written: [PlannedTopic]
    /// What the user has to be allowed; none without a program.
    let permissions: [Permission]
    /// In ms; nil: no transactions.
    let transactionTimeout: Int32?
    /// The longest window with its grace of the queries whose state comes from the input alone (ms); nil: none.
    let longestReread: Int64?

    /// - Parameter graph: nil: only the connection is looked at.
    package init(_ graph: QueryGraph?, options: RunOptions) {
        self.graph = graph
        self.options = options
        guard let graph else {
            (inputs, outputs, changelogs, written, permissions) = ([], [], [], [], [])
            (transactionTimeout, longestReread) = (nil, nil)
            return
        }
        inputs = graph.topics.map { topic in
            Input(topic: topic, sources: graph.program.rootSources.filter { $0.topic == topic })
        }
        var outputs: [Output] = []
        for query in graph.program.queries where !outputs.contains(where: { $0.topic == query.sink.topic }) {
            outputs.append(Output(sink: query.sink, hasWindow: DoctorSubject.window(of: query) != nil))
        }
        self.outputs = outputs
        let plan = ChangelogPlan(graph, options)
        changelogs = plan.queries.map { query in
            Changelog(
                topic: plan.topic(query), inputs: Set(graph.feedingRoots[query].map { graph.roots[$0].source.topic }))
        }
        written = PlannedTopic.all(graph, options)
        permissions = PermissionPlan(graph, options).permissions
        transactionTimeout =
            plan.usesTransactions(options.guarantee)
            ? plan.transactionTimeout(commitIntervalMilliseconds: options.commitIntervalMilliseconds) : nil
        longestReread = graph.program.queries.indices.filter { !plan.queries.contains($0) }
            .compactMap { DoctorSubject.length(graph.program.queries[$0]) }.max()
    }

    /// Every topic that the program reads, writes or keeps.
    var topics: [String] {
        let written = written.map(\.name)
        return inputs.map(\.topic).filter { !written.contains($0) } + written
    }

    private static func window(of query: QueryPlan) -> Window? {
        guard case .aggregate(let aggregation) = query.operation else { return nil }
        return aggregation.window
    }

    private static func length(_ query: QueryPlan) -> Int64? {
        guard let window = window(of: query) else { return nil }
        switch window.kind {
        case .tumbling(let size), .hopping(let size, _): return size +| window.grace
        case .session(let gap): return 2 *| gap +| window.grace
        }
    }
}
