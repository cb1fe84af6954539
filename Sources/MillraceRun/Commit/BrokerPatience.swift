// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import MillraceLog

/// Calls a broker again and again while it is away, and stays a member of the group meanwhile.
final class BrokerPatience {
    /// How long one call waits, in milliseconds.
    static let timeout: Int32 = 5000

    private let consumer: any GroupReader
    private unowned let observer: any RunObserver
    /// Takes what comes while calls are waiting.
    var onEvents: ([ConsumerEvent]) -> Void = { _ in }

    init(_ consumer: any GroupReader, observer: any RunObserver) {
        self.consumer = consumer
        self.observer = observer
    }

    /// Whether the run is to end.
    var isStopping: Bool { observer.isStopRequested }

    /// Calls until it succeeds or fails for good.
    func repeatedly(_ call: (_ timeoutMilliseconds: Int32) throws(KafkaError) -> Void) throws(KafkaError) {
        while true {
            do {
                return try call(BrokerPatience.timeout)
            } catch {
                guard error.isRetriable, !error.requiresAbort, !error.isFatal else { throw error }
                try wait(error)
            }
        }
    }

    /// Puts a new client in the producer's place, however long that takes.
    func rotate(_ producer: any LogWriter) throws(KafkaError) {
        while true {
            do {
                return try producer.rotate(timeoutMilliseconds: BrokerPatience.timeout)
            } catch {
                guard error.isRetriable || error.category == .unreachable else { throw error }
                try wait(error)
            }
        }
    }

    /// Before a call is made again. Who wants to stop does not wait for a broker that is down: the broker ends the open
    /// transaction by itself, and the next start goes on from the last commit.
    private func wait(_ error: KafkaError) throws(KafkaError) {
        if observer.isStopRequested { throw error }
        observer.waitingForBroker(error.message)
        onEvents(consumer.poll(timeoutMilliseconds: 0))
    }
}
