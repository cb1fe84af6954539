// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceEngine
import MillraceKafka

/// The transactions of a continuous run: output records and input offsets move together.
///
///     idle ── first record or offset ──► open ── flush, offsets, commit ──► idle
///                                          └── error ──► abort ──► (rewound by the caller)
///
/// Rules: `reliability.md` 3.2. A request whose fate is unknown leads to a new producer before the next transaction.
final class Committer {
    private static let timeout: Int32 = 5000

    let producer: Producer
    private let consumer: Consumer
    private(set) var isOpen = false
    /// Events that came while a call was waiting; the caller takes them first.
    private var heldEvents: [ConsumerEvent] = []
    private unowned let observer: any RunObserver

    init(_ producer: Producer, _ consumer: Consumer, observer: any RunObserver) {
        self.producer = producer
        self.consumer = consumer
        self.observer = observer
    }

    func begin() throws {
        guard !isOpen else { return }
        try producer.beginTransaction()
        isOpen = true
    }

    /// Commits the open transaction with these input offsets.
    func commit(_ offsets: [OffsetToCommit]) throws {
        try begin()
        try repeatedly { () throws(KafkaError) in try self.producer.flush(timeoutMilliseconds: Committer.timeout) }
        // Taken after the last poll: an older one may name a generation that is over.
        guard let group = consumer.groupMetadata() else {
            throw RunFailure(.internalError, "the consumer has no group")
        }
        try repeatedly { () throws(KafkaError) in
            try self.producer.sendOffsets(offsets, group: group, timeoutMilliseconds: Committer.timeout)
        }
        try repeatedly { () throws(KafkaError) in
            try self.producer.commitTransaction(timeoutMilliseconds: Committer.timeout)
        }
        isOpen = false
        try rotateIfUncertain()
    }

    /// Ends the open transaction without effect, whatever state the producer is in.
    func abort() throws {
        guard isOpen else { return }
        isOpen = false
        if producer.fatalError == nil {
            do {
                try repeatedly { () throws(KafkaError) in
                    try self.producer.abortTransaction(timeoutMilliseconds: Committer.timeout)
                }
            } catch {
                return try rotate()
            }
        }
        if producer.fatalError != nil { return try rotate() }
        try rotateIfUncertain()
    }

    private func rotateIfUncertain() throws {
        if producer.hadUncertainRequest { try rotate() }
    }

    private func rotate() throws {
        while true {
            do {
                return try producer.rotate(timeoutMilliseconds: Committer.timeout)
            } catch {
                guard error.isRetriable || error.category == .unreachable else { throw error }
                try wait(error)
            }
        }
    }

    /// Calls until it succeeds or fails for good, and stays a member of the group meanwhile.
    private func repeatedly(_ call: () throws(KafkaError) -> Void) throws(KafkaError) {
        while true {
            do {
                return try call()
            } catch {
                guard error.isRetriable, !error.requiresAbort, !error.isFatal else { throw error }
                try wait(error)
            }
        }
    }

    /// Before a call is made again. Who wants to stop does not wait for a broker that is down: the broker ends the open
    /// transaction by itself, and the next start goes on from the last commit.
    private func wait(_ error: KafkaError) throws(KafkaError) {
        if observer.isStopRequested { throw error }
        observer.note("waiting for the broker: \(error.message)")
        heldEvents += consumer.poll(timeoutMilliseconds: 0)
    }

    /// What came while the last calls were waiting.
    func takeEvents() -> [ConsumerEvent] {
        defer { heldEvents = [] }
        return heldEvents
    }
}
