// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Stands between Kafka's clients and a broker, passes on what they say, and does to it what rules tell it to.
///
///     clients ──► 127.0.0.1:port ── rules ──► 127.0.0.1:brokerPort
///
/// The broker needs a listener that it advertises with the proxy's port, so that clients come back through the proxy.
/// Plaintext only. One thread, which owns it.
package final class FaultProxy {
    private struct Link {
        var connection = ProxiedConnection()
        let client: ProxySocket
        let broker: ProxySocket
    }

    private let listener: ProxySocket
    private let brokerPort: UInt16
    private var rules = FaultRules()
    private var links: [Link] = []
    private let report: (String) -> Void

    /// Listens at a free port.
    /// - Parameter report: gets the news of `ProxiedConnection`.
    package init(brokerPort: UInt16, report: @escaping (String) -> Void) throws(SocketError) {
        listener = try .listening()
        self.brokerPort = brokerPort
        self.report = report
    }

    package var port: UInt16 { listener.port }

    /// Does what one line says: `arm RULE` or `release NAME`, which ends a rule and lets go what it holds.
    package func obey(_ line: String) throws(FaultRule.Malformed) {
        let words = line.split(separator: " ", maxSplits: 1)
        switch words.first {
        case "arm" where words.count == 2: rules.arm(try FaultRule(String(words[1])))
        case "release" where words.count == 2:
            let name = String(words[1])
            rules.disarm(name)
            for index in links.indices { links[index].connection.release(name) }
        default: throw FaultRule.Malformed(description: "neither arm RULE nor release NAME")
        }
    }

    /// Waits until something has come, at most so long, and passes on what may pass.
    /// - Parameter commands: another descriptor to wait for; negative: none.
    /// - Returns: whether there is something to be read from it, or it has ended.
    package func step(commands: Int32 = -1, timeoutMilliseconds: Int32 = 1000) -> Bool {
        var interests = [pollfd(fd: commands, events: Int16(POLLIN), revents: 0), listener.interest]
        for link in links { interests += [link.client.interest, link.broker.interest] }
        poll(&interests, nfds_t(interests.count), min(timeoutMilliseconds, millisecondsToNextPassage()))
        while let client = listener.nextConnection() { open(client) }
        for index in links.indices { move(&links[index]) }
        links.removeAll { $0.connection.isFinished }
        return interests[0].revents != 0
    }

    /// A client that comes while the broker is away is sent away.
    private func open(_ client: ProxySocket) {
        guard let broker = try? ProxySocket.connected(to: brokerPort) else { return }
        links.append(Link(client: client, broker: broker))
    }

    /// Both sockets are asked, whatever `poll` has found: one without news answers at once.
    private func move(_ link: inout Link) {
        let now = ContinuousClock.now
        while let bytes = link.client.receive() { link.connection.receive(fromClient: bytes, &rules, now: now) }
        if !link.client.isOpen { link.connection.noteClientGone() }
        link.broker.transmit(link.connection.takeForBroker(now: now))
        while let bytes = link.broker.receive() { link.connection.receive(fromBroker: bytes, now: now) }
        if !link.broker.isOpen { link.connection.noteBrokerGone() }
        link.client.transmit(link.connection.takeForClient(now: now))
        for line in link.connection.takeNews() { report(line) }
    }

    private func millisecondsToNextPassage() -> Int32 {
        guard let next = links.compactMap(\.connection.nextInstant).min() else { return .max }
        let left = (next - .now) / .milliseconds(1)
        return Int32(min(max(left.rounded(.up), 0), 60_000))
    }
}
