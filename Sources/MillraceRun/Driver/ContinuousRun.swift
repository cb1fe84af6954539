// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillraceEngine
import MillraceLog
package import MillraceReport

/// `millrace run`: history as batch, an exact hand-over, then live, published exactly once.
///
///     join ─► assigned ─► re-read (silent) ─► batch stage ─► hand-over ─► stream stage ─► stop
///       ▲       ▲                                                              │
///       │       └────────── rebalance, or an aborted transaction ◄─────────────┤
///       └───────────────── another member took the name ◄──────────────────────┘
package final class ContinuousRun {
    private let graph: QueryGraph
    private let options: RunOptions
    /// The caller's, with the status board where there is one.
    private let observer: any RunObserver
    private let clock: any Timekeeper
    private let threadNote: LogLine?

    package init(_ graph: QueryGraph, options: RunOptions, observer: any RunObserver) {
        var options = options
        threadNote = JoinCheck(graph).limitThreads(&options)
        self.graph = graph
        self.options = options
        self.observer = options.status.map { StatusObserver(observer, $0) } ?? observer
        clock = options.cluster.time
    }

    /// Runs until it is asked to stop (or, in mode batch, to the end of the log as it was at the start).
    package func run() throws -> RunReport {
        try JoinCheck(graph).checkRun(options)
        if let threadNote { observer.log(threadNote) }
        try FaultPoint.check()
        try exchange.check(options)
        let groupGuard = GroupGuard(graph, options)
        let topics = try prepareTopics(groupGuard)
        let recorder = options.status.map { StatusRecorder($0, graph, clock: clock) }
        let history = RunHistory()
        while true {
            let member = try join(topics, groupGuard, recorder, history)
            do {
                defer { member.consumer.close(timeoutMilliseconds: 5000) }
                return try RunDriver(member).run()
            } catch is MembershipLost {}
            wait(milliseconds: history.failures.pauseBeforeReturn)
        }
    }

    /// Does nothing for so long, or until it is asked to stop.
    private func wait(milliseconds: Int64) {
        let began = clock.monotonicNanoseconds()
        while !clock.hasPassed(milliseconds: milliseconds, since: began), !observer.isStopRequested {
            clock.sleep(milliseconds: 50)
        }
    }

    /// Makes the clients of a new member of the group, and what works with them.
    private func join(
        _ topics: Topics, _ groupGuard: GroupGuard, _ recorder: StatusRecorder?, _ history: RunHistory
    ) throws -> RunContext {
        let identity = "\(options.application)-\(options.instance)"
        // First the producers: what a predecessor left open is aborted before offsets are asked for.
        let producers = try makeProducers(
            options.guarantee.transactionalIDs(identity), leastTopicLimit: topics.outputs.limits.least)
        let changelogProducer =
            changelogs.mayKeepChangelogs
            ? try makeProducers(options.guarantee.changelogIDs(identity)).first : nil
        try FaultPoint.initialised.reach()
        let consumer = try makeConsumer(identity, groupGuard)
        let committer = options.guarantee.committer(
            producers, changelogProducer: changelogProducer, consumer, observer: observer)
        let keeper = ExchangeKeeper(
            topics.exchanges, graph, options: options, consumer: consumer, committer: committer, clock: clock,
            observer: observer)
        let groupOffsets = GroupOffsets(
            consumer, application: options.application, partitions: topics.inputs + keeper.partitions,
            traces: TraceFinder(graph, options),
            publishesAgain: options.beginsBesideResults,
            patienceBesideResults: options.isJob ? nil : GroupMemory.patience, memory: history.memory,
            clock: clock, observer: observer)
        try keeper.begin(inputs: topics.inputs, groupOffsets)
        let job = try openJob(consumer, groupOffsets, topics)
        try consumer.subscribe(topics: [topics.layout.lead])
        return RunContext(
            graph: graph, options: options, observer: observer, clock: clock, consumer: consumer,
            committer: committer, groupOffsets: groupOffsets, exchange: keeper, outputs: topics.outputs,
            layout: topics.layout, renewalMilliseconds: topics.renewalMilliseconds,
            partitions: topics.inputs + keeper.partitions, job: job, recorder: recorder, history: history)
    }

    private func makeConsumer(_ identity: String, _ groupGuard: GroupGuard) throws -> any GroupReader {
        var consumerOptions = ReaderOptions(
            profile: options.isJob ? .backfill : .live,
            group: GroupMembership(groupID: options.application, instanceID: identity))
        consumerOptions.clientID = groupGuard.clientID
        consumerOptions.keepsHeaders = graph.readsHeaders || options.deadLetterTopic != nil
        consumerOptions.memoryBudget = options.stateMemoryBytes
        return try options.cluster.reader(consumerOptions)
    }

    private func openJob(
        _ consumer: any GroupReader, _ groupOffsets: GroupOffsets, _ topics: Topics
    ) throws -> JobSlice? {
        guard options.isJob else { return nil }
        return try JobOpening(
            consumer: consumer, groupOffsets: groupOffsets, graph: graph, options: options, inputs: topics.inputs,
            exchanges: topics.exchanges, clock: clock, observer: observer
        ).open()
    }

    /// What the run finds, or makes, on its cluster.
    private struct Topics {
        /// All partitions of the input.
        var inputs: [TopicPartition]
        /// Where the results go.
        var outputs: OutputPlan
        /// By query.
        var exchanges: [Int: QueryExchange]
        var layout: TaskLayout
        /// See `RunSetup`.
        var renewalMilliseconds: Int64
    }

    /// In a function of its own, because an idle client, too, wakes up every second: this one must not outlive it.
    private func prepareTopics(_ groupGuard: GroupGuard) throws -> Topics {
        let directory = try TopicDirectory(graph, options: options)
        let partitions = try directory.inputPartitions()
        try groupGuard.check()
        let commits = try ProgramGate(
            graph, options, clientID: groupGuard.clientID, clock: clock, observer: observer
        ).check(inputs: partitions)
        let layout = layout(partitions, commits)
        let admin = try options.cluster.admin()
        try checkMembers(layout, admin, clientID: groupGuard.clientID)
        let outputs = try directory.prepareOutputs(
            deadLetterTopic: options.deadLetterTopic, inputPartitions: partitions, log: observer.log)
        try directory.prepareChangelogs(changelogs, inputPartitions: partitions, log: observer.log)
        let widths = try directory.prepareExchanges(exchange, inputPartitions: partitions, log: observer.log)
        return Topics(
            inputs: partitions, outputs: outputs,
            exchanges: exchange.exchanges(partitions: widths, inputs: partitions),
            layout: layout, renewalMilliseconds: renewalMilliseconds(admin))
    }

    private func layout(
        _ partitions: [TopicPartition], _ commits: [TopicPartition: CommitMetadata]
    ) -> TaskLayout {
        var widths = partitions.countsByTopic
        var committed: Set<String> = []
        for (partition, commit) in commits {
            guard let width = widths[partition.topic] else { continue }
            committed.insert(partition.topic)
            widths[partition.topic] = min(width, commit.firstPartitions ?? width)
        }
        return TaskLayout(widths, committed: committed)
    }

    /// Joining alone would take partitions from a process that shares out the input differently.
    private func checkMembers(_ layout: TaskLayout, _ admin: any LogAdmin, clientID: String) throws {
        // A broker that cannot say (a mock one) is asked again after the assignment.
        guard let members = try? admin.members(ofGroup: options.application, timeoutMilliseconds: 15_000) else {
            return
        }
        try layout.check(members.filter { $0.clientID != clientID }, application: options.application)
    }

    /// Brokers keep the offsets of topics that a group does not subscribe to for a limited time after each commit
    /// (KIP-211).
    private func renewalMilliseconds(_ admin: any LogAdmin) -> Int64 {
        let hour: Int64 = 3_600_000
        // Of a topic that the group subscribes to nothing is forgotten.
        guard graph.topics.count > 1 || !exchange.queries.isEmpty,
            let broker = try? admin.describeCluster(timeoutMilliseconds: 5000).brokers.first,
            let settings = try? admin.settings(ofBroker: broker.id, timeoutMilliseconds: 5000),
            let minutes = settings["offsets.retention.minutes"].flatMap({ Int64($0) })
        else { return hour }
        return min(max(minutes *| 60_000 / 4, 1000), hour)
    }

    /// All transactional ids of this instance are taken over, because a predecessor may have left either one's
    /// transaction open.
    private func makeProducers(_ transactionalIDs: [String?], leastTopicLimit: Int? = nil) throws -> [any LogWriter] {
        let producers = try transactionalIDs.map { transactionalID in
            var producerOptions = WriterOptions(profile: .latency, transactionalID: transactionalID)
            producerOptions.leastTopicLimit = leastTopicLimit
            producerOptions.memoryBudget = options.stateMemoryBytes
            producerOptions.transactionTimeoutMilliseconds = changelogs.transactionTimeout(
                commitIntervalMilliseconds: options.commitIntervalMilliseconds)
            return try options.cluster.writer(producerOptions)
        }
        for producer in producers where producer.isTransactional {
            try waitForBroker { () throws(KafkaError) in try producer.initTransactions(timeoutMilliseconds: 10_000) }
        }
        return producers
    }

    private var changelogs: ChangelogPlan { ChangelogPlan(graph, options) }

    private var exchange: ExchangePlan {
        ExchangePlan(graph, application: options.application, isOn: options.exchangesPartials)
    }

    private func waitForBroker(_ call: () throws(KafkaError) -> Void) throws(KafkaError) {
        var attempts = 0
        while true {
            do {
                return try call()
            } catch {
                guard error.isRetriable, attempts < 6 else { throw error }
                attempts += 1
                observer.waitingForBroker(error.message)
                if observer.isStopRequested { throw error }
            }
        }
    }
}
