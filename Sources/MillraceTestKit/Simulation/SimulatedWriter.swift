// SPDX-License-Identifier: Apache-2.0
package import MillraceCore
package import MillraceLog

/// A writer to a simulated cluster. Records are in the logs as soon as they are sent.
package final class SimulatedWriter: LogWriter {
    private enum Phase: Equatable {
        /// `initTransactions` is still to come.
        case new
        case ready, open
        /// The open transaction can only be aborted.
        case failed(KafkaError)
    }

    /// `transaction.max.timeout.ms`, Kafka's default.
    static let maximumTransactionTimeout: Int32 = 900_000

    private let cluster: SimulatedCluster
    private let options: WriterOptions
    private var owner: SimulatedTransactions.Owner?
    private var phase = Phase.new
    /// Whether the brokers know of the open transaction.
    private var isBegun = false
    /// A record was not taken, so that the numbers of later ones do not follow: as with librdkafka (at least 2.0.2) the
    /// next transaction fails too, unless the writer is rotated.
    private var hasGap = false
    private var topicNames: [String] = []
    /// How many records of each partition have a number.
    private var sequences: [TopicPartition: Int] = [:]
    package private(set) var failedDeliveries = 0
    package private(set) var firstDeliveryError: KafkaError?
    package private(set) var fatalError: KafkaError?

    init(_ cluster: SimulatedCluster, _ options: WriterOptions) {
        self.cluster = cluster
        self.options = options
    }

    package var isTransactional: Bool { options.transactionalID != nil }
    package var isIdle: Bool { true }
    package var lastConnectionFailure: ConnectionFailure? { nil }
    /// A request was given up without an answer.
    package private(set) var hadUncertainRequest = false

    package func topic(_ name: String) throws(KafkaError) -> TopicHandle {
        if let index = topicNames.firstIndex(of: name) { return TopicHandle(index: index) }
        topicNames.append(name)
        return TopicHandle(index: topicNames.count - 1)
    }

    package func refresh(_ topics: [String], timeoutMilliseconds: Int32) throws(KafkaError) {}

    // MARK: Records

    package func send(_ records: RawRecords, to topic: TopicHandle, onBlocked: () -> Void) throws(KafkaError) {
        guard topicNames.indices.contains(topic.index) else {
            throw SimulatedError.invalidArgument.during("write records", "the topic handle is of another producer")
        }
        let name = topicNames[topic.index]
        // One partition comes after the other; a stable sort keeps the order of the rows within each.
        let order = (0..<records.count).sorted { (records.partitions[$0], $0) < (records.partitions[$1], $1) }
        for row in order {
            try checkOpen("write to \(name)")
            let (key, value) = (records.key(row).map { [UInt8]($0) }, records.value(row).map { [UInt8]($0) })
            let headers = row < records.headers.count ? records.headers[row] : []
            let place = TopicPartition(name, records.partitions[row])
            let limit = RecordLimit(cluster.properties, topic: nil)
            guard limit.allows(key: key?.count ?? 0, value: value?.count ?? 0, headers: headers) else {
                throw SimulatedError.messageTooLarge.during("write to \(place)")
            }
            // librdkafka takes 0 for now.
            let timestamp = max(records.timestamps[row], records.timestamps[row] == 0 ? 1 : -1)
            let record = SimulatedAppend(
                place: place, timestamp: timestamp, key: key, value: value, headers: headers, owner: owner,
                sequence: sequences[place, default: 0])
            sequences[place, default: 0] += 1
            let refusal = try deliver(record)
            isBegun = isBegun || refusal == nil || refusal == .messageTimedOut
            if let refusal { note(refusal, "write to \(place)") }
        }
    }

    /// Tries until the record is in its log, or given up.
    private func deliver(_ record: SimulatedAppend) throws(KafkaError) -> SimulatedError? {
        if let delay = cluster.process?.undelivered() {
            cluster.tally.count(.undelivered)
            if delay >= 0 { cluster.change { $0.apply(.append(record), after: delay) } }
            return .messageTimedOut
        }
        let end = cluster.time.monotonicNanoseconds() +| SimulatedWriter.deliveryTimeout
        while true {
            do throws(KafkaError) {
                return try cluster.call { [hasGap] (state) throws(KafkaError) -> SimulatedError? in
                    if hasGap, record.owner != nil { return .purgedInQueue }
                    return state.apply(.append(record))
                }
            } catch {
                guard !error.isFatal else { throw error }
                if cluster.time.monotonicNanoseconds() >= end { return .messageTimedOut }
            }
        }
    }

    /// In ns.
    private static let deliveryTimeout: UInt64 = 30_000_000_000

    /// Throws where records cannot be sent now.
    private func checkOpen(_ operation: String) throws(KafkaError) {
        guard isTransactional else { return }
        guard fatalError == nil, phase == .open else {
            throw (fatalError ?? firstDeliveryError ?? SimulatedError.state.during(operation)).requiringAbort
        }
    }

    private func note(_ refusal: SimulatedError, _ operation: String) {
        failedDeliveries += 1
        if refusal == .producerFenced { fatalError = SimulatedWriter.fenced(operation) }
        hasGap = refusal != .purgedInQueue
        let error = fatalError ?? refusal.during(operation)
        if firstDeliveryError == nil { firstDeliveryError = error }
        if isTransactional, phase == .open { phase = .failed(error.requiringAbort) }
    }

    private static func fenced(_ operation: String) -> KafkaError {
        SimulatedError.fenced.during(operation, "a newer producer has the transactional id", isFatal: true)
    }

    package func poll() {}

    package func flush(timeoutMilliseconds: Int32) throws(KafkaError) {
        if let firstDeliveryError { throw firstDeliveryError.requiringAbort }
    }

    package func rotate(timeoutMilliseconds: Int32) throws(KafkaError) {
        fatalError = nil
        failedDeliveries = 0
        firstDeliveryError = nil
        phase = .new
        hasGap = false
        hadUncertainRequest = false
        sequences = [:]
        if isTransactional { try initTransactions(timeoutMilliseconds: timeoutMilliseconds) }
    }

    // MARK: Transactions

    package func initTransactions(timeoutMilliseconds: Int32) throws(KafkaError) {
        let operation = "take over the transactional id \(options.transactionalID ?? "(none)")"
        guard let id = options.transactionalID else {
            throw SimulatedError.state.during(operation, "the transactional id is not set")
        }
        guard phase == .new else { throw SimulatedError.state.during(operation) }
        let timeout = max(1000, options.transactionTimeoutMilliseconds)
        guard timeout <= SimulatedWriter.maximumTransactionTimeout else {
            throw SimulatedError.invalidTransactionTimeout.during(operation, isFatal: true)
        }
        let fate = cluster.process?.fate() ?? .done
        if case .lost = fate {
            cluster.tally.count(.lostRequest)
            throw SimulatedError.timedOut.during(operation, isRetriable: true)
        }
        let taken = try cluster.call { (state) throws(KafkaError) in
            state.takeTransactionalID(id, timeout: Int64(timeout))
        }
        if case .unanswered = fate {
            cluster.tally.count(.lostAnswer)
            throw SimulatedError.timedOut.during(operation, isRetriable: true)
        }
        owner = taken
        sequences = [:]
        phase = .ready
        isBegun = false
        forgetDeliveries()
    }

    private func forgetDeliveries() {
        failedDeliveries = 0
        firstDeliveryError = nil
    }

    package func beginTransaction() throws(KafkaError) {
        forgetDeliveries()
        let operation = "begin a transaction"
        if let fatalError { throw fatalError }
        guard phase == .ready else { throw SimulatedError.state.during(operation) }
        phase = .open
        isBegun = false
    }

    package func sendOffsets(
        _ offsets: [OffsetToCommit], group: any GroupMetadata, timeoutMilliseconds: Int32
    ) throws(KafkaError) {
        let operation = "add the input offsets to the transaction"
        guard group.generation >= 0 else {
            throw SimulatedError.illegalGeneration.during(
                operation, "the consumer is not a member of its group now", requiresAbort: true)
        }
        guard let group = group as? SimulatedGroupMetadata else {
            preconditionFailure("the metadata is of a reader of another cluster")
        }
        try add(offsets, group.group, operation, reader: group.reader, generation: group.generation)
    }

    package func sendOffsets(
        _ offsets: [OffsetToCommit], ofGroupWithoutMembers group: String, timeoutMilliseconds: Int32
    ) throws(KafkaError) {
        try add(
            offsets, group, "add the first offsets of group \(group) to the transaction", reader: nil, generation: -1)
    }

    private func add(
        _ offsets: [OffsetToCommit], _ group: String, _ operation: String, reader: Int?, generation: Int32
    ) throws(KafkaError) {
        guard !offsets.isEmpty else { return }
        let owner = try checkOwner(operation)
        isBegun = true
        try request(
            .offsets(offsets.byPartition, group: group, owner, reader: reader, generation: generation), operation)
    }

    /// A request of the transaction; without an answer it may be made again.
    private func request(_ effect: SimulatedEffect, _ operation: String) throws(KafkaError) {
        let refusal: SimulatedError?
        do throws(KafkaError) {
            refusal = try cluster.request(effect, operation)
        } catch {
            hadUncertainRequest = true
            throw error
        }
        if let refusal { throw fail(refusal, operation) }
    }

    /// The owner of an open transaction that has not failed.
    private func checkOwner(_ operation: String) throws(KafkaError) -> SimulatedTransactions.Owner {
        if let fatalError { throw fatalError }
        if case .failed(let error) = phase { throw error }
        guard phase == .open, let owner else { throw SimulatedError.state.during(operation) }
        return owner
    }

    private func fail(_ refusal: SimulatedError, _ operation: String) -> KafkaError {
        if refusal == .producerFenced {
            cluster.tally.count(.fencing)
            let error = SimulatedWriter.fenced(operation)
            fatalError = error
            return error
        }
        if refusal == .invalidTransactionState {
            let error = refusal.during(operation, isFatal: true)
            fatalError = error
            return error
        }
        let error = refusal.during(operation, requiresAbort: true)
        phase = .failed(error)
        return error
    }

    package func commitTransaction(timeoutMilliseconds: Int32) throws(KafkaError) {
        let operation = "commit the transaction"
        try end(checkOwner(operation), commits: true, operation)
    }

    package func abortTransaction(timeoutMilliseconds: Int32) throws(KafkaError) {
        let operation = "abort the transaction"
        if let fatalError { throw fatalError }
        guard let owner, phase != .new, phase != .ready else { throw SimulatedError.state.during(operation) }
        try end(owner, commits: false, operation)
    }

    private func end(
        _ owner: SimulatedTransactions.Owner, commits: Bool, _ operation: String
    ) throws(KafkaError) {
        // What the brokers have never heard of is ended without them.
        if isBegun { try request(.end(owner, commits: commits), operation) }
        phase = .ready
        isBegun = false
    }
}
