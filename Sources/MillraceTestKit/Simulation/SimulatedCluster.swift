// SPDX-License-Identifier: Apache-2.0
import MillraceCore
package import MillraceLog
import Synchronization

/// A Kafka cluster in memory: of one broker, with a time of its own, and without threads. What happens in it depends
/// on the calls alone, and on the seed.
package final class SimulatedCluster: LogCluster {
    package let properties: KafkaProperties
    package let simulatedTime = SimulatedTime()
    private let state: Mutex<SimulatedState>

    /// - Parameter seed: decides what the protocol leaves open, such as when a member hears of a rebalance.
    package init(seed: UInt64 = 1, properties: KafkaProperties = KafkaProperties()) {
        self.properties = properties
        state = Mutex(SimulatedState(seed: seed))
    }

    package var time: any Timekeeper { simulatedTime }

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
    package var snapshot: SimulatedState { state.withLock { $0 } }

    /// Fills topics, which are made where they are not there, with records that a test has written down.
    package func load(_ log: SimulatedLog) { change { $0.load(log) } }

    /// One call to the brokers.
    func call<Result: Sendable>(
        _ body: (inout SimulatedState) throws(KafkaError) -> Result
    ) throws(KafkaError) -> Result {
        simulatedTime.advance(nanoseconds: SimulatedTime.callNanoseconds)
        let (now, wall) = (simulatedTime.milliseconds, simulatedTime.wallMilliseconds())
        return try state.withLock { (state) throws(KafkaError) in
            state.advance(to: now, wall: wall)
            return try body(&state)
        }
    }

    /// One call that nothing refuses.
    func change(_ body: (inout SimulatedState) -> Void) {
        simulatedTime.advance(nanoseconds: SimulatedTime.callNanoseconds)
        let (now, wall) = (simulatedTime.milliseconds, simulatedTime.wallMilliseconds())
        state.withLock { state in
            state.advance(to: now, wall: wall)
            body(&state)
        }
    }

    /// The number of a new reader, which its group knows from now on.
    func openReader(_ options: ReaderOptions) -> Int {
        let now = simulatedTime.milliseconds
        return state.withLock { state in
            let number = state.openReader()
            if let membership = options.group {
                state.makeGroup(membership.groupID)
                let client = SimulatedClient(membership, clientID: options.clientID ?? "rdkafka", now: now)
                _ = state.changeGroup(membership.groupID) { group, _ in group.open(number, client) }
            }
            return number
        }
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
            let due = state.withLock { $0.nextDeadline } ?? deadline
            // Without an end and with nothing due, nothing would ever happen.
            guard due < Int64.max else { return nil }
            simulatedTime.advance(toMilliseconds: min(deadline, max(due, now +| 1)))
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
