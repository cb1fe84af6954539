// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport

/// Exactly once: output records and input offsets move together in one transaction.
///
/// The producers take turns, because a transaction that follows at once under the same transactional id meets the
/// markers of the one before and is put off (`docs/design/0002`). There is never more than one transaction at a time:
/// the next one begins when the commit of the last has returned, so offsets are committed in order.
///
/// Rules (docs/reliability.md, "Network faults"): a request whose fate is unknown leads to a new producer before
/// anything else is done; and so does an abort behind a record that was not delivered, because librdkafka counts on
/// from it, so that its next transaction would fail, too.
final class TransactionCommitter: Committer {
    let producers: [any LogWriter]
    private let consumer: any GroupReader
    private let patience: BrokerPatience
    private var turn = 0
    /// Whether a transaction is under way.
    private(set) var isOpen = false
    private(set) var isCommitUncertain = false

    init(_ producers: [any LogWriter], _ consumer: any GroupReader, _ patience: BrokerPatience) {
        self.producers = producers
        self.consumer = consumer
        self.patience = patience
    }

    private var producer: any LogWriter { producers[turn] }

    func begin() throws -> Int {
        if !isOpen {
            try rotateIfUncertain()
            try producer.beginTransaction()
            isOpen = true
        }
        return turn
    }

    var changelogProducers: [any LogWriter] { producers }

    func beginFlush() throws -> Int { try begin() }

    func commit(_ offsets: [OffsetToCommit]) throws {
        let producer = producers[try begin()]
        try patience.repeatedly { timeout throws(KafkaError) in try producer.flush(timeoutMilliseconds: timeout) }
        try FaultPoint.flushed.reach()
        // Taken after the last poll: an older one may name a generation that is over.
        guard let group = consumer.groupMetadata() else {
            throw RunFailure(.internalError, .internalError, "the consumer has no group")
        }
        try patience.repeatedly { timeout throws(KafkaError) in
            try producer.sendOffsets(offsets, group: group, timeoutMilliseconds: timeout)
        }
        try FaultPoint.offsetsSent.reach()
        isCommitUncertain = true
        try patience.repeatedly { timeout throws(KafkaError) in
            try producer.commitTransaction(timeoutMilliseconds: timeout)
        }
        isOpen = false
        isCommitUncertain = false
        try FaultPoint.committed.reach()
        // Before the other one's turn, too: its transaction must not run into a late request of this one.
        try rotateIfUncertain()
        turn = turn + 1 < producers.count ? turn + 1 : 0
    }

    func abort() throws {
        guard isOpen else { return }
        isOpen = false
        let producer = producer
        let hasGap = producer.failedDeliveries > 0
        if producer.fatalError == nil {
            do {
                try patience.repeatedly { timeout throws(KafkaError) in
                    try producer.abortTransaction(timeoutMilliseconds: timeout)
                }
            } catch {
                // Who stops needs no new producer: the next start takes the id over, and with it the open transaction.
                if patience.isStopping { throw error }
                return try patience.rotate(producer)
            }
        }
        if producer.fatalError != nil || hasGap { return try patience.rotate(producer) }
        try rotateIfUncertain()
    }

    private func rotateIfUncertain() throws {
        if producer.hadUncertainRequest { try patience.rotate(producer) }
    }

    var onEvents: ([ConsumerEvent]) -> Void {
        get { patience.onEvents }
        set { patience.onEvents = newValue }
    }
}
