// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillracePlan
import MillraceReport

/// Before a run makes or joins anything: whether the program is the one that its application has committed, and what
/// may be done where it is not.
///
///     the group's commits ── of this program ──────────────────────────────► go on
///            │               of another ── its processes run still ── E5012 (or --upgrade)
///            │                    └ queries are new or changed ────── E5011 (or --new-queries)
///            └ none, but results lie in the outputs ───────────────── E5013, when it is sure (`GroupOffsets`)
struct ProgramGate {
    private static let timeout: Int32 = 15_000
    /// Of topics that the program does not read so many partitions are asked for, at most.
    private static let mostForeignPartitions = 20_000

    private let graph: QueryGraph
    private let options: RunOptions
    private let identities: [QueryIdentity]
    /// How a process of this instance names itself to the broker.
    private let clientID: String
    private let clock: any Clock
    private unowned let observer: any RunObserver

    init(
        _ graph: QueryGraph, _ options: RunOptions, clientID: String, clock: any Clock, observer: any RunObserver
    ) {
        self.graph = graph
        self.options = options
        self.clientID = clientID
        self.clock = clock
        self.observer = observer
        identities = graph.identities(settings: options.resultSettings)
    }

    /// - Parameter inputs: all partitions of the input.
    /// - Returns: what the group has committed of it.
    /// - Throws: `RunFailure` where the start would do something that nobody has asked for; `KafkaError`.
    func check(inputs: [TopicPartition]) throws -> [TopicPartition: CommitMetadata] {
        guard !options.isJob else { return [:] }
        let admin = try options.cluster.admin()
        let group = try GroupCommits(
            ofGroup: options.application, options.cluster)
        defer { group.close() }
        var commits = try commits(group, admin, inputs)
        if commits.isEmpty {
            commits = try commitsBesideResults(group, inputs)
            if commits.isEmpty { return [:] }
        }
        let change = ProgramChange(
            identities, topics: graph.program.queries.indices.map(graph.topics(feeding:)), commits: commits)
        if change.hasUnnamedCommits {
            observer.log(
                LogLine(
                    .warn,
                    "the commits of \(options.application) do not say what they are of: they are taken for this "
                        + "program's", code: .programChanged))
        }
        guard !change.isEmpty else { return commits }
        let members = try admin.members(ofGroup: options.application, timeoutMilliseconds: ProgramGate.timeout)
        if let other = members.first(where: { $0.clientID != clientID }), !options.isUpgrade {
            throw otherProgram(change, other)
        }
        try ProgramGate.require(options.newQueries, change, graph, options)
        observer.log(LogLine(.warn, note(change), code: .programChanged))
        return commits
    }

    /// Nothing is committed. Where results or state say that something was, the question is asked for some time: a
    /// broker that has just started may not know yet.
    /// - Returns: what was committed after all.
    private func commitsBesideResults(
        _ group: GroupCommits, _ inputs: [TopicPartition]
    ) throws -> [TopicPartition: CommitMetadata] {
        guard !options.beginsBesideResults else { return [:] }
        let traces = TraceFinder(graph, options)
        // What is left of its state alone is no harm: results are published for the first time.
        guard let trace = try traces.find(), let topic = trace.results else { return [:] }
        var memory = GroupMemory()
        while case .doubted(let text) = memory.judgeBeginning(trace, now: clock.monotonicNanoseconds()) {
            if observer.isStopRequested { throw RunFailure.stoppedInDoubt(text) }
            observer.log(
                LogLine(
                    .warn, "asking again: \(text)", code: .offsetsForgotten, kind: "offsets in doubt"))
            options.cluster.time.sleep(milliseconds: 500)
            let commits = try committed(group, inputs, isOwn: true)
            if !commits.isEmpty { return commits }
        }
        throw traces.failure(resultsIn: topic)
    }

    /// What the group has committed of the program's input; if that is nothing, of whatever there is.
    private func commits(
        _ group: GroupCommits, _ admin: any LogAdmin, _ inputs: [TopicPartition]
    ) throws -> [TopicPartition: CommitMetadata] {
        let own = try committed(group, inputs, isOwn: true)
        guard own.isEmpty else { return own }
        let cluster = try admin.describeCluster(timeoutMilliseconds: ProgramGate.timeout)
        let others = cluster.topics.filter { !$0.key.hasPrefix("__") && !graph.topics.contains($0.key) }
            .flatMap { topic, partitions in partitions.map { TopicPartition(topic, $0.number) } }.sorted()
        return try committed(group, Array(others.prefix(ProgramGate.mostForeignPartitions)), isOwn: false)
    }

