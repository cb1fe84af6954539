// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillracePlan
import MillraceReport

/// What the parts of a member's run work with; it does not change.
final class RunContext {
    let graph: QueryGraph
    let options: RunOptions
    unowned let observer: any RunObserver
    let clock: any Clock
    let consumer: any GroupReader
    let committer: any Committer
    let groupOffsets: GroupOffsets
    let state: StateKeeper
    let exchange: ExchangeKeeper
    let outputs: OutputPlan
    /// How the group shares out the input.
    let layout: TaskLayout
    /// See `RunSetup`.
    let renewalMilliseconds: Int64
    /// What the queries compute, by query.
    let identities: [QueryIdentity]
    /// The input's and the exchanges' when this process began; in order.
    let partitions: [TopicPartition]
    /// How many partitions each topic had then.
    let partitionCounts: [String: Int32]
    /// The bounded slice that this process shares with others; nil: the run has no end of its own.
    let job: JobSlice?
    /// Shows how the run stands, where somebody may want to see it.
    let recorder: StatusRecorder?
    /// What was done before, and by which member.
    let history: RunHistory

    init(
        graph: QueryGraph, options: RunOptions, observer: any RunObserver, clock: any Clock, consumer: any GroupReader,
        committer: any Committer, groupOffsets: GroupOffsets, exchange: ExchangeKeeper, outputs: OutputPlan,
        layout: TaskLayout, renewalMilliseconds: Int64, partitions: [TopicPartition], job: JobSlice?,
        recorder: StatusRecorder?, history: RunHistory
    ) {
        self.graph = graph
        self.options = options
        self.observer = observer
        self.clock = clock
        self.consumer = consumer
        self.committer = committer
        self.groupOffsets = groupOffsets
        self.exchange = exchange
        state = StateKeeper(
            graph, options: options, exchanges: exchange.exchanges, committer: committer, consumer: consumer,
            clock: clock, observer: observer)
        self.outputs = outputs
        self.layout = layout
        self.renewalMilliseconds = renewalMilliseconds
        identities = graph.identities(settings: options.resultSettings)
        self.partitions = partitions
        self.job = job
        partitionCounts = partitions.countsByTopic
        self.recorder = recorder
        self.history = history
    }

    /// What the machine has to know of it.
    var setup: RunSetup {
        RunSetup(
            application: options.application, instance: options.instance, topics: graph.topics,
            layout: layout, renewalMilliseconds: renewalMilliseconds, exchangeTopics: Set(exchange.topics),
            commitIntervalMilliseconds: options.commitIntervalMilliseconds,
            threads: options.threads, endsAtCut: options.endsAtCut, isJob: job != nil, isUpgrade: options.isUpgrade,
            wholeInput: WholeInput(graph, hasExchange: !exchange.exchanges.isEmpty))
    }

    func log(_ line: LogLine) { observer.log(line) }

    /// The names of queries, as the log has them.
    func names(_ queries: Set<Int>) -> String {
        queries.sorted().map { graph.program.queries[$0].name }.joined(separator: ", ")
    }
}
