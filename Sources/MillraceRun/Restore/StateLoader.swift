// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceLog
import MillracePlan
import MillraceReport

/// A changelog is ahead of the commit that was read. Flushes are committed with the offsets: either the group has
/// committed since then, by another process, or what it is said to have committed is of the past.
struct StateAhead: Error {
    /// What to say if it stays so.
    let failure: RunFailure
}

/// Loads the state of an assignment from the changelogs, before any record of the input is read.
///
///     changelog partition   beginning ───► end, asked once        the last value of each key
///     input partition                S ───► C                     read again behind it, silently
final class StateLoader {
    /// The changelog of a query.
    struct Source {
        var query: Int
        var topic: String
        /// Nil: the topic does not exist.
        var partitions: Int32?
    }

    /// One partition of a changelog.
    private struct Lane {
        let source: Source
        let partition: TopicPartition
        /// Whose state lies there.
        let places: [Pipeline.ChangelogPlace]
        var range = OffsetRange(low: 0, high: 0)
        var image = ChangelogImage()
        var isDone = false
    }

    private let pipeline: Pipeline
    private let starts: [Assignment.Start]
    private let options: RunOptions
    private let plan: ChangelogPlan
    private let fingerprints: [UInt64]
    private let clock: any Clock
    private unowned let observer: any RunObserver
    private var transactions = OpenTransactionWatch()
    /// Groups (of sessions: keys) that were loaded, by query.
    private(set) var loaded: [Int: Int] = [:]

    /// - Parameter fingerprints: by query.
    init(
        _ pipeline: Pipeline, _ starts: [Assignment.Start], options: RunOptions, plan: ChangelogPlan,
        fingerprints: [UInt64], clock: any Clock, observer: any RunObserver
    ) {
        self.clock = clock
        self.observer = observer
        self.pipeline = pipeline
        self.starts = starts
        self.options = options
        self.plan = plan
        self.fingerprints = fingerprints
    }

    /// Reads the changelogs to where they end now.
    /// - Parameter goesOn: asked now and then; false ends it.
    /// - Returns: whether it came to the end.
    /// - Throws: `StateAhead`; `RunFailure` where the state cannot be used; `KafkaError`.
    func load(_ sources: [Source], goesOn: () -> Bool) throws -> Bool {
        var lanes: [Lane] = []
        for source in sources { lanes += try makeLanes(source) }
        guard !lanes.isEmpty else { return true }
        // With what is in open transactions: where another process has left one, what was committed behind it can be
        // seen only when the broker has ended it.
        let ranges = try options.cluster.admin()
            .offsetRanges(lanes.map(\.partition), timeoutMilliseconds: BrokerPatience.timeout)
        for index in lanes.indices { lanes[index].range = ranges[lanes[index].partition] ?? lanes[index].range }
        for index in lanes.indices where lanes[index].range.low == lanes[index].range.high { try finish(&lanes[index]) }
        let positions = lanes.filter { !$0.isDone }.map { ($0.partition, $0.range.low) }
        if positions.isEmpty { return true }
        let consumer = try options.cluster.reader(ReaderOptions(profile: .backfill))
        defer { consumer.close(timeoutMilliseconds: 2000) }
        try consumer.assign(positions: Dictionary(uniqueKeysWithValues: positions))
        while true {
            for index in lanes.indices where !lanes[index].isDone { try take(&lanes[index], consumer) }
            if lanes.allSatisfy(\.isDone) { return true }
            guard goesOn() else { return false }
            if try consumer.drain(timeoutMilliseconds: 100, maximumRecords: 65_536) > 0 {
                try FaultPoint.loading.reach()
            }
            try check(consumer.poll(timeoutMilliseconds: 0))
            try checkTransactions(lanes, consumer)
        }
    }

    /// Says what is waited for where a changelog cannot be read to its end, and ends it when that lasts for longer than
    /// any transaction of this application may.
    private func checkTransactions(_ lanes: [Lane], _ consumer: any GroupReader) throws {
        let places: [OpenTransactionWatch.Place] = lanes.compactMap { lane in
            guard !lane.isDone, let slot = consumer.slot(of: lane.partition),
                let position = consumer.endOfPartitionReached(slot: slot)
            else { return nil }
            return OpenTransactionWatch.Place(partition: lane.partition, position: position, end: lane.range.high)
        }
        let now = clock.monotonicNanoseconds()
        transactions.look(places, consumer, now: now) { observer.log($0) }
        let timeout = plan.transactionTimeout(commitIntervalMilliseconds: options.commitIntervalMilliseconds)
        let limit = (UInt64(clamping: timeout) +| StateLoader.transactionMargin) *| 1_000_000
        if let failure = transactions.failure(after: limit, now: now) { throw failure }
    }
    /// How long a broker that starts again may take to end a transaction whose time is over, in ms.
    private static let transactionMargin: UInt64 = 120_000

