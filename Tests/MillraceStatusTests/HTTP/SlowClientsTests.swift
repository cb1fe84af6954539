// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceLog
import Synchronization
import Testing

@testable import MillraceReport
@testable import MillraceSettings
@testable import MillraceStatus

/// A thousand clients of one address that connect and go on slowly, or not at all, and come back when they are cut off.
@Suite(.serialized) struct SlowClientsTests {
    private enum Kind: CaseIterable {
        case idle, byteByByte, halfHead, events, unread
    }

    private final class Crowd: Sendable {
        let isDone = Atomic<Bool>(false)
        /// −1: all have gone.
        let connected = Atomic<Int>(0)
    }

    /// How much later than it should a thread that only sleeps wakes up: the machine keeps it waiting, not the server.
    private final class Stalls: Sendable {
        private let state = Mutex((isOver: false, longest: 0.0))

        init() {
            Thread.detachNewThread { [self] in
                while !state.withLock({ $0.isOver }) {
                    let start = Date()
                    Thread.sleep(forTimeInterval: 0.005)
                    let late = Date().timeIntervalSince(start) - 0.005
                    state.withLock { $0.longest = max($0.longest, late) }
                }
            }
        }

        /// The longest, in seconds, since this was asked last.
        func longest() -> Double {
            state.withLock { state in
                defer { state.longest = 0 }
                return state.longest
            }
        }

        func end() { state.withLock { $0.isOver = true } }
    }

    private final class SlowClient {
        let kind: Kind
        var client: RawClient?

        init(_ kind: Kind) { self.kind = kind }

        /// Connects, again where it was cut off, and says what its kind says at once.
        func comeBack(port: UInt16) {
            if let client, !client.isClosed { return }
            client = try? RawClient(port: port, receiveBuffer: 4096)
            switch kind {
            case .idle, .byteByByte: break
            case .halfHead: client?.send("GET /livez HTTP/1.1\r\nHost: loc")
            case .events: client?.send("GET /api/v1/events?page=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            case .unread:
                client?.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            }
        }
    }

    @Test func everyProbeIsAnsweredWithinASecond() throws {
        raiseDescriptorLimit(to: 4096)
        let board = StatusBoard(try StatusFixture.identity(), clock: SystemClock())
        board.publish(StatusFixture.snapshot())
        let listener = try HTTPListener(address: "127.0.0.1", port: 0)
        let port = listener.port
        let routes = StatusRoutes(board: board, access: AccessRule(token: nil, adminToken: nil))
        let server = try HTTPServer(listener, clock: SystemClock()) { routes.answer($0) }
        let state = Crowd()
        try withExtendedLifetime(server) {
            let crowd = Thread { SlowClientsTests.crowd(port, state) }
            crowd.start()
            defer {
                state.isDone.store(true, ordering: .relaxed)
                while state.connected.load(ordering: .relaxed) >= 0 { Thread.sleep(forTimeInterval: 0.05) }
            }
            let end = Date(timeIntervalSinceNow: 60)
            while state.connected.load(ordering: .relaxed) < 1000, Date() < end { Thread.sleep(forTimeInterval: 0.05) }
            #expect(state.connected.load(ordering: .relaxed) == 1000)
            var asked = 0
            let stalls = Stalls()
            defer { stalls.end() }
            let stop = Date(timeIntervalSinceNow: 12)
            while Date() < stop {
                for path in ["/livez", "/readyz", "/metrics"] {
                    _ = stalls.longest()
                    let start = Date()
                    let client = try RawClient(port: port)
                    client.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    let answer = client.readAll(seconds: 5)
                    let seconds = Date().timeIntervalSince(start)
                    #expect(answer.hasPrefix("HTTP/1.1 200"), "\(path) after \(asked) answers")
                    // The way of a probe has a few threads on it, each of which may have to wait for a core.
                    let stalled = stalls.longest()
                    #expect(seconds < 1 + 3 * stalled, "\(path) after \(asked) answers; \(stalled) s for a core")
                    asked += 1
                }
                Thread.sleep(forTimeInterval: 0.05)
            }
            #expect(asked >= 60)
        }
    }

    private static func crowd(_ port: UInt16, _ state: Crowd) {
        let clients = (0..<1000).map { SlowClient(Kind.allCases[$0 % Kind.allCases.count]) }
        for client in clients {
            client.comeBack(port: port)
            state.connected.add(1, ordering: .relaxed)
        }
        while !state.isDone.load(ordering: .relaxed) {
            for client in clients {
                if client.kind == .byteByByte { client.client?.send("G") }
                client.comeBack(port: port)
            }
            Thread.sleep(forTimeInterval: 1)
        }
        state.connected.store(-1, ordering: .relaxed)
    }

    private func raiseDescriptorLimit(to wanted: rlim_t) {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard limit.rlim_cur < wanted else { return }
        limit.rlim_cur = min(wanted, limit.rlim_max)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
