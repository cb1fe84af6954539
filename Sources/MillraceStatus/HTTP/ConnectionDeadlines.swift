// SPDX-License-Identifier: Apache-2.0
import MillraceCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Ends connections that take too long. libmicrohttpd's own limit is on silence: a client that sends a byte now and
/// then, or reads one, would keep its connection for ever.
///
///     accepted ── headers, body ──► request there ── answer ──► done ── next request …
///     ├──────── seconds ──────────┤ ├─── seconds ───┤ (events: no limit, only on silence)
final class ConnectionDeadlines: Sendable {
    private let seconds: UInt64
    private let clock: any Clock
    /// By socket: when it has to be done, on the monotonic clock; nil: events.
    private let deadlines = Mutex<[Int32: UInt64?]>([:])

    init(seconds: UInt64, clock: any Clock) {
        self.seconds = seconds
        self.clock = clock
    }

    private var next: UInt64 { clock.monotonicNanoseconds() +| seconds *| 1_000_000_000 }

    /// A connection is there, or has come one step further.
    func restart(_ socket: Int32) {
        let next = next
        deadlines.withLock { $0[socket] = .some(next) }
    }

    /// It may go on for as long as somebody reads.
    func lift(_ socket: Int32) { deadlines.withLock { $0[socket] = .some(nil) } }

    /// Called before the socket is closed: its number may be another one's a moment later.
    func forget(_ socket: Int32) { deadlines.withLock { _ = $0.removeValue(forKey: socket) } }

    /// Cuts off those that are late; whoever serves them sees the end of the connection.
    func enforce() {
        let now = clock.monotonicNanoseconds()
        // Under the lock, so that no socket is closed meanwhile.
        deadlines.withLock { deadlines in
            for (socket, deadline) in deadlines {
                guard let deadline, deadline < now else { continue }
                #if canImport(Glibc)
                    shutdown(socket, Int32(SHUT_RDWR))
                #else
                    shutdown(socket, SHUT_RDWR)
                #endif
                deadlines[socket] = .some(nil)
            }
        }
    }

    var count: Int { deadlines.withLock { $0.count } }
}