    private func makeLanes(_ source: Source) throws -> [Lane] {
        let places = pipeline.changelogPlaces(source.query)
        guard let count = source.partitions else {
            for place in places { try use(ChangelogImage(), of: source, partition: nil, place, isCut: false) }
            return []
        }
        let partitions = Set(
            places.flatMap { place in place.map { [starts[$0].partition.partition] } ?? Array(0..<count) })
        return try partitions.sorted().map { partition in
            guard partition < count else {
                throw RunFailure(
                    .data, .changelogPartitionCount,
                    "\(source.topic) has \(count) partitions, but the input has partition \(partition)",
                    hint: "give the changelog as many: kafka-topics --alter --topic \(source.topic) --partitions N")
            }
            return Lane(
                source: source, partition: TopicPartition(source.topic, partition),
                places: places.filter { $0 == nil || starts[$0 ?? 0].partition.partition == partition })
        }
    }

    /// Adds what has been read of a partition; at its end the state is loaded.
    private func take(_ lane: inout Lane, _ consumer: any GroupReader) throws {
        guard let slot = consumer.slot(of: lane.partition) else { return }
        if let records = consumer.takeBatch(slot) {
            do throws(ChangelogError) {
                try lane.image.add(records)
            } catch {
                throw unusable("\(lane.partition)@\(error.offset): \(error.reason)", lane.source)
            }
            consumer.recycle(records)
        }
        guard let position = consumer.position(slot: slot), position >= lane.range.high else { return }
        try consumer.pause(slots: [slot])
        try finish(&lane)
    }

    private func finish(_ lane: inout Lane) throws {
        lane.isDone = true
        // Loaded, it is in memory once more.
        defer { lane.image = ChangelogImage() }
        for place in lane.places {
            try use(
                lane.image, of: lane.source, partition: lane.partition.partition, place, isCut: lane.range.low > 0)
        }
        lane.image = ChangelogImage()
    }

    private func use(
        _ image: ChangelogImage, of source: Source, partition: Int32?, _ place: Pipeline.ChangelogPlace, isCut: Bool
    ) throws {
        let marker = pipeline.marker(place, in: image)
        let isRegrouping = place == nil
        let decision = StateDecision(
            flush: flush(place, of: source.query), marker: marker, fingerprint: fingerprints[source.query],
            partitions: isRegrouping ? source.partitions : nil, isUnbounded: plan.isUnbounded(source.query),
            isNamed: isNamed(place))
        if case .refuse(let reason) = decision, case .other(let found, let expected) = reason, found > expected {
            var failure = unusable("\(name(source, partition)): \(text(reason))", source)
            failure.hint? += "; or, if the broker that coordinates the group tells offsets of the past, restart it"
            throw StateAhead(failure: failure)
        }
        do throws(StateError) {
            switch decision {
            case .load where isCut: throw StateError("its beginning has been deleted; is cleanup.policy=compact?")
            case .load: loaded[source.query, default: 0] += try pipeline.load(source.query, place, image)
            case .forget: try pipeline.forget(source.query, place, image)
            case .refuse(let reason): throw StateError(text(reason))
            }
        } catch {
            throw unusable("\(name(source, partition)): \(error.reason)", source)
        }
    }

    /// Whether the commits of a place say which queries they are of.
    private func isNamed(_ place: Pipeline.ChangelogPlace) -> Bool {
        let commits = (place.map { [starts[$0]] } ?? starts).compactMap(\.metadata)
        return commits.allSatisfy { $0.program != nil }
    }

    private func name(_ source: Source, _ partition: Int32?) -> String {
        partition.map { "\(source.topic)/\($0)" } ?? source.topic
    }

    /// The flush that the commit of a place names.
    private func flush(_ place: Pipeline.ChangelogPlace, of query: Int) -> CommitMetadata.Flush? {
        if let place { return starts[place].goesOn(query) ? starts[place].metadata?.flush : nil }
        return starts.filter { $0.goesOn(query) }.compactMap { $0.metadata?.flush }.max { $0.number < $1.number }
    }

    private func text(_ reason: StateDecision.Reason) -> String {
        switch reason {
        case .missing: "it has no state, though one was committed: the topic was emptied or made again"
        case .changed: "its state is of another version of the query"
        case .other(let found, let expected):
            "its state is of flush \(found), not of flush \(expected) that the consumer group's offsets name"
        case .partitions(let then): "its state was spread over \(then) partitions"
        case .unknown: "it has no state of this query, which goes back to the beginning of the log"
        }
    }

    private func unusable(_ what: String, _ source: Source) -> RunFailure {
        let name = pipeline.graph.program.queries[source.query].name
        return RunFailure(
            .data, .unusableState, "the state of \(name) cannot be used: \(what)",
            hint: "run the query as it was when the state was made; or begin anew: under another name (--application), "
                + "or with the offsets of the consumer group \(options.application) deleted")
    }

    private func check(_ events: [ConsumerEvent]) throws {
        for event in events {
            switch event {
            // On the way, perhaps: everything is loaded again.
            case .partitionError(_, let error) where error.isDamage: throw error.requiringAbort
            case .partitionError(let partition, let error):
                throw RunFailure(
                    .data, .unusableState, "\(partition): \(error.message)",
                    hint: "the changelog was cut while it was read: start again", partition: partition)
            case .error(let error) where error.isFatal || error.category == .authentication: throw error
            case .assigned, .revoked, .lost, .error: break
            }
        }
    }
}
