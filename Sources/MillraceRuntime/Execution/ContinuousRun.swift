// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillraceEngine
import MillraceKafka

/// `millrace run`: history as batch, an exact hand-over, then live, published exactly once.
///
///     join ─► assigned ─► re-read (silent) ─► batch stage ─► hand-over ─► stream stage ─► stop
///               ▲                                                              │
///               └────────── rebalance, or an aborted transaction ◄─────────────┘
package final class ContinuousRun {
    private let graph: QueryGraph
    private let options: RunOptions
    /// The caller's, with the status board where there is one.
    private let observer: any RunObserver
    private let clock: any Clock

    package init(_ graph: QueryGraph, options: RunOptions, observer: any RunObserver, clock: any Clock) {
        self.graph = graph
        self.options = options
        self.observer = options.status.map { StatusObserver(observer, $0) } ?? observer
        self.clock = clock
    }

    /// Runs until it is asked to stop (or, in mode batch, to the end of the log as it was at the start).
    package func run() throws -> RunReport {
        try FaultPoint.check()
        let groupGuard = GroupGuard(graph, options)
        let (partitions, outputs) = try prepareTopics(groupGuard)
        let identity = "\(options.application)-\(options.instance)"
        // First the producers: what a predecessor left open is aborted before offsets are asked for.
        let producers = try makeProducers(
            options.guarantee.transactionalIDs(identity), leastTopicLimit: outputs.limits.least)
        let keepsChangelogs = changelogs.isOn && graph.hasAggregations
        let changelogProducer =
            keepsChangelogs ? try makeProducers(options.guarantee.changelogIDs(identity)).first : nil
        try FaultPoint.initialised.reach()
        var properties = options.properties
        if properties["client.id"] == nil { try properties.set("client.id", groupGuard.clientID) }
        var consumerOptions = ConsumerOptions(
            properties: properties, profile: .live,
            group: GroupMembership(groupID: options.application, instanceID: identity))
        consumerOptions.onLog = options.onLog
        consumerOptions.keepsHeaders = graph.readsHeaders || options.deadLetterTopic != nil
        let consumer = try Consumer(consumerOptions)
        defer { consumer.close(timeoutMilliseconds: 5000) }
        try consumer.subscribe(topics: graph.topics)
        let loop = RunLoop(
            graph: graph, options: options, observer: observer, clock: clock, consumer: consumer,
            committer: options.guarantee.committer(
                producers, changelogProducer: changelogProducer, consumer, observer: observer),
            outputs: outputs, allPartitions: partitions,
            recorder: options.status.map { StatusRecorder($0, graph, clock: clock) })
        return try loop.run()
    }

    /// In a function of its own, because an idle client, too, wakes up every second: this one must not outlive it.
    /// - Returns: the input's partitions, and where the results go.
    private func prepareTopics(_ groupGuard: GroupGuard) throws -> ([TopicPartition], OutputPlan) {
        let directory = try TopicDirectory(graph, properties: options.properties)
        let partitions = try directory.inputPartitions()
        try groupGuard.check()
        let outputs = try directory.prepareOutputs(
            deadLetterTopic: options.deadLetterTopic, inputPartitions: partitions, note: observer.note)
        try directory.prepareChangelogs(changelogs, inputPartitions: partitions, note: observer.note)
        return (partitions, outputs)
    }

    /// All transactional ids of this instance are taken over, because a predecessor may have left either one's
    /// transaction open.
    private func makeProducers(_ transactionalIDs: [String?], leastTopicLimit: Int? = nil) throws -> [Producer] {
        let producers = try transactionalIDs.map { transactionalID in
            var producerOptions = ProducerOptions(
                properties: options.properties, profile: .latency, transactionalID: transactionalID)
            producerOptions.onLog = options.onLog
            producerOptions.leastTopicLimit = leastTopicLimit
            producerOptions.transactionTimeoutMilliseconds = changelogs.transactionTimeout(
                commitIntervalMilliseconds: options.commitIntervalMilliseconds)
            return try Producer(producerOptions)
        }
        for producer in producers where producer.isTransactional {
            try waitForBroker { () throws(KafkaError) in try producer.initTransactions(timeoutMilliseconds: 10_000) }
        }
        return producers
    }

    private var changelogs: ChangelogPlan {
        ChangelogPlan(
            graph, application: options.application, intervalMilliseconds: options.stateFlushIntervalMilliseconds)
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
