// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceReport

/// At least once: records are visible when they arrive, and input offsets are committed when all of them have arrived.
///
///     records ──► sent at once ──► acknowledged, every one ──► offsets committed
///                                  └ one is not ──► nothing is committed, all since the last commit is done again
///
/// A flush of state goes into a transaction, and with it the offsets that it belongs to: a changelog that is half
/// written, or ahead of its offsets, is never seen.
final class AcknowledgedCommitter: Committer {
    let producers: [any LogWriter]
    private let changelogs: TransactionCommitter?
    private let consumer: any GroupReader
    private let patience: BrokerPatience
    private var isOffsetCommitUncertain = false

    init(
        _ producers: [any LogWriter], changelogs: TransactionCommitter?, _ consumer: any GroupReader,
        _ patience: BrokerPatience
    ) {
        self.producers = producers
        self.changelogs = changelogs
        self.consumer = consumer
        self.patience = patience
    }

    func begin() throws -> Int { 0 }

    var isCommitUncertain: Bool { isOffsetCommitUncertain || changelogs?.isCommitUncertain == true }

    var changelogProducers: [any LogWriter] { changelogs?.producers ?? [] }

    func beginFlush() throws -> Int {
        guard let changelogs else {
            throw RunFailure(.internalError, .internalError, "a flush without a producer for changelogs")
        }
        return try changelogs.beginFlush()
    }

    func commit(_ offsets: [OffsetToCommit]) throws {
        // Throws as long as one record was given up: nothing that it came from is committed.
        for producer in producers {
            try patience.repeatedly { timeout throws(KafkaError) in try producer.flush(timeoutMilliseconds: timeout) }
        }
        try FaultPoint.flushed.reach()
        if let changelogs, changelogs.isOpen { return try changelogs.commit(offsets) }
        isOffsetCommitUncertain = true
        try patience.repeatedly { timeout throws(KafkaError) in
            try self.consumer.commit(offsets, timeoutMilliseconds: timeout)
        }
        isOffsetCommitUncertain = false
        try FaultPoint.committed.reach()
    }

    /// What has been sent may be there already; it comes again.
    func abort() throws {
        try changelogs?.abort()
        for producer in producers where producer.failedDeliveries > 0 || producer.fatalError != nil {
            try patience.rotate(producer)
        }
    }

    var onEvents: ([ConsumerEvent]) -> Void {
        get { patience.onEvents }
        set { patience.onEvents = newValue }
    }
}