    private func committed(
        _ group: GroupCommits, _ partitions: [TopicPartition], isOwn: Bool
    ) throws -> [TopicPartition: CommitMetadata] {
        let found = try group.committed(partitions, timeoutMilliseconds: ProgramGate.timeout)
        var commits: [TopicPartition: CommitMetadata] = [:]
        for (partition, commit) in found.sorted(by: { $0.key < $1.key }) {
            if let metadata = CommitMetadata(commit.metadata) {
                commits[partition] = metadata
            } else if isOwn || CommitMetadata.isNewer(commit.metadata) {
                throw ProgramGate.foreignCommit(options.application, partition, commit)
            }
        }
        return commits
    }

    private func note(_ change: ProgramChange) -> String {
        let text = "the program has changed since \(options.application) has committed: \(change.text)"
        guard !change.unknown.isEmpty else {
            return text + ": what it has published stays; should it come back, it counts as new"
        }
        switch options.newQueries {
        case .backfill?: return text + ": \(change.unknownNames) runs over the history first"
        case .live?: return text + ": \(change.unknownNames) begins at the commits, without the history"
        case nil: return text
        }
    }

    private func otherProgram(_ change: ProgramChange, _ other: GroupMember) -> RunFailure {
        let beside = options.command(
            without: ["--application"], with: ["--application", options.otherApplication])
        return RunFailure(
            .configuration, .otherProgram,
            "another program runs as \(options.application) on \(other.host) (\(other.clientID)); against it "
                + change.text,
            hint: "stop it first; or run this one beside it under another name:\n"
                + "    \(beside)\n"
                + "  or, to go over to this program one process at a time:\n"
                + "    \(options.command(with: ["--upgrade"]))")
    }

    // MARK: what is asked at every assignment, too

    /// A commit that this version cannot read.
    static func foreignCommit(
        _ application: String, _ partition: TopicPartition, _ commit: CommittedOffset
    ) -> RunFailure {
        let place = "the group \(application) has committed \(partition)@\(commit.offset)"
        if CommitMetadata.isNewer(commit.metadata) {
            return RunFailure(
                .data, .newerCommit, "\(place) with a newer Millrace than this one",
                hint: ErrorCode.newerCommit.explanation.step, partition: partition, offset: commit.offset)
        }
        return RunFailure(
            .data, .foreignCommit, "\(place), but not with Millrace",
            hint: "choose another name with --application, or delete the group's offsets", partition: partition,
            offset: commit.offset)
    }

    /// Whether what has changed may go on as it was asked for.
    static func require(
        _ wish: NewQueries?, _ change: ProgramChange, _ graph: QueryGraph, _ options: RunOptions
    ) throws(RunFailure) {
        guard !change.unknown.isEmpty else { return }
        guard let wish else {
            throw RunFailure(
                .configuration, .programChanged,
                "the program has changed since \(options.application) has committed: \(change.text)",
                hint: options.choices(change.unknownNames))
        }
        guard wish == .backfill else { return }
        if options.exchangesPartials {
            throw RunFailure(
                .configuration, .contradiction, "--new-queries backfill does not go with --exchange",
                hint: options.choices(change.unknownNames))
        }
        if let query = change.unknown.sorted().first(where: { graph.readsKnownResults($0, change.unknown) }) {
            let plan = graph.program.queries[query]
            throw RunFailure(
                .configuration, .contradiction,
                "\(plan.sink.name) cannot be filled from the history: it reads results of \(plan.input), which were "
                    + "published already and are not computed again",
                hint: options.choices(change.unknownNames))
        }
    }
}

extension QueryGraph {
    /// Whether a query stands behind an aggregation that is not among `unknown`.
    fileprivate func readsKnownResults(_ query: Int, _ unknown: Set<Int>) -> Bool {
        writers(of: program.queries[query].input).contains { writer in
            if case .aggregate = program.queries[writer].operation, !unknown.contains(writer) { return true }
            return readsKnownResults(writer, unknown)
        }
    }
}
