// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport

/// The transactions of a replay that publishes: one, as long as that is no longer than a minute; what takes longer
/// comes in parts.
///
/// The transactional id is that of the application's replays. What a replay that was killed has left open holds up
/// everybody who reads at `read_committed`; the next one takes the id over, and with that the broker aborts it. So of
/// two at the same time only the later one goes on, and the other one says so.
final class ReplayTransaction {
    /// After this time the broker itself aborts what a killed replay has left open, in ms.
    private static let timeout: Int32 = 180_000
    /// No part is committed sooner than after a third of it, so less is of no use.
    private static let leastTimeout: Int32 = 5000

    let producer: any LogWriter
    private let application: String
    private let outputs: ReplayOutputs
    private let clock: any Clock
    /// In ns.
    private let longest: UInt64
    private var beganAt: UInt64?
    private var hasCommitted = false

    /// Takes the transactional id over.
    init(_ options: RunOptions, _ plan: OutputPlan, clock: any Clock, log: (LogLine) -> Void) throws {
        application = options.application
        self.clock = clock
        var timeout = ReplayTransaction.timeout
        while true {
            do throws(KafkaError) {
                producer = try ReplayTransaction.makeProducer(options, plan, timeout)
                break
            } catch {
                guard error.name == "INVALID_TRANSACTION_TIMEOUT", timeout > ReplayTransaction.leastTimeout else {
                    throw error
                }
                timeout = max(timeout / 2, ReplayTransaction.leastTimeout)
            }
        }
        longest = UInt64(timeout) / 3 * 1_000_000
        if timeout < ReplayTransaction.timeout {
            log(
                LogLine(
                    .info,
                    "the brokers allow no transactions of \(ReplayTransaction.timeout) ms "
                        + "(transaction.max.timeout.ms): \(timeout) ms it is; what takes longer than "
                        + "\(NumberDisplay.milliseconds(Int64(timeout / 3))) is published in parts"))
        }
        outputs = try ReplayOutputs(options, counts: plan.partitionCounts)
    }

    private static func makeProducer(
        _ options: RunOptions, _ plan: OutputPlan, _ timeout: Int32
    ) throws(KafkaError) -> any LogWriter {
        var producerOptions = WriterOptions(profile: .throughput, transactionalID: "\(options.application)-replay")
        producerOptions.transactionTimeoutMilliseconds = timeout
        producerOptions.leastTopicLimit = plan.limits.least
        producerOptions.memoryBudget = options.stateMemoryBytes
        let producer = try options.cluster.writer(producerOptions)
        try producer.initTransactions(timeoutMilliseconds: 60_000)
        return producer
    }

    func begin() throws {
        guard beganAt == nil else { return }
        try producer.beginTransaction()
        beganAt = clock.monotonicNanoseconds()
    }

    /// Whether what is open should be committed before the rest is read.
    var isLong: Bool { beganAt.map { clock.monotonicNanoseconds() -| $0 > longest } ?? false }

    /// - Parameter sent: how many records were sent to each topic since the beginning.
    func commit(sent: [String: Int64]) throws {
        guard beganAt != nil else { return }
        try producer.flush(timeoutMilliseconds: 300_000)
        try outputs.check(sent: sent)
        try FaultPoint.flushed.reach()
        var isCommitted = false
        while !isCommitted {
            do throws(KafkaError) {
                try producer.commitTransaction(timeoutMilliseconds: 60_000)
                isCommitted = true
            } catch {
                guard error.isRetriable, !error.requiresAbort, !error.isFatal else { throw error }
            }
        }
        beganAt = nil
        hasCommitted = true
        if producer.hadUncertainRequest { try producer.rotate(timeoutMilliseconds: 60_000) }
    }

    /// Aborts what is open, as far as it can be done at once: readers wait behind it.
    /// - Returns: the error, as one for the user.
    func abort(behind error: any Error) -> any Error {
        if let error = error as? KafkaError, error.isFenced || producer.fatalError?.isFenced ?? false {
            return RunFailure(
                .tryAgain, .takenOver,
                "another replay of \(application) publishes now, and has taken this one's transaction over: "
                    + (hasCommitted ? "only a first part of it is published" : "nothing of it is published"),
                hint: "replays that publish at the same time need names of their own: --application")
        }
        guard beganAt != nil else { return error }
        beganAt = nil
        do throws(KafkaError) {
            if producer.fatalError != nil { throw .injected(at: "abort") }
            try producer.abortTransaction(timeoutMilliseconds: 10_000)
        } catch {
            // Whoever takes the id over ends what is open under it.
            try? producer.rotate(timeoutMilliseconds: 10_000)
        }
        return error
    }
}
