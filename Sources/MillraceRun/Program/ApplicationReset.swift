// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillraceEngine
import MillraceLog
import MillracePlan
import MillraceReport
import MillraceSettings

/// `millrace reset`: makes an application begin again, with empty topics. The offsets go first: if it breaks off, a run
/// finds nothing committed and refuses to publish beside what is left (E5013).
///
///     group's offsets ─► changelogs, exchanges ─► records of the outputs
package struct ApplicationReset {
    private static let timeout: Int32 = 30_000

    /// One thing to do.
    package enum Action: Hashable, Sendable {
        case deleteGroup(String)
        case deleteTopic(String, why: String)
        case deleteRecords(topic: String, count: Int64)

        /// As it stands behind "would".
        package var text: String {
            switch self {
            case .deleteGroup(let group): "delete the consumer group \(group) with its offsets"
            case .deleteTopic(let topic, let why): "delete the topic \(topic) (\(why))"
            case .deleteRecords(let topic, let count): "delete the records of \(topic) (\(NumberDisplay.count(count)))"
            }
        }
    }

    private let graph: QueryGraph
    private let options: RunOptions
    private let admin: any LogAdmin
    private let clock: any Clock

    package init(_ graph: QueryGraph, _ options: RunOptions) throws {
        clock = options.cluster.time
        self.graph = graph
        self.options = options
        admin = try options.cluster.admin()
    }

    /// What there is to do.
    /// - Throws: `RunFailure` where a process of the application runs; `KafkaError`.
    package func plan() throws -> [Action] {
        let members = try admin.members(ofGroup: options.application, timeoutMilliseconds: ApplicationReset.timeout)
        if let member = members.first {
            throw RunFailure(
                .tryAgain, .secondProcess,
                "\(options.application) runs on \(member.host) (\(member.clientID)), or has ended less than a session "
                    + "ago",
                hint: "stop it, wait for its session to end (30 s), and try again")
        }
        var actions: [Action] = []
        let inputs = try partitions(ofTopics: graph.topics)
        let group = try GroupCommits(
            ofGroup: options.application, options.cluster)
        defer { group.close() }
        let commits = try group.committed(inputs, timeoutMilliseconds: ApplicationReset.timeout)
        if !commits.isEmpty { actions.append(.deleteGroup(options.application)) }
        var all = options
        // State of a run with other settings is state, too.
        all.exchangesPartials = true
        if all.stateFlushIntervalMilliseconds == 0 {
            all.stateFlushIntervalMilliseconds = StateFlushInterval.byDefault
        }
        let changelogs = ChangelogPlan(graph, all)
        let state =
            graph.program.queries.indices.map(changelogs.topic)
            + ExchangePlan(graph, application: options.application, isOn: true).topics.map(\.name)
        let existing = try admin.partitionCounts(ofTopics: state, timeoutMilliseconds: ApplicationReset.timeout)
        actions += state.filter { existing[$0] != nil }.map { .deleteTopic($0, why: "state") }
        let outputs = PlannedTopic.outputs(graph, deadLetterTopic: nil).map(\.name)
        let settings = try admin.settings(ofTopics: outputs, timeoutMilliseconds: ApplicationReset.timeout)
        for topic in outputs {
            let count = try ranges(topic).values.reduce(Int64(0)) { $0 +| ($1.high -| $1.low) }
            guard count > 0 else { continue }
            // Of a compacted topic brokers delete no records alone.
            actions.append(
                settings[topic]?["cleanup.policy"] == "compact"
                    ? .deleteTopic(topic, why: "results; it is compacted, and the next run makes it again")
                    : .deleteRecords(topic: topic, count: count))
        }
        return actions
    }

    /// Does it, in order.
    /// - Throws: `KafkaError`; what was done before stays done.
    package func execute(_ plan: [Action]) throws {
        for action in plan {
            switch action {
            case .deleteGroup(let group):
                try admin.deleteGroup(group, timeoutMilliseconds: ApplicationReset.timeout)
            case .deleteTopic(let topic, _):
                let outcome = try admin.deleteTopics([topic], timeoutMilliseconds: ApplicationReset.timeout)
                if case .failed(let error)? = outcome[topic] { throw error }
            case .deleteRecords(let topic, _):
                _ = try admin.deleteRecords(
                    before: ranges(topic).mapValues(\.high), timeoutMilliseconds: ApplicationReset.timeout)
            }
        }
    }

    private func partitions(ofTopics topics: [String]) throws -> [TopicPartition] {
        let counts = try admin.partitionCounts(ofTopics: topics, timeoutMilliseconds: ApplicationReset.timeout)
        return counts.flatMap { topic, count in (0..<count).map { TopicPartition(topic, $0) } }.sorted()
    }

    private func ranges(_ topic: String) throws -> [TopicPartition: OffsetRange] {
        try admin.offsetRanges(partitions(ofTopics: [topic]), timeoutMilliseconds: ApplicationReset.timeout)
    }
}
