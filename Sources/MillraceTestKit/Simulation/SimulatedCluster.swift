// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillraceLog

/// A Kafka cluster in memory: of one broker, with a time of its own. What happens in it depends on the calls alone, and
/// on the seed. Several processes may share it, each through a cluster of its own over the same brokers.
package final class SimulatedCluster: LogCluster {
    package let properties: KafkaProperties
    private let brokers: SimulatedBrokers
    /// Nil: nobody else is there.
    package let process: SimulatedProcess?

    /// - Parameter seed: decides what the protocol leaves open, such as when a member hears of a rebalance.
    package init(seed: UInt64 = 1, properties: KafkaProperties = KafkaProperties()) {
        self.properties = properties
        brokers = SimulatedBrokers(seed: seed)
        process = nil
    }

    private init(_ brokers: SimulatedBrokers, _ process: SimulatedProcess, _ properties: KafkaProperties) {
        self.brokers = brokers
        self.process = process
        self.properties = properties
    }

    // MARK: several processes

    /// Lets several processes take turns from now on.
    package func takeTurns(seed: UInt64) -> SimulatedTurns {
        let turns = SimulatedTurns(brokers.time, seed: seed)
        brokers.begin(turns)
        return turns
    }

    /// The cluster as a process sees it that runs as `runner`.
    package func process(
        _ turns: SimulatedTurns, runner: Int, harm: SimulatedHarm, seed: UInt64
    ) -> SimulatedCluster {
        let process = SimulatedProcess(brokers, turns, runner: runner, harm: harm, seed: seed)
        return SimulatedCluster(brokers, process, properties)
    }

    package var tally: SimulatedTally { brokers.tally }

    /// The brokers answer nothing for so long.
    package func goAway(milliseconds: Int64) { brokers.goAway(milliseconds: milliseconds) }

    /// The coordinator says for so long that groups have committed nothing.
    package func forgetOffsets(milliseconds: Int64) {
        brokers.tally.count(.forgetting)
        brokers.change { $0.forgetOffsets(milliseconds: milliseconds) }
    }

    /// Topics that are compacted lose what is superseded.
    package func compact() {
        brokers.change { $0.compact() }
        brokers.tally.count(.compaction)
    }

    package var simulatedTime: SimulatedTime { brokers.time }

    package var time: any Timekeeper { process.map { SimulatedProcessTime(brokers.time, $0) } ?? brokers.time }

    package var library: ClientLibrary { ClientLibrary(version: "simulated", features: []) }

    static let identifier = "simulated-cluster"

    package func reader(_ options: ReaderOptions) throws(KafkaError) -> any GroupReader {
        SimulatedReader(self, options)
    }

    package func writer(_ options: WriterOptions) throws(KafkaError) -> any LogWriter {
        SimulatedWriter(self, options)
    }

    package func admin() throws(KafkaError) -> any LogAdmin { SimulatedAdmin(self) }

    package func writeProbe(timeoutMilliseconds: Int32) throws(KafkaError) -> any TopicWriteProbe {
        SimulatedWriteProbe(cluster: self)
    }

    /// What the brokers hold now.
    package var snapshot: SimulatedState { brokers.snapshot }

    /// Fills topics, which are made where they are not there, with records that a test has written down.
    package func load(_ log: SimulatedLog) { change { $0.load(log) } }

    /// One call to the brokers.
    func call<Result: Sendable>(
        _ body: (inout SimulatedState) throws(KafkaError) -> Result
    ) throws(KafkaError) -> Result {
        try process?.enter()
        return try brokers.call(body)
    }

    /// One call that nothing refuses; a process that is killed, or without brokers, does nothing by it.
    func change(_ body: (inout SimulatedState) -> Void) {
        if let process, (try? process.enter()) == nil { return }
        brokers.change(body)
    }

    /// A request that changes what the brokers hold, and may get lost on the way.
    /// - Returns: why it is refused.
    func request(_ effect: SimulatedEffect, _ operation: String) throws(KafkaError) -> SimulatedError? {
        let fate = process?.fate() ?? .done
        let refusal: SimulatedError? = try call { (state) throws(KafkaError) in
            switch fate {
            case .done: return state.apply(effect)
            case .lost: return nil
            case .unanswered: return state.apply(effect)
            case .late(let delay):
                state.apply(effect, after: delay)
                return nil
            case .twice:
                // On one connection, so that nothing comes in between.
                let refusal = state.apply(effect)
                _ = state.apply(effect)
                return refusal
            }
        }
        switch fate {
        case .done: return refusal
        case .lost: brokers.tally.count(.lostRequest)
        case .unanswered: brokers.tally.count(.lostAnswer)
        case .late: brokers.tally.count(.lateRequest)
        case .twice:
            brokers.tally.count(.doubledRequest)
            return refusal
        }
        process?.sleep(milliseconds: 50)
        throw SimulatedError.timedOut.during(operation, isRetriable: true)
    }

    /// The number of a new reader, which its group knows from now on.
    func openReader(_ options: ReaderOptions) -> Int {
        let now = simulatedTime.milliseconds
        let number = brokers.read { state in
            let number = state.openReader()
            if let membership = options.group {
                state.makeGroup(membership.groupID)
                let client = SimulatedClient(membership, clientID: options.clientID ?? "rdkafka", now: now)
                _ = state.changeGroup(membership.groupID) { group, _ in group.open(number, client) }
            }
            return number
        }
        if let group = options.group?.groupID { process?.note(reader: number, group: group) }
        return number
    }

    /// As `wait`, for what nothing refuses.
    func waitQuietly<Result: Sendable>(
        milliseconds: Int32, _ body: (inout SimulatedState) -> Result?
    ) -> Result? {
        // Typed throws: a body that throws nothing cannot fail.
        (try? wait(milliseconds: milliseconds) { (state) throws(KafkaError) -> Result? in body(&state) }) ?? nil
    }

    /// Calls again and again until there is an answer: from one moment at which something is due to the next, up to the
    /// timeout. Nil: there was none.
    func wait<Result: Sendable>(
        milliseconds: Int32, _ body: (inout SimulatedState) throws(KafkaError) -> Result?
    ) throws(KafkaError) -> Result? {
        let deadline = milliseconds < 0 ? Int64.max : simulatedTime.milliseconds +| Int64(milliseconds)
        while true {
            if let result = try call(body) { return result }
            let now = simulatedTime.milliseconds
            guard now < deadline else { return nil }
            let due = brokers.read { $0.nextDeadline } ?? deadline
            // Without an end and with nothing due, nothing would ever happen.
            guard due < Int64.max else { return nil }
            let moment = min(deadline, max(due, now +| 1))
            if let process {
                process.await(untilMilliseconds: moment)
            } else {
                simulatedTime.advance(toMilliseconds: moment)
            }
        }
    }
}

/// Whether topics of a simulated cluster may be written: all, and a missing one is made as by a record.
final class SimulatedWriteProbe: TopicWriteProbe {
    private let cluster: SimulatedCluster

    init(cluster: SimulatedCluster) { self.cluster = cluster }

    func ask(_ partition: TopicPartition) throws(KafkaError) -> WriteAnswer {
        try cluster.call { (state) throws(KafkaError) -> WriteAnswer in
            state.makeWritten(partition.topic)
            return state.partition(partition) != nil
                ? .allowed : .failed(SimulatedError.unknownTopicOrPart.during("write to \(partition)"))
        }
    }
}
