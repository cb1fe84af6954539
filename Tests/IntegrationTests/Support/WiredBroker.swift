// SPDX-License-Identifier: Apache-2.0
import Foundation
import MillraceTestKit
import Synchronization

/// A broker of a test's own that is reached through the fault proxy.
///
///     processes ──► bootstrap ── rules ──► broker ◄── broker.bootstrap ◄── the test
final class WiredBroker {
    let broker: OwnBroker
    private let wire: Wire
    private var count = 0

    /// Starts both, which takes a few seconds.
    init() throws {
        let (own, proxied, controller) = (try Self.freePort(), try Self.freePort(), try Self.freePort())
        wire = try Wire(brokerPort: proxied)
        // Whoever comes through the proxy is told to come through it again.
        broker = try OwnBroker(
            [
                "listeners=PLAINTEXT://127.0.0.1:\(own),PROXIED://127.0.0.1:\(proxied),"
                    + "CONTROLLER://127.0.0.1:\(controller)",
                "advertised.listeners=PLAINTEXT://127.0.0.1:\(own),PROXIED://127.0.0.1:\(wire.port)",
                "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT",
                "controller.quorum.voters=1@127.0.0.1:\(controller)",
            ], port: Int(own))
    }

    deinit { wire.end() }

    /// The way through the proxy.
    var bootstrap: String { "127.0.0.1:\(wire.port)" }

    /// A rule of `FaultRule`, without its name.
    /// - Returns: the name.
    func arm(_ rule: String) -> String {
        count += 1
        wire.tell("arm rule\(count) \(rule)")
        return "rule\(count)"
    }

    func release(_ rule: String) { wire.tell("release \(rule)") }

    /// Waits until a rule has met a request or response that it harms.
    func waitUntilFired(_ rule: String, seconds: Double = 30) throws {
        try Deadline(seconds: seconds).wait(for: "\(rule) to meet something: \(wire.refusals)") {
            wire.hasSaid("fired \(rule)")
        }
    }

    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 ? getsockname(descriptor, $0, &size) : -1
            }
        }
        guard result == 0 else { throw Unexpected("no free port") }
        return UInt16(bigEndian: address.sin_port)
    }
}

/// The fault proxy in a thread of its own.
private final class Wire: Sendable {
    private struct State {
        var commands: [String] = []
        var news: [String] = []
        var port: UInt16?
        var isOver = false
    }

    private let state: Mutex<State>

    init(brokerPort: UInt16) throws {
        state = Mutex(State())
        Thread.detachNewThread { [self] in run(brokerPort) }
        try Deadline(seconds: 10).wait(for: "the proxy") { state.withLock { $0.port != nil } }
    }

    var port: UInt16 { state.withLock { $0.port ?? 0 } }

    var refusals: [String] { state.withLock { $0.news.filter { $0.hasPrefix("refused") } } }

    func tell(_ command: String) { state.withLock { $0.commands.append(command) } }

    func hasSaid(_ news: String) -> Bool { state.withLock { $0.news.contains(news) } }

    func end() { state.withLock { $0.isOver = true } }

    private func run(_ brokerPort: UInt16) {
        guard let proxy = try? FaultProxy(brokerPort: brokerPort, report: { [self] news in note(news) }) else { return }
        state.withLock { $0.port = proxy.port }
        while !state.withLock({ $0.isOver }) {
            let commands = state.withLock { state in
                defer { state.commands = [] }
                return state.commands
            }
            for command in commands {
                do {
                    try proxy.obey(command)
                } catch {
                    note("refused \(command): \(error)")
                }
            }
            _ = proxy.step(timeoutMilliseconds: 10)
        }
    }

    private func note(_ news: String) { state.withLock { $0.news.append(news) } }
}
