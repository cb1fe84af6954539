// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillracePlan
import MillraceReport

/// Runs the exchanges of a run: says what may be read from them, hands over partial results with the commits, and
/// deletes what no restart needs any more.
final class ExchangeKeeper {
    /// Between two deletions, in ns.
    private static let deletionInterval: UInt64 = 10_000_000_000
    private static let timeout: Int32 = 3000

    let exchanges: [Int: QueryExchange]
    private let graph: QueryGraph
    private let options: RunOptions
    private let consumer: any GroupReader
    private let committer: any Committer
    private let clock: any Clock
    private unowned let observer: any RunObserver
    private var sender: ChangelogSender?
    private var nextDeletion: UInt64 = 0
    private var deletionFailed = false

    init(
        _ exchanges: [Int: QueryExchange], _ graph: QueryGraph, options: RunOptions, consumer: any GroupReader,
        committer: any Committer, clock: any Clock, observer: any RunObserver
    ) {
        self.exchanges = exchanges
        self.graph = graph
        self.options = options
        self.consumer = consumer
        self.committer = committer
        self.clock = clock
        self.observer = observer
    }

    /// The topics that are read besides the input.
    var topics: [String] { exchanges.keys.sorted().compactMap { exchanges[$0]?.topic } }

    var partitions: [TopicPartition] {
        exchanges.keys.sorted().compactMap { exchanges[$0] }.flatMap { exchange in
            (0..<exchange.partitions).map { TopicPartition(exchange.topic, $0) }
        }
    }

    func isExchange(_ topic: String) -> Bool { exchanges.values.contains { $0.topic == topic } }

    // MARK: the life of the application

    /// Before the group is joined: refuses to go on from commits that do not fit, and deletes what an earlier life of
    /// the application has left in the exchanges.
    /// - Parameter inputs: all partitions of the input.
    func begin(inputs: [TopicPartition], _ groupOffsets: GroupOffsets) throws {
        while !exchanges.isEmpty {
            do {
                return try groupOffsets.patiently { try beginOnce(inputs, groupOffsets) }
            } catch let error as KafkaError where error.category == .unreachable && !observer.isStopRequested {
                observer.waitingForBroker(error.message)
            }
        }
    }

    private func beginOnce(_ inputs: [TopicPartition], _ groupOffsets: GroupOffsets) throws {
        // First the ends. Whoever has put something before them in this life has committed offsets with it, or is just
        // about to, and then the answer to the next question waits for it.
        let ranges = try consumer.offsetRanges(partitions, timeoutMilliseconds: ExchangeKeeper.timeout)
        let commits = try groupOffsets.someCommitted(inputs + partitions)
        for (partition, commit) in commits.sorted(by: { $0.key < $1.key }) {
            if let metadata = CommitMetadata(commit.metadata) { try check(partition, metadata) }
        }
        let left = ranges.filter { $0.value.low < $0.value.high }.mapValues(\.high)
        guard commits.isEmpty, !left.isEmpty else { return }
        _ = try consumer.deleteRecords(before: left, timeoutMilliseconds: ExchangeKeeper.timeout)
        observer.log(
            LogLine(
                .info, "deleted what is left of an earlier life of \(options.application) in \(topicList(left))"))
    }

    private func topicList(_ partitions: [TopicPartition: Int64]) -> String {
        Set(partitions.keys.map(\.topic)).sorted().joined(separator: ", ")
    }

    /// Whether a run with these exchanges can go on from a commit.
    func check(_ partition: TopicPartition, _ metadata: CommitMetadata) throws {
        let wanted = exchanges.keys.sorted().filter { query in
            exchanges[query]?.topic == partition.topic || graph.topics(feeding: query).contains(partition.topic)
        }
        if exchanges.isEmpty, graph.needsAllPartitions, !metadata.exchanged.isEmpty {
            throw RunFailure(
                .data, .exchangeSwitched,
                "\(options.application) has run with --exchange: its state is not that of one process alone",
                hint: "go on with --exchange, or begin anew under another name (--application)")
        }
        for query in wanted {
            let fingerprint = StateFingerprint.of(query, in: graph, exchange: exchanges[query])
            guard !metadata.exchanged.contains(fingerprint) else { continue }
            let name = graph.program.queries[query].name
            guard metadata.exchanged.isEmpty else {
                throw RunFailure(
                    .data, .exchangeOfAnother,
                    "\(topic(query)) holds the state of another version of \(name), or had another number of "
                        + "partitions",
                    hint: "run the query as it was, or begin anew under another name (--application)")
            }
            throw RunFailure(
                .data, .exchangeSwitched,
                "\(options.application) has run without --exchange: what \(name) has made of "
                    + "\(partition.topic) is not in \(topic(query))",
                hint: "go on without --exchange, or begin anew under another name (--application)")
        }
    }

    /// What an added partition had for windows that are final would come too late, and nobody here knows which are.
    func check(added partitions: [TopicPartition]) throws {
        guard !exchanges.isEmpty, let partition = partitions.first else { return }
        throw RunFailure(
            .data, .exchangeWidened, "\(partition) was added to its topic, which does not go with --exchange",
            hint: "begin anew under another name (--application)")
    }

    private func topic(_ query: Int) -> String { exchanges[query]?.topic ?? "" }

    // MARK: commits

    /// A new assignment begins.
    func prepare() throws {
        sender = exchanges.isEmpty ? nil : try ChangelogSender(exchanges.mapValues(\.topic), committer)
    }

    /// Writes what was made since the last commit into the transaction that the next one ends.
    func handOver(_ pipeline: Pipeline) throws {
        guard let sender else { return }
        try sender.send { pipeline.handOverPartials(to: $0) }
        try FaultPoint.exchangeSent.reach()
    }

    /// Complains about what came in and is none of ours.
    func check(_ pipeline: Pipeline) throws {
        guard let (partition, error) = pipeline.exchangeFailure else { return }
        throw RunFailure(
            .data, .unusableExchange, "\(partition)@\(error.offset): \(error.reason)",
            hint: "begin anew: under another name (--application), or with the offsets of the consumer group "
                + "\(options.application) deleted, all of them")
    }

    /// A flush is committed: nobody reads again what lies before it. Failing to delete it harms nobody.
    func deleteOld(_ pipeline: Pipeline) {
        let now = clock.monotonicNanoseconds()
        guard !exchanges.isEmpty, now >= nextDeletion else { return }
        var offsets: [TopicPartition: Int64] = [:]
        for index in pipeline.sources.indices where pipeline.isExchange(index) {
            offsets[pipeline.sources[index].topicPartition] = pipeline.sources[index].flush?.checkpoint.offset
        }
        guard !offsets.isEmpty else { return }
        nextDeletion = now +| ExchangeKeeper.deletionInterval
        do throws(KafkaError) {
            _ = try consumer.deleteRecords(before: offsets, timeoutMilliseconds: ExchangeKeeper.timeout)
        } catch {
            if !deletionFailed {
                observer.log(
                    LogLine(
                        .warn, "cannot delete what is old in \(topicList(offsets)): \(error)", code: ErrorCode(error)))
            }
            deletionFailed = true
        }
    }
}
