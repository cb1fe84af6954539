// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Counts what has happened in simulations.
package final class SimulatedTally: Sendable {
    package enum Event: String, CaseIterable, Sendable {
        case kill, stop, away, forgetting
        case fencing
        case lostRequest = "lost request"
        case lostAnswer = "lost answer"
        case lateRequest = "late request"
        case doubledRequest = "doubled request"
        case undelivered = "undelivered batch"
        case rebalance
        case expiredTransaction = "expired transaction"
        case compaction
        case restore
        case handOver = "hand-over"
        case exchange, job, join
        /// Runs in which a record came too late for a join, so that they may differ from one in peace.
        case superseded
        case restart
    }

    private let counts = Mutex<[Event: Int]>([:])

    package init() {}

    package func count(_ event: Event, _ number: Int = 1) { counts.withLock { $0[event, default: 0] += number } }

    package subscript(event: Event) -> Int { counts.withLock { $0[event] ?? 0 } }

    package func add(_ other: SimulatedTally) {
        for event in Event.allCases { count(event, other[event]) }
    }
}
