// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceKafka
import MillraceLog
import Synchronization

/// Orders that keep arriving: a thread that writes some every few milliseconds until it is stopped.
final class LiveOrders: Sendable {
    private struct State {
        var written: [Order] = []
        var source: Order.Source
        var isStopping = false
        var isOver = false
        var failure: String?
    }

    private let state: Mutex<State>

    init(
        _ source: Order.Source, to topic: String, properties: KafkaProperties, batch: Int = 20,
        intervalMilliseconds: Int = 10
    ) {
        state = Mutex(State(source: source))
        Thread.detachNewThread { [self] in
            do {
                let producer = try Producer(ProducerOptions(properties: properties, profile: .latency))
                let handle = try producer.topic(topic)
                while !state.withLock({ $0.isStopping }) {
                    let orders = state.withLock { $0.source.next(batch) }
                    try producer.send(InputRecord.raw(orders.map(\.record)), to: handle)
                    try producer.flush(timeoutMilliseconds: 20_000)
                    state.withLock { $0.written += orders }
                    Thread.sleep(forTimeInterval: Double(intervalMilliseconds) / 1000)
                }
            } catch {
                state.withLock { $0.failure = "\(error)" }
            }
            state.withLock { $0.isOver = true }
        }
    }

    var count: Int { state.withLock { $0.written.count } }

    /// Stops writing.
    /// - Returns: everything that was written, in order, and the source to go on with.
    func stop() throws -> (orders: [Order], source: Order.Source) {
        state.withLock { $0.isStopping = true }
        try Deadline(seconds: 30).wait(for: "the producer thread") { state.withLock { $0.isOver } }
        return try state.withLock { state in
            if let failure = state.failure { throw Unexpected(failure) }
            return (state.written, state.source)
        }
    }
}
