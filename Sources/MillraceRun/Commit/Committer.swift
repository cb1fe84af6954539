// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog
import MillraceSettings

/// How the results of a continuous run become visible, and its input offsets with them.
///
///     idle ── first record or offset ──► open ── commit ──► idle
///                                          └── error ──► abort ──► (rewound by the caller)
protocol Committer: AnyObject {
    /// Those that results are written with.
    var producers: [any LogWriter] { get }
    /// Makes sure that records may be sent.
    /// - Returns: the place of the producer to send them with.
    func begin() throws -> Int
    /// Those that changelogs are written with: always within a transaction.
    var changelogProducers: [any LogWriter] { get }
    /// Makes sure that the next commit is a transaction, in which changelogs may be written.
    /// - Returns: the place of the producer to write them with.
    func beginFlush() throws -> Int
    /// Returns when all records sent since the last commit, and these input offsets, are safe.
    func commit(_ offsets: [OffsetToCommit]) throws
    /// Whether the last commit may have succeeded, or not.
    var isCommitUncertain: Bool { get }
    /// Gives up what was sent since the last commit, whatever state the producer is in.
    func abort() throws
    /// Takes events that come while a call is waiting; set once.
    var onEvents: ([ConsumerEvent]) -> Void { get set }
}

extension ProcessingGuarantee {
    /// The ids of a run's transactions.
    func transactionalIDs(_ identity: String) -> [String?] {
        switch self {
        case .exactlyOnce: ["\(identity)-0", "\(identity)-1"]
        case .atLeastOnce: [nil]
        }
    }

    /// The ids of the transactions that changelogs are written in, where results have none.
    func changelogIDs(_ identity: String) -> [String?] { self == .atLeastOnce ? ["\(identity)-changelog"] : [] }

    /// - Parameter changelogProducer: for changelogs, where results are written without transactions.
    func committer(
        _ producers: [any LogWriter], changelogProducer: (any LogWriter)?, _ consumer: any GroupReader,
        observer: any RunObserver
    ) -> any Committer {
        let patience = BrokerPatience(consumer, observer: observer)
        switch self {
        case .exactlyOnce: return TransactionCommitter(producers, consumer, patience)
        case .atLeastOnce:
            let changelogs = changelogProducer.map { TransactionCommitter([$0], consumer, patience) }
            return AcknowledgedCommitter(producers, changelogs: changelogs, consumer, patience)
        }
    }
}
